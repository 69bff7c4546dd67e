"""``onecard doctor``: named checks with cause and cure."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping

from edge.cli.certificate_report import check_certificate
from edge.cli.doctor_flush import check_flush, check_medium
from edge.cli.doctor_host import check_clock, check_disk, check_key_files, check_python, check_sm2, check_sqlite
from edge.cli.doctor_ports import check_port
from edge.cli.doctor_printer import check_printer
from edge.cli.doctor_report import Finding, Level, coded, worst
from edge.cli.doctor_scanner import check_scanner
from edge.cli.doctor_terminal import check_enrolment, check_socket, check_status, check_sync
from edge.cli.doctor_vehicle import check_vehicle
from edge.cli.doctor_voice import check_voice
from edge.cli.locate import Located, add_location_options, locate
from edge.cli.main import EXIT_FAULT, EXIT_FINE
from edge.cli.output import add_json_option, columns, show
from edge.cli.terminal_source import open_source
from edge.clock import SystemClock
from edge.config import JournalSection, ListsSection
from edge.control.messages import Message
from edge.crypto.sm import chosen_sm2
from edge.domain.errors import OneCardError

HELP = "check ports, clock, disk, keys, lists and journal; name cause and cure"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that can be checked, whatever else fails; 1 where a fault was found."""
    findings = asyncio.run(examine(locate(arguments)))
    level = worst(findings)
    facts = {"level": level.value, "checks": [finding.facts() for finding in findings]}
    show(arguments, facts, _lines(findings))
    return EXIT_FAULT if level is Level.FAULT else EXIT_FINE


async def examine(located: Located) -> list[Finding]:
    """Ask the terminal, or its files, and return the findings."""
    try:
        async with open_source(located) as source:
            status = await source.status()
    except OneCardError as error:
        return await findings_of(located, error)
    return await findings_of(located, status)


async def findings_of(located: Located, asked: Message | OneCardError) -> list[Finding]:
    """Return the findings in a fixed order: machine, ports, files, terminal; ``asked`` is its status, or why not."""
    status, trouble = (None, [coded("journal", asked)]) if isinstance(asked, OneCardError) else (asked, [])
    running = status is not None and bool(status["running"])
    config = located.config
    findings = [
        check_python(),
        check_sqlite(),
        check_sm2(chosen_sm2()),
        check_disk(located.paths.state, _journal(located)),
        check_medium(located.paths.state),
        check_flush(located.paths.state, SystemClock().monotonic_ms),
    ]
    findings.append(check_clock(_system_ms(), _newest_ms(status)))
    if config is not None:
        latency = config.reader.latency_timer_ms_max
        findings += check_port("reader", config.reader.path, latency, _frames(status, "reader"))
        findings += check_port("sam", config.sam.path, latency, _frames(status, "sam"))
        findings += check_scanner(config, _frames(status, "scanner"))
        findings += [finding async for finding in check_printer(config, _frames(status, "printer"))]
        findings += check_vehicle(config, lambda port: _frames(status, port))
        findings += check_voice(config, _counters(status, "voice"))
    findings += [check_enrolment(located.paths), *check_key_files(located.paths)]
    findings += [
        check_socket(located.paths, running=running),
        check_sync(located.paths.state, listens=_sync_listens(status)),
    ]
    findings += check_certificate(located.paths.state, _system_ms())
    findings += trouble
    if status is not None:
        findings += check_status(status, ListsSection() if config is None else config.lists)
    return findings


def _journal(located: Located) -> JournalSection:
    return JournalSection() if located.config is None else located.config.journal


def _frames(status: Message | None, port: str) -> float | None:
    if status is None or not status["running"]:
        return None
    return float(status["ports"].get(port, {}).get("frames", 0))


def _counters(status: Message | None, port: str) -> Mapping[str, float]:
    return {} if status is None or not status["running"] else status["ports"].get(port, {})


def _sync_listens(status: Message | None) -> bool:
    """Say whether the sync process listens to the terminal; of one that does not run nobody knows."""
    return status is None or not status["running"] or bool(status.get("sync_listens", True))


def _newest_ms(status: Message | None) -> int:
    last_tap = None if status is None else status["last_tap"]
    return int(last_tap["time_ms"]) if last_tap else 0


def _system_ms() -> int:
    """Return what the wall clock itself says: the check is about the clock, not about what is known better."""
    return SystemClock().system_ms()


def _lines(findings: list[Finding]) -> Iterator[str]:
    rows = columns((finding.level.value, finding.check, finding.cause) for finding in findings)
    for row, finding in zip(rows, findings, strict=True):
        yield row
        if finding.cure:
            yield f"       cure: {finding.cure} ({finding.link})"
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    yield f"{counts[Level.OK]} ok, {counts[Level.WARN]} to watch, {counts[Level.FAULT]} faults"
