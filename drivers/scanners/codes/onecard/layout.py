"""The fields of our own code, and their bytes: ``OC1:`` and base45 of what follows, the signature last.

======  =====  =====================================================================================
form    1      01
signer  1 + 4  01 Ed25519, 02 SM2; the first four bytes of SHA-256 of its public key
kind    1      01 ticket (pays once), 02 identity (may be shown again until it ends)
whose   2 + n  01 holder token (16 bytes), 02 account (1 to 32 characters); n; the bytes
times   3 * 4  made, valid from, valid until: UTC seconds, both ends included
amount  3      the most it may be charged, fen; FFFFFF: not limited
number  8      of this code, random
rider   1 + m  m (0 to 16); the category as the tariff names it
seal    64     signature over ``onecard-code-1``, 00 and everything before it
======  =====  =====================================================================================
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

from drivers.code_scheme import CodeRefused, Fault, Part
from drivers.scanners.codes.onecard import rfc9285
from edge.domain.code_keys import CodeAlgorithm
from edge.domain.frozen import frozen

SCHEME: Final = "onecard"
MARK: Final = b"OC1:"
PURPOSE: Final = b"onecard-code-1\0"
FORM: Final = 1
KEY_ID_BYTES: Final = 4
NUMBER_BYTES: Final = 8
SEAL_BYTES: Final = 64
HOLDER_BYTES: Final = 16
ACCOUNT_BYTES_MAX: Final = 32
RIDER_BYTES_MAX: Final = 16
UNLIMITED: Final = 0xFFFFFF
SECONDS_MAX: Final = 0xFFFFFFFF
SUBJECT_AT: Final = 9
"""Where the holder token or the account stands."""
TEXT_BYTES_MAX: Final = 320

_ALGORITHMS: Final = {1: CodeAlgorithm.ED25519, 2: CodeAlgorithm.SM2}
_ACCOUNT: Final = re.compile(rb"[0-9A-Za-z._-]{1,32}")
_RIDER: Final = re.compile(rb"[a-z0-9_]{0,16}")


class Kind(IntEnum):
    """What a code is for."""

    TICKET = 1
    IDENTITY = 2


class Subject(IntEnum):
    """Whom it names, and how."""

    HOLDER = 1
    ACCOUNT = 2


@frozen
class OwnCode:
    """What a code says. ``whose`` is the token or the account's characters; ``amount_max_fen`` None: not limited."""

    algorithm: CodeAlgorithm
    key_id: bytes
    kind: Kind
    subject: Subject
    whose: bytes
    made_s: int
    from_s: int
    until_s: int
    amount_max_fen: int | None
    number: bytes
    rider: str = ""


def statement(code: OwnCode) -> bytes:
    """Return the bytes before the seal; raises ``ValueError`` for what no code can say."""
    signer = next(number for number, algorithm in _ALGORITHMS.items() if algorithm is code.algorithm)
    amount = UNLIMITED if code.amount_max_fen is None else code.amount_max_fen
    rider = code.rider.encode("ascii", "replace")
    try:
        head = bytes((FORM, signer)) + code.key_id + bytes((code.kind, code.subject, len(code.whose))) + code.whose
        times = b"".join(second.to_bytes(4, "big") for second in (code.made_s, code.from_s, code.until_s))
        whole = head + times + amount.to_bytes(3, "big") + code.number + bytes((len(rider),)) + rider
        said = _parse(whole)
    except (OverflowError, ValueError, CodeRefused) as error:
        raise ValueError(f"no code can say this: {error}") from error
    if said != code:
        raise ValueError("no code can say this")
    return whole


def encode(stated: bytes, seal: bytes) -> bytes:
    """Return what is printed: the mark and base45."""
    return MARK + rfc9285.encode(stated + seal)


def unpacked(payload: bytes) -> tuple[bytes, bytes]:
    """Return statement and seal of a printed code; raises :class:`CodeRefused`."""
    if len(payload) > TEXT_BYTES_MAX:
        raise CodeRefused(Part.PAYLOAD, Fault.LENGTH)
    try:
        content = rfc9285.decode(payload.removeprefix(MARK))
    except ValueError:
        raise CodeRefused(Part.PAYLOAD, Fault.MALFORMED) from None
    return content[:-SEAL_BYTES], content[-SEAL_BYTES:]


def parse(stated: bytes) -> OwnCode:
    """Take a statement apart; raises :class:`CodeRefused`."""
    if stated[:1] != bytes((FORM,)):
        raise CodeRefused(Part.VERSION, Fault.UNKNOWN)
    return _parse(stated)


def _parse(stated: bytes) -> OwnCode:
    field = _Fields(stated[1:])
    algorithm = _ALGORITHMS.get(field.number(1))
    key_id = field.take(KEY_ID_BYTES)
    kind, subject = field.number(1), field.number(1)
    whose = field.take(field.number(1))
    made_s, from_s, until_s = (field.number(4) for _ in range(3))
    amount = field.number(3)
    number = field.take(NUMBER_BYTES)
    rider = field.take(field.number(1))
    if field.rest or algorithm is None or kind not in tuple(Kind) or not _names_somebody(subject, whose):
        raise CodeRefused(Part.PAYLOAD, Fault.FORMAT)
    if not _RIDER.fullmatch(rider) or not made_s <= until_s or not from_s <= until_s:
        raise CodeRefused(Part.PAYLOAD, Fault.FORMAT)
    return OwnCode(
        algorithm=algorithm,
        key_id=key_id,
        kind=Kind(kind),
        subject=Subject(subject),
        whose=whose,
        made_s=made_s,
        from_s=from_s,
        until_s=until_s,
        amount_max_fen=None if amount == UNLIMITED else amount,
        number=number,
        rider=rider.decode("ascii"),
    )


def _names_somebody(subject: int, whose: bytes) -> bool:
    if subject == Subject.HOLDER:
        return len(whose) == HOLDER_BYTES
    return subject == Subject.ACCOUNT and _ACCOUNT.fullmatch(whose) is not None


class _Fields:
    """Takes one field after the other."""

    def __init__(self, rest: bytes) -> None:
        self.rest = rest

    def take(self, count: int) -> bytes:
        """Return the next bytes; raises :class:`CodeRefused` where there are not so many."""
        if len(self.rest) < count:
            raise CodeRefused(Part.PAYLOAD, Fault.LENGTH)
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, length: int) -> int:
        """Return the next number, big-endian."""
        return int.from_bytes(self.take(length), "big")
