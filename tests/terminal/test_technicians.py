"""What technicians do is in the journal under their name, and takes a pass once the centre keeps a roster of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from edge.control.messages import Message
from edge.domain.entry import Entry, Kind, Remark
from edge.domain.errors import ConfigError, OneCardError, PolicyError, StoreError
from edge.domain.staff import TechnicianRoster
from edge.domain.work_pass import HOUR_MS, Work, WorkPass
from edge.store.left_acts import leave_act
from edge.terminal.technicians import Technicians
from sync.wire import decode_entry, encode
from sync.work_pass import seal_pass
from tests.cli.terminal_folder import enrolled
from tests.store.editions import deny, tariff, write_edition
from tests.sync.test_work_pass import FITTER, KEY
from tests.terminal.risk_rig import START_MS, AgeingLine, ageing_line
from tests.terminal.served_terminal import serving

GOOD: Final = seal_pass(KEY, WorkPass("t-7", "bus-7", Work.SERVICE, START_MS, START_MS + HOUR_MS, b"\1" * 8))


@asynccontextmanager
async def line_with(folder: Path, *, roster: bool) -> AsyncIterator[tuple[AgeingLine, Technicians, list[str]]]:
    """Start a terminal whose edition has a roster or none; what is reported is told by its code."""
    reported: list[str] = []

    def report(error: OneCardError) -> None:
        reported.append(error.code)

    async with ageing_line(folder) as line:
        files = [("tariff", 1, tariff(1)), ("deny_list", 1, deny(1))]
        if roster:
            body = encode(TechnicianRoster((FITTER,)))
            files.append(("technicians", 1, line.artifact("technicians", 1, body)))
        line.paper.reference.install(write_edition(folder, 1, files))
        line.refresh()
        yield line, Technicians(line.paper.line, report), reported


async def done(_message: Message) -> Message:
    return {"done": True}


async def newest(line: AgeingLine) -> Entry | None:
    """Return the last entry of the journal; None where it is empty."""
    return await line.paper.journal.entry(line.paper.journal.position().last)


async def test_an_act_is_noted_under_the_technicians_id(tmp_path: Path) -> None:
    async with line_with(tmp_path, roster=True) as (line, technicians, _):
        assert await technicians.acting("lists.rollback", done)({"pass": GOOD}) == {"done": True}
        entry = await newest(line)
        assert entry is not None
        assert entry.body == Remark("technician", (("action", "lists.rollback"), ("technician", "t-7")))


@pytest.mark.parametrize(
    "message", [{}, {"pass": ""}, {"pass": 7}, {"pass": GOOD[:-9]}], ids=["none", "empty", "no text", "cut"]
)
async def test_without_a_good_pass_nothing_is_done(tmp_path: Path, message: Message) -> None:
    async with line_with(tmp_path, roster=True) as (line, technicians, _):
        with pytest.raises(ConfigError, match="PASS_REFUSED"):
            await technicians.acting("lists.rollback", done)(message)
        assert await newest(line) is None


async def test_without_a_roster_an_act_is_noted_without_a_name(tmp_path: Path) -> None:
    async with line_with(tmp_path, roster=False) as (line, technicians, _):
        assert await technicians.acting("tap.test", done)({}) == {"done": True}
        entry = await newest(line)
        assert entry is not None
        assert entry.body == Remark("technician", (("action", "tap.test"), ("technician", "")))


async def test_an_act_that_fails_is_noted_all_the_same(tmp_path: Path) -> None:
    async def fail(_message: Message) -> Message:
        raise PolicyError("EDITION_ALONE", "none is kept")

    async with line_with(tmp_path, roster=True) as (line, technicians, _):
        with pytest.raises(PolicyError):
            await technicians.acting("lists.rollback", fail)({"pass": GOOD})
        assert await newest(line) is not None


async def test_a_full_disk_keeps_nobody_from_putting_things_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> Entry:
        raise StoreError("STORE_FULL", "no room")

    async with line_with(tmp_path, roster=True) as (line, technicians, reported):
        monkeypatch.setattr(line.paper.line.journal, "append", full)
        assert await technicians.acting("lists.rollback", done)({"pass": GOOD}) == {"done": True}
        assert reported == ["STORE_FULL"]


async def test_what_was_done_to_the_program_stands_in_the_journal_after_the_next_start(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    leave_act(folder.state, "install", START_MS, {"version": "1.1"})
    for _ in range(2):
        async with AsyncExitStack() as stack:
            service = await serving(folder.config, stack)
            notes = [decode_entry(packed).body for packed in await service.journal.page(1, 100, Kind.NOTE)]
            told = [dict(body.pairs) for body in notes if isinstance(body, Remark) and body.subject == "technician"]
            assert told == [{"action": "install", "at_ms": str(START_MS), "version": "1.1"}]
