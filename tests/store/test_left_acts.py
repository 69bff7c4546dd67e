"""Acts left beside a journal that nobody may open: taken at the next start, each at least once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge.domain.entry import Remark
from edge.domain.errors import StoreError
from edge.store.left_acts import ACTS_MAX, FOLDER, leave_act, take_left_acts


class Notes:
    """Writes notes down, and fails once where it is told to."""

    def __init__(self, *, fails_at: int = -1) -> None:
        self.taken: list[dict[str, str]] = []
        self._fails_at = fails_at

    async def note(self, remark: Remark) -> None:
        if len(self.taken) == self._fails_at:
            raise StoreError("STORE_IO", "the disk is gone")
        assert remark.subject == "technician"
        self.taken.append(dict(remark.pairs))


def test_acts_are_told_in_their_order_and_once(tmp_path: Path) -> None:
    leave_act(tmp_path, "repair", 2_000, {"version": "1.1"})
    leave_act(tmp_path, "install", 1_000, {"version": "1.1"})
    notes = Notes()
    asyncio.run(take_left_acts(tmp_path, notes.note))
    asyncio.run(take_left_acts(tmp_path, notes.note))
    assert notes.taken == [
        {"action": "install", "at_ms": "1000", "version": "1.1"},
        {"action": "repair", "at_ms": "2000", "version": "1.1"},
    ]


def test_an_act_whose_entry_failed_is_told_at_the_next_start(tmp_path: Path) -> None:
    for at_ms in (1, 2):
        leave_act(tmp_path, "install.switch", at_ms, {"version": str(at_ms)})
    with pytest.raises(StoreError):
        asyncio.run(take_left_acts(tmp_path, Notes(fails_at=1).note))
    notes = Notes()
    asyncio.run(take_left_acts(tmp_path, notes.note))
    assert [act["version"] for act in notes.taken] == ["2"]


def test_nothing_is_left_where_there_is_no_terminal(tmp_path: Path) -> None:
    leave_act(tmp_path / "none", "install", 1, {})
    asyncio.run(take_left_acts(tmp_path / "none", Notes().note))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"7", b" " * 5_000])
def test_an_act_that_nobody_can_read_is_told_by_its_name(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "0001-install").write_bytes(content)
    notes = Notes()
    asyncio.run(take_left_acts(tmp_path, notes.note))
    assert notes.taken == [{"action": "unreadable", "file": "0001-install"}]


def test_a_flood_of_acts_becomes_few_entries(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for number in range(ACTS_MAX + 50):
        (tmp_path / FOLDER / f"{number:04d}").write_text('{"action": "install"}', "ascii")
    notes = Notes()
    asyncio.run(take_left_acts(tmp_path, notes.note))
    assert len(notes.taken) == ACTS_MAX + 1
    assert notes.taken[-1] == {"action": "too_many", "acts": "50"}
    assert not list((tmp_path / FOLDER).iterdir())
