"""Checks of the QR engine's settings, and of what it may read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from drivers.registry import scanner_model
from edge.cli.doctor_ports import check_port
from edge.cli.doctor_report import Finding, coded, fine, warn
from edge.config import TerminalConfig
from edge.domain.errors import ConfigError
from edge.wiring_codes import configured_keys, scanner_settings, schemes_of

SIGNED_BAUD_MIN = 115_200


def check_scanner(config: TerminalConfig, frames: float | None) -> Iterator[Finding]:
    """Check port, protocol and keys of a terminal that has a scanner; ``frames`` as in :func:`check_port`."""
    scanner = config.scanner
    if not scanner.protocol:
        return
    yield from check_port("scanner", scanner.path, config.reader.latency_timer_ms_max, frames)
    try:
        yield _protocol(config)
    except ConfigError as error:
        yield coded("scanner.protocol", error)
    if scanner.baud < SIGNED_BAUD_MIN:
        said = f"{scanner.protocol} at {scanner.baud} baud: a signed code takes a third of a second and more"
        yield warn("scanner.baud", said, f"set the engine to {SIGNED_BAUD_MIN} and `scanner.baud` with it")
    try:
        yield _keys(config)
    except ConfigError as error:
        yield coded("scanner.keys", error)


def _protocol(config: TerminalConfig) -> Finding:
    """Name a mode that cuts binary codes; building the codec refuses set-up commands that would wear the flash."""
    name, settings = config.scanner.protocol, scanner_settings(config.scanner)
    model = scanner_model(name)
    model.build(settings)
    unsafe = model.unsafe(settings)
    if unsafe:
        cure = "set `scanner.ends_by_silence = true`, or use an engine with frames (zebra_ssi)"
        return warn("scanner.protocol", f"{name} is not safe for binary codes: {unsafe}", cure)
    return fine("scanner.protocol", f"{name}: every byte of a code comes through")


def _keys(config: TerminalConfig) -> Finding:
    keys = configured_keys(config.codes)
    schemes = ", ".join(scheme.name for scheme in schemes_of(config.codes, lambda: keys))
    if config.codes.test:
        cure = "set `codes.test = false` before money moves"
        return warn("scanner.keys", f"{schemes}: test codes and test keys are taken", cure)
    if config.codes.keys == Path():
        return fine("scanner.keys", f"{schemes}: by the keys of the lists alone")
    return fine("scanner.keys", f"{schemes}: {len(keys)} keys in {config.codes.keys}, as long as the lists bring none")
