"""Rows found by a token: whatever the keys are, whatever became of the file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.errors import PolicyError
from edge.domain.holder import Debt
from edge.ports.editions import finished
from edge.store.keyed_rows import DebtList, Roster, RowFile
from sync.row_form import RECORD_BYTES_MAX, rows_part
from tests.store.row_lists import elder, roster, segment, token

TOKENS = st.binary(min_size=16, max_size=16)


def opened(folder: Path, content: bytes) -> RowFile:
    path = folder / "rows"
    path.write_bytes(content)
    return RowFile(path)


def test_a_holder_is_found_by_the_own_token_and_by_every_medium(tmp_path: Path) -> None:
    found = Roster(roster(tmp_path, map(elder, range(50))))
    finished(found.reading())
    assert (len(found), found.version) == (50, 7)
    for medium in range(4):
        record = found.find(token(120 + medium))
        assert record is not None
        assert (record.token, record.claims[0].evidence) == (token(120), "SHD-12")
    assert found.find(token(9_999)) is None
    found.close()


@given(st.dictionaries(TOKENS, st.integers(0, 1 << 40), max_size=200), st.lists(TOKENS, max_size=20))
def test_every_key_is_found_and_no_other_however_they_lie(rows: dict[bytes, int], others: list[bytes]) -> None:
    content = rows_part([((key,), Debt(fen, 0, "")) for key, fen in rows.items()])
    with tempfile.TemporaryDirectory() as folder:
        found = DebtList(segment(Path(folder), content, len(rows), kind="debts"))
        finished(found.reading())
        assert {key: record.fen for key in rows if (record := found.find(key))} == rows
        assert not [key for key in others if key not in rows and found.find(key)]
        found.close()


@given(st.integers(0, 40), st.integers(0, 64))
def test_keys_that_crowd_at_one_end_are_found_all_the_same(low: int, high: int) -> None:
    keys = [number.to_bytes(16, "big") for number in range(low)] + [
        bytes([255]) * 12 + bytes(3) + bytes([number]) for number in range(high)
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = opened(Path(folder), rows_part([((key,), number) for number, key in enumerate(keys)]))
        assert all(found.find(key) is not None for key in keys)
        found.close()


SOUND = rows_part(map(elder, range(6)))


def fault(call: Callable[[], object]) -> str:
    """Return the code by which a call is refused, empty where it is not."""
    try:
        call()
    except PolicyError as error:
        return error.code
    return ""


@given(st.data())
def test_damage_is_found_when_everything_is_read_and_breaks_no_look_up(drawing: st.DataObject) -> None:
    content = bytearray(SOUND)
    at = drawing.draw(st.integers(0, len(content) - 1))
    content[at] ^= drawing.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        lists: list[Roster] = []
        listed = segment(Path(folder), bytes(content), 6)
        codes = {fault(lambda: lists.append(Roster(listed)))}
        for found in lists:
            codes.add(fault(partial(finished, found.reading())))
            codes |= {fault(partial(found.find, token(number))) for number in range(60)}
            found.close()
        assert codes <= {"", "ARTIFACT_DAMAGED"}


@given(st.integers(0, len(SOUND) - 1))
def test_a_file_cut_anywhere_is_refused(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        listed = segment(Path(folder), SOUND[:size], 6)
        assert fault(lambda: Roster(listed)) == "ARTIFACT_DAMAGED"


def _swapped() -> bytes:
    """Return a sound file but for two keys that changed places."""
    content = bytearray(SOUND)
    content[24:40], content[40:56] = content[40:56], content[24:40]
    return bytes(content)


BAD = {
    "an empty file": b"",
    "another magic": b"X" + SOUND[1:],
    "a file cut short": SOUND[:-1],
    "a file with more than its header says": SOUND + b"\0",
    "keys that are not in order": _swapped(),
    "a record of another kind": rows_part([((token(number),), Debt(1, 2, "x")) for number in range(6)]),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_list_is_refused_that_is(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
        finished(Roster(segment(tmp_path, content, 6)).reading())


def test_a_list_of_another_count_than_it_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
        Roster(segment(tmp_path, SOUND, 7))


UNWRITABLE = {
    "a key that is no token": [((b"short",), 1)],
    "a key that two records claim": [((token(1),), 1), ((token(1),), 2)],
    "a record that is too large": [((token(1),), bytes(RECORD_BYTES_MAX))],
}


@pytest.mark.parametrize("rows", UNWRITABLE.values(), ids=UNWRITABLE)
def test_nobody_writes(rows: list[tuple[tuple[bytes], object]]) -> None:
    with pytest.raises(ValueError, match="row"):
        rows_part(rows)


def test_reading_yields_between_slices(tmp_path: Path) -> None:
    found = Roster(roster(tmp_path, map(elder, range(300))))
    assert len(list(found.reading())) == 3 + 5
    found.close()
