"""The tear matrix: a tap cut at every command and at every byte of its debit, times every way the card comes back.

No case debits twice, books a debit that did not happen, or loses one; whoever paid passes once, free only inside the
window. The truth about a debit is the card's own memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.purse import PurseCard
from edge.domain.entry import Settled
from edge.terminal.outcome import Outcome
from tests.scenarios.elsewhere import ride_elsewhere
from tests.scenarios.tap_bench import WINDOW_S, Bench, play, write_fare
from tests.scenarios.tap_truths import POSTED, TORN, VOIDED, truths
from tests.scenarios.tear_moments import (
    ANSWERED_BYTES,
    COMMANDS,
    CUTTINGS,
    SENT_BYTES,
    UNNOTICED_TO_READER,
    Cutting,
    First,
)

pytestmark = pytest.mark.line

START_FEN: Final = 10_000
LOG_RECORDS: Final = 10


class Back(Enum):
    """How the card comes back."""

    AT_ONCE = "the same card back at once"
    AFTER_WINDOW = "back after the window"
    AFTER_RIDE = "back after a ride elsewhere"
    AFTER_ROLLING = "back after eleven rides elsewhere"
    AFTER_RESTART = "back after the terminal restarted"
    NEVER = "never back"


CASES: Final = [(cutting, back) for cutting in CUTTINGS for back in Back]
IDS: Final = [f"{cutting.sentence}; {back.value}" for cutting, back in CASES]


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fare(tmp_path_factory.mktemp("reference")).parent


def test_the_table_is_whole(tmp_path: Path, editions: Path) -> None:
    """The commands and bytes of the table are those of an undisturbed tap, and none of its cases is missing."""

    async def scene() -> None:
        async with Bench(tmp_path, editions=editions) as bench:
            assert (await bench.ride(PurseCard(START_FEN))).accepted
            assert tuple(step for step, phase in bench.steps if phase == "executed") == COMMANDS
            assert (len(bench.cut.sent), len(bench.cut.answered)) == (SENT_BYTES, ANSWERED_BYTES)
            summed = range(5, SENT_BYTES - 2)
            assert {at for at in summed if not bench.cut.sent[at]} == UNNOTICED_TO_READER

    play(scene())
    assert len(CUTTINGS) == 2 * 8 + 10 + 2 * 31 + 2 * 26
    assert len(CASES) == len(set(IDS)) == 840


@pytest.mark.parametrize(("cutting", "back"), CASES, ids=IDS)
def test_a_tap(cutting: Cutting, back: Back, tmp_path: Path, editions: Path) -> None:
    async def scene() -> None:
        card = PurseCard(START_FEN)
        async with Bench(tmp_path, editions=editions) as bench:
            await cut_tap(bench, cutting, card)
            again = await come_back(bench, back, card)
            wanted = expected(cutting, back)
            found = await truths(bench, card)
            assert (found.debits, found.fates) == (wanted.debits, wanted.fates)
            assert [as_told(settled) for settled in found.settled] == wanted.settled
            assert (again.signal.prompt if again else None) == wanted.prompt
            assert again is None or not again.accepted or again.signal.balance_fen == card.balance_fen
            assert bench.psam.error_counter == bench.psam.memory.error_limit

    play(scene())


async def cut_tap(bench: Bench, cutting: Cutting, card: PurseCard) -> None:
    """Tap once with the cut, see what it does and shows, and leave the terminal with its reader back."""
    cutting.plan(bench)
    first = await bench.tap(card)
    assert first.signal.prompt == cutting.first.value
    assert len(card.debits) == cutting.debited
    assert bench.cut.debits <= 1
    await bench.take_away()
    if cutting.line_lost:
        await bench.plug_reader()


async def come_back(bench: Bench, back: Back, card: PurseCard) -> Outcome | None:
    """Let happen what happens until the card comes back, and tap it; None where it never does."""
    match back:
        case Back.NEVER:
            return None
        case Back.AFTER_WINDOW:
            await bench.pass_time(WINDOW_S)
        case Back.AFTER_RIDE:
            ride_elsewhere(card)
            await bench.pass_time(30)
        case Back.AFTER_ROLLING:
            ride_elsewhere(card, LOG_RECORDS + 1)
            await bench.pass_time(30)
        case Back.AFTER_RESTART:
            await bench.restart()
        case Back.AT_ONCE:
            pass
    return await bench.ride(card)


Told = tuple[str, str, bool, bool]
"""Of a settlement: verdict, rule, whether it gave free passage, whether MAC2 is unchecked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be true in the end. ``prompt``: what the second tap shows."""

    debits: int
    fates: tuple[str, ...]
    prompt: str | None = "accepted"
    settled: list[Told] = field(default_factory=list)


def as_told(settled: Settled) -> Told:
    return settled.verdict.value, settled.rule, settled.free_passage, settled.mac2_unchecked


def expected(cutting: Cutting, back: Back) -> Wanted:
    """Return what must come of a case, by the rules of a tap alone."""
    if cutting.first is First.SAME_CARD:
        return torn_and(cutting, back)
    if cutting.first is First.REFUSED:
        return refused_and(back)
    rode = cutting.first is First.GREEN
    if back is Back.NEVER:
        return Wanted(int(rode), (POSTED,) * rode, prompt=None)
    if rode and back is not Back.AT_ONCE:
        return Wanted(2, (POSTED, POSTED))
    return Wanted(1, (POSTED,))


def torn_and(cutting: Cutting, back: Back) -> Wanted:
    """Return what must come of a torn debit: proven, disproved, or left in suspense."""
    if back is Back.NEVER:
        return Wanted(int(cutting.debited), (TORN,), prompt=None)
    if back is Back.AFTER_ROLLING:
        return Wanted(cutting.debited + 1, (TORN, POSTED))
    if not cutting.debited:
        rule = "log_record_of_another" if back is Back.AFTER_RIDE else "counter_unchanged"
        return Wanted(1, (VOIDED, POSTED), settled=[(VOIDED, rule, False, True)])
    checked = back in (Back.AT_ONCE, Back.AFTER_WINDOW) and not cutting.line_lost
    free = back is not Back.AFTER_WINDOW
    settled = [(POSTED, "log_record_is_ours", free, not checked)]
    if free:
        return Wanted(1, (POSTED,), "accepted_before", settled)
    return Wanted(2, (POSTED, POSTED), settled=settled)


def refused_and(back: Back) -> Wanted:
    """Return what must come of a debit that the card refused: nothing was taken, and the next tap is a new one."""
    if back is Back.NEVER:
        return Wanted(0, (VOIDED,), prompt=None)
    if back is Back.AT_ONCE:
        return Wanted(0, (VOIDED,), prompt="card_fault")
    return Wanted(1, (VOIDED, POSTED))
