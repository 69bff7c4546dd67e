"""Write down a journal that holds every kind of decision, with the editions it was decided under.

``python -m tests.tariff.journal_scenes FILE`` writes ``tests/vectors/journal/`` anew for a new build; a file that was
released is never written again: every later build must decide its taps as that build did. ``build-0.2.0.json`` is of
the coming build: whoever adds a scene, or appends a field to what entries hold, removes it and writes it anew.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from edge.domain.debit import Verdict
from edge.domain.medium import LogRecord, UnknownSnapshot
from edge.domain.policy import Limits
from edge.store.journal import open_journal
from tests.scenarios.line_tariffs import capped, dated, flat, funded, promoted, shipped, tiered
from tests.store.editions import CENTRE
from tests.store.journals import GRANT_HASH, SMALL
from tests.tariff.boarding_scenes import riders
from tests.tariff.guard_scenes import guarded_meals
from tests.tariff.hand_scenes import meals_by_hand
from tests.tariff.media_scenes import bank_cards, codes, identities
from tests.tariff.paper_line import DISTRUSTED, LOST, REFUSED, PaperLine, purse
from tests.tariff.person_scenes import persons
from tests.tariff.risk_scenes import ageing_lists, ceilings, debts, doubtful_time, first_uses
from tests.tariff.till_scenes import meals

ORIGIN: Final = (
    "written by tests/tariff/journal_scenes.py with version 0.1.0 of the product; cards, keys and terminal are "
    "invented; entries are the canonical bytes of a real journal, editions the signed files it was decided under"
)
DAY_S: Final = 86_400
FOREIGN: Final = {"city": "1000"}
OLD: Final = (LogRecord(7, 0, 100, 9, b"\x45\x20\x01\x21\x00\x02", "20260601083000"),)


async def flat_fares(line: PaperLine) -> None:
    """Home, foreign, and each reason that the card itself gives."""
    line.install(1, [flat()])
    await line.tap(purse(1))
    await line.tap(purse(2, **FOREIGN))
    await line.tap(purse(3, **FOREIGN, interop=False))
    await line.tap(purse(3, application_type=1))
    await line.tap(purse(3, enabled=0))
    await line.tap(purse(3, fci_agrees=False))
    await line.tap(purse(3, valid_from="00000000"))
    await line.tap(purse(3, valid_from="20270101"))
    await line.tap(purse(3, valid_until="20250101"))
    await line.tap(purse(3, balance_fen=199))
    await line.tap(purse(9))
    await line.tap(purse(1, log=OLD))
    await line.tap(purse(10), DISTRUSTED)
    await line.tap(purse(10))
    await line.tap(UnknownSnapshot(("epurse",)))


async def months(line: PaperLine) -> None:
    """Reach a tier by what the month has cost, certain and uncertain, and again after the settlement."""
    line.install(2, [tiered()])
    for _ in range(3):
        await line.tap(purse(1))
    lost = await line.tap(purse(1), LOST)
    await line.tap(purse(1))
    await line.settle(lost, Verdict.POSTED)
    await line.tap(purse(1))
    await line.tap(purse(1), REFUSED)
    await line.tap(purse(1), after_s=30 * DAY_S)


async def uncertain_quota(line: PaperLine) -> None:
    """Withhold a promotion while nobody knows whether the day's is used up."""
    line.install(3, [promoted()])
    lost = await line.tap(purse(4), LOST)
    await line.tap(purse(4))
    await line.settle(lost, Verdict.VOIDED)
    await line.tap(purse(4))
    await line.tap(purse(4))


async def transfers(line: PaperLine) -> None:
    """Transfer inside the window and past it, with a companion, a repeated reduced tap, and a foreign purse."""
    line.install(4, [shipped("qd-bus")])
    await line.tap(purse(5))
    await line.tap(purse(5), after_s=30)
    await line.tap(purse(5))
    await line.tap(purse(5), after_s=30)
    await line.tap(purse(5), after_s=3_601)
    line.install(5, [shipped("jn-bus")])
    for _ in range(2):
        await line.tap(purse(6))
    await line.tap(purse(6, **FOREIGN))


async def caps_and_funders(line: PaperLine) -> None:
    """Reach a day's cap; share a price between three funders; change versions at an instant."""
    line.install(6, [capped()])
    for _ in range(4):
        await line.tap(purse(7))
    line.install(7, [funded()])
    await line.tap(purse(7))
    instant = "2026-09-01T00:00:00+08:00"
    line.install(8, [dated("old", 200, until=instant), dated("new", 250, **{"from": instant})])
    await line.tap(purse(7))
    await line.tap(purse(7), after_s=90 * DAY_S)


async def limits(line: PaperLine) -> None:
    """Be declined by the terminal's own condition, by limits, and by a tariff that does not serve."""
    line.install(9, [flat(fare_fen=300)], Limits(fare_fen_max=299))
    await line.tap(purse(8))
    line.install(10, [flat()], Limits(unsent_count_max=1))
    await line.tap(purse(8))
    line.install(11, [dated("next", 200, **{"from": "2030-01-01T00:00:00+08:00"})])
    await line.tap(purse(8))
    by_distance = {"by": "distance_m", "steps": [[5000, 200]], "beyond": {"every": 1, "add": 1}, "upper": "inclusive"}
    line.install(12, [flat(fare_products=[{"fare_product_id": "flat", "x_table": by_distance}])])
    await line.tap(purse(8))
    line.install(13, [flat()])
    for condition in ("store_full", "lists_stale"):
        line.line.service.stop = condition
        await line.tap(purse(8))


SCENES: Final[tuple[Callable[[PaperLine], Awaitable[None]], ...]] = (
    flat_fares,
    months,
    uncertain_quota,
    transfers,
    caps_and_funders,
    limits,
    bank_cards,
    codes,
    identities,
    ceilings,
    first_uses,
    ageing_lists,
    debts,
    doubtful_time,
    persons,
    meals,
    guarded_meals,
    riders,
    meals_by_hand,
)


async def written_in(folder: Path) -> dict[str, Any]:
    """Play every scene in an empty folder and return the journal as the vector file holds it."""
    journal = await open_journal(
        folder / "journal.db", terminal="bus-7", epoch=4, grant_hash=GRANT_HASH, settings=SMALL
    )
    try:
        line = PaperLine(folder, journal)
        for scene in SCENES:
            await scene(line)
        part = await journal.slice(1, 10_000, 1 << 30)
    finally:
        line.reference.close()
        await journal.close()
    assert part is not None
    return {
        "origin": ORIGIN,
        "centre_key": CENTRE.public.hex(),
        "grant_hash": GRANT_HASH.hex(),
        "head_hash": part.head.head_hash.hex(),
        "editions": {edition.name: _files(edition) for edition in _editions(folder)},
        "entries": [packed.hex() for packed in part.entries],
    }


def _editions(folder: Path) -> list[Path]:
    found = [path for path in (folder / "editions").iterdir() if path.is_dir()]
    return sorted(found, key=lambda path: int(path.name))


def _files(edition: Path) -> dict[str, Any]:
    segments = sorted(path.read_bytes().hex() for path in (edition / "segments").iterdir())
    return {"manifest": (edition / "manifest").read_bytes().hex(), "segments": segments}


def main(file: Path) -> None:
    """Write the file; refuses to write over another."""
    with tempfile.TemporaryDirectory() as folder, file.open("x", encoding="utf-8") as out:
        json.dump(asyncio.run(written_in(Path(folder))), out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
