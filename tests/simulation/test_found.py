"""Defects that the simulated city found, each told again on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from edge.domain.entry import Draft, Kind, Remark
from edge.simulation.actors import operator
from edge.simulation.boarding import board
from edge.simulation.machine import Machine
from edge.simulation.rest import read_centre
from edge.simulation.rider import RiderCard, Sort
from edge.simulation.run import run
from edge.simulation.town import HOUR_S, Plan, Town, eventually
from edge.simulation.world import opened
from sync.central.artifacts import Publication
from sync.central.centre import Centre
from sync.wire import decode_entry

DAY_MS = 86_400_000
CARDS = 800_000_000
STEPS_MAX = 500_000
"""A story takes some ten thousand; whoever spins is found out."""


def lived(folder: Path, story: Callable[[Town, Machine], Awaitable[None]], seed: int = 1) -> None:
    """Let one terminal of a calm town live through a story."""

    async def main() -> None:
        town = await opened(Plan(1, 1, seed, taps=1.0, only=frozenset()), folder)
        await story(town, town.machines[0])
        assert town.auditor.violations == []

    run(main, seed, steps_max=STEPS_MAX)


def issued(town: Town, number: int = 0) -> RiderCard:
    card = RiderCard(CARDS + number, Sort.HOME, 50_000)
    town.watch.know_card(card)
    return card


async def ride(town: Town, machine: Machine, card: RiderCard) -> None:
    assert (await board(town, machine, card)).ended == "green"


async def drained(machine: Machine) -> None:
    def done() -> bool:
        service = machine.service
        return service is not None and all(stream.drained() for stream in service.streams())

    assert await eventually(done, within_s=6 * HOUR_S, every_s=60.0)


async def enrolled_anew(machine: Machine) -> None:
    machine.enrol_due = True
    machine.process.cut()
    assert await eventually(lambda: machine.service is not None, within_s=HOUR_S, every_s=10.0)


def held(town: Town) -> list[tuple[int, Kind]]:
    """Return epoch and kind of every entry of a tap that the centre holds; it is switched off for the look."""
    town.centre.process.cut()
    truth = read_centre(town.centre.disk.path / "central.db", ())
    entries = [decode_entry(row.raw) for row in truth.rows if row.place == "entry"]
    return [(entry.epoch, entry.kind) for entry in entries if not isinstance(entry.body, Remark)]


def rides_held(*epochs: int) -> list[tuple[int, Kind]]:
    """Return what is held of one ride in each of the epochs."""
    return [(epoch, kind) for epoch in epochs for kind in (Kind.INTENT, Kind.POSTED)]


def test_a_restored_centre_gets_the_drained_journal_of_an_older_epoch_again(tmp_path: Path) -> None:
    async def story(town: Town, machine: Machine) -> None:
        backup = town.centre.disk.image(tmp_path / "backup")
        await ride(town, machine, issued(town, 0))
        await drained(machine)
        await enrolled_anew(machine)
        await ride(town, machine, issued(town, 1))
        await drained(machine)
        await town.centre.restore(backup)
        await asyncio.sleep(6 * HOUR_S)
        await drained(machine)
        assert held(town) == rides_held(1, 3)

    lived(tmp_path / "town", story)


def test_a_centre_restored_from_the_same_backup_twice_gets_everything_again(tmp_path: Path) -> None:
    async def story(town: Town, machine: Machine) -> None:
        backup = town.centre.disk.image(tmp_path / "backup")
        card = issued(town)
        for _ in range(2):
            await ride(town, machine, card)
            await drained(machine)
            await town.centre.restore(backup)
            await asyncio.sleep(6 * HOUR_S)
        await drained(machine)
        assert held(town) == rides_held(1, 1)

    lived(tmp_path / "town", story)


def test_a_restored_centre_learns_the_key_that_an_older_journal_is_signed_by(tmp_path: Path) -> None:
    async def story(town: Town, machine: Machine) -> None:
        backup = town.centre.disk.image(tmp_path / "backup")
        machine.line.fail_for(3 * HOUR_S * 1000)
        await ride(town, machine, issued(town))
        machine.line.recover()
        machine.process.cut()
        machine.enrol_due = True
        assert await eventually(lambda: machine.service is not None, within_s=HOUR_S, every_s=1.0)
        await town.centre.restore(backup)
        await drained(machine)
        assert held(town) == rides_held(1)

    lived(tmp_path / "town", story)


def test_sync_waits_between_two_looks_for_a_terminal_that_went_away(tmp_path: Path) -> None:
    async def story(town: Town, machine: Machine) -> None:
        del town
        socket = machine.config.paths.socket("sync")
        before = machine.process.starts
        machine.terminate()
        await asyncio.sleep(0.5)
        assert not socket.exists()
        await asyncio.sleep(30)
        assert (machine.process.starts, machine.service is not None) == (before, True)

    lived(tmp_path / "town", story)


def test_a_time_that_nobody_confirmed_does_not_hold_the_next_start_in_the_future(tmp_path: Path) -> None:
    async def story(town: Town, machine: Machine) -> None:
        await ride(town, machine, issued(town, 0))
        await drained(machine)
        machine.line.fail_for(12 * HOUR_S * 1000)
        machine.process.cut()
        machine.clock.jump(400 * DAY_MS)
        assert await eventually(lambda: machine.service is not None, within_s=HOUR_S, every_s=1.0)
        await ride(town, machine, issued(town, 1))
        machine.clock.set_right()
        machine.process.cut()
        assert await eventually(lambda: machine.service is not None, within_s=HOUR_S, every_s=1.0)
        service = machine.service
        assert service is not None
        assert abs(service.supervisor.line.clock.wall_ms() - town.now_ms()) < 60_000

    lived(tmp_path / "town", story)


def test_a_cut_answer_is_repeated_though_another_card_rides_first(tmp_path: Path) -> None:
    """The auditor forgot the answer before the start as soon as somebody else saw green."""

    async def story(town: Town, machine: Machine) -> None:
        cut_off, other = issued(town, 0), issued(town, 1)
        await ride(town, machine, cut_off)
        machine.process.cut()
        assert await eventually(lambda: machine.service is not None, within_s=HOUR_S, every_s=1.0)
        await ride(town, machine, other)
        debits = cut_off.debited_here
        await ride(town, machine, cut_off)
        assert cut_off.debited_here == debits

    lived(tmp_path, story)


def test_an_answer_cut_off_by_an_enrolment_is_given_again_without_a_debit(tmp_path: Path) -> None:
    """A new epoch's journal began empty, and the passenger who had just paid was charged again."""

    async def story(town: Town, machine: Machine) -> None:
        card = issued(town)
        await ride(town, machine, card)
        await enrolled_anew(machine)
        await ride(town, machine, card)
        assert card.debited_here == 1

    lived(tmp_path, story)


def test_an_answer_cut_off_behind_a_remark_of_the_terminal_is_given_again(tmp_path: Path) -> None:
    """A swap of editions wrote the newest entry, and whoever had just paid was turned away."""

    async def story(town: Town, machine: Machine) -> None:
        card = issued(town)
        await ride(town, machine, card)
        assert machine.service is not None
        line = machine.service.supervisor.line
        remark = Draft(Kind.CONFIG, line.clock.wall_ms(), line.clock.quality(), 1, b"", 0, Remark("edition.taken"))
        await line.journal.append(remark)
        machine.process.cut()
        assert await eventually(lambda: machine.service is not None, within_s=HOUR_S, every_s=1.0)
        await ride(town, machine, card)
        assert card.debited_here == 1

    lived(tmp_path, story)


def test_an_edition_is_judged_though_the_power_failed_over_the_answer_to_its_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator publishes again under the next number, and the auditor knew that one alone."""
    publish = Centre.publish

    async def story(town: Town, machine: Machine) -> None:
        async def cut_over_the_answer(centre: Centre, publications: Sequence[Publication]) -> int:
            number = await publish(centre, publications)
            if number == 2:
                town.centre.process.cut()
                await asyncio.sleep(1)
            return number

        monkeypatch.setattr(Centre, "publish", cut_over_the_answer)
        await operator.publish(town)
        known = [town.auditor.fares.of(number) for number in range(5)]
        assert known[0] is None
        assert known[2] == known[3] != known[1]
        assert known[4] is None
        await ride(town, machine, issued(town))

    lived(tmp_path / "town", story)
