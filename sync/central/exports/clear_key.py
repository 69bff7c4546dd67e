"""The clearing key: who makes it before the centre's first start keeps its private half where no server is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.crypto.sealing import ClearingKey, new_clearing_key, open_box
from edge.crypto.signing import KEY_BYTES, make_folder, read_secret, write_secret
from edge.domain.errors import ConfigError, RemoteProtocolError
from sync.central.keys import CLEARING_PUBLIC_FILE

PROBE: Final = b"clearing"


def make_clearing_key(state: Path, private_file: Path) -> None:
    """Write a fresh private key to its own file, and its public half for the centre into the state folder.

    Raises ``KEY_UNUSABLE`` where either file is there: what was sealed to a key is lost with it.
    """
    public_file = state / CLEARING_PUBLIC_FILE
    for path in (private_file, public_file):
        if path.exists():
            raise ConfigError("KEY_UNUSABLE", f"{path} exists: a clearing key is made before the centre's first start")
    private, public = new_clearing_key()
    make_folder(state, 0o700)
    write_secret(private_file, private)
    write_secret(public_file, public)


def read_clearing_key(private_file: Path, state: Path) -> bytes:
    """Return the private key; raises ``KEY_UNUSABLE`` where it does not fit the public half that the fleet seals to."""
    private = read_secret(private_file, KEY_BYTES)
    public = read_secret(state / CLEARING_PUBLIC_FILE, KEY_BYTES)
    try:
        open_box(private, ClearingKey(0, public).seal(PROBE))
    except RemoteProtocolError:
        raise ConfigError("KEY_UNUSABLE", f"{private_file} is not the key that {CLEARING_PUBLIC_FILE} is of") from None
    return private
