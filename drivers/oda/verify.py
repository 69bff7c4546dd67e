"""One application's offline data authentication, from its file locator to its last signature (EMV book 2, 5 and 6)."""

from __future__ import annotations

from datetime import date
from typing import Final, TypeVar

from drivers.oda.ca_keys import CaKey, CaKeyStore, KeyKind
from drivers.oda.certificates import Certified, Chain, Objects, digits_of, needed
from drivers.oda.dynamic import TAG_CID, TAG_CRYPTOGRAM, prove_cda, prove_dda, prove_fdda
from drivers.oda.expiry import check_not_past
from drivers.oda.outcome import Progress, Verdict
from drivers.oda.records import TAG_AIP, gather
from drivers.oda.refusal import Fault, OdaRefused, Part
from drivers.oda.rsa_chain import RsaChain
from drivers.oda.scheme import Method, Scheme
from drivers.oda.session import TAG_AFL, TAG_SIGNED_DYNAMIC, Observed
from drivers.oda.sm2_chain import Digest, Sm2Chain, Sm2Verify
from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber

TAG_CA_INDEX: Final = 0x8F
TAG_PAN: Final = 0x5A
TAG_TRACK_2: Final = 0x57
TAG_SIGNED_STATIC: Final = 0x93

AIP_SDA: Final = 0x40
AIP_DYNAMIC: Final = 0x21
"""DDA or CDA."""

Revoked = frozenset[tuple[bytes, int, bytes]]
"""RID, index of the CA key, serial number of the issuer's certificate (EMV book 2, 5.1.1)."""

K = TypeVar("K")


@frozen
class Trust:
    """What a terminal trusts and accepts. ``keys`` of a scheme without test keys are held without them."""

    scheme: Scheme
    keys: CaKeyStore
    sm2_verify: Sm2Verify
    sm3: Digest
    revoked: Revoked = frozenset()

    def __post_init__(self) -> None:
        if not self.scheme.test_keys:
            object.__setattr__(self, "keys", self.keys.without_test_keys())


def verify(card: Observed, trust: Trust, at: date) -> Verdict:
    """Say whether the card is what it says, on that day; every refusal is a verdict, no coded error comes out."""
    progress = Progress()
    try:
        _verify(card, trust, at, progress)
    except OdaRefused as refused:
        return progress.verdict(card, at, refused)
    return progress.verdict(card, at, None)


def _verify(card: Observed, trust: Trust, at: date, progress: Progress) -> None:
    if not card.started:
        raise OdaRefused(Part.EXCHANGE, Fault.MISSING, "GET PROCESSING OPTIONS was not answered")
    objects, static = gather(card.gpo.get(TAG_AFL, b""), card.records, card.gpo)
    progress.objects = objects
    progress.method = method = method_of(card, objects)
    progress.note("method", method.upper())
    if method not in trust.scheme.methods:
        raise OdaRefused(Part.EXCHANGE, Fault.METHOD, f"{trust.scheme.name} does not accept {method.upper()}")
    digits = _number(objects)
    progress.number = CardNumber(digits)
    progress.note("records", f"card {progress.number.masked()}, {len(static)} bytes of static data")
    index = needed(Part.CA_KEY, objects, TAG_CA_INDEX)
    key = trust.keys.find(card.rid, index[0], at)
    progress.by_test_key = key.kind is KeyKind.TEST
    progress.note("CA key", f"{card.rid.hex().upper()} {key.index:02X}, {key.algorithm}, {key.kind}")
    proof = _Proof(card, objects, static, digits, key, trust, at, progress)
    if isinstance(key.public, bytes):
        chain = Sm2Chain(trust.sm2_verify, trust.sm3, trust.scheme.sm2_dynamic_format)
        proof.run(chain, key.public)
    else:
        proof.run(RsaChain(), key.public)


def method_of(card: Observed, objects: Objects) -> Method:
    """Return the strongest method that was carried out.

    A card that announces a dynamic method is never taken on static data alone: those can be copied.
    """
    if any(each.cda_asked or TAG_SIGNED_DYNAMIC in each.objects for each in card.generated):
        return Method.CDA
    if card.challenge is not None:
        return Method.DDA
    if TAG_SIGNED_DYNAMIC in objects:
        return Method.FDDA
    announced = objects[TAG_AIP][0]
    if announced & AIP_DYNAMIC:
        raise OdaRefused(Part.DYNAMIC, Fault.MISSING, "the card announces a dynamic signature and gave none")
    if announced & AIP_SDA:
        return Method.SDA
    raise OdaRefused(Part.EXCHANGE, Fault.METHOD, "the card offers no offline data authentication")


@frozen
class _Proof:
    """The chain of one card, whichever algorithm it is of."""

    card: Observed
    objects: Objects
    static: bytes
    digits: str
    authority: CaKey
    trust: Trust
    at: date
    progress: Progress

    def run(self, chain: Chain[K], authority: K) -> None:
        """Go down from the authority to the card's last signature."""
        issuer = chain.issuer(authority, self.objects)
        self._check(Part.ISSUER, issuer, whole=False)
        if (self.authority.rid, self.authority.index, issuer.serial) in self.trust.revoked:
            raise OdaRefused(Part.ISSUER, Fault.REVOKED, f"serial {issuer.serial.hex().upper()} is revoked")
        self._note("issuer certificate", issuer, f"IIN {issuer.digits}")
        if self.progress.method is Method.SDA:
            signed = needed(Part.STATIC, self.objects, TAG_SIGNED_STATIC)
            code = chain.static(issuer.key, signed, self.static)
            self.progress.note("static signature", f"data authentication code {code.hex().upper()}")
            return
        certified = chain.card(issuer.key, self.objects, self.static)
        self._check(Part.CARD, certified, whole=True)
        self._note("card certificate", certified, f"card {CardNumber(certified.digits).masked()}")
        self._prove_dynamic(chain, certified.key)

    def _prove_dynamic(self, chain: Chain[K], key: K) -> None:
        """Verify every dynamic signature that was given."""
        card, objects = self.card, self.objects
        if self.progress.method is Method.FDDA:
            self.progress.note("dynamic signature", prove_fdda(chain, key, card, objects, self.trust.scheme))
            return
        if card.challenge is not None:
            self.progress.note("dynamic signature", prove_dda(chain, key, card, objects))
        for turn, each in enumerate(card.generated):
            if each.cda_asked or TAG_SIGNED_DYNAMIC in each.objects:
                combined = prove_cda(chain, key, card, objects, turn)
                said = f"dynamic number {combined.number.hex().upper()}, CID {combined.cid.hex().upper()}"
                self.progress.note("combined signature", said)
                self.progress.objects = {**objects, TAG_CID: combined.cid, TAG_CRYPTOGRAM: combined.cryptogram}

    def _check(self, part: Part, certified: Certified[K], *, whole: bool) -> None:
        """Hold a certificate against the day and the card's number: its beginning, or the whole of it."""
        check_not_past(part, certified.last_day, self.at)
        fits = self.digits == certified.digits if whole else self.digits.startswith(certified.digits)
        if not fits or not certified.digits:
            raise OdaRefused(part, Fault.IDENTIFIER, "the certificate is of another number than the card's")

    def _note(self, name: str, certified: Certified[K], whose: str) -> None:
        self.progress.note(name, f"{whose}, until {certified.last_day}, serial {certified.serial.hex().upper()}")


def _number(objects: Objects) -> str:
    """Return the card's number from 5A or track 2; where both stand they must be the same."""
    in_track = objects.get(TAG_TRACK_2, b"").hex().partition("d")[0]
    plain = objects.get(TAG_PAN, b"")
    if not plain and not in_track:
        raise OdaRefused(Part.RECORDS, Fault.MISSING, "the card has no number: neither 5A nor 57")
    digits = digits_of(Part.RECORDS, plain) if plain else in_track
    if not digits.isdecimal() or (in_track and in_track != digits):
        raise OdaRefused(Part.RECORDS, Fault.IDENTIFIER, "5A and 57 name different numbers")
    return digits
