"""What staff are told before a card is there: how many subsidies are open, and what becomes of the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from edge.control.messages import Message
from edge.domain.card_number import CardNumber
from edge.domain.claimed import FRESH_MS
from edge.domain.holder import HolderRecord
from edge.domain.shown import PURSE_SCHEME
from edge.domain.tariff.flat import flat_tree
from edge.terminal.till.assurance import assurance
from sync.tariff_wire import encode_tariff
from tests.domain.canteen import PERSON, RESIDENT, canteen
from tests.scenarios.tap_bench import IDENTITY, NOON_MS, play
from tests.store.editions import artifact, deny
from tests.store.row_lists import with_rows
from tests.terminal.till_bench import ELDER, TillBench, elder

Offline = dict[str, Any]
GRANTS: Final[Offline] = {"mode": "grant_and_flag", "max_open_per_person": 5, "max_open_per_device_day": 2}
DENIES: Final[Offline] = {"mode": "deny"}


def write(state: Path, tariff: dict[str, Any]) -> None:
    """Write an edition with a tariff, and the elder on the entitlement list."""
    token = IDENTITY.token(PURSE_SCHEME, CardNumber(ELDER.serial))
    files = [("tariff", 1, artifact("tariff", 1, encode_tariff([tariff]))), ("deny_list", 1, deny(1))]
    with_rows(state, 1, files, {"entitlements": [((PERSON, token), HolderRecord(PERSON, RESIDENT))]})


def canteen_with(offline: Offline) -> dict[str, Any]:
    """Return the canteen's tariff with another rule for what is not certain."""
    tariff = canteen()
    counters = [{**counter, "offline": offline} for counter in tariff["x_counters"]]
    return {**tariff, "x_counters": counters}


def told_at(state: Path, tariff: dict[str, Any], sales: int = 0, confirmed_ago_ms: int = 0) -> Message | None:
    """Return what staff are told after so many sales to the elder."""
    write(state, tariff)
    told: list[Message | None] = []

    async def scene() -> None:
        async with TillBench(state) as bench:
            line = bench.supervisor.line
            line.service.confirmed_ms = NOON_MS - confirmed_ago_ms
            await bench.ask("shift.open")
            for _ in range(sales):
                assert (await bench.sell(elder())).accepted
            told.append(await assurance(line))
            state_told = await bench.ask("state")
            assert state_told["assurance"] == told[0]

    play(scene())
    return told[0]


TOLD: Final[dict[str, tuple[dict[str, Any], int, int, Message | None]]] = {
    "nothing is open": (canteen_with(GRANTS), 0, 0, {"key": "grants", "open": 0, "open_max": 2}),
    "one grant is open": (canteen_with(GRANTS), 1, 0, {"key": "grants", "open": 1, "open_max": 2}),
    "as many are open as may be": (
        canteen_with({**GRANTS, "max_open_per_device_day": 1}),
        1,
        0,
        {"key": "full", "open": 1, "open_max": 1},
    ),
    "the lists were confirmed too long ago": (
        canteen_with(GRANTS),
        0,
        FRESH_MS + 60_000,
        {"key": "site", "open": 0, "open_max": 2},
    ),
    "the tariff grants nothing that is not certain": (
        canteen_with(DENIES),
        0,
        0,
        {"key": "withholds", "open": 0, "open_max": 0},
    ),
    "the tariff has no quota": (flat_tree("flat", 200), 0, 0, None),
}


@pytest.mark.parametrize(("tariff", "sales", "ago_ms", "told"), TOLD.values(), ids=TOLD)
def test_before_a_card_staff_are_told(
    tmp_path: Path, tariff: dict[str, Any], sales: int, ago_ms: int, told: Message | None
) -> None:
    assert told_at(tmp_path, tariff, sales, ago_ms) == told
