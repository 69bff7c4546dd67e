"""The settings of bank cards; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from edge.config_values import Between, OneOf, Shape
from edge.domain.frozen import frozen

Aid = Annotated[str, Shape(r"([0-9A-F]{2}){5,16}", "5 to 16 bytes in upper-case hexadecimal")]
Qualifiers = Annotated[str, Shape(r"[0-9A-F]{8}", "four bytes in upper-case hexadecimal")]
Bits = Annotated[str, Shape(r"[0-9A-F]{4}", "two bytes in upper-case hexadecimal")]
Digits = Annotated[str, Shape(r"0[0-9]{3}", "a zero and three digits")]
AmountFen = Annotated[int, Between(0, 10_000_000)]


@frozen
class BankcardSection:
    """What is asked of bank cards: see :class:`drivers.cards.bankcard.settings.BankCardSettings`."""

    aids: tuple[Aid, ...] = ("A000000333010101", "A000000333010102", "A000000333010103")
    scheme: Annotated[str, Shape(r"[a-z0-9-]{1,32}", "the name of a scheme")] = "unionpay"
    ca_keys: Path = Path()
    revoked: tuple[Annotated[str, Shape(r"[0-9A-F]{18}", "nine bytes in upper-case hexadecimal")], ...] = ()
    amount: Annotated[str, OneOf(("nominal", "exact"))] = "nominal"
    nominal_fen: AmountFen = 1
    floor_fen: AmountFen = 10_000
    ttq: Qualifiers = "61000080"
    ttq_oda_debit: Qualifiers = "27800080"
    ttq_oda_credit: Qualifiers = "21800080"
    pin_bits: Bits = "8000"
    signature_bits: Bits = "4000"
    country: Digits = "0156"
    currency: Digits = "0156"
    ask_currency: bool = True
    transaction_type: Annotated[str, Shape(r"[0-9]{2}", "two digits")] = "00"
    terminal_type: Annotated[str, Shape(r"[0-9]{2}", "two digits")] = "25"
    capabilities: Annotated[str, Shape(r"[0-9A-F]{6}", "three bytes in upper-case hexadecimal")] = "2008C8"
    utc_offset_min: Annotated[int, Between(-720, 840)] = 480
