"""Epoch grants as files: msgpack ``[grant, signature]``, signed by the centre, kept outside the journal."""

from __future__ import annotations

import hashlib

from edge.crypto.signing import PublicKey, SigningKey, verify
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import GRANT_PURPOSE, Grant
from sync.wire import from_plain, pack, statement, to_plain, unpack

GRANT_BYTES_MAX = 4 * 1024


def seal_grant(key: SigningKey, grant: Grant) -> bytes:
    """Return the signed file of a grant."""
    return pack([to_plain(grant), key.sign(statement(GRANT_PURPOSE, grant))])


def open_grant(grant_file: bytes, centre_key: PublicKey) -> Grant:
    """Return the grant in a file once its signature fits; raises ``WIRE_MALFORMED`` or ``SIGNATURE_WRONG``."""
    grant, signature = _parts(grant_file)
    verify(centre_key, signature, statement(GRANT_PURPOSE, grant))
    return grant


def read_grant(grant_file: bytes) -> Grant:
    """Return the grant without asking who signed it, for files of an earlier centre; raises ``WIRE_MALFORMED``."""
    return _parts(grant_file)[0]


def grant_hash(grant_file: bytes) -> bytes:
    """Return the first ``previous hash`` of the epoch: SHA-256 over the whole file."""
    return hashlib.sha256(grant_file).digest()


def _parts(grant_file: bytes) -> tuple[Grant, bytes]:
    plain = unpack(grant_file, limit=GRANT_BYTES_MAX)
    if not isinstance(plain, list) or len(plain) != 2 or not isinstance(plain[1], bytes):  # noqa: PLR2004 - a pair
        raise RemoteProtocolError("WIRE_MALFORMED", "not a grant file")
    return from_plain(Grant, plain[0]), plain[1]
