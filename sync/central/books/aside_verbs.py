"""What an operator asks of entries that were set aside; see :mod:`sync.central.admin` for how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from edge.domain.errors import ConfigError, RemoteProtocolError
from sync.central.books.aside_list import Aside, open_aside_work
from sync.central.books.bookkeeping import Bookkeeping
from sync.central.books.set_aside import How, Identity, Judged, judge_work
from sync.central.store.port import Work
from sync.central.verb import Arguments, Verb
from sync.wire import decode_entry

LISTED: Final = 500
NUMBERS: Final = 2
"""Of an entry's name beside the terminal: epoch and number."""
DIGITS: Final = 19
COMMAND: Final = "(command)"
"""Whose word it is where the command was called, on the machine itself."""


class AsideVerbs:
    """The verbs on what one centre set aside."""

    def __init__(self, books: Bookkeeping) -> None:
        self._books = books

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"quarantine.list": self.listing, "quarantine.end": self.end}

    async def listing(self, _arguments: Arguments) -> dict[str, object]:
        """Return what waits for somebody, the first 500 by terminal and number, each with the ends it may come to."""
        return {"aside": [plain_aside(*one) for one in await self._books.look(_judged_work)]}

    async def end(self, arguments: Arguments) -> dict[str, object]:
        """Bring the entry ``terminal``, ``epoch``, ``seq`` to its end ``how`` for a ``reason``, as ``who`` says."""
        entry = (str(arguments["terminal"]), int(arguments["epoch"]), int(arguments["seq"]))
        how, who = how_of(arguments["how"]), str(arguments.get("who", COMMAND))
        end = await self._books.end_aside(entry, how, who, str(arguments["reason"]))
        return {"entry": "{}/{}/{}".format(*entry), "how": end.how, "who": end.who, "ended_ms": end.ended_ms}


def _judged_work() -> Work[list[tuple[Aside, Judged]]]:
    waiting = yield from open_aside_work(LISTED)
    judged: list[Judged] = []
    for one in waiting:
        judged += [(yield from judge_work(one.identity))]
    return list(zip(waiting, judged, strict=True))


def how_of(text: object) -> How:
    """Return the end of that name; raises ``CONFIG_VALUE``."""
    try:
        return How(str(text))
    except ValueError:
        raise ConfigError("CONFIG_VALUE", f"an end is one of {', '.join(How)}") from None


def identity_of(text: str) -> Identity:
    """Return the entry of a text TERMINAL/EPOCH/SEQ; raises ``CONFIG_VALUE``."""
    terminal, *numbers = text.split("/")
    if len(numbers) != NUMBERS or not all(number.isdecimal() and len(number) < DIGITS for number in numbers):
        raise ConfigError("CONFIG_VALUE", "an entry is named TERMINAL/EPOCH/SEQ")
    return terminal, int(numbers[0]), int(numbers[1])


def plain_aside(one: Aside, judged: Judged | None = None) -> dict[str, object]:
    """Return an entry that was set aside as plain values with stable keys; ``bar`` and ``ways`` where it was judged."""
    plain = {key: value for key, value in asdict(one).items() if key not in ("terminal", "epoch", "seq", "raw")}
    told = {"entry": "{}/{}/{}".format(*one.identity), **plain, **_read(one.raw)}
    return told if judged is None else {**told, "bar": judged.bar, "ways": list(judged.ways)}


def _read(raw: bytes) -> dict[str, object]:
    """Return kind, time and tap of an entry, empty where it cannot be read."""
    try:
        entry = decode_entry(raw)
    except RemoteProtocolError:
        return {"kind": "", "time_ms": 0, "tap": ""}
    return {"kind": entry.kind.name.lower(), "time_ms": entry.time_ms, "tap": entry.tap_id.hex()}
