"""What a virtual bank card is: whose number it bears, which chain vouches for it, how it signs and how it errs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from drivers.virtual.bank_signing import SOUND, RsaPrivate, RsaSigner, Signer, Sm2Signer, Spoilt, Wording
from edge.domain.frozen import frozen

KEYS_FILE: Final = files("drivers.virtual") / "bank_keys.json"
AID_DEBIT: Final = "A000000333010101"
PUBLISHED_NUMBER: Final = "6228000100001117"
DUAL_PDOL: Final = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
CDOL_1: Final = "9F02069F03069F1A0295055F2A029A039C019F3704"
CERTIFICATE_NUMBER_DIGITS: Final = 20


@cache
def bank_keys() -> dict[str, Any]:
    """Return the published and the throw-away test keys."""
    found: dict[str, Any] = json.loads(KEYS_FILE.read_text("utf-8"))
    return found


@frozen
class BankPlan:
    """One card. ``chain`` is ``made`` (any number, any fault) or ``published`` (its own number, its certificates).

    ``method`` is fdda, dda, cda or sda; ``form`` and ``version`` are the format byte of fDDA and what it signs (v01,
    v00). ``issuer`` and ``card`` are changes of the certificates' wording, ``records`` objects changed or (None) left
    out, ``raw`` whole records by SFI and number, ``afl`` another locator. ``expires`` and ``effective`` are YYMMDD.
    """

    number: str = PUBLISHED_NUMBER
    sequence: str = "01"
    expires: str = "391231"
    effective: str = "200101"
    algorithm: str = "rsa"
    chain: str = "made"
    method: str = "fdda"
    form: int = 0x05
    version: str = "v01"
    counter: int = 22
    cryptogram_type: str = "ARQC"
    aid: str = AID_DEBIT
    pdol: str = DUAL_PDOL
    currency: str = "0156"
    qualifiers: str = "3000"
    announces: str = ""
    offline_fen: int = 1
    ca_index: str = ""
    issuer: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    spoilt: Spoilt = SOUND
    records: Mapping[str, bytes | None] = field(default_factory=dict)
    raw: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    afl: str = ""
    told_counter: int | None = None
    replays: bool = False
    weak_key: bool = False
    gpo: bytes | None = None

    @property
    def published(self) -> bool:
        """Say whether the card is the published one."""
        return self.chain == "published"

    @property
    def track_2(self) -> bytes:
        """Return track 2: number, D, expiry, service code, discretionary digits."""
        text = f"{self.number}D{self.expires[:4]}2200000000001"
        told = bank_keys()["published"]["track_2"] if self.published else text
        return bytes.fromhex(told + "F" * (len(told) % 2))

    @property
    def aip(self) -> bytes:
        """Return what the card can do: SDA, DDA, CDA, holder verification by the terminal."""
        return bytes.fromhex({"sda": "4000", "cda": "7100"}.get(self.method, "7000"))

    def signer(self) -> Signer:
        """Return the made chain's keys."""
        made = bank_keys()["made"]
        if self.algorithm == "sm2":
            return Sm2Signer(*(bytes.fromhex(made["sm2"][name]) for name in ("authority", "issuer", "card")))
        card = "flawed card" if self.weak_key else "card"
        return RsaSigner(*(RsaPrivate.of(made["rsa"][name]) for name in ("authority", "issuer", card)))

    def issuer_says(self) -> Wording:
        """Return what the issuer's certificate says: the first eight digits of the number, or six by RSA."""
        sm2 = self.algorithm == "sm2"
        plain = Wording("12", self.number[:8], algorithms="040011") if sm2 else Wording("02", self.number[:6] + "FF")
        return _changed(plain, self.issuer)

    def card_says(self) -> Wording:
        """Return what the card's certificate says: the whole number."""
        number = self.number.ljust(CERTIFICATE_NUMBER_DIGITS, "F")
        sm2 = self.algorithm == "sm2"
        plain = Wording("14", number, algorithms="040004") if sm2 else Wording("04", number)
        return _changed(plain, self.card)


def _changed(plain: Wording, change: Mapping[str, Any]) -> Wording:
    return replace(plain, **change)
