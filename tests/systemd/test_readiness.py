"""A service manager hears that a process serves and lives; where none listens, nobody is spoken to."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.readiness import BEATS_PER_PERIOD, Listener, listener_in, serving


@contextmanager
def listening(path: str) -> Iterator[socket.socket]:
    """Listen as the service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(path)
        line.setblocking(False)
        yield line


def heard(line: socket.socket) -> list[str]:
    """Return every datagram that has come, in order."""
    said = []
    while True:
        try:
            said.append(line.recv(100).decode())
        except BlockingIOError:
            return said


async def test_a_process_is_ready_before_its_first_sign_of_life_and_is_silent_after_the_last(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with listening(path) as line:
        with serving(Listener(path, beat_s=60)):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert heard(line) == ["READY=1", "WATCHDOG=1"]
        assert heard(line) == []


async def test_it_shows_life_again_and_again_while_the_loop_turns(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with listening(path) as line, serving(Listener(path, beat_s=0.001)):
        signs: list[str] = []
        async with asyncio.timeout(10):
            while signs.count("WATCHDOG=1") < 3:
                await asyncio.sleep(0)
                signs += heard(line)


async def test_signs_of_life_go_to_those_alone_who_want_them(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with listening(path) as line, serving(Listener(path)):
        await asyncio.sleep(0)
        assert heard(line) == ["READY=1"]


async def test_a_listener_that_went_away_ends_nothing(tmp_path: Path) -> None:
    with serving(Listener(str(tmp_path / "absent"), beat_s=0.001)):
        await asyncio.sleep(0)


def test_nobody_is_told_where_nobody_asks() -> None:
    assert listener_in({}) is None


def test_the_period_is_for_the_process_that_it_names() -> None:
    asked = {"NOTIFY_SOCKET": "@systemd", "WATCHDOG_USEC": "30000000"}
    assert listener_in(asked) == Listener("\0systemd", 30 / BEATS_PER_PERIOD)
    assert listener_in({**asked, "WATCHDOG_PID": str(os.getpid() + 1)}) == Listener("\0systemd")
