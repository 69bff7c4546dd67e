"""``onecard reader``: which readers are known, which one is on a port, and why none is understood."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from drivers.engine_probe import Engine, probe_engine
from drivers.port_autopsy import LATENCY_MS_MAX, Autopsy, examine
from drivers.port_probe import Attempt, candidates, probe_port
from drivers.registry import contactless_models, sam_models
from edge.cli.output import add_json_option, columns, show

HELP = "which readers are known, which one is on a port, and why none is understood"
EXIT_FINE: Final = 0
EXIT_FAULT: Final = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add ``list``, ``probe PORT`` and ``autopsy PORT``."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list", help="the models, what each is for, and the rates it may be found at")
    probe = verbs.add_parser("probe", help="ask on a port in every protocol, and say which reader or QR engine answers")
    autopsy = verbs.add_parser("autopsy", help="say what is wrong with a port: rate, framing, noise, latency, wiring")
    for verb in (probe, autopsy):
        verb.add_argument("port", metavar="PORT", help="a serial port that nothing else uses")
        verb.add_argument(
            "--within",
            type=float,
            default=30.0,
            metavar="S",
            help="give up after so many seconds; probe: readers, then engines",
        )
    for verb in (listing, probe, autopsy):
        add_json_option(verb)


def run(arguments: argparse.Namespace) -> int:
    """Do it; 1 where nobody answers under a known name. Raises link errors."""
    if arguments.verb == "list":
        return _list(arguments)
    if arguments.verb == "probe":
        return _probe(arguments, *asyncio.run(_asked(arguments.port, arguments.within)))
    return _autopsy(arguments, asyncio.run(examine(arguments.port, arguments.within)))


def _list(arguments: argparse.Namespace) -> int:
    cards, sams = contactless_models(), sam_models()
    facts: list[dict[str, object]] = []
    rows: list[tuple[str, ...]] = [("protocol", "cards", "SAMs", "baud", "what it is for")]
    for model in candidates():
        holds = (model.name in cards, model.name in sams)
        facts.append(
            {
                "protocol": model.name,
                "cards": holds[0],
                "sams": holds[1],
                "bauds": list(model.bauds),
                "stop_bits": model.stop_bits,
                "for": model.told,
            }
        )
        rows.append((model.name, *("yes" if each else "-" for each in holds), str(model.bauds[0]), model.told))
    show(arguments, {"models": facts}, columns(rows))
    return EXIT_FINE


async def _asked(port: str, within_s: float) -> tuple[Attempt | None, Engine | None]:
    """Ask for readers first, then for QR engines."""
    found = await probe_port(port, within_s)
    return found, None if found is not None else await probe_engine(port, within_s)


def _probe(arguments: argparse.Namespace, found: Attempt | None, engine: Engine | None) -> int:
    if engine is not None:
        facts = {"protocol": engine.protocol, "firmware": engine.name, "baud": engine.baud, "certain": True}
        told = f"a QR engine, {engine.protocol} at {engine.baud} baud, calls itself {engine.name!r}"
        show(arguments, {"port": arguments.port, "found": facts}, [f"{arguments.port}: {told}"])
        return EXIT_FINE
    if found is None:
        show(arguments, {"port": arguments.port, "found": None}, [f"{arguments.port}: nobody answers"])
        return EXIT_FAULT
    show(arguments, {"port": arguments.port, "found": _facts(found)}, [f"{arguments.port}: {_told(found)}"])
    return EXIT_FINE if found.certain else EXIT_FAULT


def _facts(found: Attempt) -> dict[str, object]:
    return {
        "protocol": found.candidate.name,
        "firmware": found.identity,
        "baud": found.line.baud,
        "certain": found.certain,
    }


def _told(found: Attempt) -> str:
    certain = "" if found.certain else " (a model that is not known)"
    return f"{found.candidate.name} at {found.line.baud} baud, firmware {found.identity!r}{certain}"


def _autopsy(arguments: argparse.Namespace, report: Autopsy) -> int:
    facts = {
        "port": arguments.port,
        "cause": report.cause,
        "cure": report.cure,
        "found": None if report.found is None else _facts(report.found),
        "framings": list(report.framings),
        "noise_bytes": report.noise_bytes,
        "garbled_bauds": list(report.garbled_bauds),
        "latency_ms": report.latency_ms,
        "line": [asdict(piece) | {"head": piece.head.hex()} for piece in report.trace],
    }
    show(arguments, facts, _autopsy_lines(arguments.port, report))
    return EXIT_FINE if report.cause == "answered" else EXIT_FAULT


def _autopsy_lines(port: str, report: Autopsy) -> Iterator[str]:
    yield f"{port}: {report.cause.replace('_', ' ')}"
    if report.found is not None:
        yield f"  reader    {_told(report.found)}"
        yield f"  framing   answers in {', '.join(report.framings) or 'none a second time'}"
    if report.garbled_bauds:
        yield f"  heard     bytes without a frame at {', '.join(map(str, report.garbled_bauds))} baud"
    yield f"  noise     {report.noise_bytes} bytes came unasked"
    yield f"  latency   {_latency(report.latency_ms)}"
    for piece in report.trace:
        yield f"  line      {piece}"
    yield f"  cure      {report.cure}"


def _latency(latency_ms: float) -> str:
    if latency_ms < 0:
        return "no timer in this adapter"
    slow = f", above {LATENCY_MS_MAX:g}: install systemd/60-onecard-serial.rules" if latency_ms > LATENCY_MS_MAX else ""
    return f"{latency_ms:g} ms{slow}"
