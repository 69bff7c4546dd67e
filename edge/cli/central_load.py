"""``onecard central load``: a made-up fleet sends real batches to a centre on this machine, and counts."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from edge.cli.output import print_json
from edge.domain.errors import ConfigError

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
NAMES: Final = "load-"
TERMINALS_MAX: Final = 2_000
TAPS_MAX: Final = 20_000
TAPS_IN_ALL_MAX: Final = 1_000_000
BATCH_TAPS_MAX: Final = 250
CONNECTIONS_MAX: Final = 256
OUTAGE_S_MAX: Final = 300.0
EXIT_FAULT: Final = 1


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add the action."""
    parser = actions.add_parser("load", help="send made-up taps of many terminals to an empty centre, and count")
    parser.add_argument("--url", default="http://127.0.0.1:8440", help="where the centre serves (this machine)")
    for name, usual, most, told in (
        ("--terminals", 20, TERMINALS_MAX, "terminals that send at once"),
        ("--taps", 500, TAPS_MAX, "taps of each"),
        ("--batch-taps", 80, BATCH_TAPS_MAX, "taps in a batch"),
        ("--connections", 32, CONNECTIONS_MAX, "connections in all"),
    ):
        parser.add_argument(name, type=int, default=usual, metavar="N", help=f"{told} ({usual}; at most {most:,})")
    outage = f"cut every connection for so long once half is sent (0; at most {OUTAGE_S_MAX:.0f})"
    parser.add_argument("--outage", type=float, default=0.0, metavar="SECONDS", help=outage)
    parser.add_argument("--seed", type=int, default=8, metavar="N", help="draws taps and pauses (8)")
    parser.add_argument("--yes-remote", action="store_true", help="the address is not this machine, and that is meant")


def run(arguments: argparse.Namespace, wiring: ModuleType, options: object) -> int:
    """Send, and see that every tap is at the centre once; 1 where one is not."""
    plan = plan_of(arguments)
    fleet = importlib.import_module("edge.load.fleet")  # loads an HTTP library: only when it is called

    async def work(ask: Any) -> dict[str, Any]:  # noqa: ANN401 - the operator's verbs, whoever does them
        check_empty(await ask("reconcile", {}))

        async def new_token(terminal: str) -> str:
            return str((await ask("token", {"terminal": terminal}))["token"])

        load = fleet.LoadFleet(fleet.LoadPlan(**plan), new_token)
        journals = await load.run()
        return told(plan, load.tally, journals, await ask("reconcile", {}))

    found = wiring.at_central(options, work)
    print_json(found) if getattr(arguments, "json", False) else print("\n".join(lines(found)))
    return 0 if found["once"] else EXIT_FAULT


def plan_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the plan within its limits; raises ``CONFIG_VALUE``."""
    if urlsplit(arguments.url).hostname not in LOOPBACK and not arguments.yes_remote:
        raise ConfigError("CONFIG_VALUE", f"{arguments.url} is not this machine: load is for a server that you size")
    limits = {
        "terminals": TERMINALS_MAX,
        "taps": TAPS_MAX,
        "batch_taps": BATCH_TAPS_MAX,
        "connections": CONNECTIONS_MAX,
    }
    for name, most in limits.items():
        if not 1 <= getattr(arguments, name) <= most:
            raise ConfigError("CONFIG_VALUE", f"--{name.replace('_', '-')} lies from 1 to {most}")
    if arguments.terminals * arguments.taps > TAPS_IN_ALL_MAX:
        raise ConfigError("CONFIG_VALUE", f"at most {TAPS_IN_ALL_MAX:,} taps in all")
    if not 0 <= arguments.outage <= OUTAGE_S_MAX:
        raise ConfigError("CONFIG_VALUE", f"--outage lies from 0 to {OUTAGE_S_MAX:.0f}")
    numbers = {name: getattr(arguments, name) for name in limits}
    return {"url": arguments.url, **numbers, "outage_s": arguments.outage, "seed": arguments.seed}


def check_empty(books: Mapping[str, Any]) -> None:
    """Raise ``CONFIG_VALUE`` where the centre has terminals of its own: made-up taps would stand in its books."""
    own = [stream["terminal"] for stream in books["streams"] if not stream["terminal"].startswith(NAMES)]
    if own:
        raise ConfigError("CONFIG_VALUE", f"this centre has real terminals ({own[0]}): size a server on an empty store")


def told(plan: Mapping[str, Any], tally: Any, journals: Sequence[Any], books: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - of a module that is loaded late
    """Return what happened, and whether every tap is at the centre once, as plain values."""
    seconds, took_s = tally.ended_s - tally.began_s, sorted(tally.took_s)
    taps = plan["terminals"] * plan["taps"]
    held = {stream["terminal"]: (stream["acked_seq"], stream["entries"]) for stream in books["streams"]}
    paid = {line["token"]: line["taps"] for line in books["by_medium"]}
    wrong = [
        journal.terminal
        for journal in journals
        if held.get(journal.terminal) != (journal.seq, journal.seq) or paid.get(journal.token.hex()) != plan["taps"]
    ]
    return {
        "terminals": plan["terminals"],
        "taps": taps,
        "batches": len(took_s),
        "seconds": round(seconds, 3),
        "outage_s": plan["outage_s"],
        "taps_per_second": round(taps / seconds, 1),
        "p50_ms": round(1000 * _percentile(took_s, 50), 1),
        "p99_ms": round(1000 * _percentile(took_s, 99), 1),
        "retries": dict(tally.troubles),
        "wrong": wrong,
        "once": not wrong and bool(books["balanced"]),
    }


def _percentile(ordered: Sequence[float], percent: int) -> float:
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


def lines(found: Mapping[str, Any]) -> list[str]:
    """Return what happened for people; the last line says whether every tap is there once."""
    retries = ", ".join(f"{count} {code}" for code, count in sorted(found["retries"].items())) or "none"
    return [
        f"{found['terminals']:,} terminals sent {found['taps']:,} taps in {found['batches']:,} batches",
        f"{found['taps_per_second']:,} taps/s over {found['seconds']} s, {found['outage_s']} of them without a line",
        f"from batch to ack: p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms",
        f"retries: {retries}",
        *(f"not as it was sent: {terminal}" for terminal in found["wrong"][:10]),
        f"every tap at the centre once: {'true' if found['once'] else 'false'}",
    ]
