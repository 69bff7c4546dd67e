"""What people ask of the reference data in force: its lists, whether one of them names somebody, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final

from edge.control.messages import Message
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber
from edge.domain.shown import BANK_CARD_SCHEME, IDENTITY_SCHEME, PURSE_SCHEME
from edge.domain.tap import TOKEN_BYTES, Token
from edge.ports import EditionKeeper
from edge.terminal.control import Verb
from edge.terminal.editions import EditionWatch
from edge.terminal.line import TapLine
from edge.terminal.reporting import slot_status

CHECKED_SCHEMES: Final = (PURSE_SCHEME, BANK_CARD_SCHEME, IDENTITY_SCHEME)
NUMBER_DIGITS_MAX: Final = 20


@frozen
class ListVerbs:
    """The verbs of ``onecard lists``. A number that is asked about is made into tokens here, and goes nowhere else."""

    editions: EditionWatch
    line: TapLine

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"lists": self.lists, "lists.check": self.check, "lists.rollback": self.roll_back}

    async def lists(self, _message: Message) -> Message:
        """Return what is in force, artifact by artifact, and the two slots."""
        return lists_message(self.editions.keeper, self.line.clock.wall_ms(), damaged=self.editions.damaged)

    async def check(self, message: Message) -> Message:
        """Say which deny lists name a token in hexadecimal, or a number under any scheme."""
        return check_message(self.editions.keeper, str(message.get("asked", "")), self.line.identity.token)

    async def roll_back(self, _message: Message) -> Message:
        """Return to the previous edition; the one in force is not taken again."""
        before = self.editions.number()
        return {"edition": await self.editions.go_back("technician"), "from": before}


def lists_message(keeper: EditionKeeper, now_ms: int, *, damaged: bool = False) -> Message:
    """Return the artifacts in force with version, age, size and expiry, and how the slots stand."""
    lists = [
        {
            "kind": found.header.kind,
            "name": found.header.name,
            "version": found.header.version,
            "age_s": (now_ms - found.header.not_before_ms) // 1000 if found.header.not_before_ms else -1,
            "entries": found.entries,
            "size_bytes": found.size_bytes,
            "expires_ms": found.header.expires_ms,
        }
        for found in keeper.in_force()
    ]
    return {"now_ms": now_ms, "slots": asdict(slot_status(keeper, damaged=damaged)), "lists": lists}


def check_message(keeper: EditionKeeper, asked: str, token_of: Callable[[str, CardNumber], Token]) -> Message:
    """Say which deny lists name a token in hexadecimal, or a number under any scheme; the number is not repeated.

    Raises ``TOKEN_MALFORMED`` for anything else, ``POLICY_MISSING`` where no list is in force.
    """
    names = sorted({name for token in tokens_of(asked, token_of) for name in keeper.lists_naming(token)})
    return {"listed": bool(names), "lists": names, "edition": slot_status(keeper).edition}


def tokens_of(asked: str, token_of: Callable[[str, CardNumber], Token]) -> list[Token]:
    """Return a token written in hexadecimal, or those of a number under any scheme; raises ``TOKEN_MALFORMED``."""
    if _is_token(asked):
        return [Token(bytes.fromhex(asked))]
    if asked.isascii() and asked.isdecimal() and len(asked) <= NUMBER_DIGITS_MAX:
        return [token_of(scheme, CardNumber(asked)) for scheme in CHECKED_SCHEMES]
    wanted = f"a token is {TOKEN_BYTES} bytes in hexadecimal, a number at most {NUMBER_DIGITS_MAX} digits"
    raise RemoteProtocolError("TOKEN_MALFORMED", wanted)


def _is_token(asked: str) -> bool:
    try:
        return len(bytes.fromhex(asked)) == TOKEN_BYTES and len(asked) == 2 * TOKEN_BYTES
    except ValueError:
        return False
