"""The centre's signed time <-> bytes: ``[time, signature]``, the answer to a question that a terminal made up."""

from __future__ import annotations

from typing import Final

from edge.crypto.signing import PublicKey, SigningKey, verify
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import TIME_PURPOSE, SignedTime
from sync.wire import from_plain, pack, statement, to_plain, unpack

TIME_BYTES_MAX: Final = 1024
PARTS: Final = 2


def seal_time(key: SigningKey, told: SignedTime) -> bytes:
    """Sign a time."""
    return pack([to_plain(told), key.sign(statement(TIME_PURPOSE, told))])


def open_time(packed: bytes, centre_key: PublicKey) -> SignedTime:
    """Return the time in ``packed`` once its signature fits the pinned key; raises ``WIRE_*`` or ``SIGNATURE_WRONG``.

    Whether it answers our question is the caller's check.
    """
    plain = unpack(packed, limit=TIME_BYTES_MAX)
    if not isinstance(plain, list) or len(plain) != PARTS or not isinstance(plain[1], bytes):
        raise RemoteProtocolError("WIRE_MALFORMED", "not a signed time")
    told = from_plain(SignedTime, plain[0])
    verify(centre_key, plain[1], statement(TIME_PURPOSE, told))
    return told
