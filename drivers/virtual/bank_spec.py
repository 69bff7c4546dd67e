"""Virtual bank cards by description: ``bank:number=6228000100001117,algorithm=sm2,unlike=card_expired``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_faults import FAULTS, RSA_ALONE
from drivers.virtual.bank_plan import PUBLISHED_NUMBER, BankPlan
from drivers.virtual.card_keys import byte, digits, hexadecimal, one_of, take
from edge.domain.errors import ConfigError

KEYS: Final = (
    "number",
    "sequence",
    "expires",
    "effective",
    "algorithm",
    "chain",
    "method",
    "format",
    "version",
    "atc",
    "aid",
    "qualifiers",
    "announces",
    "uid",
    "unlike",
)
"""``number`` 13 to 19 digits, dates YYMMDD; ``chain`` made or published; ``method`` fdda, dda, cda or sda; ``format``
05 or 95, ``version`` v01 or v00; ``announces`` DF61 and ``qualifiers`` 9F6C in hexadecimal; ``unlike`` a name of
:data:`drivers.virtual.bank_faults.FAULTS`.
"""

COUNTER_MAX: Final = 0xFFFF


def bank_card_from(given: Mapping[str, str]) -> BankCard:
    """Return the card that the keys describe; raises ``CONFIG_VALUE``."""
    plain = BankPlan()
    plan = BankPlan(
        number=take(given, "number", plain.number, digits(13, 19)),
        sequence=take(given, "sequence", plain.sequence, digits(2)),
        expires=take(given, "expires", plain.expires, digits(6)),
        effective=take(given, "effective", plain.effective, digits(6)),
        algorithm=take(given, "algorithm", plain.algorithm, one_of("rsa", "sm2")),
        chain=take(given, "chain", plain.chain, one_of("made", "published")),
        method=take(given, "method", plain.method, one_of("fdda", "dda", "cda", "sda")),
        form=take(given, "format", plain.form, byte),
        version=take(given, "version", plain.version, one_of("v01", "v00")),
        counter=take(given, "atc", plain.counter, _counter),
        aid=take(given, "aid", plain.aid, hexadecimal(8)),
        qualifiers=take(given, "qualifiers", plain.qualifiers, hexadecimal(2)),
        announces=take(given, "announces", plain.announces, hexadecimal(1)),
    )
    fault = take(given, "unlike", "", one_of(*FAULTS))
    _check_together(plan, fault)
    uid = take(given, "uid", bytes.fromhex("08B1C2D3"), bytes.fromhex)
    return BankCard(FAULTS[fault](plan) if fault else plan, uid=uid)


def _check_together(plan: BankPlan, fault: str) -> None:
    if plan.published and replace(plan, number=PUBLISHED_NUMBER) != plan:
        raise ConfigError("CONFIG_VALUE", f"virtual card: the published chain vouches for {PUBLISHED_NUMBER} alone")
    if plan.published and fault.startswith(("issuer_", "card_", "ca_", "record_", "static_", "tag_", "number_")):
        raise ConfigError("CONFIG_VALUE", f"virtual card: nobody can make {fault} on the published chain")
    if plan.algorithm == "sm2" and fault in RSA_ALONE:
        raise ConfigError("CONFIG_VALUE", f"virtual card: SM2 has no {fault}")


def _counter(text: str) -> int:
    if not 0 <= int(text) < COUNTER_MAX:
        raise ValueError(text)
    return int(text)
