"""A debt from end to end, with the real commands: refused at the issuer, told down, paid back once, and gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from edge.cli.main import EXIT_FINE
from edge.demo.cards import DENIED
from edge.demo.documents import DENY, FARE
from edge.demo.media import DENIED_BANK_CARD
from edge.demo.script import LOCAL, OTHER
from edge.demo.stage import TERMINAL, Stage
from edge.domain.entry import Intent, Kind
from tests.scenarios.running_line import onecard, running_line

pytestmark = [pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

FARE_FEN = 200
RECOVER = """
kind = "limits"
debt = "recover"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One line whose policy takes debts with the fare."""
    async with running_line(tmp_path_factory.mktemp("line")) as line:
        await publish(line)
        yield line


async def publish(stage: Stage) -> None:
    """Publish what the demonstration has, and a policy that recovers debts; wait until it is in force."""
    purse, bank_card = stage.cards[DENIED].number, stage.holders[DENIED_BANK_CARD].number
    written = {"fare": FARE, "denied": DENY.format(purse=purse, bank_card=bank_card), "limits": RECOVER}
    files = []
    for name, text in written.items():
        files.append(stage.folder / f"{name}.toml")
        files[-1].write_text(text, "utf-8")
    ended = await onecard("central", "publish", *map(str, files), *stage.central, "--json")
    assert ended.code == EXIT_FINE, ended.err
    await in_force(stage, ended.facts["edition"])


async def refuse(stage: Stage, seq: int) -> None:
    """Say at the centre that the issuer refused what this entry accepted; wait until the debt list is in force."""
    table = stage.folder / "refused.csv"
    table.write_text(f"terminal,epoch,seq\n{TERMINAL},1,{seq}\n", "utf-8")
    ended = await onecard("central", "refused", str(table), *stage.central, "--json")
    assert ended.code == EXIT_FINE, ended.err
    await in_force(stage, ended.facts["edition"])


async def in_force(stage: Stage, edition: int) -> None:
    async def newest() -> bool:
        return bool((await stage.status())["edition"] == edition)

    await stage.until(f"edition {edition} is in force", newest)


async def paid(stage: Stage) -> tuple[int, str]:
    """Tap the purse that owes, and return what it paid and the reference of the debt in it.

    Somebody else rides before, so that this is no answer given again to a card that never left.
    """
    await stage.present(OTHER)
    before = stage.cards[LOCAL].card.balance_fen
    answer = await stage.present(LOCAL)
    assert answer["accepted"]
    intent = next(entry.body for entry in reversed(await stage.entries()) if isinstance(entry.body, Intent))
    assert before - stage.cards[LOCAL].card.balance_fen == intent.charge.payer_fen
    return intent.charge.payer_fen, intent.pricing.debt


async def owed(stage: Stage) -> int:
    """Return how many media the debt list in force names."""
    listed = (await onecard("lists", "--config", str(stage.config), "--json")).facts["lists"]
    return next((part["entries"] for part in listed if part["kind"] == "debts"), 0)


async def books(stage: Stage) -> dict[str, Any]:
    await stage.drained()
    found = await stage.reconcile()
    assert found["balanced"], found["problems"]
    assert found["quarantined"] == found["alarms"] == []
    return found


async def test_a_debt_is_paid_back_once_with_the_next_fare_and_the_next_list_is_without_it(stage: Stage) -> None:
    assert await paid(stage) == (FARE_FEN, "")
    first = max(entry.seq for entry in await stage.entries() if entry.kind is Kind.POSTED)
    await books(stage)
    await refuse(stage, first)
    assert await owed(stage) == 1
    assert await paid(stage) == (2 * FARE_FEN, f"{TERMINAL}/1/{first}")
    assert await paid(stage) == (FARE_FEN, ""), "the list in force still names a debt that was paid back here"
    await books(stage)
    await publish(stage)
    assert await owed(stage) == 0
    assert await paid(stage) == (FARE_FEN, "")
    await books(stage)
