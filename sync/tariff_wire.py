"""Compiled tariffs <-> bytes: what an artifact of kind ``tariff`` carries for the engine.

Form: msgpack ``[1, [bundle, ...]]``, each bundle the canonical plain tree of its authored form: sorted keys, rows of a
section sorted, includes and files filled in, remarks left out. The same tariff has the same bytes, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.tariff.bundle import Bundle, build_bundle
from sync.wire import pack, unpack

TARIFF_KIND: Final = "tariff"
"""Kind of the artifact that carries compiled bundles, in a file of its own and in an edition."""

TARIFF_FORMAT: Final = 1
TARIFF_BYTES_MAX: Final = 16 * 1024 * 1024


def encode_tariff(bundles: Iterable[Mapping[str, object]]) -> bytes:
    """Return the bytes of compiled bundles, ordered by id."""
    return pack([TARIFF_FORMAT, sorted(bundles, key=_id)])


def _id(plain: Mapping[str, object]) -> str:
    head = plain.get("bundle")
    return str(head.get("id")) if isinstance(head, Mapping) else ""


def decode_plain(packed: bytes) -> Sequence[Mapping[str, object]]:
    """Return the plain trees in compiled bytes; raises ``TARIFF_INVALID``."""
    try:
        plain = unpack(packed, limit=TARIFF_BYTES_MAX)
    except RemoteProtocolError as error:
        raise PolicyError("TARIFF_INVALID", "not a compiled tariff") from error
    if not isinstance(plain, list) or len(plain) != 2 or plain[0] != TARIFF_FORMAT:  # noqa: PLR2004 - format, bundles
        raise PolicyError("TARIFF_INVALID", "not a compiled tariff of a known format")
    bundles = plain[1]
    if not isinstance(bundles, list) or not all(isinstance(bundle, dict) for bundle in bundles):
        raise PolicyError("TARIFF_INVALID", "not a compiled tariff")
    return bundles


def decode_tariff(packed: bytes) -> tuple[Bundle, ...]:
    """Return the bundles in compiled bytes, ready for use; raises ``TARIFF_INVALID``."""
    return tuple(build_bundle(plain) for plain in decode_plain(packed))
