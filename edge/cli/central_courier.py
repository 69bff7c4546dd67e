"""``onecard central courier``: the centre's end of a courier stick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from edge.cli.courier_report import refusal_lines, refusals
from edge.crypto.signing import TrustedKeys
from edge.domain.frozen import frozen
from sync.central.courier import Ask, Load, TakeIn
from sync.courier_stick import open_stick

EXIT_FAULT: Final = 1
EXIT_NOTHING: Final = 3


@frozen
class Outcome:
    """What a command tells: facts with stable keys, lines for people, and the exit code."""

    facts: Mapping[str, Any]
    lines: list[str] = field(default_factory=list)
    code: int = 0


async def courier(ask: Ask, way: str, folder: Path) -> Outcome:
    """Take batches in, or load the newest edition; raises ``STICK_*`` errors before or after whole files."""
    fleet = await ask("fleet", {})
    keys = TrustedKeys(*map(bytes.fromhex, fleet["keys"]))
    stick = open_stick(folder, keys, fill=way == "export")
    if way == "import":
        return await _import(TakeIn(ask, stick, keys))
    return await _export(Load(ask, stick, keys, bytes.fromhex(fleet["succession"])))


async def _import(take_in: TakeIn) -> Outcome:
    taken = await take_in.run()
    facts = {
        "batches": dict(taken.verdicts),
        "terminals": sorted(taken.terminals),
        "acks_written": taken.acks_written,
        "refused": refusals(taken.refused),
        "missing": taken.missing,
    }
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(taken.verdicts.items())) or "none"
    lines = [
        f"batches of {len(taken.terminals)} terminals: {told}; {taken.acks_written} new acks are on the stick",
        *refusal_lines(taken.refused),
        *(f"missing {place}: export onto the stick again" for place in taken.missing),
    ]
    if taken.refused or taken.missing:
        return Outcome(facts, lines, EXIT_FAULT)
    return Outcome(facts, lines, 0 if taken.verdicts else EXIT_NOTHING)


async def _export(load: Load) -> Outcome:
    loaded = await load.run()
    facts = {"edition": loaded.edition, "files": loaded.files, "written": loaded.written}
    if not loaded.edition:
        return Outcome(facts, ["no edition has been published"], EXIT_NOTHING)
    line = f"edition {loaded.edition} is on the stick: {loaded.files} files, {loaded.written} of them copied now"
    return Outcome(facts, [line])
