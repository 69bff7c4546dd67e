"""What this terminal asks of bank cards, as its profile says it; what kernel 7 leaves open is a setting here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from drivers.oda.verify import Trust
from edge.domain.frozen import frozen

AID_DEBIT: Final = bytes.fromhex("A000000333010101")
AID_CREDIT: Final = bytes.fromhex("A000000333010102")
AID_QUASI_CREDIT: Final = bytes.fromhex("A000000333010103")


@frozen
class TerminalQualifiers:
    """The three forms of 9F66: for a card that announces online ODA (DF61), by debit or credit, and for any other."""

    plain: bytes = bytes.fromhex("61000080")
    oda_debit: bytes = bytes.fromhex("27800080")
    oda_credit: bytes = bytes.fromhex("21800080")


@frozen
class HolderChecks:
    """Which bits of the card's qualifiers (9F6C, two bytes) ask for a PIN or a signature; unconfirmed for kernel 7."""

    pin: int = 0x8000
    signature: int = 0x4000


@frozen
class TerminalCountry:
    """Country 9F1A and currency 5F2A; ``ask_currency`` has the card say its own currency (9F51) before it is used."""

    country: bytes = bytes.fromhex("0156")
    currency: bytes = bytes.fromhex("0156")
    ask_currency: bool = True


@frozen
class TerminalKind:
    """Transaction type 9C, terminal type 9F35, capabilities 9F33: an unattended terminal without holder checks."""

    transaction_type: bytes = b"\x00"
    terminal_type: bytes = b"\x25"
    capabilities: bytes = bytes.fromhex("2008C8")


@frozen
class BankCardSettings:
    """What the conversation needs beside the card.

    ``trust`` gives what is trusted at the moment, asked for every card. ``now`` is the terminal's civil time,
    ``random_bytes`` where unpredictable numbers come from. ``aids`` are the names served, or their beginnings.
    ``nominal_fen`` is the amount put into 9F02 before a price is known; ``exact``: it only identifies, and the card is
    asked again for the exact amount. Above ``floor_fen`` the TVR says so.
    """

    trust: Callable[[], Trust]
    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    aids: tuple[bytes, ...] = (AID_DEBIT, AID_CREDIT, AID_QUASI_CREDIT)
    nominal_fen: int = 1
    exact: bool = False
    floor_fen: int = 10_000
    qualifiers: TerminalQualifiers = TerminalQualifiers()
    holder_checks: HolderChecks = HolderChecks()
    where: TerminalCountry = TerminalCountry()
    kind: TerminalKind = TerminalKind()
