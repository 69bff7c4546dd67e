"""A torn debit, an issuer's answer and the terminal's own word, in every order: inherit :class:`AnswerCases`.

Whichever comes first, and whatever is closed or derived between them, the money is booked once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from edge.crypto.sealing import ClearingKey
from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Torn
from sync.central.admin import Admin
from sync.central.booking import TIME_MS_MAX
from sync.central.books.set_aside import How
from sync.central.books.worker import bring_up
from sync.central.exports.clear_files import clear_day
from sync.central.store.port import CentralStore, Query, Work
from tests.books.acquirer import rows_of, table
from tests.books.cases import DAY, DAY_MS, balances
from tests.books.town import FLAT_FEN, Device, Medium, device, publish
from tests.conformance.central_store import KEYS, centre_on
from tests.sync.builders import NOON_MS
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

ISSUER: Final = ("issuer", "tunion/0000000000000000")
OPERATOR: Final = ("operator", "town-transport")
WAITING: Final = ("suspense", "result")
EARNED: Final = {ISSUER: FLAT_FEN, OPERATOR: -FLAT_FEN}
STEPS: Final = ("the answer", "the operator's word")
SAID: Final = {"proven": Verdict.POSTED, "disproved": Verdict.VOIDED}
COMES_TO: Final = {
    ("settled", ""): EARNED,
    ("voided", ""): {},
    ("", "proven"): EARNED,
    ("", "disproved"): {},
    ("settled", "proven"): EARNED,
    ("voided", "disproved"): {},
    ("voided", "proven"): {OPERATOR: -FLAT_FEN, WAITING: FLAT_FEN},
    ("settled", "disproved"): {ISSUER: FLAT_FEN, WAITING: -FLAT_FEN},
}
"""(answer, the terminal's word) -> what is owed in the end."""


def orders() -> Iterator[tuple[str, ...]]:
    """Yield every order of what is said, each with a closing of its day at every place, and with answers repeated."""
    for answer, word in COMES_TO:
        for order in {*permutations([step for step in (answer, word) if step])}:
            yield order
            for place in range(len(order) + 1):
                yield (*order[:place], "closed", *order[place:])
            if answer:
                at = order.index(answer)
                yield from ((*order[:place], answer, *order[place:]) for place in range(at + 1, len(order) + 1))


class Line:
    """One purse that was torn at one bus, and the centre that hears of it."""

    def __init__(self, store: CentralStore) -> None:
        self.store = store
        self.centre = centre_on(store, NOON_MS + 5 * DAY_MS)
        self.ask = Admin(self.centre, KEYS.token_key).call

    async def torn(self, medium: Medium) -> tuple[Device, Entry]:
        """Let a purse tear, and be heard of."""
        await publish(self.centre)
        bus = await device(self.centre, "BUS-1")
        intent = bus.tear(medium, NOON_MS)
        await bus.upload(self.centre)
        return bus, intent

    async def answer(self, word: str, fen: int = 0) -> dict[str, object]:
        """Take an answer about the purse in."""
        return await self.ask("results", {"table": table([f"BUS-1/1/1,{word},{fen},"])})

    async def step(self, word: str, bus: Device, intent: Entry) -> None:
        """Let one thing of an order happen."""
        if word == "closed":
            await self.centre.bookkeeping.close(DAY)
        elif word in SAID:
            bus.settle(intent, NOON_MS + DAY_MS, SAID[word])
            await bus.upload(self.centre)
        else:
            await self.answer(word)

    async def end(self, entry: tuple[str, int, int], how: How) -> dict[str, object]:
        """Take an entry after all that was set aside."""
        end = await self.centre.bookkeeping.end_aside(entry, how, "ada", "the card was seen")
        return {"how": end.how}

    async def named(self) -> set[tuple[str, str]]:
        """Return what reconciliation names: no difference, and explanations but for the answer itself and lateness."""
        found = await self.centre.bookkeeping.reconcile()
        assert found.differences == ()
        return {(str(one.name), one.about) for one in found.explanations if one.name == "contradicted"}


class AnswerCases:
    """The cases; each claim is in its test's name."""

    @pytest.fixture
    def line(self, store: CentralStore) -> Line:
        return Line(store)

    @pytest.mark.parametrize("order", sorted({*orders()}), ids=" then ".join)
    async def test_a_torn_debit_is_booked_once(self, order: tuple[str, ...], line: Line) -> None:
        bus, intent = await line.torn(Medium("purse", b"P" * 16))
        for word in order:
            await line.step(word, bus, intent)
            await bring_up(line.store)
        answer = next((step for step in order if step in ("settled", "voided")), "")
        wanted = COMES_TO[answer, next((step for step in order if step in SAID), "")]
        assert await balances(line.store) == wanted
        assert await line.named() == ({("contradicted", "BUS-1/1/1")} if WAITING in wanted else set())

    @pytest.mark.parametrize("pair", [pair for pair in COMES_TO if all(pair)], ids=" beside ".join)
    async def test_an_answer_and_several_workers_at_once_book_a_torn_debit_once(
        self, pair: tuple[str, str], line: Line
    ) -> None:
        answer, word = pair
        bus, intent = await line.torn(Medium("purse", b"P" * 16))
        await line.step(word, bus, intent)
        await asyncio.gather(bring_up(line.store), line.answer(answer), bring_up(line.store), bring_up(line.store))
        await bring_up(line.store)
        assert await balances(line.store) == COMES_TO[pair]
        assert not (await line.centre.bookkeeping.reconcile()).differences

    @pytest.mark.parametrize(
        ("said", "paid", "comes_to"),
        [
            pytest.param("settled", "accepted", EARNED, id="what it paid for the torn debit is not asked again"),
            pytest.param("voided", "accepted", EARNED, id="a debit proven later is asked for, and paid"),
            pytest.param(
                "voided", "declined", {("holder", ""): FLAT_FEN, OPERATOR: -FLAT_FEN},
                id="a debit proven later is asked for, and owed by its holder where it is declined",
            ),
            pytest.param(
                "voided", "adjusted", {ISSUER: 150, WAITING: FLAT_FEN - 150, OPERATOR: -FLAT_FEN},
                id="a debit proven later is asked for, and paid in part",
            ),
        ],
    )  # fmt: skip
    async def test_an_issuer_is_asked_twice_only_for_what_it_did_not_know(
        self, said: str, paid: str, comes_to: dict[tuple[str, str], int], line: Line, tmp_path: Path
    ) -> None:
        bus, intent = await line.torn(
            Medium("purse", b"P" * 16, box=ClearingKey(1, BOX_PUBLIC).seal(b"31049304000000000017"))
        )
        await line.step("closed", bus, intent)
        await line.step(said, bus, intent)
        await line.step("proven", bus, intent)
        await line.centre.bookkeeping.close(DAY + 1)
        await clear_day(line.ask, DAY + 1, {1: BOX_PRIVATE}, tmp_path)
        rows = [row["reference"] for row in rows_of(tmp_path / str(DAY + 1), "purse")]
        assert rows == (["BUS-1/1/1"] if said == "voided" else [])
        await line.answer(paid, 150 if paid == "adjusted" else 0)
        assert await balances(line.store) == comes_to
        assert await line.answer(said) == {"results": {}, "known": 1}
        await line.centre.bookkeeping.reprice(DAY)
        assert await balances(line.store) == comes_to
        assert await line.named() == set()

    @pytest.mark.parametrize("answer", ["settled", "voided"])
    @pytest.mark.parametrize("first", STEPS)
    async def test_a_proof_that_had_been_set_aside_is_booked_once_beside_an_answer(
        self, answer: str, first: str, line: Line, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bus, intent = await line.torn(Medium("purse", b"P" * 16))
        bus.settle(intent, TIME_MS_MAX + 1)
        await bus.upload(line.centre)
        await bring_up(line.store)
        monkeypatch.setattr("sync.central.booking.TIME_MS_MAX", TIME_MS_MAX + 9)
        for step in sorted(STEPS, key=lambda one: one != first):
            await (line.answer(answer) if step == "the answer" else line.end(("BUS-1", 1, 3), How.ACCEPTED))
        wanted = COMES_TO[answer, "proven"]
        assert await balances(line.store) == wanted
        assert await line.named() == ({("contradicted", "BUS-1/1/1")} if WAITING in wanted else set())

    async def test_a_torn_debit_that_had_been_set_aside_is_answered_once(self, line: Line) -> None:
        await publish(line.centre)
        bus = await device(line.centre, "BUS-1")
        intent = bus.offer(Medium("purse", b"P" * 16), NOON_MS)
        bus.write(Torn("card_left"), TIME_MS_MAX + 1, intent.seq, intent.tap_id)
        await bus.upload(line.centre)
        await bring_up(line.store)
        await line.end(("BUS-1", 1, 2), How.VOUCHED)
        await line.answer("settled")
        assert await balances(line.store) == EARNED
        assert await line.named() == set()

    async def test_money_let_go_twice_is_named_by_its_row(self, line: Line) -> None:
        bus, intent = await line.torn(Medium("purse", b"P" * 16))
        await line.step("settled", bus, intent)
        await line.step("proven", bus, intent)
        await bring_up(line.store)
        await line.store.write(_forget_decision)
        (found,) = (await line.centre.bookkeeping.reconcile()).differences
        assert (found.name, found.about, found.fen) == ("settled_twice", "BUS-1/1/1", FLAT_FEN)


def _forget_decision() -> Work[None]:
    """Take away what was decided once the terminal had spoken, as a defect would."""
    yield Query("DELETE FROM adjustment_line WHERE turn = 2")
