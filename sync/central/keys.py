"""The centre's own keys, made at the first start, in files with owner rights: signing, clearing and token key.

``centre.key`` is its first signing key, ``centre-2.key`` and later ones those that were announced since in
``succession``. A key signs from its announced time on; every server process reads the folder, and heeds what is new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path

from edge.crypto.sealing import new_clearing_key
from edge.crypto.signing import (
    KEY_BYTES,
    SigningKey,
    TrustedKeys,
    coded_errors,
    load_signing_key,
    make_folder,
    read_secret,
    write_durably,
    write_secret,
)
from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError, PolicyError, RemoteProtocolError
from edge.domain.frozen import frozen
from sync.succession import Announced, Succession, announce, keys_in, pack_succession, read_succession

SIGNING_FILE = "centre.key"
SUCCESSION_FILE = "succession"
CLEARING_FILE = "clearing-1.key"
CLEARING_PUBLIC_FILE = "clearing-1.pub"
TOKEN_FILE = "token-1.key"  # noqa: S105 - a file's name
VERSION = 1


@frozen
class CentreKeys:
    """What the centre signs with, and what it gives to terminals.

    ``clearing_public`` is an X25519 key; its private half stays in its file, which only clearing opens. ``ring`` holds
    every signing key that the centre ever had (None: it has this one alone).
    """

    signing: SigningKey = field(repr=False)
    clearing_version: int
    clearing_public: bytes
    token_key: TokenKey
    ring: KeyRing | None = field(default=None, repr=False)

    def at(self, now_ms: int) -> CentreKeys:
        """Return the keys with the signing key that signs at a time; raises ``KEY_UNUSABLE``."""
        return self if self.ring is None else replace(self, signing=self.ring.signing(now_ms))

    @property
    def ever(self) -> TrustedKeys:
        """Return the public halves of all signing keys, oldest first."""
        keys = () if self.ring is None else keys_in(self.ring.succession())
        return TrustedKeys(*(keys or (self.signing.public,)))

    @property
    def succession(self) -> bytes:
        """Return what is published of the signing keys."""
        return pack_succession(() if self.ring is None else self.ring.succession())


def token_versions(folder: Path) -> list[int]:
    """Return the versions of the token keys that are here, ascending."""
    names = (path.stem.removeprefix("token-") for path in folder.glob("token-*.key"))
    return sorted(int(name) for name in names if name.isdecimal())


def token_file(folder: Path, version: int) -> Path:
    """Return where a token key lies."""
    return folder / f"token-{version}.key"


def _token_key(folder: Path) -> TokenKey:
    """Return the newest token key; older ones that are still here are in use beside it."""
    keys = [TokenKey(each, read_secret(token_file(folder, each), KEY_BYTES)) for each in token_versions(folder)]
    if not keys:
        raise ConfigError("KEY_UNUSABLE", f"{folder}: no token key")
    return replace(keys[-1], older=tuple(reversed(keys[:-1])))


def clearing_public_file(folder: Path, version: int) -> Path:
    """Return where the public half of a clearing key lies."""
    return folder / f"clearing-{version}.pub"


def clearing_versions(folder: Path) -> list[int]:
    """Return the versions of the clearing keys whose public halves are here, ascending."""
    names = (path.stem.removeprefix("clearing-") for path in folder.glob("clearing-*.pub"))
    return sorted(int(name) for name in names if name.isdecimal())


class KeyRing:
    """The signing keys in a folder. A change there is heeded at once, by every process that has one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / SUCCESSION_FILE
        self._seen = 0
        self._succession: Succession = ()
        self._keys: dict[int, SigningKey] = {}

    def succession(self) -> Succession:
        """Return every announcement; raises ``KEY_UNUSABLE`` where the file is damaged."""
        with coded_errors(self._file):
            seen = self._file.stat().st_mtime_ns if self._file.exists() else 0
            if seen != self._seen:
                self._succession, self._seen = _read_succession(self._file), seen
        return self._succession

    def signing(self, now_ms: int) -> SigningKey:
        """Return the newest key whose time has come; raises ``KEY_UNUSABLE`` where its file is not here."""
        begun = [each.said for each in self.succession() if each.said.not_before_ms <= now_ms]
        key = self._key(begun[-1].number if begun else 1)
        if begun and key.public != begun[-1].new_key:
            raise ConfigError("KEY_UNUSABLE", f"{self._path(begun[-1].number)}: not the key that was announced")
        return key

    def rotate(self, seed: bytes, not_before_ms: int, until_ms: int) -> Announced:
        """Make the next key, and announce it by the newest one; raises ``CONFIG_VALUE`` before the last one is at work.

        The key is on disk before it is announced; one whose announcement was cut short is made anew.
        """
        before = self.succession()
        if before and before[-1].said.not_before_ms > not_before_ms:
            raise ConfigError("CONFIG_VALUE", f"key {before[-1].said.number} does not sign before that itself")
        number, key = len(before) + 2, SigningKey(seed)
        announced = announce(number, self._key(number - 1), key, not_before_ms, until_ms)
        key.write(self._path(number))
        write_durably(self._file, pack_succession((*before, announced)))
        return announced

    def _key(self, number: int) -> SigningKey:
        if number not in self._keys:
            self._keys[number] = load_signing_key(self._path(number))
        return self._keys[number]

    def _path(self, number: int) -> Path:
        return self.folder / (SIGNING_FILE if number == 1 else f"centre-{number}.key")


def _read_succession(path: Path) -> Succession:
    try:
        return read_succession(path.read_bytes()) if path.exists() else ()
    except (RemoteProtocolError, PolicyError) as error:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {error.args[0]}") from error


def open_keys(folder: Path, random_bytes: Callable[[int], bytes]) -> CentreKeys:
    """Load the keys, making them where the folder has none; raises ``KEY_UNUSABLE``."""
    make_folder(folder, 0o700)
    if not (folder / SIGNING_FILE).exists():
        _make_keys(folder, random_bytes)
    newest = max(clearing_versions(folder), default=VERSION)
    return CentreKeys(
        load_signing_key(folder / SIGNING_FILE),
        newest,
        read_secret(clearing_public_file(folder, newest), KEY_BYTES),
        _token_key(folder),
        KeyRing(folder),
    )


def _make_keys(folder: Path, random_bytes: Callable[[int], bytes]) -> None:
    """Make all keys; the signing key comes last, so that a start cut short begins again.

    A clearing key that was made before has its public half here already: this process then never sees the private one.
    """
    if not (folder / CLEARING_PUBLIC_FILE).exists():
        private, public = new_clearing_key()
        write_secret(folder / CLEARING_FILE, private)
        write_secret(folder / CLEARING_PUBLIC_FILE, public)
    write_secret(folder / TOKEN_FILE, random_bytes(KEY_BYTES))
    signing = SigningKey(random_bytes(KEY_BYTES))
    write_durably(folder / "centre.pub", signing.public)
    signing.write(folder / SIGNING_FILE)
