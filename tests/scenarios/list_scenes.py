"""Terminals with lists in parts, for the failure catalogue: editions to put into force, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from drivers.virtual.purse import PurseCard
from edge.domain.entry import Kind, Remark
from edge.domain.medium import CardNumber
from edge.domain.tap import Token
from edge.store.reference import FileReference
from tests.scenarios.tap_bench import FARE, IDENTITY, Bench, play
from tests.store.editions import CENTRE
from tests.store.list_editions import ListFiles, Shipped, snapshot, tokens

CARD: Final = PurseCard()
LISTED: Final = Token(IDENTITY.token("tunion", CardNumber(CARD.personalisation.serial)))
OTHERS: Final = tokens(range(3_000))
FREE, DENIED = snapshot(OTHERS), snapshot([*OTHERS, LISTED])
DAY_S: Final = 86_400


def shipped(number: int, files: ListFiles = FREE, **more: Any) -> Shipped:  # noqa: ANN401 - any field of an edition
    return Shipped(number, {"purse": files}, **{"fare_fen": FARE, **more})


def on_a_terminal(run: Callable[[Bench], Awaitable[None]], folder: Path) -> None:
    """Play a scene on a terminal that starts with the editions in its folder."""

    async def whole() -> None:
        async with Bench(folder) as bench:
            await run(bench)

    play(whole())


async def swaps(bench: Bench) -> list[tuple[str, str, str, str]]:
    """Return the swaps that the journal tells of: subject, from, to, why."""
    found = [entry.body for entry in await bench.entries() if entry.kind is Kind.CONFIG]
    pairs = [(body.subject, dict(body.pairs)) for body in found if isinstance(body, Remark)]
    return [(subject, told["from"], told["to"], told.get("reason", "")) for subject, told in pairs]


async def serve(bench: Bench, seconds: float = 0.0) -> None:
    """Let service time pass, and do one turn of idle work."""
    await bench.pass_time(0)
    bench.service.editions.proven_due_ms -= seconds * 1000
    await bench.service.editions.idle()


def truncated(role: str) -> Callable[[Path, ListFiles], None]:
    def cut(folder: Path, files: ListFiles) -> None:
        part = next(part for part in files.manifest.parts if part.role == role)
        path = folder / "segments" / part.sha256.hex()
        path.write_bytes(path.read_bytes()[:-1])

    return cut


def flipped(role: str) -> Callable[[Path, ListFiles], None]:
    def flip(folder: Path, files: ListFiles) -> None:
        part = next(part for part in files.manifest.parts if part.role == role)
        path = folder / "segments" / part.sha256.hex()
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0x10
        path.write_bytes(content)

    return flip


def in_force_first(state: Path, number: int) -> None:
    """Have this edition in force before the terminal starts."""
    with FileReference(state / "editions", CENTRE.public) as reference:
        reference.start()
        reference.install(state / "editions" / str(number))
