"""A virtual social security card: purse, bank card and identity behind one antenna."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_records import directory
from drivers.virtual.emv_objects import template
from drivers.virtual.identity_card import IdentityCard
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import PPSE_NAME, PURSE_AID
from drivers.virtual.short_apdu import exactly, status, take_apart

NOT_FOUND: Final = b"\x6a\x82"
Part = PurseCard | BankCard | IdentityCard


class SocialCard:
    """One card; every SELECT goes to all parts, so that only the one that answers stays selected."""

    def __init__(self, parts: Sequence[Part], *, uid: bytes = bytes.fromhex("08E1F203")) -> None:
        self.parts = tuple(parts)
        self.uid = uid
        self.ats = bytes.fromhex("067577810280")
        self._current: Part | None = None

    def named(self) -> Iterator[tuple[str, Part]]:
        """Yield the parts under the names that descriptions give them."""
        for part in self.parts:
            match part:
                case PurseCard():
                    yield "epurse", part
                case BankCard():
                    yield "bank", part
                case IdentityCard():
                    yield "identity", part

    @property
    def purse(self) -> PurseCard | None:
        """Return the purse, where the card has one."""
        return next((part for part in self.parts if isinstance(part, PurseCard)), None)

    @property
    def bank(self) -> BankCard | None:
        """Return the bank card, where the card has one."""
        return next((part for part in self.parts if isinstance(part, BankCard)), None)

    @property
    def signed_in_gpo(self) -> bool:
        """Say whether the last command was a GPO that had a signature made."""
        return isinstance(self._current, BankCard) and self._current.signed_in_gpo

    def power_off(self) -> None:
        """Lose the field."""
        self._current = None
        for part in self.parts:
            part.power_off()

    def process(self, apdu: bytes) -> bytes:
        """Execute one command and return body and status word."""
        command = take_apart(apdu)
        if command is None:
            return status(0x6700)
        if (command.cla, command.ins, command.p1) != (0x00, 0xA4, 0x04):
            return status(0x6985) if self._current is None else self._current.process(apdu)
        if command.body == PPSE_NAME:
            self.power_off()
            return exactly(directory(self._entries()), command.expected)
        answers = [(part, part.process(apdu)) for part in self.parts]
        self._current, answer = next(((part, said) for part, said in answers if said != NOT_FOUND), (None, NOT_FOUND))
        return answer

    def _entries(self) -> bytes:
        """Return the directory's entries: the identity application is not listed on any card that is known."""
        purse = template("61", {"4F": PURSE_AID, "50": b"MOT_T_EP", "87": b"\x02"}) if self.purse is not None else b""
        return (b"" if self.bank is None else self.bank.directory_entry()) + purse
