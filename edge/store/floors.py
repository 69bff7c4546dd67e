"""The lowest versions still allowed, by kind and name of artifact: once seen, no older file comes back.

One small file beside the editions, replaced durably; it outlives the journal of any epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edge.crypto.signing import write_durably
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.exchange import ArtifactHeader
from sync.wire import pack, unpack

Floors = dict[tuple[str, str], int]


def read_floors(path: Path) -> Floors:
    """Return the floors; none where the file does not exist. Raises ``ARTIFACT_DAMAGED``."""
    if not path.exists():
        return {}
    try:
        return {(kind, name): int(version) for kind, name, version in unpack(path.read_bytes())}
    except (RemoteProtocolError, TypeError, ValueError) as error:
        raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: not a list of floors") from error


def check_floors(floors: Floors, headers: Iterable[ArtifactHeader]) -> None:
    """Raise ``ARTIFACT_ROLLED_BACK`` where an artifact lies below its floor."""
    for header in headers:
        floor = floors.get((header.kind, header.name), 0)
        if header.version < floor:
            raise PolicyError("ARTIFACT_ROLLED_BACK", f"{header.name} {header.version} is below {floor}")


def raise_floors(path: Path, floors: Floors, headers: Iterable[ArtifactHeader]) -> Floors:
    """Return the floors raised by what the headers say, written durably where they changed.

    Raises ``STORE_FULL`` or ``STORE_IO`` where they cannot be written.
    """
    raised = dict(floors)
    for header in headers:
        key = header.kind, header.name
        raised[key] = max(raised.get(key, 0), header.floor)
    if raised != floors:
        write_durably(path, pack([[kind, name, version] for (kind, name), version in sorted(raised.items())]))
    return raised
