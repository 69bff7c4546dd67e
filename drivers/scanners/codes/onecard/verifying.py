"""Verifies our own codes: one signature, by a key that the reference data name."""

from __future__ import annotations

from drivers.code_scheme import SECOND_MS, SM2_ID, CodeRefused, CodeTrust, Fault, Part, code_id, refused
from drivers.scanners.codes.onecard.layout import (
    MARK,
    PURPOSE,
    SCHEME,
    SUBJECT_AT,
    Kind,
    OwnCode,
    Subject,
    parse,
    unpacked,
)
from edge.domain.code_keys import CodeKey
from edge.domain.medium import CardNumber, CodeFacts, CodeSnapshot


class OnecardCode:
    """Takes a code apart, finds its key, checks the seal."""

    name = SCHEME

    def __init__(self, trust: CodeTrust) -> None:
        self._trust = trust

    def recognises(self, payload: bytes) -> bool:
        """Say whether the mark is there."""
        return payload.startswith(MARK)

    def read(self, payload: bytes) -> CodeSnapshot:
        """Return what the code says; every check is one of the refusals in :mod:`drivers.code_scheme`."""
        issuer = ""
        try:
            stated, seal = unpacked(payload)
            code = parse(stated)
            key = self._key(code)
            issuer = key.issuer
            self._check(code, key, stated, seal)
        except CodeRefused as why:
            return refused(SCHEME, payload, str(why), issuer)
        return self._snapshot(code, key, stated, seal)

    def _key(self, code: OwnCode) -> CodeKey:
        key = self._trust.key(SCHEME, code.key_id)
        if key is None:
            raise CodeRefused(Part.ROOT, Fault.UNKNOWN)
        return key

    def _check(self, code: OwnCode, key: CodeKey, stated: bytes, seal: bytes) -> None:
        """Check issuer, time of issue, and the seal."""
        allowed = self._trust.rules.issuers
        if allowed and key.issuer not in allowed:
            raise CodeRefused(Part.ISSUER, Fault.NOT_ALLOWED)
        if key.algorithm is not code.algorithm:
            raise CodeRefused(Part.ROOT, Fault.MISMATCH)
        if not key.from_ms <= code.made_s * SECOND_MS <= key.until_ms:
            raise CodeRefused(Part.ROOT, Fault.EXPIRED)
        if not self._trust.fits(key, seal, PURPOSE + stated, SM2_ID):
            raise CodeRefused(Part.CODE, Fault.SIGNATURE)

    def _snapshot(self, code: OwnCode, key: CodeKey, stated: bytes, seal: bytes) -> CodeSnapshot:
        by_token = code.subject is Subject.HOLDER
        whose = code.whose.hex() if by_token else code.whose.decode("ascii")
        facts = CodeFacts(
            scheme=SCHEME,
            issuer=key.issuer,
            refusal="",
            code=code_id(SCHEME, stated),
            made_ms=code.made_s * SECOND_MS,
            valid_from_ms=code.from_s * SECOND_MS,
            valid_until_ms=code.until_s * SECOND_MS,
            amount_max_fen=code.amount_max_fen,
            local=True,
            rider=code.rider,
            evidence=_blanked(stated, len(code.whose)) + seal,
            reusable=code.kind is Kind.IDENTITY,
            holder=code.whose if by_token else b"",
            in_stock=code.kind is Kind.TICKET,
        )
        return CodeSnapshot(CardNumber(whose), facts, CardNumber(code.whose.hex()))


def _blanked(stated: bytes, length: int) -> bytes:
    return stated[:SUBJECT_AT] + bytes(length) + stated[SUBJECT_AT + length :]
