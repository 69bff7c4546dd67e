"""The failure catalogue where an edition fails in service: row 87, and files that rot; each test names its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.virtual.purse import PurseCard
from edge.domain.errors import PolicyError
from edge.domain.slots import STARTS_MAX
from edge.store.reference import FileReference
from edge.terminal.editions import PROBATION_MS, UNPRICED_MAX
from edge.terminal.list_verbs import ListVerbs
from edge.terminal.reporting import slot_status
from sync.deny_form import EXACT
from sync.tariff_wire import encode_tariff
from tests.scenarios.line_tariffs import dated
from tests.scenarios.list_scenes import (
    DENIED,
    flipped,
    in_force_first,
    on_a_terminal,
    serve,
    shipped,
    swaps,
)
from tests.scenarios.tap_bench import FARE, Bench, write_fare, write_tariff
from tests.store.editions import CENTRE

LATER = [dated("next", FARE, **{"from": "2040-01-01T00:00:00+08:00"})]
"""A tariff that comes into force years later."""


def nobody_can_ride(state: Path, number: int) -> Path:
    """Write an edition that has no price for today."""
    return write_tariff(state, LATER, number)


def test_row_87_an_edition_that_cannot_price_gives_way_and_is_not_taken_again(tmp_path: Path) -> None:
    write_fare(tmp_path, 1)

    async def scene(bench: Bench) -> None:
        bad = nobody_can_ride(tmp_path, 2)
        assert await bench.service.editions.install(bad) == 2
        for _ in range(UNPRICED_MAX):
            assert not (await bench.ride(PurseCard())).accepted
        await serve(bench)
        assert (await bench.ride(PurseCard())).accepted
        assert await swaps(bench) == [("edition.taken", "1", "2", ""), ("edition.returned", "2", "1", "policy")]
        with pytest.raises(PolicyError, match="EDITION_REFUSED"):
            await bench.service.editions.install(bad)
        slots = (await bench.service.status())["slots"]
        assert (slots["edition"], slots["refused"]) == (1, {"2": "policy"})
        await bench.restart()
        assert bench.reference.policy().edition == 1

    on_a_terminal(scene, tmp_path)


def test_row_87_an_edition_that_has_proven_itself_stays(tmp_path: Path) -> None:
    write_fare(tmp_path, 1)

    async def scene(bench: Bench) -> None:
        await bench.service.editions.install(write_fare(tmp_path, 2))
        assert (await bench.service.status())["slots"]["probation"]
        await serve(bench, PROBATION_MS / 1000)
        assert not (await bench.service.status())["slots"]["probation"]
        bench.service.editions.unpriced = UNPRICED_MAX
        await serve(bench)
        assert bench.reference.policy().edition == 2

    on_a_terminal(scene, tmp_path)


def test_row_87_restarts_on_probation_return_to_the_previous_edition(tmp_path: Path) -> None:
    for number in (1, 2):
        in_force_first(tmp_path, int(write_fare(tmp_path, number).name))
    editions = []
    for _ in range(STARTS_MAX + 2):
        reference = FileReference(tmp_path / "editions", CENTRE.public)
        assert reference.start(serves=True) == []
        editions.append(reference.policy().edition)
        reference.close()  # not a calm end: the process was killed
    assert editions == [*[2] * STARTS_MAX, 1, 1]


def test_row_87_calm_ends_on_probation_are_not_held_against_an_edition(tmp_path: Path) -> None:
    for number in (1, 2):
        in_force_first(tmp_path, int(write_fare(tmp_path, number).name))
    for _ in range(3 * STARTS_MAX):
        with FileReference(tmp_path / "editions", CENTRE.public) as reference:
            assert reference.start(serves=True) == []
            assert reference.policy().edition == 2


def test_row_87_nothing_returns_below_a_floor(tmp_path: Path) -> None:
    shipped(1).write(tmp_path)

    async def scene(bench: Bench) -> None:
        await bench.service.editions.install(shipped(2, DENIED, floor=2).write(tmp_path))
        with pytest.raises(PolicyError, match="ARTIFACT_ROLLED_BACK"):
            await bench.service.editions.go_back("technician")
        assert slot_status(bench.service.editions.keeper).previous == 0, "it is not offered either"
        assert (await bench.ride(PurseCard())).signal.prompt == "deny_listed"

    on_a_terminal(scene, tmp_path)


def test_row_87_a_terminal_that_missed_editions_keeps_the_newest_and_says_what_helps(tmp_path: Path) -> None:
    """The centre forbids all but the newest and the one before it, which was never in force here."""
    shipped(1).write(tmp_path)
    unpriced = {("tariff", "tariff"): encode_tariff(LATER)}

    async def scene(bench: Bench) -> None:
        await bench.service.editions.install(shipped(5, floor=4, extra=unpriced).write(tmp_path))
        told = "edition 5 forbids all before 4; 1 was in force here before it, and none between: only a newer"
        with pytest.raises(PolicyError, match=told):
            await bench.service.editions.go_back("technician")
        for _ in range(UNPRICED_MAX):
            assert not (await bench.ride(PurseCard())).accepted
        await serve(bench)
        assert bench.service.faults == {"ARTIFACT_ROLLED_BACK": 1}
        slots = (await bench.service.status())["slots"]
        assert (slots["edition"], slots["previous"], slots["refused"]) == (5, 0, {})
        await bench.restart()
        assert bench.reference.policy().edition == 5
        await bench.service.editions.install(shipped(6, floor=5).write(tmp_path))
        assert (await bench.ride(PurseCard())).accepted
        assert slot_status(bench.service.editions.keeper).previous == 5, "from then on there is one to return to"

    on_a_terminal(scene, tmp_path)


def test_files_that_rot_while_they_are_in_force_give_way_to_the_previous_edition(tmp_path: Path) -> None:
    """What was verified once is hashed again when idle; the next sync fetches what is damaged."""
    shipped(1).write(tmp_path)

    async def scene(bench: Bench) -> None:
        folder = shipped(2, DENIED).write(tmp_path)
        await bench.service.editions.install(folder)
        flipped(EXACT)(folder, DENIED)
        await bench.service.editions.begin(0)
        await bench.service.editions.idle()
        assert bench.reference.policy().edition == 1
        assert bench.service.faults == {"ARTIFACT_DAMAGED": 1}
        assert (await swaps(bench))[-1] == ("edition.returned", "2", "1", "")

    on_a_terminal(scene, tmp_path)


def test_what_was_staged_while_the_terminal_was_down_is_taken_when_it_serves(tmp_path: Path) -> None:
    shipped(1).write(tmp_path)
    in_force_first(tmp_path, 1)
    shipped(2, DENIED).write(tmp_path)

    async def scene(bench: Bench) -> None:
        assert bench.reference.policy().edition == 1
        await bench.service.editions.take_staged()
        assert (await bench.ride(PurseCard())).signal.prompt == "deny_listed"

    on_a_terminal(scene, tmp_path)


def test_a_technician_asks_the_lists_and_goes_back(tmp_path: Path) -> None:
    shipped(1).write(tmp_path)

    async def scene(bench: Bench) -> None:
        await bench.service.editions.install(shipped(2, DENIED).write(tmp_path))
        verbs = ListVerbs(bench.service.editions, bench.supervisor.line).verbs()
        found = await verbs["lists.check"]({"asked": PurseCard().personalisation.serial})
        assert found == {"listed": True, "lists": ["purse"], "edition": 2}
        assert await verbs["lists.rollback"]({}) == {"edition": 1, "from": 2}
        assert (await swaps(bench))[-1] == ("edition.returned", "2", "1", "technician")
        assert (await verbs["lists"]({}))["slots"]["refused"] == {"2": "technician"}
        assert (await bench.ride(PurseCard())).accepted

    on_a_terminal(scene, tmp_path)
