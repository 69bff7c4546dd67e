"""The demonstration balances, and each of its three totals is able to say that it does not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing

import pytest

from edge.cli import demo_command
from edge.cli.main import main
from edge.demo.script import LOCAL, Say, tap
from edge.demo.stage import Stage
from edge.demo.totals import Row, Total, balanced, problems, table
from edge.domain.entry import Entry, Posted
from tests.scenarios.running_line import onecard

pytestmark = pytest.mark.line

PAID = Total(3, 600)
AGREED = Row("a purse", PAID, PAID, PAID)
BOOKS = {"balanced": True}


@pytest.mark.parametrize("options", [("--script", "--json"), ("--script",)], ids=["as JSON", "as text"])
async def test_the_demonstration_balances(options: tuple[str, ...]) -> None:
    ended = await onecard("demo", *options, patience_s=60)
    assert ended.code == 0, ended.err
    last = ended.out.splitlines()[-1]
    if "--json" in options:
        facts = json.loads(last)
        assert facts["balanced"] is facts["simulation"] is True
        assert sum(medium["card"]["taps"] for medium in facts["media"]) > 8
    else:
        assert last == "balanced: true"
        assert ended.out.count("SIMULATION") == 2


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
    ("falsify", "told"),
    [(forget_a_debit, "DIFFERS"), (forget_an_entry, "DIFFERS"), (forget_a_posting, "at the centre: ")],
)
def test_a_false_total_ends_the_command_with_1(
    falsify: Callable[[Stage], Awaitable[None]],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def one_tap(stage: Stage, say: Say) -> None:
        await tap(stage, say, LOCAL)
        await stage.drained()
        await falsify(stage)

    monkeypatch.setattr(demo_command, "play", one_tap)
    assert main(["demo", "--script"]) == 1
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == "balanced: false"
    assert told in printed
