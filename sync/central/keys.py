"""The centre's own keys, made at the first start, in files with owner rights: signing, clearing and token key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from edge.crypto.sealing import new_clearing_key
from edge.crypto.signing import (
    KEY_BYTES,
    SigningKey,
    load_signing_key,
    make_folder,
    read_secret,
    write_durably,
    write_secret,
)
from edge.crypto.tokens import TokenKey
from edge.domain.frozen import frozen

SIGNING_FILE = "centre.key"
CLEARING_FILE = "clearing-1.key"
CLEARING_PUBLIC_FILE = "clearing-1.pub"
TOKEN_FILE = "token-1.key"  # noqa: S105 - a file's name
VERSION = 1


@frozen
class CentreKeys:
    """What the centre signs with, and what it gives to terminals.

    ``clearing_public`` is an X25519 key; its private half stays in its file, which only clearing opens.
    """

    signing: SigningKey = field(repr=False)
    clearing_version: int
    clearing_public: bytes
    token_key: TokenKey


def open_keys(folder: Path, random_bytes: Callable[[int], bytes]) -> CentreKeys:
    """Load the keys, making them where the folder has none; raises ``KEY_UNUSABLE``."""
    make_folder(folder, 0o700)
    if not (folder / SIGNING_FILE).exists():
        _make_keys(folder, random_bytes)
    return CentreKeys(
        load_signing_key(folder / SIGNING_FILE),
        VERSION,
        read_secret(folder / CLEARING_PUBLIC_FILE, KEY_BYTES),
        TokenKey(VERSION, read_secret(folder / TOKEN_FILE, KEY_BYTES)),
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
