"""A new enrolment changes nothing for a passenger: caps, torn debits and the terminal's exposure go on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from edge.domain.entry import Intent, Kind
from edge.domain.policy import LastTap
from sync.wire import decode_entry
from tests.scenarios.line_tariffs import capped
from tests.scenarios.tap_bench import FARE, WINDOW_S, Bench, another_card, play, write_tariff

pytestmark = pytest.mark.line

LEFT_OF_THE_CAP: Final = 500 - 2 * FARE
TORN_DEBIT: Final = Tear(Moment(step="DEBIT"), executed=True)


@pytest.fixture(autouse=True)
def _reference(tmp_path: Path) -> None:
    write_tariff(tmp_path, [capped()])


async def paid(bench: Bench) -> list[int]:
    """Return what the orders of the epoch in force were for, in fen."""
    return [entry.body.charge.payer_fen for entry in await bench.entries() if isinstance(entry.body, Intent)]


def test_a_daily_cap_goes_on_in_the_next_epoch(tmp_path: Path) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await bench.ride(card)
            await bench.ride(card)
            async with bench.new_epoch():
                assert (await bench.ride(card)).accepted
                assert await paid(bench) == [LEFT_OF_THE_CAP]

    play(scene())


def test_the_exposure_goes_on_in_the_next_epoch(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Bench(tmp_path) as bench:
            await bench.ride(PurseCard())
            card = another_card()
            async with bench.new_epoch():
                await bench.ride(card)
                await bench.ride(card)
                states = [entry.body.state for entry in await bench.entries() if isinstance(entry.body, Intent)]
                exposed = [(state.unsent_fen, state.unsent_count) for state in states]
                assert exposed == [(FARE, 1), (2 * FARE, 2)]

    play(scene())


@pytest.mark.parametrize("cut", [False, True], ids=["at one go", "after a cut between counting and settling"])
@pytest.mark.parametrize("late", [False, True], ids=["inside the window", "after the window"])
def test_a_debit_torn_in_an_earlier_epoch_counts_once_in_the_one_in_force(
    cut: bool,  # noqa: FBT001 - a table's column
    late: bool,  # noqa: FBT001 - a table's column
    tmp_path: Path,
) -> None:
    """It is settled in its own journal; the cap and the last tap of the one in force know of it."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await bench.ride(card)
            bench.field.plan_tear(TORN_DEBIT)
            await bench.ride(card)
            async with bench.new_epoch() as older:
                if cut:
                    (debit,) = await older.unsettled()
                    await bench.journal.adopt(debit, None)
                if late:
                    await bench.pass_time(WINDOW_S)
                else:
                    assert (await bench.ride(card)).signal.prompt == "accepted_before"
                    assert await bench.written() == []
                    token = bench.shown[-1].token
                    last = (await bench.journal.state_of(token)).last
                    assert isinstance(last, LastTap)
                    assert last.payer_fen == FARE
                assert (await bench.ride(card)).signal.prompt == "accepted"
                assert await paid(bench) == [LEFT_OF_THE_CAP]
                newest = decode_entry((await older.page(older.last_seq, 1))[0])
                assert (newest.kind, newest.ref_seq) == (Kind.SETTLED, 3)

    play(scene())
