"""What happens in the demonstration, in order: online, offline, killed inside a debit, torn, reconnected, balanced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from edge.clock import SystemClock
from edge.control.messages import Message
from edge.demo.media import DENIED_BANK_CARD, FOREIGN_BANK_CARD, HOUR_S, LATE_PHONE, PHONE, TICKET
from edge.demo.stage import Stage
from edge.demo.totals import Row, Total, card_total, centre_totals, journal_totals
from edge.domain.entry import Entry
from edge.domain.medium import CardNumber
from edge.domain.money import yuan
from edge.domain.shown import PURSE_SCHEME
from edge.terminal.prompts import load_prompts
from sync.enrolment_files import load_enrolment

Say = Callable[[str], None]

LOCAL: Final = "Li, local purse"
OTHER: Final = "Wang, local purse"
VISITOR: Final = "visitor, interop purse"
REFUSED: Final = ("visitor, not interop", "deny-listed purse", "expired purse", "nearly empty purse")
ROUNDS_OFFLINE: Final = 3
BANK_CARD: Final = "Zhao, bank card"
SCREENSHOT_S: Final = 2.0
"""Longer than the debounce: so the code counts as shown again."""
PROMPTS: Final = load_prompts()
INDENT: Final = 26
ONE_LINE: Final = 40
"""Letters of a prompt that still fit beside its Chinese on a line."""


async def play(stage: Stage, say: Say) -> None:
    """Play the whole story."""
    say("-- online --")
    for name in (LOCAL, OTHER, VISITOR, *REFUSED):
        await tap(stage, say, name)
    await other_media(stage, say)
    await stage.drained()
    say("-- network cut: nothing about the tap changes --")
    stage.network.cut()
    for _ in range(ROUNDS_OFFLINE):
        for name in (LOCAL, OTHER):
            await tap(stage, say, name)
    await tap(stage, say, BANK_CARD)
    await scan(stage, say, PHONE)
    await kill_and_return(stage, say)
    await tear_and_return(stage, say)
    say("-- network back --")
    await reconnect(stage, say)


async def tap(stage: Stage, say: Say, name: str) -> None:
    """Present one card and say what the passenger saw."""
    say(f"{name:<{INDENT}}{words(await stage.present(name))}")


async def other_media(stage: Stage, say: Say) -> None:
    """Pay by bank card, phone and ticket; be refused for a list, a currency, a code shown twice, an old code."""
    await tap(stage, say, BANK_CARD)
    await tap(stage, say, DENIED_BANK_CARD)
    await tap(stage, say, FOREIGN_BANK_CARD)
    shown = await scan(stage, say, PHONE)
    await scan(stage, say, TICKET)
    await scan(stage, say, LATE_PHONE, made_ago_s=HOUR_S)
    await asyncio.sleep(SCREENSHOT_S)
    say(f"{'':<{INDENT}}the first code again, from a screenshot:")
    say(f"{PHONE:<{INDENT}}{words(await stage.scan(PHONE, shown))}")


async def scan(stage: Stage, say: Say, name: str, *, made_ago_s: int = 0) -> bytes:
    """Show one code to the scanner, say what the passenger saw, and return the code."""
    code = stage.holders[name].code(SystemClock().system_ms() // 1000 - made_ago_s)
    say(f"{name:<{INDENT}}{words(await stage.scan(name, code))}")
    return code


async def kill_and_return(stage: Stage, say: Say) -> None:
    """Kill the terminal between a debit and its answer; after its restart the same card does not pay twice."""
    name = another(stage)
    await stage.kill_inside_debit(name)
    say(f"{name:<{INDENT}}DEBIT executed, terminal killed before the answer (SIGKILL)")
    await stage.restart_terminal()
    say(f"{'':<{INDENT}}terminal is back; the same card again:")
    await tap(stage, say, name)


async def tear_and_return(stage: Stage, say: Say) -> None:
    """Pull a card away inside its debit and bring it back."""
    name = another(stage)
    say(f"{name:<{INDENT}}{words(await stage.tear_inside_debit(name))}")
    await tap(stage, say, name)


def another(stage: Stage) -> str:
    """Return a card that was not the last one: the debounce would only repeat the last answer to that."""
    return OTHER if stage.last_presented == LOCAL else LOCAL


async def reconnect(stage: Stage, say: Say) -> None:
    """Mend the network and wait until the centre has everything."""
    waiting = (await stage.status())["journal"]["unsent_entries"]
    stage.network.mend()
    await stage.drained()
    say(f"{waiting or 'no'} entries waited; the centre has acked them all")


def words(answer: Message) -> str:
    """Return what lamp and screen showed, in both languages; what is long goes on below."""
    left = f", left {yuan(answer['balance_fen'])}" if answer["balance_fen"] >= 0 else ""
    paid = f"{yuan(answer['fen'])} yuan{left}" if answer["accepted"] else ""
    text = PROMPTS[answer["prompt"]]
    joint = " / " if len(text["en"]) <= ONE_LINE else f"\n{'':<{INDENT}}"
    return f"[{answer['lamp']}] {text['zh']}{joint}{text['en']}  {paid}".rstrip()


async def rows(stage: Stage, entries: Iterable[Entry]) -> tuple[list[Row], int, dict[str, object]]:
    """Return the three totals of every card, how many media in the books are nobody's card, and the centre's books.

    ``entries`` is the whole journal.
    """
    enrolment = load_enrolment(stage.config.parent / "state", stage.config.parent / "credentials")
    books = await stage.reconcile()
    journal, centre = journal_totals(entries), centre_totals(books)
    own = [(name, PURSE_SCHEME, held.number, card_total(held.card)) for name, held in stage.cards.items()]
    own += [(name, holder.scheme, holder.number, holder.shown) for name, holder in stage.holders.items()]
    found: list[Row] = []
    tokens: set[bytes] = set()
    for name, scheme, number, total in own:
        token = enrolment.token_keys[-1].token(scheme, CardNumber(number))
        tokens.add(token)
        found.append(Row(name, total, journal.get(token, Total()), centre.get(token, Total())))
    return found, len((journal.keys() | centre.keys()) - tokens), books
