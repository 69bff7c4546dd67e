"""What each method has a card sign, and what its dynamic data must then say (EMV book 2, 6.5 and 6.6; fDDA)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from drivers import tlv
from drivers.oda.certificates import Chain, Objects, needed
from drivers.oda.refusal import Fault, OdaRefused, Part
from drivers.oda.scheme import FddaInput, Scheme
from drivers.oda.session import TAG_SIGNED_DYNAMIC, Observed
from edge.domain.errors import CardError
from edge.domain.frozen import frozen

FORMAT_DYNAMIC: Final = 0x05
FDDA_VERSION: Final = 0x01
TAG_CHALLENGE: Final = 0x9F37
TAG_AMOUNT: Final = 0x9F02
TAG_CURRENCY: Final = 0x5F2A
TAG_CARD_AUTHENTICATION: Final = 0x9F69
TAG_COUNTER: Final = 0x9F36
TAG_DDOL: Final = 0x9F49
TAG_CDOL: Final = (0x8C, 0x8D)
TAG_CID: Final = 0x9F27
TAG_CRYPTOGRAM: Final = 0x9F26
SIGNED_BYTES: Final = {TAG_CHALLENGE: 4, TAG_AMOUNT: 6, TAG_CURRENCY: 2}
"""Lengths of what is signed. No signature covers the list itself: a clone whose list moved the borders between these
could show signatures that were collected from the real card for numbers which its terminal then happens to draw.
"""

DEFAULT_DDOL: Final = bytes.fromhex("9F3704")

_NUMBER_BYTES: Final = range(2, 9)
_CRYPTOGRAM_BYTES: Final = 8

K = TypeVar("K")


def prove_dda(chain: Chain[K], key: K, card: Observed, objects: Objects) -> str:
    """Verify INTERNAL AUTHENTICATE: the card signed what the terminal sent by the DDOL. Returns the card's number."""
    sent, signed = card.challenge or b"", card.signed or b""
    _check_challenged(objects.get(TAG_DDOL, DEFAULT_DDOL), sent)
    dynamic = chain.dynamic(key, signed, chain.dynamic_format(FORMAT_DYNAMIC), sent)
    return f"dynamic number {_split(dynamic)[0].hex().upper()}"


@frozen
class Combined:
    """What a combined signature holds: the card's dynamic number, the information byte, the cryptogram itself."""

    number: bytes
    cid: bytes
    cryptogram: bytes


def prove_cda(chain: Chain[K], key: K, card: Observed, objects: Objects, turn: int) -> Combined:
    """Verify the first or second GENERATE AC: the signature covers the cryptogram and the whole transaction."""
    generated = card.generated[turn]
    cdol = needed(Part.RECORDS, objects, TAG_CDOL[turn])
    challenge = _check_challenged(cdol, generated.sent)
    signed = needed(Part.DYNAMIC, generated.objects, TAG_SIGNED_DYNAMIC)
    dynamic = chain.dynamic(key, signed, chain.dynamic_format(FORMAT_DYNAMIC), challenge)
    number, rest = _split(dynamic)
    transaction = (card.sent or b"") + b"".join(each.sent for each in card.generated[: turn + 1]) + generated.hashed
    digest = chain.digest(transaction)
    if rest[1 + _CRYPTOGRAM_BYTES :] != digest:
        raise OdaRefused(Part.DYNAMIC, Fault.HASH, "the hash over the transaction does not fit")
    combined = Combined(number, rest[:1], rest[1 : 1 + _CRYPTOGRAM_BYTES])
    for tag, value in ((TAG_CID, combined.cid), (TAG_CRYPTOGRAM, combined.cryptogram)):
        if generated.objects.get(tag, value) != value:
            raise OdaRefused(Part.DYNAMIC, Fault.CRYPTOGRAM, f"{tag:X} differs from what was signed")
    return combined


def prove_fdda(chain: Chain[K], key: K, card: Observed, objects: Objects, scheme: Scheme) -> str:
    """Verify the signature that came with GPO or a record: it covers what the terminal sent by the PDOL."""
    signed = needed(Part.DYNAMIC, objects, TAG_SIGNED_DYNAMIC)
    covered = _fdda_input(card.terminal, objects, scheme)
    dynamic = chain.dynamic(key, signed, chain.dynamic_format(scheme.fdda_format.byte), covered)
    number = _split(dynamic)[0]
    if number != objects.get(TAG_COUNTER, number):
        raise OdaRefused(Part.DYNAMIC, Fault.DYNAMIC_NUMBER, "the signed counter is not the card's ATC")
    return f"fDDA {scheme.fdda_input}, format {scheme.fdda_format}, counter {number.hex().upper()}"


def _fdda_input(terminal: Mapping[int, bytes], objects: Objects, scheme: Scheme) -> bytes:
    if scheme.fdda_input is FddaInput.V01:
        related = needed(Part.DYNAMIC, objects, TAG_CARD_AUTHENTICATION)
        if related[0] != FDDA_VERSION:
            raise OdaRefused(Part.DYNAMIC, Fault.VERSION, f"9F69 names version {related[0]:02X}, not 01")
        return b"".join(_sent(terminal, tag) for tag in (TAG_CHALLENGE, TAG_AMOUNT, TAG_CURRENCY)) + related
    ddol = _list(objects.get(TAG_DDOL, DEFAULT_DDOL))
    if TAG_CHALLENGE not in dict(ddol):
        raise OdaRefused(Part.DYNAMIC, Fault.CHALLENGE, "the DDOL asks for no unpredictable number")
    return b"".join(_sent(terminal, tag) for tag, _ in ddol)


def _sent(terminal: Mapping[int, bytes], tag: int) -> bytes:
    if tag not in terminal:
        raise OdaRefused(Part.DYNAMIC, Fault.CHALLENGE, f"the PDOL did not ask for {tag:X}")
    if len(terminal[tag]) != SIGNED_BYTES.get(tag, len(terminal[tag])):
        raise OdaRefused(Part.DYNAMIC, Fault.CHALLENGE, f"the PDOL asked for {tag:X} in another length")
    return terminal[tag]


def _check_challenged(dol: bytes, sent: bytes) -> bytes:
    """Return the unpredictable number among what was sent by a list that must ask for it."""
    try:
        challenge = tlv.split_dol(dol, sent).get(TAG_CHALLENGE, b"")
    except CardError as malformed:
        raise OdaRefused(Part.DYNAMIC, Fault.CHALLENGE, str(malformed.args[0])) from malformed
    if len(challenge) != SIGNED_BYTES[TAG_CHALLENGE]:
        raise OdaRefused(Part.DYNAMIC, Fault.CHALLENGE, "no unpredictable number of four bytes was sent")
    return challenge


def _list(dol: bytes) -> tuple[tuple[int, int], ...]:
    try:
        return tlv.parse_dol(dol)
    except CardError as malformed:
        raise OdaRefused(Part.DYNAMIC, Fault.MALFORMED, str(malformed.args[0])) from malformed


def _split(dynamic: bytes) -> tuple[bytes, bytes]:
    """Return the card's dynamic number, two to eight bytes behind their length, and what follows it."""
    length = dynamic[0] if dynamic else 0
    if length not in _NUMBER_BYTES or length > len(dynamic) - 1:
        raise OdaRefused(Part.DYNAMIC, Fault.DYNAMIC_NUMBER, "the dynamic data hold no number of two to eight bytes")
    return dynamic[1 : 1 + length], dynamic[1 + length :]
