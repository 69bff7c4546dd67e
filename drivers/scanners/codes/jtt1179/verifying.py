"""The chain of a JT/T 1179 code: root, issuer's certificate, the issuer's authorisation, the user's signature."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from drivers.code_scheme import SECOND_MS, SM2_ID, CodeRefused, CodeTrust, Fault, Part, code_id, refused
from drivers.scanners.codes.jtt1179.layout import (
    ACCOUNTS,
    CERTIFICATES_KEPT,
    SCHEME,
    VERSION_MIN,
    TransitCode,
    parse,
    unarmoured,
)
from edge.domain.code_keys import CodeKey
from edge.domain.medium import CardNumber, CodeFacts, CodeSnapshot

INTEROPERABLE: Final = 0x80
LOCAL: Final = 0x81
PLAIN_IDS: Final = (SM2_ID,) * 3
"""The identities that the signatures of an interoperable code are made with."""
TEST_CARD: Final = 0x04
RIDERS: Final = {0x02: "student", 0x03: "senior", TEST_CARD: "test", 0x05: "military"}


class Jtt1179:
    """Verifies codes. A certificate that was verified once is known again by its bytes."""

    name = SCHEME

    def __init__(self, trust: CodeTrust) -> None:
        self._trust = trust
        self._known: OrderedDict[tuple[int, bytes], None] = OrderedDict()

    def recognises(self, payload: bytes) -> bool:
        """Say whether the first byte is a version, also in base64."""
        return unarmoured(payload)[:1] >= bytes((VERSION_MIN,))

    def read(self, payload: bytes) -> CodeSnapshot:
        """Return what the code says; every check is one of the refusals in :mod:`drivers.code_scheme`."""
        raw = unarmoured(payload)
        issuer = ""
        try:
            code = parse(raw)
            issuer = code.issuer
            self._check(code)
        except CodeRefused as why:
            return refused(SCHEME, raw, str(why), issuer)
        return self._snapshot(code)

    def _check(self, code: TransitCode) -> None:
        """Check what costs nothing first, then the three signatures from the root on."""
        if code.version not in (INTEROPERABLE, LOCAL):
            raise CodeRefused(Part.VERSION, Fault.UNKNOWN)
        self._check_parties(code)
        root = self._root(code)
        if code.made_ms > code.certificate.last_ms:
            raise CodeRefused(Part.CERTIFICATE, Fault.EXPIRED)
        if code.made_ms > code.authorised_until_ms:
            raise CodeRefused(Part.AUTHORISATION, Fault.EXPIRED)
        ids = PLAIN_IDS if code.version == INTEROPERABLE else code.signer_ids
        self._check_certificate(code, root, ids[0])
        certified = code.certificate.public
        self._check_seal(Part.AUTHORISATION, certified, code.issuer_seal, code.authorised, ids[1])
        self._check_seal(Part.CODE, code.public, code.user_seal, code.covered, ids[2])

    def _check_parties(self, code: TransitCode) -> None:
        rules = self._trust.rules
        if rules.same_issuer and code.certificate.issuer != code.issuer:
            raise CodeRefused(Part.ISSUER, Fault.MISMATCH)
        allowed = rules.home_issuers if code.version != INTEROPERABLE else rules.issuers
        if code.issuer not in allowed and (allowed or code.version != INTEROPERABLE):
            raise CodeRefused(Part.ISSUER, Fault.NOT_ALLOWED)
        if rules.platforms and code.platform not in rules.platforms:
            raise CodeRefused(Part.PLATFORM, Fault.NOT_ALLOWED)
        if code.card_type == TEST_CARD and not rules.test:
            raise CodeRefused(Part.HOLDER, Fault.TEST)

    def _root(self, code: TransitCode) -> CodeKey:
        certificate = code.certificate
        key_id = bytes((code.version,)) + certificate.service + certificate.root_index
        root = self._trust.key(SCHEME, key_id)
        if root is None:
            raise CodeRefused(Part.ROOT, Fault.UNKNOWN)
        if not root.from_ms <= code.made_ms <= root.until_ms:
            raise CodeRefused(Part.ROOT, Fault.EXPIRED)
        return root

    def _check_certificate(self, code: TransitCode, root: CodeKey, signer_id: bytes) -> None:
        certificate = code.certificate
        known = (code.version, certificate.raw)
        if known in self._known:
            self._known.move_to_end(known)
            return
        if not self._trust.sm2_verify(root.public, certificate.signature, certificate.signed, signer_id):
            raise CodeRefused(Part.CERTIFICATE, Fault.SIGNATURE)
        self._known[known] = None
        if len(self._known) > CERTIFICATES_KEPT:
            self._known.popitem(last=False)

    def _check_seal(self, part: Part, public: bytes, seal: bytes, covered: bytes, signer_id: bytes) -> None:
        header = self._trust.rules.signature_header
        if header is not None and seal[0] != header:
            raise CodeRefused(part, Fault.FORMAT)
        if not self._trust.sm2_verify(public, seal[1:], covered, signer_id):
            raise CodeRefused(part, Fault.SIGNATURE)

    def _snapshot(self, code: TransitCode) -> CodeSnapshot:
        rules, accounts = self._trust.rules, code.raw[ACCOUNTS]
        facts = CodeFacts(
            scheme=SCHEME,
            issuer=code.issuer,
            refusal="",
            code=code_id(SCHEME, code.covered),
            made_ms=code.made_ms,
            valid_from_ms=code.made_ms - rules.future_skew_s * SECOND_MS,
            valid_until_ms=min(code.made_ms + code.validity_ms, code.certificate.last_ms),
            amount_max_fen=code.amount_max_fen,
            local=code.issuer in rules.home_issuers,
            rider=RIDERS.get(code.card_type, ""),
            evidence=code.raw[: ACCOUNTS.start] + bytes(len(accounts)) + code.raw[ACCOUNTS.stop :],
        )
        return CodeSnapshot(CardNumber(code.account), facts, CardNumber(accounts.hex()))
