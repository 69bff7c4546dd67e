"""The PSAM or the reader fails in the middle of a tap: what the passenger sees, what is booked, who is served next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.field import Hold, HoldPoint, Moment
from drivers.virtual.purse import PurseCard
from edge.domain.entry import Posted
from tests.scenarios.cutting_line import Cut
from tests.scenarios.tap_bench import FARE, Bench, another_card, play, write_fare
from tests.scenarios.tap_truths import POSTED, VOIDED, truths

pytestmark = pytest.mark.line

SLOT: Final = 1
Act = Callable[[Bench], None]


def fall_mute(bench: Bench) -> None:
    bench.sams.set_mute(SLOT, mute=True)


def speak(bench: Bench) -> None:
    bench.sams.set_mute(SLOT, mute=False)


def pull(bench: Bench) -> None:
    bench.sams.withdraw(SLOT)


def put_back(bench: Bench) -> None:
    bench.sams.insert(SLOT, bench.psam)


def lock(bench: Bench) -> None:
    bench.psam.memory.errors_left = 0


def unlock(bench: Bench) -> None:
    bench.psam.memory.forgive()


def reset(bench: Bench) -> None:
    bench.psam.power_off()


def unplug(bench: Bench) -> None:
    bench.sam_line.unplug()
    bench.sams.power_cycle()


def plug(bench: Bench) -> None:
    bench.sam_line.plug()


def nothing(_bench: Bench) -> None:
    pass


FAILURES: Final[dict[str, tuple[Act, Act]]] = {
    "mute": (fall_mute, speak),
    "pulled": (pull, put_back),
    "locked": (lock, unlock),
    "reset by itself": (reset, nothing),
    "unplugged with its reader": (unplug, plug),
}


@pytest.fixture(autouse=True)
def _reference(tmp_path: Path) -> None:
    write_fare(tmp_path)


async def held_at(bench: Bench, step: str, point: HoldPoint, card: PurseCard) -> None:
    """Present a card and stop time at one of its commands."""
    bench.field.plan_hold(Hold(Moment(step=step), point))
    bench.field.present(card)
    await bench.until(lambda: bench.field.holding)


@pytest.mark.parametrize(("fail", "mend"), FAILURES.values(), ids=FAILURES)
def test_a_psam_that_fails_after_the_debit_leaves_mac2_unchecked_and_the_next_card_is_served(
    fail: Act, mend: Act, tmp_path: Path
) -> None:
    """Regression: a locked PSAM made a genuine card a counterfeit, a mute one refused the next card."""

    async def scene() -> None:
        card, other = PurseCard(), another_card()
        async with Bench(tmp_path) as bench:
            await held_at(bench, "DEBIT", HoldPoint.AFTER, card)
            fail(bench)
            bench.field.release()
            assert (await bench.answer()).signal.prompt == "accepted"
            assert [entry.body.mac2_unchecked for entry in await bench.entries() if isinstance(entry.body, Posted)] == [
                True
            ]
            mend(bench)
            await bench.take_away()
            assert (await bench.ride(other)).signal.prompt == "accepted"
            assert (await truths(bench, card, other)).fates == (POSTED, POSTED)

    play(scene())


REFUSING: Final = {name: FAILURES[name] for name in ("mute", "pulled", "locked", "reset by itself")}


@pytest.mark.parametrize(("fail", "mend"), REFUSING.values(), ids=REFUSING)
def test_a_psam_that_fails_before_mac1_refuses_the_tap_and_the_next_one_is_served(
    fail: Act, mend: Act, tmp_path: Path
) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await held_at(bench, "INITIALIZE", HoldPoint.AFTER, card)
            fail(bench)
            bench.field.release()
            assert (await bench.answer()).signal.prompt == "sam_unavailable"
            assert await bench.written() == ["declined"]
            await bench.take_away()
            mend(bench)
            await bench.until(lambda: bench.supervisor.reader_open)
            assert (await bench.ride(card)).signal.prompt == "accepted"
            assert (await truths(bench, card)).debits == 1

    play(scene())


def test_a_sam_reader_unplugged_before_mac1_takes_the_terminal_out_of_service_until_it_is_back(tmp_path: Path) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await held_at(bench, "INITIALIZE", HoldPoint.AFTER, card)
            unplug(bench)
            bench.field.release()
            await bench.until(lambda: not bench.supervisor.reader_open)
            assert bench.lamps[-1].prompt == "out_of_service"
            assert await bench.written() == []
            plug(bench)
            assert (await bench.answer()).signal.prompt == "accepted"
            assert (await truths(bench, card)).debits == 1

    play(scene())


def test_a_psam_that_stays_mute_is_out_of_service_and_no_card_is_asked_for(tmp_path: Path) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await held_at(bench, "DEBIT", HoldPoint.AFTER, card)
            fall_mute(bench)
            bench.field.release()
            await bench.answer()
            await bench.take_away()
            await bench.until(lambda: not bench.supervisor.reader_open)
            assert bench.lamps[-1].prompt == "out_of_service"
            speak(bench)
            assert (await bench.tap(another_card())).signal.prompt == "accepted"

    play(scene())


def test_a_reader_unplugged_under_an_accepted_card_charges_nobody_when_it_is_back(tmp_path: Path) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            first = await bench.tap(card)
            bench.unplug_reader()
            await bench.until(lambda: not bench.supervisor.reader_open)
            await bench.pass_time(10)
            await bench.plug_reader()
            assert await bench.answer() == first
            await bench.take_away()
            assert await bench.written() == ["intent", "posted"]
            assert (await truths(bench, card)).debits == 1

    play(scene())


@pytest.mark.parametrize("at", [0, 15, 30, 31], ids=lambda at: f"before byte {at}")
def test_a_reader_unplugged_inside_a_debit_settles_it_for_the_card_that_still_lies_there(
    at: int, tmp_path: Path
) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            bench.cut.cut = Cut(at, to_reader=True, hang_up=True)
            assert (await bench.tap(card)).signal.prompt == "present_same_card"
            debited = bool(card.debits)
            await bench.plug_reader()
            again = await bench.answer()
            assert again.signal.prompt == ("accepted_before" if debited else "accepted")
            assert card.balance_fen == 5000 - FARE
            assert (await truths(bench, card)).fates == ((POSTED,) if debited else (VOIDED, POSTED))

    play(scene())
