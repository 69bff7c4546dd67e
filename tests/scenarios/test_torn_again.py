"""A torn debit whose card is torn again while it proves itself, and what the debounce and the screen owe its holder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from tests.scenarios.elsewhere import ride_elsewhere
from tests.scenarios.tap_bench import WINDOW_S, Bench, play, write_fare
from tests.scenarios.tap_truths import POSTED, TORN, VOIDED, truths

pytestmark = pytest.mark.line

SNAPSHOT: Final = ("SELECT", "READ BINARY", "GET BALANCE", "GET BALANCE", "READ RECORD")
PROVING: Final = ("SELECT", "READ RECORD", "READ RECORD", "GET TRANSACTION PROVE", "INITIALIZE")
AFTER_ONE_RIDE: Final = SNAPSHOT + PROVING
"""What a card with one ride in its log is asked when its torn debit is proven inside the window."""

CASES: Final = [(number, executed) for number in range(1, len(AFTER_ONE_RIDE) + 1) for executed in (False, True)]
IDS: Final = [
    f"{'after' if executed else 'before'} command {number}, {AFTER_ONE_RIDE[number - 1]}" for number, executed in CASES
]


def torn_debit(*, executed: bool) -> Tear:
    return Tear(Moment(step="DEBIT"), executed=executed)


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fare(tmp_path_factory.mktemp("reference")).parent


@pytest.mark.parametrize(("number", "executed"), CASES, ids=IDS)
def test_a_card_torn_while_it_proves_its_debit(number: int, executed: bool, tmp_path: Path, editions: Path) -> None:  # noqa: FBT001 - a table's column
    """Nothing is settled by half an answer; the third time it passes on the debit it has paid."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path, editions=editions) as bench:
            bench.field.plan_tear(torn_debit(executed=True))
            await bench.ride(card)
            bench.field.plan_tear(Tear(Moment(apdu=number), executed=executed))
            assert (await bench.ride(card)).signal.prompt == "present_again"
            assert (await truths(bench, card)).fates == (TORN,)
            third = await bench.ride(card)
            assert (third.signal.prompt, third.signal.balance_fen) == ("accepted_before", card.balance_fen)
            assert (await truths(bench, card)).fates == (POSTED,)
            assert len(card.debits) == 1
            assert bench.psam.error_counter == bench.psam.memory.error_limit

    play(scene())


def test_the_table_of_a_proving_card_is_whole(tmp_path: Path, editions: Path) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path, editions=editions) as bench:
            bench.field.plan_tear(torn_debit(executed=True))
            await bench.ride(card)
            bench.steps.clear()
            await bench.ride(card)
            assert tuple(step for step, phase in bench.steps if phase == "executed") == AFTER_ONE_RIDE

    play(scene())
    assert len(CASES) == 20


@pytest.mark.parametrize("happened", [(True, False, True, False, True), (False, True, False, True, False)])
def test_debits_torn_one_after_the_other_are_each_settled_by_the_next_tap(
    happened: tuple[bool, ...], tmp_path: Path, editions: Path
) -> None:
    """What was debited is posted, what was not is voided, whatever came before."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path, editions=editions) as bench:
            for executed in happened:
                bench.field.plan_tear(torn_debit(executed=executed))
                await bench.ride(card)
                await bench.pass_time(WINDOW_S)
            assert (await bench.ride(card)).accepted
            fates = tuple(POSTED if executed else VOIDED for executed in happened)
            assert (await truths(bench, card)).fates == (*fates, POSTED)

    play(scene())


def test_another_terminals_mac2_never_goes_to_our_psam(tmp_path: Path, editions: Path) -> None:
    """Regression: the number of a debit that did not happen may be another ride's, which the card then proves."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path, editions=editions) as bench:
            bench.field.plan_tear(torn_debit(executed=False))
            await bench.ride(card)
            ride_elsewhere(card)
            assert (await bench.ride(card)).signal.prompt == "accepted"
            assert bench.psam.error_counter == bench.psam.memory.error_limit
            assert (await truths(bench, card)).fates == (VOIDED, POSTED)

    play(scene())


def test_a_free_passage_shows_the_balance_the_card_has_now(tmp_path: Path, editions: Path) -> None:
    """Regression: it was computed from the torn debit, and a ride elsewhere had moved it."""

    async def scene() -> None:
        card = PurseCard(5000)
        async with Bench(tmp_path, editions=editions) as bench:
            bench.field.plan_tear(torn_debit(executed=True))
            await bench.ride(card)
            ride_elsewhere(card)
            again = await bench.ride(card)
            assert (again.signal.prompt, again.signal.balance_fen) == ("accepted_before", 4500)

    play(scene())


@pytest.mark.parametrize(
    ("passed_s", "prompt"), [(WINDOW_S - 10, "accepted_before"), (WINDOW_S + 1, "accepted"), (-3600, "accepted_before")]
)
def test_passage_is_free_inside_the_window_only(passed_s: float, prompt: str, tmp_path: Path, editions: Path) -> None:
    """A clock that fell back meanwhile decides for the passenger."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path, editions=editions) as bench:
            bench.field.plan_tear(torn_debit(executed=True))
            await bench.ride(card)
            await bench.pass_time(passed_s)
            assert (await bench.ride(card)).signal.prompt == prompt
            await truths(bench, card)

    play(scene())


def test_a_card_at_the_edge_of_the_field_does_not_pay_twice_after_a_torn_read(tmp_path: Path, editions: Path) -> None:
    """Regression: a read torn inside the debounce made the terminal forget whom it had just let through."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path, editions=editions) as bench:
            first = await bench.tap(card)
            await bench.take_away()
            bench.field.plan_tear(Tear(Moment(step="GET BALANCE")))
            assert (await bench.tap(card)).signal.prompt == "present_again"
            assert (await bench.tap(card)) == first
            assert len(card.debits) == 1

    play(scene())
