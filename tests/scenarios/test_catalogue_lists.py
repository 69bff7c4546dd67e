"""The failure catalogue where it concerns lists, on a whole terminal: each test names its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.virtual.purse import PurseCard
from edge.domain.entry import Intent
from edge.domain.errors import PolicyError
from edge.domain.limits import Limits
from edge.store.reference import FileReference
from sync.artifact import ARTIFACT_BYTES_MAX, list_body
from sync.deny_form import EXACT, OVERLAY, PROBE
from sync.wire import encode
from tests.scenarios.list_scenes import (
    DAY_S,
    DENIED,
    FREE,
    LISTED,
    OTHERS,
    flipped,
    in_force_first,
    on_a_terminal,
    shipped,
    swaps,
    truncated,
)
from tests.scenarios.tap_bench import FARE, NOON_MS, Bench
from tests.store.editions import CENTRE
from tests.store.list_editions import ListFiles, Shipped, over


def test_row_9_power_lost_at_every_step_of_an_edition_leaves_the_old_or_the_new_one(tmp_path: Path) -> None:
    """Row 9 and the crash lab's states of every write: here the work is given up between any two steps."""
    steps, done = 0, False
    while not done:
        state = tmp_path / str(steps)
        shipped(1, DENIED).write(state)
        reference = FileReference(state / "editions", CENTRE.public)
        assert reference.start() == []
        folder = shipped(2).write(state)
        work = reference.installing(folder)
        done = _advance(work, steps)
        work.close()
        reference.close()
        with FileReference(state / "editions", CENTRE.public) as restarted:
            assert restarted.start(serves=True) == []
            assert restarted.listed(LISTED) == (restarted.policy().edition == 1)
        steps += 1
    assert steps > 10


def _advance(work: Any, steps: int) -> bool:  # noqa: ANN401 - a generator of steps
    """Do some steps; say whether the work came to its end."""
    for _ in range(steps):
        try:
            next(work)
        except StopIteration:
            return True
    return False


ROW_30 = {
    "row 30: the probe is truncated": truncated(PROBE),
    "row 30: the exact part is truncated": truncated(EXACT),
    "row 30: the delta is truncated": truncated(OVERLAY),
    "row 30: one bit of the probe is flipped": flipped(PROBE),
    "row 30: one bit of the exact part is flipped": flipped(EXACT),
    "row 30: one bit of the delta is flipped": flipped(OVERLAY),
}


@pytest.mark.parametrize("spoil", ROW_30.values(), ids=ROW_30.keys())
def test_a_damaged_list_leaves_the_previous_one_in_force(
    spoil: Callable[[Path, ListFiles], None], tmp_path: Path
) -> None:
    shipped(1, DENIED).write(tmp_path)
    in_force_first(tmp_path, 1)
    files = over(DENIED, OTHERS)
    folder = shipped(2, files).write(tmp_path)
    spoil(folder, files)

    async def scene(bench: Bench) -> None:
        with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
            await bench.service.editions.install(folder)
        assert bench.service.faults == {"ARTIFACT_DAMAGED": 1}
        assert (await bench.ride(PurseCard())).signal.prompt == "deny_listed"

    on_a_terminal(scene, tmp_path)


def test_row_31_a_list_below_its_floor_is_refused(tmp_path: Path) -> None:
    shipped(3, DENIED, floor=3).write(tmp_path)

    async def scene(bench: Bench) -> None:
        with pytest.raises(PolicyError, match="ARTIFACT_ROLLED_BACK"):
            await bench.service.editions.install(shipped(2).write(tmp_path))
        assert (await bench.ride(PurseCard())).signal.prompt == "deny_listed"

    on_a_terminal(scene, tmp_path)


def _huge_part(number: int) -> Shipped:
    parts = tuple(replace(part, size_bytes=10**12) for part in FREE.manifest.parts)
    return shipped(number, ListFiles(replace(FREE.manifest, parts=parts), FREE.mapped, FREE.wire))


def _huge_count(number: int) -> Shipped:
    return shipped(number, ListFiles(replace(FREE.manifest, entries=10**9), FREE.mapped, FREE.wire))


ROW_32: dict[str, Callable[[int], Shipped]] = {
    "row 32: a part of a terabyte": _huge_part,
    "row 32: a billion entries": _huge_count,
}


@pytest.mark.parametrize("huge", ROW_32.values(), ids=ROW_32.keys())
def test_a_huge_list_is_refused_before_it_is_read(huge: Callable[[int], Shipped], tmp_path: Path) -> None:
    shipped(1, DENIED).write(tmp_path)

    async def scene(bench: Bench) -> None:
        with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
            await bench.service.editions.install(huge(2).write(tmp_path))
        assert (await bench.ride(PurseCard())).signal.prompt == "deny_listed"

    on_a_terminal(scene, tmp_path)


def test_row_32_a_huge_manifest_is_refused_before_it_is_read(tmp_path: Path) -> None:
    shipped(1, DENIED).write(tmp_path)

    async def scene(bench: Bench) -> None:
        folder = shipped(2).write(tmp_path)
        with (folder / "manifest").open("r+b") as file:
            file.truncate(ARTIFACT_BYTES_MAX + 1)
        with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
            await bench.service.editions.install(folder)
        assert bench.reference.policy().edition == 1

    on_a_terminal(scene, tmp_path)


def test_row_35_the_price_at_the_tap_stands_when_the_tariff_changes(tmp_path: Path) -> None:
    shipped(1).write(tmp_path)

    async def scene(bench: Bench) -> None:
        card = PurseCard()
        assert (await bench.ride(card)).signal.fen == FARE
        await bench.service.editions.install(shipped(2, fare_fen=2 * FARE).write(tmp_path))
        assert (await bench.ride(card)).signal.fen == 2 * FARE
        ordered = [entry for entry in await bench.entries() if isinstance(entry.body, Intent)]
        assert [
            (entry.edition, entry.body.charge.payer_fen) for entry in ordered if isinstance(entry.body, Intent)
        ] == [
            (1, FARE),
            (2, 2 * FARE),
        ]
        assert await swaps(bench) == [("edition.taken", "1", "2", "")]

    on_a_terminal(scene, tmp_path)


def test_row_63_thirty_days_offline_an_expired_list_still_refuses_its_cards_and_tells_its_age(tmp_path: Path) -> None:
    shipped(1, DENIED, expires_ms=NOON_MS + 7 * DAY_S * 1000).write(tmp_path)

    async def scene(bench: Bench) -> None:
        await bench.pass_time(30 * DAY_S)
        await bench.restart()
        assert (await bench.ride(PurseCard())).signal.prompt == "deny_listed"
        assert set(bench.service.hello()["lists"]) == {"edition edition", "tariff tariff", "deny_list purse"}

    on_a_terminal(scene, tmp_path)


ROW_88: dict[str, dict[str, Any]] = {
    "row 88: a fare of 2**40 fen": {"fare_fen": 2**40},
    "row 88: a fare below nothing": {"fare_fen": -1},
    "row 88: half a fen": {"fare_fen": 0.5},
}


@pytest.mark.parametrize("absurd", ROW_88.values(), ids=ROW_88.keys())
def test_absurd_content_is_refused(absurd: dict[str, Any], tmp_path: Path) -> None:
    shipped(1).write(tmp_path)

    async def scene(bench: Bench) -> None:
        with pytest.raises(PolicyError, match="TARIFF_INVALID"):
            await bench.service.editions.install(shipped(2, **absurd).write(tmp_path))
        assert (await bench.ride(PurseCard())).signal.fen == FARE

    on_a_terminal(scene, tmp_path)


def test_row_88_a_cap_of_ten_million_yuan_is_refused(tmp_path: Path) -> None:
    shipped(1).write(tmp_path)
    limits = encode(Limits(unsent_fen_max=10**9 * 100))

    async def scene(bench: Bench) -> None:
        with pytest.raises(PolicyError, match="LIMITS_INVALID"):
            await bench.service.editions.install(shipped(2, extra={("limits", "limits"): limits}).write(tmp_path))
        assert bench.reference.policy().edition == 1

    on_a_terminal(scene, tmp_path)


def test_a_list_of_no_known_form_is_refused(tmp_path: Path) -> None:
    shipped(1, DENIED).write(tmp_path)

    async def scene(bench: Bench) -> None:
        later = replace(FREE.manifest, form=9)
        assert list_body(later) != list_body(FREE.manifest)
        with pytest.raises(PolicyError, match="ARTIFACT_FOREIGN"):
            await bench.service.editions.install(shipped(2, ListFiles(later, FREE.mapped, {})).write(tmp_path))
        assert bench.reference.policy().edition == 1

    on_a_terminal(scene, tmp_path)
