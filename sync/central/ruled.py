"""What people ruled, in files beside the store: a store that comes from a backup has forgotten the newest of it.

``rulings/`` in the centre's state folder has one file for each, written once the ruling is in the store, which then
holds its name. A ruling whose name a store does not hold is lost to it, and is done again once what it is about has
come back; reconciliation names it as long as it is not. No ruling holds a number in clear.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, cast

from edge.crypto.signing import coded_errors, make_folder, write_secret
from edge.domain.errors import ConfigError, OneCardError, StoreError
from edge.domain.frozen import frozen
from sync.central.books.bookkeeping import Bookkeeping
from sync.central.store import statements as sql
from sync.central.store.book_statements import RULINGS_HELD
from sync.central.store.port import Query, Work, insert_rows
from sync.central.verb import Arguments

FOLDER: Final = "rulings"
OF_TERMINALS: Final = frozenset({"terminal.revoke", "terminal.restore"})
RULINGS: Final = OF_TERMINALS | {"results", "refused", "books.waive", "quarantine.end"}
"""Verbs by which somebody rules; each may be done again without harm."""
UNKNOWN: Final = "unknown"
"""Member of an answer: what a ruling named and the centre does not have."""
HELD: Final = "ruling:"

Call = Callable[[str, Arguments], Awaitable[Mapping[str, object]]]


@frozen
class Ruling:
    """One ruling as it is kept; ``unknown`` is what it named in vain when it was new."""

    name: str
    ruled_ms: int
    verb: str
    arguments: Mapping[str, object]
    unknown: Sequence[str] = ()

    @property
    def about(self) -> str:
        """Return which terminal it lets in or shuts out, empty for all other rulings."""
        return str(self.arguments.get("terminal", "")) if self.verb in OF_TERMINALS else ""


class Rulings:
    """The rulings of one centre: kept in a folder of its state, held by the store of its books."""

    def __init__(self, state: Path, books: Bookkeeping, now_ms: Callable[[], int]) -> None:
        self._folder = state / FOLDER
        self._books = books
        self._now_ms = now_ms

    async def keep(self, verb: str, arguments: Arguments, answer: Mapping[str, object]) -> None:
        """Keep what was just ruled; raises StoreError: then it is done again, without harm."""
        told = {"verb": verb, "arguments": dict(arguments), "unknown": answer.get(UNKNOWN, [])}
        text = json.dumps(told, sort_keys=True, ensure_ascii=False).encode()
        name = f"{self._now_ms():013}-{hashlib.sha256(text).hexdigest()[:16]}"
        make_folder(self._folder, 0o700)
        write_secret(self._folder / f"{name}.json", text)
        await self._books.rule(partial(_hold_work, [name]))

    async def lost(self) -> list[Ruling]:
        """Return what the store does not hold, oldest first; of a terminal the last word alone."""
        held = await self._books.look(_held_work)
        kept = self._kept()
        last = {ruling.about: ruling.name for ruling in kept}
        found = [ruling for ruling in kept if ruling.name not in held]
        return [ruling for ruling in found if not ruling.about or last[ruling.about] == ruling.name]

    async def again(self, call: Call) -> tuple[list[str], list[Ruling]]:
        """Do again what is lost; returns the names of what is done, and what still waits for its taps."""
        done: list[str] = []
        waiting: list[Ruling] = []
        for ruling in await self.lost():
            if await _is_done(ruling, call):
                await self._books.rule(partial(_hold_work, [ruling.name]))
                done.append(ruling.name)
            else:
                waiting.append(ruling)
        return done, waiting

    def _kept(self) -> list[Ruling]:
        if not self._folder.is_dir():
            return []
        return [_read(path) for path in sorted(self._folder.glob("*.json"))]


async def _is_done(ruling: Ruling, call: Call) -> bool:
    try:
        answer = await call(ruling.verb, ruling.arguments)
    except StoreError:
        raise
    except OneCardError:
        return False  # what it is about is not here (yet); reconciliation names it
    return set(cast("Sequence[str]", answer.get(UNKNOWN, ()))) <= set(ruling.unknown)


def _read(path: Path) -> Ruling:
    with coded_errors(path):
        text = path.read_bytes()
    try:
        told = json.loads(text)
        return Ruling(path.stem, int(path.stem.partition("-")[0]), told["verb"], told["arguments"], told["unknown"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError("CONFIG_VALUE", f"{path}: damaged; put it back from a copy, or take it away") from None


def _held_work() -> Work[frozenset[str]]:
    rows = yield Query(RULINGS_HELD)
    return frozenset(str(row[0]).removeprefix(HELD) for row in rows)


def _hold_work(names: Sequence[str]) -> Work[int]:
    yield insert_rows(sql.SET_FACT, [(HELD + name, 1) for name in names])
    return len(names)


def plain_lost(ruling: Ruling) -> dict[str, object]:
    """Return a lost ruling as reconciliation tells it."""
    told = f"{ruling.verb} is not in this store: it is done again once what it is about has come back"
    return {"name": "lost_ruling", "about": ruling.name, "fen": 0, "told": told}
