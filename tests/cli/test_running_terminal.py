"""The same questions to a running terminal, over a real control socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.cli.locate import Located
from edge.cli.terminal_source import RunningTerminal, TerminalSource, open_source
from edge.config import Paths
from edge.control.messages import Message
from edge.control.status import Status
from edge.domain.entry import Draft, Kind, Remark
from edge.domain.errors import RemoteProtocolError
from edge.store.journal import SqliteJournal
from edge.terminal.control import ControlServer
from edge.terminal.events import Broadcast
from edge.terminal.reporting import journal_status
from edge.terminal.verbs import OperatorVerbs
from tests.cli.terminal_folder import PAID, draft, drafts, enrolled


@asynccontextmanager
async def running(root: Path, entries: list[Draft]) -> AsyncIterator[TerminalSource]:
    """Serve a journal on a control socket, and connect to it as a command does."""
    folder = enrolled(root)
    journal = await folder.open_journal()
    server = ControlServer(root / "sockets", verbs_of(journal).verbs(), Broadcast({}))
    try:
        for each in entries:
            await journal.append(each)
        await server.start()
        paths = Paths(state=folder.state, sockets=root / "sockets")
        async with open_source(Located(paths, paths.socket("technician"))) as source:
            yield source
    finally:
        await server.close()
        await journal.close()


def verbs_of(journal: SqliteJournal) -> OperatorVerbs:
    async def status() -> Message:
        return Status(True, "bus-07", 3, 1, "trusted", 7, journal=await journal_status(journal)).message()

    async def verify() -> list[str]:
        return [str(problem) for problem in await journal.verify()]

    async def read_card(_timeout_ms: int) -> Message:
        return {}

    return OperatorVerbs(
        hello=dict,
        status=status,
        page=journal.page,
        tap_entries=journal.tap_entries,
        verify=verify,
        read_card=read_card,
        test_tap=read_card,
        broadcast=Broadcast({}),
    )


async def test_a_running_terminal_is_asked_over_its_socket(tmp_path: Path) -> None:
    async with running(tmp_path, drafts()) as source:
        assert isinstance(source, RunningTerminal)
        status = await source.status()
        assert status["running"] is True
        assert status["journal"]["last_seq"] == 8
        assert "ok" not in status
        assert await source.verify() == []


async def test_one_tap_comes_whole(tmp_path: Path) -> None:
    async with running(tmp_path, drafts()) as source:
        assert [entry.kind for entry in await source.tap_entries(PAID[:2])] == [Kind.INTENT, Kind.POSTED]


@pytest.mark.parametrize(("first", "count", "numbers"), [(1, 120, (1, 120)), (100, 500, (100, 130)), (131, 5, None)])
async def test_pages_longer_than_one_line_are_asked_for_in_parts(
    tmp_path: Path, first: int, count: int, numbers: tuple[int, int] | None
) -> None:
    long = [draft(Kind.NOTE, b"", 0, Remark("x" * 500)) for _ in range(130)]
    async with running(tmp_path, long) as source:
        found = [entry.seq for entry in await source.page(first, count)]
    assert found == (list(range(numbers[0], numbers[1] + 1)) if numbers else [])


async def test_an_answer_without_entries_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, []) as source:
        with pytest.raises(RemoteProtocolError, match="CONTROL_MALFORMED"):
            await source.tap_entries(b"")
