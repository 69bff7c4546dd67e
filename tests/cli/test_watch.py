"""``onecard watch``: what its screen shows of a terminal that comes and goes, and of what happens meanwhile."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import struct
import sys
import termios
from pathlib import Path
from typing import Final

import pytest

from edge.cli.main import EXIT_FINE, main
from edge.cli.watch_command import HOME, RECENT, View, said
from edge.control.messages import Message
from tests.cli.terminal_folder import enrolled

TAP: Final[Message] = {
    "event": "tap",
    "time_ms": 1_800_000_000_000,
    "lamp": "green",
    "prompt": "accepted",
    "fen": 100,
    "balance_fen": 4_900,
}
SAID: Final = {
    "an accepted tap": (TAP, "green  刷卡成功 · Accepted 1.00, 49.00 left"),
    "a tap that was not priced": (
        {**TAP, "lamp": "red", "prompt": "deny_listed", "fen": -1, "balance_fen": -1},
        "red    ",
    ),
    "words that this release does not know": (
        {**TAP, "prompt": "of_tomorrow", "balance_fen": -1},
        "green  of_tomorrow 1.00",
    ),
    "a fault": ({"event": "fault", "code": "LINK_LOST", "hint": "check plug and power"}, "fault LINK_LOST: check plug"),
}


@pytest.mark.parametrize("case", list(SAID))
def test_an_event_in_a_few_words(case: str) -> None:
    event, words = SAID[case]
    assert said(event).startswith(words)


def test_the_newest_events_stand_first_and_others_are_not_told() -> None:
    view = View()
    for number in range(RECENT + 3):
        view.hear({**TAP, "fen": number * 100}, 0)
    view.hear({"event": "sync.kick"}, 0)
    lines = list(view.lines())
    assert lines[0] == "the terminal is not reached: not asked yet"
    assert len(lines) == 2 + RECENT
    assert f"{RECENT + 2}.00" in lines[2]


def test_a_terminal_that_is_away_is_told_and_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = enrolled(tmp_path)
    assert main(["watch", "--state", str(folder.state), "--times", "1"]) == EXIT_FINE
    told = capsys.readouterr().out
    assert "CONTROL_ABSENT" in told
    assert HOME not in told


async def test_on_a_terminal_one_screen_is_drawn_over_the_other_within_its_size(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    far, near = os.openpty()
    fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 30, 0, 0))
    words = ["-m", "edge.cli.main", "watch", "--state", str(folder.state), "--times", "2"]
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=near, stdout=near, stderr=near)
    os.close(near)
    assert await asyncio.wait_for(process.wait(), 60) == EXIT_FINE
    drawn = os.read(far, 65_536).decode()
    os.close(far)
    screens = [re.sub(r"\x1b\[.", "", drawing).split("\r\n") for drawing in drawn.split(HOME)[1:]]
    assert len(screens) == 2
    assert all(0 < max(map(len, lines)) <= 30 and len(lines) < 10 for lines in screens)
