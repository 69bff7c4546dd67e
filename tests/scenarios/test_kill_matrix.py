"""Each process of the line is killed before and after each step of a tap; the same card comes back, the books agree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from edge.demo.processes import Child
from tests.scenarios.kill_stage import Order, kill_stage
from tests.scenarios.line_audit import LineAudit

pytestmark = [pytest.mark.line, pytest.mark.crash, pytest.mark.asyncio(loop_scope="module")]

PAYS: Final = ("accepted", ["INTENT", "POSTED"])
"""The cut came before an order was durable: nothing happened, the card pays when it comes back."""
VOIDED: Final = ("accepted", ["INTENT", "TORN", "SETTLED", "INTENT", "POSTED"])
"""Ordered and not executed: the card proves that, and pays."""
PROVEN: Final = ("accepted_before", ["INTENT", "TORN", "SETTLED"])
"""Executed and not booked: the card proves that, and passes."""
KNOWN: Final = ("accepted_before", ["INTENT", "POSTED"])
"""Booked, and the green lamp perhaps never seen: the same answer again, nothing is written."""

SIDES: Final = ("before", "after")
COMMANDS: Final = 7
"""What a tap sends to the card before DEBIT."""

INSIDE_A_TAP: Final[list[tuple[Order, tuple[str, list[str]]]]] = [
    *(((f"apdu {number}", side), PAYS) for number in range(1, COMMANDS + 1) for side in SIDES),
    (("PSAM INIT FOR PURCHASE", "before"), PAYS),
    (("PSAM INIT FOR PURCHASE", "after"), PAYS),
    (("intent", "before"), PAYS),
    (("intent", "after"), VOIDED),
    (("DEBIT", "before"), VOIDED),
    (("DEBIT", "after"), PROVEN),
    (("PSAM CREDIT", "before"), PROVEN),
    (("PSAM CREDIT", "after"), PROVEN),
    (("result", "before"), PROVEN),
    (("result", "after"), KNOWN),
    (("signal", "before"), KNOWN),
    (("signal", "after"), KNOWN),
]
AFTER_A_TAP: Final[list[Order]] = [(place, side) for place in ("checkpoint", "ack", "prune") for side in SIDES]
IN_SYNC: Final[list[Order]] = [(place, side) for place in ("send", "hand over") for side in SIDES]
IN_CENTRE: Final[list[Order]] = [("receive", side) for side in SIDES]


def named(order: object) -> str | None:
    return f"{order[1]} {order[0]}" if isinstance(order, tuple) and isinstance(order[1], str) else ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def audit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LineAudit]:
    """One stage for the whole matrix; every kill is one more of its life."""
    async with kill_stage(tmp_path_factory.mktemp("kills")) as stage:
        yield LineAudit(stage)


async def test_debit_comes_after_all_those_commands(audit: LineAudit) -> None:
    audit.stage.reported()
    audit.hear(await audit.stage.present(audit.stage.new_card()))
    commands = {event["apdu"]: event["step"] for event in audit.stage.reported() if event["event"] == "apdu"}
    assert list(commands.values()).index("DEBIT") == COMMANDS
    assert await audit.look() == ["INTENT", "POSTED"]


@pytest.mark.parametrize(("order", "ending"), INSIDE_A_TAP, ids=named)
async def test_the_terminal_is_killed(audit: LineAudit, order: Order, ending: tuple[str, list[str]]) -> None:
    stage, name = audit.stage, audit.stage.new_card()
    stage.reported()
    stage.plan(order)
    stage.hold_up(name)
    await stage.stop_at(order)
    if order == ("intent", "before"):
        assert "DEBIT" not in {event.get("step") for event in stage.reported()}
    await stage.kill(stage.terminal)
    await stage.restart_terminal()
    answer = audit.hear(await stage.present(name))
    assert (answer["prompt"], await audit.look()) == ending
    assert len(stage.cards[name].card.debits) == 1


@pytest.mark.parametrize("order", AFTER_A_TAP, ids=named)
async def test_the_terminal_is_killed_keeping_house(audit: LineAudit, order: Order) -> None:
    stage = audit.stage
    await stage.drained()
    await audit.look()
    if order[0] == "prune":
        stage.network.cut()  # so that what is new is not pruned before anybody has seen it
    await pay_through(audit, order, stage.terminal)
    await stage.restart_terminal()
    assert await audit.look() == ["INTENT", "POSTED"]
    stage.network.mend()


@pytest.mark.parametrize("order", IN_SYNC, ids=named)
async def test_sync_is_killed(audit: LineAudit, order: Order) -> None:
    stage = audit.stage
    await stage.drained()
    await pay_through(audit, order, stage.sync)
    await stage.sync.start()
    await audit.at_rest()


@pytest.mark.parametrize("order", IN_CENTRE, ids=named)
async def test_the_centre_is_killed(audit: LineAudit, order: Order) -> None:
    stage = audit.stage
    await stage.drained()
    await pay_through(audit, order, stage.centre)
    await stage.centre.start()
    await audit.at_rest()


async def test_the_terminal_is_killed_again_while_it_recovers(audit: LineAudit) -> None:
    stage, name = audit.stage, audit.stage.new_card()
    stage.plan(("DEBIT", "after"))
    stage.hold_up(name)
    await stage.stop_at(("DEBIT", "after"))
    await stage.kill(stage.terminal)
    for side in SIDES:
        stage.plan(("torn", side))
        await stage.terminal.start()
        await stage.stop_at(("torn", side))
        await stage.kill(stage.terminal)
    await stage.restart_terminal()
    answer = audit.hear(await stage.present(name))
    assert (answer["prompt"], await audit.look()) == PROVEN
    assert len(stage.cards[name].card.debits) == 1


async def test_two_cuts_in_a_row_before_the_order_do_not_look_like_a_copied_disk(audit: LineAudit) -> None:
    stage, name = audit.stage, audit.stage.new_card()
    for _ in range(3):
        stage.plan(("PSAM INIT FOR PURCHASE", "after"))
        stage.hold_up(name)
        await stage.stop_at(("PSAM INIT FOR PURCHASE", "after"))
        await stage.kill(stage.terminal)
        await stage.restart_terminal()
    audit.hear(await stage.present(name))
    assert (await stage.status())["continuity"] == "proven"


async def test_in_the_end_cards_journal_and_centre_agree(audit: LineAudit) -> None:
    await audit.at_rest()


async def pay_through(audit: LineAudit, order: Order, victim: Child) -> None:
    """Let a new card pay, undisturbed, and kill a process at what follows from that."""
    stage = audit.stage
    assert audit.hear(await stage.answer_to(stage.new_card(), order))["accepted"]
    await stage.stop_at(order)
    await stage.kill(victim)
