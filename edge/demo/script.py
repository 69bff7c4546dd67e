"""What happens in the demonstration, in order: online, offline, killed inside a debit, torn, reconnected, balanced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from edge.control.messages import Message
from edge.demo.stage import Stage
from edge.demo.totals import Row, Total, card_total, centre_totals, journal_totals
from edge.domain.entry import Entry
from edge.domain.medium import CardNumber
from edge.domain.money import yuan
from edge.terminal.prompts import load_prompts
from sync.enrolment_files import load_enrolment

Say = Callable[[str], None]

LOCAL: Final = "Li, local purse"
OTHER: Final = "Wang, local purse"
VISITOR: Final = "visitor, interop purse"
REFUSED: Final = ("visitor, not interop", "deny-listed purse", "expired purse", "nearly empty purse")
ROUNDS_OFFLINE: Final = 3
SCHEME: Final = "tunion"
PROMPTS: Final = load_prompts()
INDENT: Final = 26
ONE_LINE: Final = 40
"""Letters of a prompt that still fit beside its Chinese on a line."""


async def play(stage: Stage, say: Say) -> None:
    """Play the whole story."""
    say("-- online --")
    for name in (LOCAL, OTHER, VISITOR, *REFUSED):
        await tap(stage, say, name)
    await stage.drained()
    say("-- network cut: nothing about the tap changes --")
    stage.network.cut()
    for _ in range(ROUNDS_OFFLINE):
        for name in (LOCAL, OTHER):
            await tap(stage, say, name)
    await kill_and_return(stage, say)
    await tear_and_return(stage, say)
    say("-- network back --")
    await reconnect(stage, say)


async def tap(stage: Stage, say: Say, name: str) -> None:
    """Present one card and say what the passenger saw."""
    say(f"{name:<{INDENT}}{words(await stage.present(name))}")


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
    paid = f"{yuan(answer['fen'])} yuan, left {yuan(answer['balance_fen'])}" if answer["accepted"] else ""
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
    found: list[Row] = []
    tokens: set[bytes] = set()
    for name, held in stage.cards.items():
        token = enrolment.token_keys[-1].token(SCHEME, CardNumber(held.number))
        tokens.add(token)
        found.append(Row(name, card_total(held.card), journal.get(token, Total()), centre.get(token, Total())))
    return found, len((journal.keys() | centre.keys()) - tokens), books
