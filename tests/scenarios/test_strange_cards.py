"""Cards that are two, that change in the middle, that lie: what each is shown, and that no money moves wrongly."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.field import Hold, Moment, Tear
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_deviation import Deviation
from edge.domain.entry import Intent, Torn
from tests.scenarios.tap_bench import FARE, REMOVAL_S, Bench, another_card, open_epoch, play, write_fare
from tests.scenarios.tap_truths import POSTED, TORN, VOIDED, truths

pytestmark = pytest.mark.line

DEBIT: Final = Moment(step="DEBIT")
DEBIT_COMMAND: Final = 8
SECOND_SELECT: Final = 6
"""The first command of a tap after its snapshot, where a torn debit is to be proven."""


class TwoFaced:
    """One presence on the air that is card ``first`` up to a command of its life, and ``then`` another from there."""

    def __init__(self, first: PurseCard, then: PurseCard, from_command: int) -> None:
        self.uid, self.ats = first.uid, first.ats
        self._faces = first, then
        self._from = from_command
        self._commands = 0

    def process(self, apdu: bytes) -> bytes:
        self._commands += 1
        return self._faces[self._commands >= self._from].process(apdu)

    def power_off(self) -> None:
        for face in self._faces:
            face.power_off()


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return write_fare(tmp_path).parent


@pytest.mark.usefixtures("reference")
def test_two_cards_at_once_are_asked_to_be_one_and_nothing_is_written(tmp_path: Path) -> None:
    async def scene() -> None:
        card, other = PurseCard(), another_card()
        async with Bench(tmp_path) as bench:
            bench.field.present(card)
            assert (await bench.tap(other)).signal.prompt == "one_card_only"
            assert await bench.written() == []
            await bench.take_away()
            assert (await bench.ride(card)).accepted
            assert (await bench.ride(other)).accepted
            assert (await truths(bench, card, other)).debits == 2

    play(scene())


@pytest.mark.usefixtures("reference")
def test_a_card_swapped_for_another_before_its_debit_leaves_both_right(tmp_path: Path) -> None:
    async def scene() -> None:
        card, other = PurseCard(), another_card()
        async with Bench(tmp_path) as bench:
            bench.field.plan_tear(Tear(DEBIT))
            assert (await bench.tap(card)).signal.prompt == "present_same_card"
            assert (await bench.ride(other)).signal.prompt == "accepted"
            assert (await bench.ride(card)).signal.prompt == "accepted"
            assert (len(card.debits), len(other.debits)) == (1, 1)
            assert (await truths(bench, card, other)).fates == (VOIDED, POSTED, POSTED)

    play(scene())


@pytest.mark.usefixtures("reference")
def test_another_card_that_gets_the_debit_refuses_it(tmp_path: Path) -> None:
    async def scene() -> None:
        card, other = PurseCard(), another_card()
        async with Bench(tmp_path) as bench:
            assert (await bench.ride(TwoFaced(card, other, DEBIT_COMMAND))).signal.prompt == "card_fault"
            found = await truths(bench, card, other)
            assert (found.debits, found.fates) == (0, (VOIDED,))
            assert (await bench.ride(card)).accepted

    play(scene())


@pytest.mark.usefixtures("reference")
def test_another_card_does_not_prove_a_torn_debit(tmp_path: Path) -> None:
    async def scene() -> None:
        card, other = PurseCard(), another_card()
        async with Bench(tmp_path) as bench:
            bench.field.plan_tear(Tear(DEBIT, executed=True))
            await bench.ride(card)
            shown = await bench.ride(TwoFaced(card, other, SECOND_SELECT))
            assert (shown.signal.prompt, bench.faults[0].code) == ("present_again", "CARD_SWAPPED")
            assert (await truths(bench, card, other)).fates == (TORN,)
            assert (await bench.ride(card)).signal.prompt == "accepted_before"

    play(scene())


@pytest.mark.usefixtures("reference")
def test_a_card_with_constant_macs_is_refused_for_good_and_costs_the_psam_one_error(tmp_path: Path) -> None:
    async def scene() -> None:
        card = PurseCard(deviation=Deviation(constant_mac=True))
        async with Bench(tmp_path) as bench:
            limit = bench.psam.error_counter
            assert (await bench.ride(card)).signal.prompt == "counterfeit"
            for _ in range(3):
                assert (await bench.ride(card)).signal.prompt == "counterfeit"
            await bench.restart()
            assert (await bench.ride(card)).signal.prompt == "counterfeit"
            assert bench.psam.error_counter == limit - 1
            assert await bench.written() == ["intent", "torn", *["declined"] * 4]
            assert [entry.body.reason for entry in await bench.entries() if isinstance(entry.body, Torn)] == ["mac2"]
            assert (await truths(bench, card)).suspense_fen == FARE
            assert (await bench.ride(another_card())).accepted

    play(scene())


@pytest.mark.usefixtures("reference")
def test_constant_macs_found_at_the_second_tap_make_a_torn_mac2_that_is_never_settled(tmp_path: Path) -> None:
    """Regression: such a debit was posted with MAC2 unchecked, and each tap cost the PSAM one error."""

    async def scene() -> None:
        card = PurseCard(deviation=Deviation(constant_mac=True))
        async with Bench(tmp_path) as bench:
            limit = bench.psam.error_counter
            bench.field.plan_tear(Tear(DEBIT, executed=True))
            await bench.ride(card)
            for _ in range(3):
                assert (await bench.ride(card)).signal.prompt == "counterfeit"
            await bench.restart()
            assert (await bench.ride(card)).signal.prompt == "counterfeit"
            assert bench.psam.error_counter == limit - 1
            assert await bench.written() == ["intent", "torn", "note", *["declined"] * 4]
            assert [debit.reason for debit in await bench.journal.unsettled()] == ["mac2"]
            assert (await truths(bench, card)).fates == (TORN,)

    play(scene())


@pytest.mark.usefixtures("reference")
def test_a_counterfeit_of_an_earlier_epoch_stays_one(tmp_path: Path) -> None:
    """Regression: only the journal in force was asked."""

    async def scene() -> None:
        card = PurseCard(deviation=Deviation(constant_mac=True))
        async with Bench(tmp_path) as bench:
            assert (await bench.ride(card)).signal.prompt == "counterfeit"
            await bench.stop()
            (tmp_path / "journal.db").rename(tmp_path / "journal-1.db")
            older = await open_epoch(tmp_path / "journal-1.db", 1)
            bench.older, bench.epoch = (older,), 2
            await bench.start()
            assert (await bench.ride(card)).signal.prompt == "counterfeit"
            assert await bench.written() == ["declined"]
            await older.close()

    play(scene())


@pytest.mark.usefixtures("reference")
def test_a_right_mac2_is_not_sent_again_when_the_card_leaves_right_after_it(tmp_path: Path) -> None:
    """Regression: the session counted as held, so a genuine card was told from a counterfeit by a dead session."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            bench.field.plan_tear(Tear(DEBIT, executed=True))
            await bench.ride(card)
            bench.field.plan_tear(Tear(Moment(step="INITIALIZE")))
            assert (await bench.ride(card)).signal.prompt == "present_again"
            bench.steps.clear()
            assert (await bench.ride(card)).signal.prompt == "accepted_before"
            assert ("PSAM CREDIT", "sam") not in bench.steps
            (settled,) = (await truths(bench, card)).settled
            assert settled.mac2_unchecked

    play(scene())


@pytest.mark.parametrize("frozen", [True, False], ids=["a counter that never moves", "an older image of the card"])
@pytest.mark.usefixtures("reference")
def test_a_counter_that_fell_is_refused(frozen: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a table's column
    async def scene() -> None:
        card = PurseCard(seq=5, deviation=Deviation(frozen_counter=frozen))
        async with Bench(tmp_path) as bench:
            assert (await bench.ride(card)).accepted
            again = card if frozen else PurseCard(seq=5)
            assert (await bench.ride(again)).signal.prompt == "counter_regressed"
            assert (await truths(bench, card)).debits == 1

    play(scene())


@pytest.mark.usefixtures("reference")
def test_a_purse_that_holds_too_little_is_told_what_it_holds(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Bench(tmp_path) as bench:
            shown = (await bench.ride(PurseCard(FARE - 1))).signal
            assert (shown.prompt, shown.fen, shown.balance_fen) == ("balance_too_low", -1, FARE - 1)

    play(scene())


@pytest.mark.parametrize(
    ("balance_fen", "prompt", "left_fen"),
    [(4000, "accepted", 3800), (FARE, "accepted", 0), (FARE - 1, "balance_too_low", -1), (0, "balance_too_low", -1)],
    ids=["less than before", "just enough", "one fen short, refused by INITIALIZE with 9401", "empty"],
)
@pytest.mark.usefixtures("reference")
def test_a_balance_that_changed_after_the_snapshot_is_believed_as_initialize_gives_it(
    balance_fen: int, prompt: str, left_fen: int, tmp_path: Path
) -> None:
    async def scene() -> None:
        card = PurseCard(5000)
        async with Bench(tmp_path) as bench:
            bench.field.plan_hold(Hold(Moment(step="READ RECORD")))
            bench.field.present(card)
            await bench.until(lambda: bench.field.holding)
            card.memory.balance_fen = balance_fen
            bench.field.release()
            shown = await bench.answer()
            assert (shown.signal.prompt, shown.signal.balance_fen) == (prompt, left_fen)
            intents = [entry.body for entry in await bench.entries() if isinstance(entry.body, Intent)]
            assert [body.debit.balance_fen for body in intents] == [balance_fen] * shown.accepted
            assert card.balance_fen == balance_fen - FARE * shown.accepted
            await truths(bench, card)

    play(scene())


@pytest.mark.parametrize(
    ("passback", "prompt"),
    [("companion", "accepted"), ("duplicate", "passback")],
    ids=["a companion pays", "passback is refused"],
)
def test_inside_the_debounce_the_answer_is_repeated_and_after_it_the_policy_decides(
    passback: str, prompt: str, tmp_path: Path
) -> None:
    write_fare(tmp_path, passback=passback, passback_window_s=300)

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            first = await bench.tap(card)
            for _ in range(3):
                await bench.take_away()
                assert await bench.tap(card) == first
            assert await bench.written() == ["intent", "posted"]
            await bench.take_away()
            await bench.pass_time(2 * REMOVAL_S)
            assert (await bench.ride(card)).signal.prompt == prompt
            assert (await truths(bench, card)).debits == 1 + (prompt == "accepted")

    play(scene())
