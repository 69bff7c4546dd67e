"""``onecard central books`` and ``close``, and what ``reconcile`` says of the books."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main
from sync.central.store.sqlite import open_sqlite
from tests.books.planting import plant
from tests.books.town import Medium, device, publish
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre

DAY = "20260601"


@pytest.fixture
async def state(tmp_path: Path) -> Path:
    """Return the folder of a centre that received a bus's morning."""
    store = await open_sqlite(tmp_path / "central.db")
    centre = centre_on(store)
    await publish(centre)
    bus = await device(centre, "BUS-1")
    for number in range(6):
        bus.tap(Medium("bank_card", bytes([number]) * 16), NOON_MS + number)
    await bus.upload(centre)
    await store.close()
    return tmp_path


def asked(state: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Return exit code and JSON answer of a command."""
    code = main(["central", "--state", str(state), "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_the_books_are_brought_up_and_a_day_is_closed(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, capsys, "books", "status")[1]["behind"] == 6
    code, told = asked(state, capsys, "books", "run")
    assert (code, told["posted"]) == (0, 6)
    code, told = asked(state, capsys, "close", DAY)
    assert (code, told["balanced"]) == (0, True)
    assert {(row["account"], row["fen"]) for row in told["totals"]} == {("operator", -1200), ("issuer", 1200)}
    assert asked(state, capsys, "books", "status")[1]["closed"] == [int(DAY)]


def test_a_day_that_is_closed_is_closed_as_it_was(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, capsys, "close", DAY) == asked(state, capsys, "close", DAY)


def test_a_reprice_says_how_fast_it_was(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(state, capsys, "books", "run")
    _, told = asked(state, capsys, "books", "reprice", "--from", DAY)
    assert (told["taps"], told["tokens"], told["moved"]) == (6, 6, 0)
    assert told["taps_per_s"] > 0


def test_a_holder_is_told_what_is_owed(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = state / "refused.csv"
    table.write_text("terminal,epoch,seq\nBUS-1,1,1\n")
    asked(state, capsys, "books", "run")
    asked(state, capsys, "refused", str(table))
    _, told = asked(state, capsys, "books", "holder", "00" * 16)
    assert told == {"owed_fen": 200, "credit_fen": 0}


def test_reconcile_names_what_differs_and_exits_with_one(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, capsys, "books", "run")[0] == 0
    planted = asyncio.run(planted_in(state))
    assert main(["central", "--state", str(state), "reconcile"]) == 1
    printed = capsys.readouterr().out
    assert all(f"difference: {name} {about}" in printed for name, about in planted.items())


async def planted_in(state: Path) -> dict[str, str]:
    """Plant differences into the folder's store."""
    store = await open_sqlite(state / "central.db")
    try:
        return await plant(store)
    finally:
        await store.close()
