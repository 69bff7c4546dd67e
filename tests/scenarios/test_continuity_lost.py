"""A journal that its PSAM does not continue: the doubt holds across restarts, and no other stop hides it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from edge.domain.entry import Intent
from edge.domain.exchange import Ack
from edge.store.space import Room, SpaceReport
from tests.scenarios.tap_bench import NOON_MS, TERMINAL, Bench, another_card, play, write_fare

pytestmark = pytest.mark.line

SLOT = 1
OTHER_PSAM = bytes.fromhex("452001219999")
"""What the image of another terminal's disk finds in the slot."""
ACK = Ack(TERMINAL, 1, 1, 1, b"", 1, 1, 2, (), NOON_MS, ())


@pytest.fixture(autouse=True)
def _reference(tmp_path: Path) -> None:
    write_fare(tmp_path)


async def on_another_machine(bench: Bench, card: PurseCard) -> None:
    """Start the terminal's disk beside another PSAM, and let somebody tap: continuity is lost by that."""
    await bench.ride(card)
    await bench.stop()
    bench.psam = Psam(OTHER_PSAM)
    bench.sams.insert(SLOT, bench.psam)
    await bench.start()
    await bench.ride(another_card())
    assert bench.service.supervisor.line.service.continuity == "lost"


def test_a_restart_does_not_prove_what_was_lost(tmp_path: Path) -> None:
    """Regression: the first intent written in doubt made the other PSAM the journal's own."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await on_another_machine(bench, card)
            for _ in range(2):
                await bench.restart()
                assert (await bench.ride(card)).accepted
                assert bench.service.supervisor.line.service.continuity == "lost"
            states = [entry.body.state.cautious for entry in await bench.entries() if isinstance(entry.body, Intent)]
            assert states == [False, True, True, True]

    play(scene())


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    measured = Room.report

    def full(room: Room, journal_bytes: int) -> SpaceReport:
        return replace(measured(room, journal_bytes), warn=True, stop=True)

    with monkeypatch.context() as patched:
        patched.setattr(Room, "report", full)
        yield


def test_a_disk_that_was_full_for_a_while_does_not_lift_the_fence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: making room again put a terminal back into service that waited for a new grant."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await on_another_machine(bench, card)
            await bench.service.acked(ACK)
            with full_disk(monkeypatch):
                await bench.service.refresh()
            await bench.service.refresh()
            assert (await bench.ride(card)).signal.prompt == "continuity_lost"

    play(scene())


def test_a_full_disk_stops_the_sale_until_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            with full_disk(monkeypatch):
                await bench.service.refresh()
                assert (await bench.ride(card)).signal.prompt == "store_full"
            await bench.service.refresh()
            assert (await bench.ride(card)).accepted

    play(scene())
