"""The next card, read for a technician: it is not charged, and the last who asked gets it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.virtual.purse import PurseCard
from edge.domain.errors import CardError, RemoteProtocolError
from edge.domain.medium import PurseSnapshot
from tests.scenarios.tap_bench import FARE, Bench, play, write_fare

pytestmark = pytest.mark.line


@pytest.fixture(autouse=True)
def _reference(tmp_path: Path) -> None:
    write_fare(tmp_path)


def test_the_last_who_asked_gets_the_card_and_the_first_is_told(tmp_path: Path) -> None:
    """Regression: the first one's end took the question of the second away, who then waited for nothing."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            first = asyncio.create_task(bench.supervisor.read_card(1_000))
            await asyncio.sleep(0.5)
            second = asyncio.create_task(bench.supervisor.read_card(10_000))
            with pytest.raises(RemoteProtocolError, match="CONTROL_REFUSED"):
                await first
            await asyncio.sleep(2)
            assert (await bench.ride(card)).signal.prompt == "read_only"
            medium = await second
            assert isinstance(medium, PurseSnapshot)
            assert medium.balance_fen == card.balance_fen
            assert await bench.written() == []
            assert (await bench.ride(card)).signal.fen == FARE

    play(scene())


def test_without_a_card_the_wait_ends(tmp_path: Path) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            with pytest.raises(CardError, match="CARD_LEFT"):
                await bench.supervisor.read_card(500)
            assert (await bench.ride(card)).accepted

    play(scene())
