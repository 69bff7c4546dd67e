"""Clearing keys: who makes one before the centre's first start keeps its private half where no server is.

``clearing-N.pub`` in the centre's state folder are the public halves of all that anything is sealed to; the newest goes
to every enrolment, and by the document ``clearing-N.toml`` to terminals that are enrolled. A private half opens what
was sealed to its own key alone: it is kept until nothing refers to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from edge.crypto.sealing import ClearingKey, new_clearing_key, open_box
from edge.crypto.signing import KEY_BYTES, coded_errors, make_folder, read_secret, write_durably, write_secret
from edge.domain.errors import ConfigError, RemoteProtocolError
from sync.central.keys import clearing_public_file, clearing_versions

PROBE: Final = b"clearing"


def make_clearing_key(state: Path, private_file: Path) -> int:
    """Write a fresh private key to its own file, and its public half for the centre into the state folder.

    Returns its version: 1 before the centre's first start, else the next. Raises ``KEY_UNUSABLE`` where the private
    file is there: what was sealed to a key is lost with it.
    """
    if private_file.exists():
        raise ConfigError("KEY_UNUSABLE", f"{private_file} exists: what was sealed to a key is lost with it")
    version = max(clearing_versions(state), default=0) + 1
    private, public = new_clearing_key()
    make_folder(state, 0o700)
    write_secret(private_file, private)
    write_durably(state / f"clearing-{version}.toml", _document(version, public).encode())
    write_secret(clearing_public_file(state, version), public)
    return version


def _document(version: int, public: bytes) -> str:
    return f'kind = "sealing_key"\nversion = {version}\npublic = "{public.hex()}"\n'


def read_clearing_keys(private_files: Iterable[Path], state: Path) -> Mapping[int, bytes]:
    """Return private keys by version; raises ``KEY_UNUSABLE`` where one fits no public half that the fleet seals to."""
    publics = {version: read_secret(clearing_public_file(state, version)) for version in clearing_versions(state)}
    found: dict[int, bytes] = {}
    for path in private_files:
        private = read_secret(path, KEY_BYTES)
        version = next((version for version, public in publics.items() if _fits(private, public)), None)
        if version is None:
            raise ConfigError("KEY_UNUSABLE", f"{path} is not the key that any clearing-N.pub in {state} is of")
        found[version] = private
    return found


def _fits(private: bytes, public: bytes) -> bool:
    try:
        open_box(private, ClearingKey(0, public).seal(PROBE))
    except RemoteProtocolError:
        return False
    return True


def drop_clearing_key(state: Path, version: int, taps: Mapping[int, int]) -> None:
    """Forget the public half of an old key to which nothing that is held is sealed; ``taps`` counts by version.

    Raises ``CONFIG_VALUE`` for the newest one, one that is not here, or one that something refers to.
    """
    versions = clearing_versions(state)
    if version not in versions:
        raise ConfigError("CONFIG_VALUE", f"no clearing key {version} is here; there are {sorted(versions)}")
    if version == max(versions):
        raise ConfigError("CONFIG_VALUE", f"clearing key {version} is the newest: terminals seal to it")
    if count := taps.get(version, 0):
        raise ConfigError("CONFIG_VALUE", f"{count} taps are sealed to clearing key {version}: it stays")
    with coded_errors(state):
        (state / f"clearing-{version}.toml").unlink(missing_ok=True)
        clearing_public_file(state, version).unlink()
