"""A test tap at a virtual reader: every step but the money, with its time, and a note without anything of the card."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.virtual.purse import PurseCard
from edge.cli.test_tap_command import lines
from edge.domain.entry import Kind, Remark
from edge.terminal.trial_tap import TrialTap
from tests.scenarios.tap_bench import FARE, Bench, play, write_fare

pytestmark = pytest.mark.line

STEPS = ["read", "look up", "decide", "make durable", "signal"]


def test_a_test_tap_moves_nothing_and_says_where_the_time_went(tmp_path: Path) -> None:
    write_fare(tmp_path)

    async def scene() -> None:
        card = PurseCard()
        before = card.balance_fen
        async with Bench(tmp_path) as bench:
            trial = asyncio.create_task(TrialTap(bench.supervisor).run(10_000))
            await asyncio.sleep(0)
            assert (await bench.ride(card)).signal.prompt == "read_only"
            found = await trial
            assert (found["decision"], found["fen"]) == ("approved", FARE)
            assert [step["step"] for step in found["steps"]] == STEPS
            assert card.balance_fen == before
            (note,) = await bench.entries()
            assert note.kind is Kind.NOTE
            assert isinstance(note.body, Remark)
            assert [name for name, _ in note.body.pairs] == [f"{step} us" for step in STEPS[:3]]
            told = list(lines(found))
            assert "nothing was charged" in told[1]
            assert len(told) == 2 + len(STEPS) + 1
            assert (await bench.ride(card)).signal.fen == FARE

    play(scene())


def test_a_test_tap_says_what_would_be_refused(tmp_path: Path) -> None:
    write_fare(tmp_path)

    async def scene() -> None:
        async with Bench(tmp_path) as bench:
            trial = asyncio.create_task(TrialTap(bench.supervisor).run(10_000))
            await asyncio.sleep(0)
            await bench.ride(PurseCard(balance_fen=FARE - 1))
            found = await trial
            assert (found["decision"], found["fen"]) == ("balance_too_low", -1)
            assert "would be refused: balance_too_low" in list(lines(found))[1]

    play(scene())
