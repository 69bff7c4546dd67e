"""What an enrolment leaves on the device, and how it is read again. Imports no HTTP library: the terminal uses this.

State folder: ``grant`` in force, ``spare``, ``grant-N`` of earlier epochs, ``journal-N.db`` of earlier epochs that
may still hold unsent entries; ``keys/terminal.key`` (made here, secret), ``keys/centre.pub`` (pinned),
``keys/succession`` (what it announced since), ``keys/clearing-V.pub``. Credentials folder: ``token-key-V``.

A file ``keys/NAME.sha256`` holds the hash of a key that no signature covers: with one bit flipped, every card would
have another token, or no box could be opened again.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Final

from edge.crypto.sealing import ClearingKey
from edge.crypto.signing import (
    KEY_BYTES,
    SigningKey,
    coded_errors,
    load_signing_key,
    read_secret,
    sync_folder,
    write_durably,
)
from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError, RemoteProtocolError, StoreError
from edge.domain.exchange import Grant
from edge.domain.frozen import frozen
from sync.centre_trust import CentreTrust
from sync.grant import grant_hash, open_grant, read_grant

TOKEN_PREFIX: Final = "token-key-"  # noqa: S105 - the beginning of a file's name
CLEARING_PREFIX: Final = "clearing-"
LOCK_CODES: Final[Mapping[int, str]] = {
    errno.ENOENT: "STORE_MISSING",
    errno.ENOTDIR: "STORE_MISSING",
    errno.EACCES: "STORE_DENIED",
    errno.EPERM: "STORE_DENIED",
    errno.EROFS: "STORE_READ_ONLY",
    errno.ENOSPC: "STORE_FULL",
    errno.EDQUOT: "STORE_FULL",
}
"""Why a lock file cannot be opened; every other reason is ``STORE_IO``."""


@frozen
class EnrolmentFiles:
    """The paths."""

    state: Path

    @property
    def grant(self) -> Path:
        """Return the grant of the epoch in force."""
        return self.state / "grant"

    @property
    def spare(self) -> Path:
        """Return the grant kept for a salvage without a network."""
        return self.state / "spare"

    @property
    def keys(self) -> Path:
        """Return the folder of keys."""
        return self.state / "keys"

    @property
    def terminal_key(self) -> Path:
        """Return the terminal's secret key."""
        return self.keys / "terminal.key"

    @property
    def centre_key(self) -> Path:
        """Return the pinned public key of the centre."""
        return self.keys / "centre.pub"

    @property
    def succession(self) -> Path:
        """Return what the centre announced of its keys since; see :mod:`sync.centre_trust`."""
        return self.keys / "succession"

    @property
    def centre_url(self) -> Path:
        """Return where the address of the centre is remembered."""
        return self.keys / "centre.url"

    def old_grant(self, epoch: int) -> Path:
        """Return the grant of an earlier epoch."""
        return self.state / f"grant-{epoch}"

    def clearing_key(self, version: int) -> Path:
        """Return a public clearing key."""
        return self.keys / f"{CLEARING_PREFIX}{version}.pub"

    def check_of(self, key: Path) -> Path:
        """Return where the hash of a key file is kept, wherever the key itself lies."""
        return self.keys / f"{key.name}.sha256"

    def remember(self, key: Path, content: bytes) -> None:
        """Keep the hash of a key that is about to be written as ``key``."""
        write_durably(self.check_of(key), hashlib.sha256(content).digest())

    def check(self, key: Path, content: bytes) -> bytes:
        """Return the content of a key file unchanged; raises ``KEY_UNUSABLE`` where it is not what was installed.

        A key that was installed without a hash, as by earlier releases, is taken as it is.
        """
        check = self.check_of(key)
        with coded_errors(check):
            wanted = check.read_bytes() if check.exists() else None
        if wanted is not None and hashlib.sha256(content).digest() != wanted:
            raise ConfigError("KEY_UNUSABLE", f"{key}: damaged since it was installed")
        return content


@frozen
class Enrolment:
    """Who this terminal is, and by which keys.

    ``grant_hash`` is the first previous hash of the epoch's chain; ``old_epochs`` are pairs of epoch and grant hash,
    oldest first; ``token_keys`` ascend by version, the last is in use.
    """

    terminal: str
    epoch: int
    grant_hash: bytes
    signing_key: SigningKey = field(repr=False)
    centre: CentreTrust
    token_keys: tuple[TokenKey, ...]
    clearing_key: ClearingKey
    old_epochs: tuple[tuple[int, bytes], ...]


def load_enrolment(state: Path, credentials: Path) -> Enrolment:
    """Read what the last enrolment left; raises ``NOT_ENROLLED`` or ``KEY_UNUSABLE``."""
    files = EnrolmentFiles(state)
    centre = read_trust(state)
    grant_file, grant = _read_grant(files.grant, centre)
    signing_key = load_signing_key(files.terminal_key)
    if signing_key.public != grant.terminal_key:
        raise ConfigError("KEY_UNUSABLE", f"{files.terminal_key}: the grant was given to another key")
    return Enrolment(
        grant.terminal,
        grant.epoch,
        grant_hash(grant_file),
        signing_key,
        centre,
        _token_keys(files, credentials),
        _clearing_key(files),
        _old_epochs(state, grant.epoch),
    )


def read_centre_key(state: Path) -> bytes:
    """Return the pinned key of the centre; raises ``NOT_ENROLLED`` or ``KEY_UNUSABLE``."""
    path = EnrolmentFiles(state).centre_key
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError("NOT_ENROLLED", f"{state}: no centre is pinned") from None
    except OSError as error:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {len(key)} bytes instead of {KEY_BYTES}")
    return key


def read_trust(state: Path) -> CentreTrust:
    """Return which of the centre's keys are believed; raises ``NOT_ENROLLED`` or ``KEY_UNUSABLE``."""
    return CentreTrust(read_centre_key(state), EnrolmentFiles(state).succession)


def enrolled_terminal(state: Path) -> str:
    """Return the name in the grant in force; raises ``NOT_ENROLLED`` or ``KEY_UNUSABLE``."""
    return _read_grant(EnrolmentFiles(state).grant, read_trust(state))[1].terminal


def grant_of(state: Path, epoch: int) -> bytes | None:
    """Return the grant file of an epoch, in force or earlier; None where there is none."""
    files = EnrolmentFiles(state)
    if files.old_grant(epoch).exists():
        return files.old_grant(epoch).read_bytes()
    if files.grant.exists() and read_grant(files.grant.read_bytes()).epoch == epoch:
        return files.grant.read_bytes()
    return None


@contextmanager
def journal_lock(state: Path) -> Iterator[None]:
    """Own the journal for a while; raises what :func:`open_lock` raises, ``STORE_LOCKED`` where the terminal runs."""
    descriptor = open_lock(state / "journal.lock")
    try:
        yield
    finally:
        os.close(descriptor)


def open_lock(path: Path) -> int:
    """Take an advisory lock on a file and return its descriptor: whoever closes it gives the lock back.

    Raises ``STORE_LOCKED`` where another has it, and for a file that cannot be opened what ``LOCK_CODES`` says.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(LOCK_CODES.get(error.errno or 0, "STORE_IO"), f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if not isinstance(error, BlockingIOError):
            raise StoreError("STORE_IO", f"{path}: {error.strerror}") from error
        raise StoreError("STORE_LOCKED", f"{path}: held by another process") from error
    return descriptor


def retired_epochs(state: Path) -> list[int]:
    """Return the numbers of the epochs whose grant is kept as ``grant-N``, ascending."""
    names = (path.name.removeprefix("grant-") for path in state.glob("grant-*"))
    return sorted(int(name) for name in names if name.isdecimal())


def set_journal_aside(state: Path, epoch: int) -> None:
    """Keep ``journal.db`` with its WAL as ``journal-<epoch>.db``; a move cut short is finished when called again.

    The WAL belongs to the database by its name, so it is linked under the new name before the database moves: at no
    moment is there a database without its newest entries. The caller holds :func:`journal_lock`.
    """
    journal, old = state / "journal.db", state / f"journal-{epoch}.db"
    wal, old_wal = state / "journal.db-wal", state / f"journal-{epoch}.db-wal"
    if journal.exists():
        if old.exists():
            raise StoreError("STORE_CORRUPT", f"{journal}: {old.name} is already kept; neither is touched")
        if wal.exists():
            with coded_errors(old_wal):
                old_wal.unlink(missing_ok=True)
                old_wal.hardlink_to(wal)
            sync_folder(state)
        with coded_errors(old):
            journal.replace(old)
        sync_folder(state)
    if old.exists():
        with coded_errors(wal):
            wal.unlink(missing_ok=True)
        sync_folder(state)


def _read_grant(path: Path, centre: CentreTrust) -> tuple[bytes, Grant]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError("NOT_ENROLLED", f"{path}: no epoch grant") from None
    except OSError as error:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {error.strerror}") from error
    try:
        return content, open_grant(content, centre.ever)
    except RemoteProtocolError as error:
        raise ConfigError("KEY_UNUSABLE", f"{path}: not a grant by the pinned centre") from error


def _token_keys(files: EnrolmentFiles, credentials: Path) -> tuple[TokenKey, ...]:
    versions = _versions(credentials, TOKEN_PREFIX, "")
    if not versions:
        raise ConfigError("KEY_UNUSABLE", f"{credentials}: no token key")
    return tuple(TokenKey(version, files.check(path, read_secret(path))) for version, path in versions)


def _clearing_key(files: EnrolmentFiles) -> ClearingKey:
    versions = _versions(files.keys, CLEARING_PREFIX, ".pub")
    if not versions:
        raise ConfigError("KEY_UNUSABLE", f"{files.keys}: no clearing key")
    version, path = versions[-1]
    public = path.read_bytes()
    if len(public) != KEY_BYTES:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {len(public)} bytes instead of {KEY_BYTES}")
    return ClearingKey(version, files.check(path, public))


def _versions(folder: Path, prefix: str, suffix: str) -> list[tuple[int, Path]]:
    found = ((path.name.removeprefix(prefix).removesuffix(suffix), path) for path in folder.glob(f"{prefix}*{suffix}"))
    return sorted((int(number), path) for number, path in found if number.isdecimal())


def _old_epochs(state: Path, current: int) -> tuple[tuple[int, bytes], ...]:
    files = EnrolmentFiles(state)
    epochs = [epoch for epoch in retired_epochs(state) if epoch != current]
    return tuple((epoch, grant_hash(files.old_grant(epoch).read_bytes())) for epoch in epochs)
