"""Puts virtual hardware together: reader, SAM, QR engine, printer, announcer, display, each on its own pty.

Random bytes of its cards and PSAMs come from the operating system, unlike those of a simulation, which are seeded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from drivers.virtual.announcer import AnnouncerOrders, VirtualAnnouncer
from drivers.virtual.boxes import BOXES, VirtualBox
from drivers.virtual.card_spec import VirtualCard, card_from, purse_from
from drivers.virtual.card_time import CardTime
from drivers.virtual.display import DisplayOrders, VirtualDisplay
from drivers.virtual.field import Field, Report
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.orders import BoxOrders, ReaderOrders, SamOrders
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.printer import VirtualPrinter
from drivers.virtual.printer_orders import ROLL_LINES, PrinterOrders
from drivers.virtual.psam import Psam
from drivers.virtual.psam_memory import PsamMemory
from drivers.virtual.purse import PurseCard
from drivers.virtual.relay_board import RelayOrders, VirtualRelayBoard
from drivers.virtual.scanner import TONGUES, VirtualScanner
from drivers.virtual.scanner_orders import ScannerOrders
from edge.clock import SystemClock, SystemIds
from edge.domain.frozen import frozen

Device = TypeVar("Device")
Orders = TypeVar("Orders")

READER_PROTOCOLS = ("pn532", *BOXES)
SAM_PROTOCOLS = ("gemcore",)
SCANNER_PROTOCOLS = tuple(TONGUES)
GEMCORE_BAUDS = (115200,)


def nowhere(_event: object) -> None:
    """Report to nobody."""


@frozen
class VirtualReader:
    """A reader on a pty: ``async with reader.port`` plugs it in; cards come and go by ``field`` or ``orders``."""

    port: VirtualPort
    device: VirtualPn532
    field: Field
    orders: ReaderOrders


@frozen
class BoxOnPty:
    """A reader on a pty that holds a PSAM beside its antenna."""

    port: VirtualPort
    device: VirtualBox
    field: Field
    psam: Psam
    orders: BoxOrders


@frozen
class VirtualSam:
    """A SAM reader on a pty with one PSAM in a slot."""

    port: VirtualPort
    device: VirtualGemCore
    psam: Psam
    orders: SamOrders


@frozen
class OnPty(Generic[Device, Orders]):
    """A device with one line, on a pty: ``device`` knows what it did and was told, ``orders`` come from people."""

    port: VirtualPort
    device: Device
    orders: Orders


ScannerOnPty = OnPty[VirtualScanner, ScannerOrders]
PrinterOnPty = OnPty[VirtualPrinter, PrinterOrders]
AnnouncerOnPty = OnPty[VirtualAnnouncer, AnnouncerOrders]
DisplayOnPty = OnPty[VirtualDisplay, DisplayOrders]
RelaysOnPty = OnPty[VirtualRelayBoard, RelayOrders]


def virtual_card(description: str = "epurse") -> VirtualCard:
    """Return the card a description such as ``epurse:balance=4600,city=4520`` names; raises ConfigError."""
    return card_from(description, SystemIds().random_bytes)


def virtual_purse(description: str = "epurse") -> PurseCard:
    """Return the purse a description names; raises ConfigError, also for a card of another kind."""
    return purse_from(description, SystemIds().random_bytes)


def virtual_reader(
    card: VirtualCard,
    *,
    link: Path | None = None,
    card_time: bool = True,
    baud: int = 0,
    strict_baud: bool = False,
    report: Report = nowhere,
) -> VirtualReader:
    """Return a PN532 whose field is empty; ``card`` is what the order ``present`` brings in.

    ``baud`` paces the line. ``strict_baud`` garbles the bytes of a client set to another rate than the chip's.
    """
    field = Field(card_time=CardTime(enabled=card_time), report=report)
    device = VirtualPn532(field)
    port = VirtualPort(device, link, baud=baud, device_bauds=(lambda: device.listening_bauds) if strict_baud else None)
    return VirtualReader(port, device, field, ReaderOrders(port, device, card, report, SystemIds().random_bytes))


def virtual_box(
    protocol: str,
    card: VirtualCard,
    number: bytes,
    *,
    state: Path | None = None,
    link: Path | None = None,
    card_time: bool = True,
    baud: int = 0,
    strict_baud: bool = False,
    report: Report = nowhere,
) -> BoxOnPty:
    """Return a reader of this protocol with an empty field and a PSAM in the first slot for one; see virtual_reader."""
    model = BOXES[protocol]
    psam = Psam(number, memory=PsamMemory(state), random_bytes=SystemIds().random_bytes)
    device = model.build(Field(card_time=CardTime(enabled=card_time), report=report), {model.sam_slot: psam}, report)
    port = VirtualPort(device, link, baud=baud, device_bauds=(lambda: model.bauds) if strict_baud else None)
    orders = BoxOrders(port, device, card, psam, report, SystemIds().random_bytes)
    return BoxOnPty(port, device, device.field, psam, orders)


def virtual_sam(
    number: bytes,
    *,
    slot: int = 1,
    state: Path | None = None,
    link: Path | None = None,
    card_time: bool = True,
    baud: int = 0,
    strict_baud: bool = False,
    report: Report = nowhere,
) -> VirtualSam:
    """Return a GemCore reader with one PSAM; ``state`` keeps its sequence and error counter across restarts."""
    psam = Psam(number, memory=PsamMemory(state), random_bytes=SystemIds().random_bytes)
    device = VirtualGemCore({slot: psam}, card_time=CardTime(enabled=card_time), report=report)
    port = VirtualPort(device, link, baud=baud, device_bauds=(lambda: GEMCORE_BAUDS) if strict_baud else None)
    return VirtualSam(port, device, psam, SamOrders(port, device, psam, slot, report))


def virtual_scanner(
    protocol: str, *, prefix: bytes = b"", link: Path | None = None, baud: int = 0, report: Report = nowhere
) -> ScannerOnPty:
    """Return a QR engine of this protocol; ``prefix`` stands before every code it reads."""
    device = VirtualScanner(TONGUES[protocol](), prefix=prefix)
    port = VirtualPort(device, link, baud=baud)
    return OnPty(port, device, ScannerOrders(port, device, report, lambda: SystemClock().system_ms() // 1000))


def virtual_printer(*, lines: int = ROLL_LINES, link: Path | None = None, report: Report = nowhere) -> PrinterOnPty:
    """Return a receipt printer with so many lines of paper left."""
    device = VirtualPrinter(report, _later)
    device.refill(lines)
    port = VirtualPort(device, link)
    return OnPty(port, device, PrinterOrders(port, device, report))


def virtual_announcer(*, link: Path | None = None, baud: int = 0) -> AnnouncerOnPty:
    """Return a stop announcer that says nothing before it is ordered to."""
    device = VirtualAnnouncer()
    port = VirtualPort(device, link, baud=baud)
    return OnPty(port, device, AnnouncerOrders(port, device))


def virtual_display(*, link: Path | None = None, baud: int = 0, report: Report = nowhere) -> DisplayOnPty:
    """Return a text display that is dark."""
    device = VirtualDisplay(report)
    port = VirtualPort(device, link, baud=baud)
    return OnPty(port, device, DisplayOrders(port, device, report))


def virtual_relays(*, link: Path | None = None, baud: int = 0, report: Report = nowhere) -> RelaysOnPty:
    """Return a relay board of which nothing is on."""
    device = VirtualRelayBoard(report)
    port = VirtualPort(device, link, baud=baud)
    return OnPty(port, device, RelayOrders(port, device, report))


def _later(delay_ms: float, work: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(delay_ms / 1000, work)
