"""The demonstration balances, and each of its three totals is able to say that it does not."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from edge.cli import demo_command
from edge.cli.main import main
from edge.demo.script import LOCAL, Say, other_media, tap
from edge.demo.stage import Stage
from edge.demo.totals import Row, Total, balanced, problems, table
from edge.domain.entry import DeclinedTap, Entry, PaidTap, Posted
from tests.scenarios.running_line import onecard

pytestmark = pytest.mark.line

PAID = Total(3, 600)
AGREED = Row("a purse", PAID, PAID, PAID)
BOOKS = {"balanced": True}


async def test_the_demonstration_balances() -> None:
    ended = await onecard("demo", "--script", patience_s=90)
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-1] == "balanced: true"
    assert ended.out.count("SIMULATION") == 2
    assert "the till's pages: http://127.0.0.1:" in ended.out
    assert "the passenger's page: http://127.0.0.1:" in ended.out
    assert "display: 刷卡成功 | 收 3.00  余 37.00" in ended.out
    assert int(ended.out.partition("loudspeaker has sounded ")[2].partition(" ")[0]) > 20
    assert "takes it back: 4.50 yuan, credit; no card is written" in ended.out
    buses, canteen = (taps_at_the_centre(part) for part in ended.out.split("\ncanteen\n"))
    assert buses > 12
    assert canteen == 8


def taps_at_the_centre(printed: str) -> int:
    """Sum the table's last column of taps."""
    return sum(int(found) for found in re.findall(r"(\d+) / +\d+ fen$", printed, re.MULTILINE))


async def test_why_explains_every_medium_and_decides_each_again(tmp_path: Path) -> None:
    async with Stage(tmp_path / "demo", card_time=False) as stage:
        await other_media(stage, lambda _line: None)
        entries = [entry for entry in await stage.entries() if isinstance(entry.body, PaidTap | DeclinedTap)]
        ended = [entry.body.reason if isinstance(entry.body, DeclinedTap) else "paid" for entry in entries]
        assert ended == ["paid", "deny_listed", "foreign_currency", "paid", "paid", "code_expired", "code_used"]
        for entry in entries:
            told = await onecard("why", entry.tap_id.hex(), "--json", "--config", str(stage.config))
            facts = json.loads(told.out)
            assert "decision_replayed" in {part["name"] for part in facts["compared"]}
            assert [part for part in facts["compared"] if not part["agrees"]] == []
            (told_of,) = facts["entries"]
            named = [row["bit"] for row in told_of.get("terminal_results", {"tsi": []})["tsi"]]
            assert named == (["byte 1 bit 8"] if told_of["body"]["family"] == "bank_card" else [])
        paid = await onecard("why", entries[0].tap_id.hex(), "--config", str(stage.config))
        assert "FDDA: authentic" in paid.out
        assert "signed 0.01: ARQC, counter 23" in paid.out
        assert "TVR 0000000000, TSI 8000, card currency 0156" in paid.out
        assert "TSI 已进行脱机数据认证 · offline data authentication was performed" in paid.out
        foreign = await onecard("why", entries[2].tap_id.hex(), "--config", str(stage.config))
        assert "✗ 银行卡币种与终端一致 · the bank card is in the terminal's currency (0840)" in foreign.out


@pytest.mark.parametrize("total", ["card", "journal", "centre"])
@pytest.mark.parametrize("wrong", [Total(3, 601), Total(2, 600), Total()], ids=["in fen", "in taps", "missing"])
def test_each_total_can_disagree(total: str, wrong: Total) -> None:
    row = Row("a purse", **{**dict.fromkeys(("card", "journal", "centre"), PAID), total: wrong})
    assert balanced([AGREED, AGREED], BOOKS, 0)
    assert not balanced([AGREED, row], BOOKS, 0)
    assert table([row]).endswith("DIFFERS")


def test_a_stranger_or_unsound_books_are_no_balance() -> None:
    assert not balanced([AGREED], BOOKS, 1)
    assert not balanced([AGREED], {"balanced": False}, 0)
    assert list(problems({"problems": ["a gap"]}, 2)) == ["at the centre: a gap", "charged without a card: 2 media"]


async def forget_a_debit(stage: Stage) -> None:
    """Falsify a card's own memory."""
    stage.cards[LOCAL].card.memory.debits.pop()


async def forget_an_entry(stage: Stage) -> None:
    """Falsify what is read of the journal."""
    read = stage.entries

    async def without_the_last() -> list[Entry]:
        entries = await read()
        return [entry for entry in entries if entry.seq != last_posted(entries)]

    stage.entries = without_the_last  # type: ignore[method-assign]  # the fold sees one entry less


def last_posted(entries: Iterable[Entry]) -> int:
    return max(entry.seq for entry in entries if isinstance(entry.body, Posted))


async def forget_a_posting(stage: Stage) -> None:
    """Falsify the centre's own rows."""
    await stage.centre.stop()
    with closing(sqlite3.connect(stage.folder / "centre" / "central.db")) as centre, centre:
        gone = centre.execute("DELETE FROM posting WHERE seq = (SELECT max(seq) FROM posting)").rowcount
    assert gone > 0


@pytest.mark.parametrize(
    ("falsify", "option", "told"),
    [
        (forget_a_debit, "--script", "DIFFERS"),
        (forget_an_entry, "--json", '"journal": {"taps": 0, "fen": 0}'),
        (forget_a_posting, "--script", "at the centre: "),
    ],
    ids=["a debit", "an entry, as JSON", "a posting"],
)
def test_a_false_total_ends_the_command_with_1(
    falsify: Callable[[Stage], Awaitable[None]],
    option: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def one_tap(stage: Stage, say: Say) -> None:
        await tap(stage, say, LOCAL)
        await stage.drained()
        await falsify(stage)

    async def nowhere(_bus: Stage, _say: Say) -> None:
        """Stay at the depot: the centre may be gone by now."""

    monkeypatch.setattr(demo_command, "play", one_tap)
    monkeypatch.setattr(demo_command, "drive", nowhere)
    assert main(["demo", option]) == 1
    printed = capsys.readouterr().out
    last = printed.splitlines()[-1]
    assert last == "balanced: false" if option == "--script" else json.loads(last)["balanced"] is False
    assert told in printed
