"""What verification ends in: a verdict with its steps, and the terminal's own record of it, TVR and TSI."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from typing import Final

from drivers.oda.cryptogram import CryptogramType, IssuerApplicationFacts, read_issuer_application, type_of_cid
from drivers.oda.expiry import day
from drivers.oda.refusal import Fault, OdaRefused
from drivers.oda.scheme import Method
from drivers.oda.session import Objects, Observed
from edge.domain.frozen import frozen, mutable
from edge.domain.medium import CardNumber

TVR_BYTES: Final = 5
TVR_NOT_PERFORMED: Final = 0x80
TVR_CARD_OBJECTS_MISSING: Final = 0x20
TVR_SDA_SELECTED: Final = 0x02
TVR_FAILED: Final = {Method.SDA: 0x40, Method.DDA: 0x08, Method.FDDA: 0x08, Method.CDA: 0x04}
TVR_2_EXPIRED: Final = 0x40
TVR_2_NOT_YET: Final = 0x20
TSI_PERFORMED: Final = b"\x80\x00"
TSI_NOTHING: Final = b"\x00\x00"
"""Bits of terminal verification results (95) and transaction status (9B), EMV book 3, annex C5 and C6."""

TAG_EXPIRES: Final = 0x5F24
TAG_EFFECTIVE: Final = 0x5F25
_TAG_CID: Final = 0x9F27
_TAG_ATC: Final = 0x9F36
_TAG_IAD: Final = 0x9F10
_TAG_AC: Final = 0x9F26


@frozen
class Step:
    """One step of verification and what it found."""

    name: str
    said: str


@frozen
class Cryptogram:
    """The application cryptogram's type, counter (ATC) and the readable part of its issuer application facts."""

    type: CryptogramType | None
    counter: int | None
    issuer_facts: IssuerApplicationFacts | None


@frozen
class Verdict:
    """Verified by ``method`` where ``reason`` is None; else the one stable reason (``part.fault``) and why.

    ``objects`` are the card's primitive objects as far as they were gathered: they hold its number, so they are not
    printed.
    """

    method: Method | None
    reason: str | None
    why: str
    steps: tuple[Step, ...]
    number: CardNumber | None
    tvr: bytes
    tsi: bytes
    cryptogram: Cryptogram | None
    by_test_key: bool
    objects: Objects = field(default_factory=dict, repr=False)

    @property
    def verified(self) -> bool:
        """Say whether every check held."""
        return self.reason is None


@mutable
class Progress:
    """What is known while verification goes on."""

    method: Method | None = None
    number: CardNumber | None = None
    objects: Objects = field(default_factory=dict)
    by_test_key: bool = False
    steps: list[Step] = field(default_factory=list)

    def note(self, name: str, said: str) -> None:
        """Keep one step that went well."""
        self.steps.append(Step(name, said))

    def verdict(self, card: Observed, at: date, refused: OdaRefused | None) -> Verdict:
        """Return the verdict on what is known by now."""
        return Verdict(
            self.method,
            None if refused is None else refused.reason,
            "" if refused is None else refused.why,
            tuple(self.steps),
            self.number,
            bytes([self._authentication(refused), self._dates(at), *bytes(TVR_BYTES - 2)]),
            TSI_NOTHING if self.method is None else TSI_PERFORMED,
            cryptogram_of(card),
            self.by_test_key,
            self.objects,
        )

    def _authentication(self, refused: OdaRefused | None) -> int:
        """Return the first byte of the TVR."""
        if self.method is None:
            missing = refused is not None and refused.fault is Fault.MISSING
            return TVR_NOT_PERFORMED | (TVR_CARD_OBJECTS_MISSING if missing else 0)
        bits = TVR_SDA_SELECTED if self.method is Method.SDA else 0
        if refused is not None:
            bits |= TVR_FAILED[self.method] | (TVR_CARD_OBJECTS_MISSING if refused.fault is Fault.MISSING else 0)
        return bits

    def _dates(self, at: date) -> int:
        """Return the second byte of the TVR: what the application says of its own dates."""
        until, since = day(self.objects.get(TAG_EXPIRES)), day(self.objects.get(TAG_EFFECTIVE))
        expired = TVR_2_EXPIRED if until is not None and at > until else 0
        return expired | (TVR_2_NOT_YET if since is not None and at < since else 0)


def cryptogram_of(card: Observed) -> Cryptogram | None:
    """Return the last cryptogram: of GENERATE AC, or the one that came with GPO."""
    objects = card.generated[-1].objects if card.generated else card.gpo
    if not objects.keys() & {_TAG_AC, _TAG_IAD, _TAG_CID}:
        return None
    facts = read_issuer_application(objects.get(_TAG_IAD, b""))
    cid, counter = objects.get(_TAG_CID, b""), objects.get(_TAG_ATC)
    kind = type_of_cid(cid[0]) if cid else None if facts is None else facts.cryptogram_type
    return Cryptogram(kind, None if counter is None else int.from_bytes(counter, "big"), facts)
