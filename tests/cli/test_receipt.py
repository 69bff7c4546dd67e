"""``onecard receipt verify``: what the paper proves about a journal, and what it says of forgers of either."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from edge.cli.main import main
from edge.domain.entry import Draft, Intent, Kind, Remark, chain
from edge.domain.meals.receipt_code import receipt_code
from edge.domain.reversal import Reversed
from edge.store.journal import TAIL_ROWS
from edge.terminal.till.receipt_check import Finding, check_receipt
from sync.wire import decode_entry, encode_entry
from tests.cli.terminal_folder import FARE, PAID, Folder, add_older, draft, with_taps
from tests.cli.terminal_folder import drafts as tap_drafts
from tests.domain.samples import PLACE, TOKEN, intent
from tests.store import drafts
from tests.store.journals import SMALL, ack_for, journal_at

POSTED: Final = 3
SETTLED: Final = 6
TAKEN_BACK: Final = 9


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return asyncio.run(with_taps(tmp_path))


@contextmanager
def opened(folder: Folder, name: str = "journal.db") -> Iterator[sqlite3.Connection]:
    """Open a journal's file as somebody with the disk would."""
    with closing(sqlite3.connect(folder.state / name)) as file, file:
        yield file


def rows(folder: Folder, name: str = "journal.db") -> dict[int, tuple[bytes, bytes]]:
    """Return number -> (bytes, hash) of a journal's entries, as they lie in its file."""
    with opened(folder, name) as file:
        return {seq: (packed, head) for seq, packed, head in file.execute("SELECT seq, bytes, hash FROM entry")}


def code_of(folder: Folder, seq: int, *, terminal: str = "bus-07", epoch: int = 3, name: str = "journal.db") -> str:
    """Return the code that the till printed for an entry."""
    return str(receipt_code(terminal, epoch, seq, rows(folder, name)[seq][1]))


def verified(capsys: pytest.CaptureFixture[str], folder: Folder, code: str, exit_code: int) -> Any:  # noqa: ANN401 - the command's JSON
    assert main(["receipt", "verify", code, "--state", str(folder.state), "--json"]) == exit_code
    return json.loads(capsys.readouterr().out)


def alter(folder: Folder, seq: int, *, rehash: bool) -> None:
    """Let somebody with the disk make a fare dearer, and where ``rehash`` mend the chain behind it."""
    kept = rows(folder)
    entry = decode_entry(kept[seq][0])
    assert isinstance(entry.body, Intent)
    dearer = replace(entry.body, charge=replace(FARE, list_fen=900, payer_fen=900))
    with opened(folder) as file:
        file.execute("UPDATE entry SET bytes = ? WHERE seq = ?", (encode_entry(replace(entry, body=dearer)), seq))
    if rehash:
        mend(folder, seq)


def mend(folder: Folder, first: int) -> None:
    """Compute the chain anew from an entry on."""
    kept, previous = rows(folder), rows(folder)[first - 1][1]
    with opened(folder) as file:
        for seq in range(first, max(kept) + 1):
            previous = chain(previous, kept[seq][0])
            file.execute("UPDATE entry SET hash = ? WHERE seq = ?", (previous, seq))


async def add(folder: Folder, *entries: Draft) -> None:
    journal = await folder.open_journal()
    try:
        for each in entries:
            await journal.append(each)
    finally:
        await journal.close()


def taken_back() -> Draft:
    pricing = intent(FARE).pricing
    body = Reversed("cash", "", "s1", 1, "purse", "tunion", TOKEN, PLACE.operator, FARE, pricing)
    return draft(Kind.REVERSED, PAID, 2, body)


@pytest.mark.parametrize("seq", [pytest.param(POSTED, id="paid at once"), pytest.param(SETTLED, id="settled later")])
def test_the_right_entry_is_genuine(seq: int, folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    told = verified(capsys, folder, code_of(folder, seq), 0)
    assert (told["finding"], told["seq"], told["problems"]) == ("genuine", seq, [])
    receipt = told["receipt"]
    assert (receipt["till"], receipt["number"], receipt["payer_fen"]) == ("bus-07", f"3-{seq}", 100)


def test_people_are_told_in_words_and_nobody_is_named(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receipt", "verify", code_of(folder, POSTED).lower(), "--state", str(folder.state)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("genuine: 记录与小票一致 · the entry is as it was when the receipt was printed")
    assert "1.00 (purse)" in said
    assert TOKEN.hex() not in said


def test_a_sale_that_was_taken_back_since_is_said_to_be(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    code = code_of(folder, POSTED)
    asyncio.run(add(folder, taken_back()))
    told = verified(capsys, folder, code, 0)
    assert (told["finding"], told["receipt"]["way"]) == ("taken_back", "cash")
    assert verified(capsys, folder, code_of(folder, TAKEN_BACK), 0)["finding"] == "genuine"


def test_an_altered_entry_with_its_chain_mended_does_not_fit_the_paper(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    code = code_of(folder, POSTED)
    alter(folder, 2, rehash=True)
    told = verified(capsys, folder, code, 1)
    assert (told["finding"], told["seq"], "receipt" in told) == ("altered", POSTED, False)


def test_an_altered_entry_with_its_chain_broken_opens_no_journal_and_is_named(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    code = code_of(folder, POSTED)
    alter(folder, 2, rehash=False)
    assert main(["receipt", "verify", code, "--state", str(folder.state)]) == 40
    assert "entry 2: does not continue the hash chain" in capsys.readouterr().err


def test_a_break_far_behind_is_told_beside_an_entry_that_still_fits_its_paper(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    code, note = code_of(folder, SETTLED), draft(Kind.NOTE, b"", 0, Remark("noted"))
    asyncio.run(add(folder, *[note] * TAIL_ROWS))
    alter(folder, 2, rehash=False)
    told = verified(capsys, folder, code, 1)
    assert (told["finding"], told["problems"]) == ("genuine", ["entry 2: does not continue the hash chain"])


def test_a_journal_that_was_cut_lacks_the_entry(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(add(folder, taken_back()))
    code = code_of(folder, TAKEN_BACK)
    with opened(folder) as file:
        file.execute("DELETE FROM entry WHERE seq = ?", (TAKEN_BACK,))
    assert verified(capsys, folder, code, 1)["finding"] == "unknown"


def test_an_invented_code_of_this_till_is_unknown(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    code = str(receipt_code("bus-07", 3, 4711, bytes(32)))
    assert verified(capsys, folder, code, 1)["finding"] == "unknown"


@pytest.mark.parametrize(
    ("terminal", "epoch"),
    [pytest.param("bus-08", 3, id="another till"), pytest.param("bus-07", 2, id="a lost journal")],
)
def test_the_receipt_of_another_journal_is_none_of_ours(
    terminal: str, epoch: int, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    told = verified(capsys, folder, code_of(folder, POSTED, terminal=terminal, epoch=epoch), 3)
    assert told["finding"] == "other_till"


def test_the_receipt_of_an_earlier_epoch_is_found_in_its_journal(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(add_older(folder, 2, tap_drafts()))
    told = verified(capsys, folder, code_of(folder, POSTED, epoch=2, name="journal-2.db"), 0)
    assert (told["finding"], told["receipt"]["number"]) == ("genuine", f"2-{POSTED}")


async def test_what_was_pruned_is_for_the_centre_to_say(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        ordered = await journal.append(drafts.intent(1, holder=1))
        posted = await journal.append(drafts.posted(1, ordered.seq))
        await journal.append(drafts.intent(2, holder=2))
        code = receipt_code(journal.terminal, journal.epoch, posted.seq, bytes(32))
        await journal.apply_ack(await ack_for(journal, 1, posted.seq))
        assert await journal.prune(drafts.START_MS + SMALL.retention_ms + 1) == posted.seq
        found = await check_receipt(journal.terminal, [journal], code)
    assert found.finding is Finding.PRUNED


@pytest.mark.parametrize("code", [pytest.param("7K2-9A-B3D9FQ2", id="mistyped"), pytest.param("hello", id="no code")])
def test_a_typing_mistake_is_no_forgery(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["receipt", "verify", code])
    assert ended.value.code == 2
    assert "compare it with the paper" in (said := capsys.readouterr().err) or "no receipt's code" in said
