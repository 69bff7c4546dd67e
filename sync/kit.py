"""What travels at enrolment: a request with a one-time token up, a kit sealed to the device down.

The kit holds a secret (the token key), so it is sealed to a key that the device made for this one enrolment, and
signed by the centre: the same bytes may come by HTTP or be carried by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, cast

from edge.crypto.sealing import ClearingKey, open_box
from edge.crypto.signing import SigningKey, verify
from edge.domain.errors import ConfigError, PolicyError, RemoteProtocolError
from edge.domain.exchange import EnrolmentKit
from edge.domain.frozen import frozen
from edge.domain.tap import TERMINAL_NAME
from sync.succession import Succession, keys_in, read_succession
from sync.wire import decode, pack, statement, to_plain, unpack

KIT_PURPOSE: Final = "onecard-kit-1"
KIT_BYTES_MAX: Final = 48 * 1024
FINGERPRINT_BYTES: Final = 8
SECRET_BYTES: Final = 16


@frozen
class EnrolmentRequest:
    """Ask for a grant. ``public_key`` Ed25519, ``box_key`` X25519 for the answer, 32 bytes each.

    ``known_epoch`` is the highest epoch this device has seen (0: none): a restored centre must not give it again.
    ``transport_request`` asks for the transport's certificate (PKCS #10 in PEM; empty: none is wanted).
    """

    terminal: str
    secret: bytes
    public_key: bytes
    box_key: bytes
    known_epoch: int
    transport_request: bytes = b""


@frozen
class EnrolmentToken:
    """A one-time token, printed as ``TERMINAL.SECRET.FINGERPRINT`` (the two in hexadecimal)."""

    terminal: str
    secret: bytes
    fingerprint: bytes

    def __str__(self) -> str:
        return f"{self.terminal}.{self.secret.hex()}.{self.fingerprint.hex()}"


def fingerprint_of(centre_key: bytes) -> bytes:
    """Return the fingerprint by which a token pins the centre's key: the first bytes of its SHA-256."""
    return hashlib.sha256(centre_key).digest()[:FINGERPRINT_BYTES]


def parse_token(text: str) -> EnrolmentToken:
    """Return the token in ``text``; raises ``ENROLMENT_REFUSED`` where it is not one."""
    parts = text.strip().rsplit(".", 2)
    try:
        terminal, secret, fingerprint = parts[0], bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        raise ConfigError("ENROLMENT_REFUSED", "a token has the form TERMINAL.SECRET.FINGERPRINT") from None
    whole = TERMINAL_NAME.fullmatch(terminal) and len(secret) == SECRET_BYTES and len(fingerprint) == FINGERPRINT_BYTES
    if not whole:
        raise ConfigError("ENROLMENT_REFUSED", "the token is incomplete")
    return EnrolmentToken(terminal, secret, fingerprint)


def encode_request(request: EnrolmentRequest) -> bytes:
    """Return a request's bytes; one that asks for no certificate is what earlier releases wrote."""
    return pack(_without_absent(request, [request.transport_request]))


def decode_request(packed: bytes) -> EnrolmentRequest:
    """Return the request in ``packed``; raises ``WIRE_*``."""
    return decode(EnrolmentRequest, packed, limit=KIT_BYTES_MAX, older=True)


def _without_absent(value: EnrolmentRequest | EnrolmentKit, added: Sequence[bytes]) -> list[object]:
    """Return a value's fields without those ``added`` since the first release that say nothing, from the last on."""
    plain = list(cast("list[object]", to_plain(value)))
    for content in reversed(added):
        if content:
            break
        plain.pop()
    return plain


def seal_kit(key: SigningKey, kit: EnrolmentKit, box_key: bytes) -> bytes:
    """Return the kit sealed to ``box_key`` and signed: ``[box, signature]``.

    One without a certificate, of a centre with its first key, is what earlier releases read.
    """
    box = ClearingKey(0, box_key).seal(pack(_without_absent(kit, [kit.certificate, kit.succession])))
    return pack([box, key.sign(statement(KIT_PURPOSE, box))])


def open_kit(packed: bytes, box_private: bytes, fingerprint: bytes) -> EnrolmentKit:
    """Return the kit; raises ``WIRE_MALFORMED`` or ``SIGNATURE_WRONG`` (also for another centre than the token's).

    The token may name a key that the centre has announced another after: then the succession must lead from it.
    """
    plain = unpack(packed, limit=KIT_BYTES_MAX)
    if not isinstance(plain, list) or len(plain) != 2 or not all(isinstance(part, bytes) for part in plain):  # noqa: PLR2004 - a pair
        raise RemoteProtocolError("WIRE_MALFORMED", "not an enrolment kit")
    box, signature = plain
    kit = decode(EnrolmentKit, open_box(box_private, box), limit=KIT_BYTES_MAX, older=True)
    _check_centre(kit, fingerprint)
    verify(kit.centre_key, signature, statement(KIT_PURPOSE, box))
    return kit


def _check_centre(kit: EnrolmentKit, fingerprint: bytes) -> None:
    keys = keys_in(_succession_of(kit)) or (kit.centre_key,)
    known = [place for place, key in enumerate(keys) if fingerprint_of(key) == fingerprint]
    if not known or kit.centre_key not in keys[known[0] :]:
        raise RemoteProtocolError("SIGNATURE_WRONG", "the kit comes from another centre than the token")


def _succession_of(kit: EnrolmentKit) -> Succession:
    try:
        return read_succession(kit.succession) if kit.succession else ()
    except PolicyError as error:
        raise RemoteProtocolError("SIGNATURE_WRONG", f"the kit's keys: {error.args[0]}") from error
