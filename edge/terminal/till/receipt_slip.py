"""A receipt as lines of paper, in Chinese or English, for any width; words are data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final

from edge.domain.charge import ChargePart
from edge.domain.frozen import frozen
from edge.domain.meals.receipt import Receipt
from edge.domain.meals.selling import FURTHER, MEAL
from edge.domain.slip import Slip, SlipLine, centred, folded, in_two
from edge.domain.tap import TimeQuality
from edge.terminal.till.paper_words import moment, money, paper_word

CHINA_OFFSET_MIN: Final = 480


@frozen
class Look:
    """How receipts of this till look.

    ``columns`` are those of the paper, ``language`` is zh or en, an empty ``heading`` the site's name. ``square``: a QR
    code of the receipt's code at its foot. ``by_funder``: each funder has its line; else the reliefs are one sum, as on
    the diner's screen, and the line is there for everybody. ``utc_offset_min`` is that of the city's time,
    ``menu_names`` are what the menus in force call set meals.
    """

    columns: int
    language: str = "zh"
    heading: str = ""
    square: bool = True
    by_funder: bool = True
    utc_offset_min: int = CHINA_OFFSET_MIN
    menu_names: Mapping[str, str] = field(default_factory=dict)


def slip_of(receipt: Receipt, look: Look, *, copy: bool) -> Slip:
    """Return the paper of a receipt; ``copy``: it may have been printed before, and says so."""
    return Slip(tuple(_Lines(receipt, look).all(copy=copy)), str(receipt.code) if look.square else "")


@frozen
class _Lines:
    """Yields the lines of one receipt, block by block."""

    receipt: Receipt
    look: Look

    def all(self, *, copy: bool) -> Iterator[SlipLine]:
        rule = SlipLine("-" * self.look.columns)
        yield from self._head(copy=copy)
        yield rule
        yield from self._what_and_when()
        yield rule
        yield from self._split()
        yield rule
        yield from self._foot()

    def _word(self, table: str, key: str, otherwise: str | None = None) -> str:
        return paper_word(self.look.language, table, key, otherwise)

    def _say(self, key: str) -> str:
        return self._word("line", key)

    def _head(self, *, copy: bool) -> Iterator[SlipLine]:
        heading = self.look.heading or self.receipt.site
        for line in folded(heading, self.look.columns):
            yield SlipLine(centred(line, self.look.columns), tall=True, strong=True)
        yield SlipLine(centred(self._say("title"), self.look.columns))
        marks = [mark for mark, is_so in (("taken_back", self.receipt.taken_back), ("copy", copy)) if is_so]
        for mark in marks:
            yield SlipLine(centred(f"* {self._say(mark)} *", self.look.columns), strong=True)

    def _what_and_when(self) -> Iterator[SlipLine]:
        receipt, sale = self.receipt, self.receipt.sale
        yield from self._two(self._say("time"), moment(receipt.time_ms, self.look.utc_offset_min))
        if receipt.quality is not TimeQuality.TRUSTED:
            yield from self._two("", f"({self._say('time_unsure')})")
        yield from self._two(self._say("till"), receipt.till)
        yield from self._two(self._say("number"), f"{receipt.epoch}-{receipt.paid_seq}")
        if sale is not None and sale.session:
            yield from self._two(self._say("session"), self._word("session", sale.session))

    def _split(self) -> Iterator[SlipLine]:
        receipt = self.receipt
        for part in receipt.parts:
            yield from self._two(self._part(part), money(part.charge.total_fen))
        if receipt.debt_fen:
            yield from self._two(self._say("debt"), money(receipt.debt_fen))
        yield SlipLine("-" * self.look.columns)
        yield from self._two(self._say("total"), money(receipt.total_fen))
        for name, fen in self._reliefs().items():
            yield from self._two(name, money(-fen))
        paid = f"{self._say('paid')} ({self._word('medium', receipt.means)})"
        yield from self._two(paid, money(receipt.payer_fen), tall=True, strong=True)
        if receipt.taken_back:
            back = f"{self._say('back')} ({self._word('way', receipt.way)})"
            yield from self._two(back, money(receipt.payer_fen), strong=True)

    def _part(self, part: ChargePart) -> str:
        sale, name = self.receipt.sale, self._word("part", part.name)
        if sale is None or part.name not in (MEAL, FURTHER):
            return name
        menu = self.look.menu_names.get(sale.menu) or self._word("menu", sale.menu) if sale.menu else name
        count = 1 if part.name == MEAL else sale.quantity - 1
        party = self._word("party", sale.party, "")
        return f"{menu} x{count}" + (f" ({party})" if party else "")

    def _reliefs(self) -> dict[str, int]:
        """Return the sum under each name that may be read by a bystander."""
        if not self.look.by_funder:
            return {self._say("relief"): sum(fen for _, fen in self.receipt.funders)}
        sums: dict[str, int] = {}
        for funder, fen in self.receipt.funders:
            name = self._word("funder", funder, self._word("funder", "other"))
            sums[name] = sums.get(name, 0) + fen
        return sums

    def _foot(self) -> Iterator[SlipLine]:
        receipt = self.receipt
        if receipt.left is not None and not receipt.taken_back:
            least, most = receipt.left
            yield from self._two(self._say("left"), str(least) if least == most else f"{least}-{most}")
        if receipt.uncertain:
            yield from map(SlipLine, folded(self._say("uncertain"), self.look.columns))
        yield from self._two(self._say("code"), str(receipt.code), strong=True)

    def _two(self, left: str, right: str, *, tall: bool = False, strong: bool = False) -> Iterator[SlipLine]:
        for line in in_two(left, right, self.look.columns):
            yield SlipLine(line, tall, strong)
