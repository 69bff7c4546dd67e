"""Finds out which QR engine is on a serial port: each protocol's harmless question, at the rates engines have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from drivers.links import Link
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.registry import scanner_models
from drivers.scanner import Scanner, ScannerIdentity, ScannerTiming
from drivers.scanning import ScannerModel, ScannerSettings
from edge.domain.errors import ReaderError
from edge.domain.frozen import frozen

BAUDS: Final = (115200, 9600)
"""What signed codes need, and what engines are delivered with."""
TIMING: Final = ScannerTiming(answer_timeout_ms=200.0, set_up_attempts=2)


@frozen
class Engine:
    """An engine that answered: its protocol, its rate, and what it calls itself."""

    protocol: str
    baud: int
    name: str


async def probe_engine(
    path: str, within_s: float, link: Callable[[SerialSettings], Link] = SerialPort
) -> Engine | None:
    """Return the engine on a port, None where none answers in time; raises link errors."""
    try:
        async with asyncio.timeout(within_s):
            for model, settings, baud in _questions():
                scanner = Scanner(
                    link(SerialSettings(path, baud)),
                    model.build(settings),
                    timing=TIMING,
                    identity=ScannerIdentity(settings.identify),
                )
                if (name := await _asked(scanner)) is not None:
                    return Engine(model.name, baud, name)
    except TimeoutError:
        return None
    return None


def _questions() -> Iterator[tuple[ScannerModel, ScannerSettings, int]]:
    """Give every question at every rate, packets first: to an engine that hunts for them a text may begin one."""
    models = [model for _, model in sorted(scanner_models().items(), reverse=True)]
    for baud in BAUDS:
        for model in models:
            for question in model.questions:
                yield model, question, baud


async def _asked(scanner: Scanner) -> str | None:
    try:
        await scanner.open()
    except ReaderError as error:
        if error.code.startswith("LINK_"):
            raise
        return None
    finally:
        await scanner.close()
    return scanner.engine
