"""Lunch at the demonstration's canteen: meals by purse, bank card and code, offline too, one taken back, the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from itertools import cycle
from typing import Final

from edge.clock import SystemClock
from edge.control.client import connect
from edge.control.messages import Message
from edge.demo.canteen import ServedCanteen
from edge.demo.canteen_documents import (
    AT_HOME,
    BED,
    CODE,
    CODE_PIN,
    ELDER,
    ELDER_AT_BANK,
    FORGOT,
    HARDSHIP,
    LEAD,
    PIN,
    PUBLIC,
)
from edge.demo.media import PHONE
from edge.demo.script import INDENT, Say, words
from edge.domain.frozen import frozen
from edge.domain.money import yuan

FLOAT_FEN: Final = 20_000


@frozen
class Meal:
    """Who eats what: members of the till's offer."""

    who: str
    offer: Mapping[str, object] = field(default_factory=dict)


ONLINE: Final = (
    Meal(ELDER, {"unit_fen": 1_500}),
    Meal(BED, {"menu": "set_b"}),
    Meal(HARDSHIP, {"menu": "set_a"}),
    Meal(FORGOT, {"menu": "set_a"}),
    Meal(AT_HOME, {"unit_fen": 1_500, "delivery_m": 800, "delivery_fen": 300}),
)
OFFLINE: Final = (
    Meal(ELDER_AT_BANK, {"menu": "set_a"}),
    Meal(PHONE, {"unit_fen": 900}),
    Meal(PUBLIC, {"menu": "set_a", "quantity": 2, "party": "guest"}),
)
MENU: Final = cycle((*ONLINE, *OFFLINE))
"""What comes next where somebody presses keys."""


def tell_address(canteen: ServedCanteen, say: Say) -> None:
    """Say where the pages are; nothing is opened."""
    say(f"the till's pages: {canteen.address}/staff (id {LEAD}, PIN {PIN}) and {canteen.address}/diner")


async def serve_lunch(canteen: ServedCanteen, say: Say) -> None:
    """Play a shift from its opening to its report."""
    say("-- the canteen --")
    tell_address(canteen, say)
    await open_shift(canteen)
    for meal in ONLINE:
        await serve(canteen, say, meal)
    canteen.network.cut()
    say("-- its network is cut: nothing about a meal changes --")
    sold = [await serve(canteen, say, meal) for meal in OFFLINE]
    await take_back(canteen, say, sold[-1]["tap"])
    canteen.network.mend()
    await canteen.drained()
    report = (await desk(canteen, "report"))["report"]
    await desk(canteen, "shift.close", cash_fen=int(report["cash_due_fen"]))
    say(
        f"shift {report['number']} closed: {report['sales']} sales, holders paid {yuan(int(report['payer_fen']))} yuan,"
    )
    funded = {name[7:-4]: yuan(int(fen)) for name, fen in report.items() if name.startswith("funder.")}
    say("  " + ", ".join(f"{name} {fen}" for name, fen in funded.items()))
    say(f"  {len(canteen.printer.device.slips)} slips on paper")
    await canteen.drained()


async def open_shift(canteen: ServedCanteen) -> None:
    """Open a shift where none is open."""
    if (await desk(canteen, "state"))["shift"] is None:
        await desk(canteen, "shift.open", float_fen=FLOAT_FEN)


async def serve(canteen: ServedCanteen, say: Say, meal: Meal) -> Message:
    """Offer a meal, let its diner pay, and say who pays what; returns the terminal's answer."""
    await desk(canteen, "offer", **meal.offer)
    if meal.who == FORGOT:
        return await serve_by_code(canteen, say)
    holder = canteen.holders.get(meal.who)
    if holder is not None and holder.card is None:
        answer = await canteen.scan(meal.who, holder.code(SystemClock().system_ms() // 1000))
    else:
        answer = await canteen.present(meal.who)
    say(f"{meal.who:<{INDENT}}{words(answer)}")
    await tell_parts(canteen, say)
    return answer


async def serve_by_code(canteen: ServedCanteen, say: Say) -> Message:
    """Let the elder who left the card at home type code and PIN; returns the till's answer."""
    await desk(canteen, "by_hand", code=CODE, pin=CODE_PIN)
    outcome: Message = (await desk(canteen, "state"))["outcome"]
    if outcome["accepted"]:
        holder = canteen.holders[FORGOT]
        holder.shown = holder.shown.plus(outcome["payer_fen"])
    told = f"paid {yuan(outcome['payer_fen'])} yuan in cash" if outcome["accepted"] else outcome["prompt"]
    say(f"{FORGOT:<{INDENT}}by registered code and PIN: {told}")
    await tell_parts(canteen, say)
    return outcome


async def tell_parts(canteen: ServedCanteen, say: Say) -> None:
    """Say who pays what of the newest sale."""
    outcome = (await desk(canteen, "state"))["outcome"]
    for part in outcome["parts"]:
        funders = "".join(f", {name} {yuan(fen)}" for name, fen in part["funders"].items())
        say(f"{'':<{INDENT}}  {part['name']} {yuan(part['list_fen'])}: holder {yuan(part['payer_fen'])}{funders}")


async def serve_next(canteen: ServedCanteen, say: Say) -> None:
    """Serve whoever comes next."""
    await open_shift(canteen)
    await serve(canteen, say, next(MENU))


async def take_back(canteen: ServedCanteen, say: Say, tap: str) -> None:
    """Take a sale back."""
    sold = (await desk(canteen, "void", tap=tap, reason="demo"))["sold"]
    say(f"{'':<{INDENT}}taken back: {yuan(sold['payer_fen'])} yuan, {sold['way']}; no card is written")


async def desk(canteen: ServedCanteen, verb: str, **members: object) -> Message:
    """Ask the till's desk as the lead."""
    async with connect(canteen.till_socket) as client:
        return await client.call(f"till.{verb}", staff=LEAD, **members)
