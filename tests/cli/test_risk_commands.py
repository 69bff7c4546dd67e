"""``limits`` and ``clock`` tell the same of a terminal that runs and of one that does not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from edge.cli.clock_command import screen as clock_screen
from edge.cli.limits_command import gauge
from edge.cli.limits_command import screen as limits_screen
from edge.cli.main import main
from edge.clock import BUILD_MS, SystemClock
from edge.domain.limits import Ceilings, FamilyCeilings, Limits
from edge.ports import TimeMarks
from edge.terminal.risk_report import Moment, clock_message, limits_message, used_in
from tests.cli.terminal_folder import Folder, with_taps
from tests.domain.risk_cases import DAY_S, LADDER
from tests.store import drafts
from tests.store.journals import journal_at
from tests.terminal.risk_rig import START_MS, ageing_line

POLICY = Limits(
    ceilings=Ceilings(tap_fen_max=900, unsent_count_max=10),
    families=(FamilyCeilings("purse", Ceilings(unsent_fen_max=1_000)),),
    tiers=LADDER,
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return asyncio.run(with_taps(tmp_path))


@pytest.mark.parametrize("command", ["limits", "clock"])
def test_a_stopped_terminal_answers_from_its_files(
    folder: Folder, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--config", str(folder.config), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"edition": 0, "lacks": "POLICY_MISSING"} if command == "limits" else told["error_s"] == -1
    assert main([command, "--config", str(folder.config)]) == 0
    assert capsys.readouterr().out


async def test_limits_tell_use_tier_and_why(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(POLICY)
        line.hear_centre()
        await line.ride(1)
        await line.ride(2)
        journal = line.paper.journal
        moment = Moment(START_MS + 4 * DAY_S * 1000, 31, line.time.confirmed_ms)
        told = limits_message(line.paper.reference, await used_in([journal]), moment, cautious=False)
    rows = dict(limits_screen(told))
    assert (told["tier"], told["media"]) == ("local_only", "local")
    assert rows["terminal unsent_count"] == "2 of 10 (20 %)"
    assert rows["purse unsent_fen"] == "2.00 yuan of 10.00 yuan (20 %)"
    assert rows["each tap_fen"] == "1.50 yuan"
    assert rows["tier"].startswith("local_only: deny_list city-deny_list is 345600 s old")
    assert rows["tier refuse"] == "deny_list 7 d old; clock 7 d off; media: none"
    assert rows["age of deny_list city-deny_list"] == "4 d, version 1"
    assert [part["name"] for part in told["tiers"] if part["holds"]] == ["cautious", "local_only"]


async def test_an_open_debit_is_used_already(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.intent(1, fen=300))
        used = await used_in([journal])
    assert (used.unsent_fen, used.unsent_count, used.pending_count) == (300, 0, 1)
    assert used.families["purse"] == (300, 1)


def test_a_terminal_in_doubt_of_continuity_has_the_cautious_ceiling() -> None:
    assert gauge("unsent_count", 49, 50) == "49 of 50 (98 %)"
    assert gauge("first_use_unsent_count", 3, None) == "3, no ceiling"


def clock_at(system_ms: int, *, signed_ms: int = 0) -> dict[str, str]:
    """Return the screen of a clock whose floor is the build."""
    clock = SystemClock(0, system_ms=lambda: system_ms, monotonic_ms=lambda: 0.0)
    if signed_ms:
        clock.learn(signed_ms)
    return dict(clock_screen(clock_message(clock.reading(), TimeMarks(BUILD_MS, BUILD_MS, 0))))


def test_the_clock_says_what_its_quality_means() -> None:
    right = clock_at(START_MS, signed_ms=START_MS)
    assert (right["quality"], right["may be off"][:4], right["signed time"][-11:]) == (
        "trusted",
        "30 s",
        "heard 0 s ago"[-11:],
    )
    lonely = clock_at(START_MS)
    assert lonely["may be off"] == "nobody knows: no signed time since the start"
    assert lonely["signed time"].endswith("before the start")
    dead = clock_at(0)
    assert dead["quality"] == "untrusted"
    assert "behind" in dead["goes by"]
    assert dead["means"].startswith("the wall clock lies behind what has surely passed")
