"""``onecard virtual``: a simulated reader, SAM, QR engine, printer, announcer or voice, moved by JSON lines."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from drivers.virtual.boxes import BOXES
from drivers.virtual.card_spec import PARTS
from drivers.virtual.field import Event
from drivers.virtual.gemcore import SLOTS
from drivers.virtual.orders import Orders, obey
from drivers.virtual.player import PlayerOrders, VirtualPlayer
from drivers.virtual.port import VirtualPort
from drivers.virtual.printer_orders import ROLL_LINES
from drivers.virtual.psam import NUMBER
from edge.domain.errors import ConfigError
from edge.wiring_virtual import (
    READER_PROTOCOLS,
    SAM_PROTOCOLS,
    SCANNER_PROTOCOLS,
    BoxOnPty,
    VirtualReader,
    virtual_announcer,
    virtual_box,
    virtual_card,
    virtual_display,
    virtual_printer,
    virtual_reader,
    virtual_relays,
    virtual_sam,
    virtual_scanner,
)

HELP = "simulate what a terminal is joined to: reader, SAM, scanner, printer and more"
MODEL: Final = "which model it is (default the first)"
_NUMBER_LENGTH: Final = 6
_READ_MAX: Final = 65536


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of each kind of virtual hardware."""
    kinds = parser.add_subparsers(dest="hardware", required=True)
    reader = kinds.add_parser("reader", help="a contactless reader; orders: present, remove, second, tear, hold, ...")
    reader.add_argument("--protocol", choices=READER_PROTOCOLS, default=READER_PROTOCOLS[0], help=MODEL)
    reader.add_argument("--card", default="epurse", metavar="CARD", help=_cards_told())
    reader.add_argument("--present", action="store_true", help="the card lies in the field from the start")
    _add_psam(reader)
    sam = kinds.add_parser("sam", help="a SAM reader with one PSAM; orders: mute, withdraw, insert, sam, ...")
    sam.add_argument("--protocol", choices=SAM_PROTOCOLS, default=SAM_PROTOCOLS[0], help=MODEL)
    sam.add_argument("--slot", type=int, choices=range(SLOTS), default=1, help="where the PSAM is (default 1)")
    _add_psam(sam)
    scanner = kinds.add_parser("scanner", help="a QR engine; orders: scan, issuer, engine, unplug, noise, ...")
    scanner.add_argument("--protocol", choices=SCANNER_PROTOCOLS, default=SCANNER_PROTOCOLS[0], help=MODEL)
    scanner.add_argument("--prefix", default="", metavar="TEXT", help="what the engine puts before every code, as ]Q1")
    printer = kinds.add_parser("printer", help="a receipt printer; orders: paper, cover, offline, slow, slips, ...")
    printer.add_argument("--lines", type=int, default=ROLL_LINES, metavar="N", help="how many lines its paper has left")
    announcer = kinds.add_parser("announcer", help="a stop announcer; orders: sign_on, line, stop, position, key, ...")
    display = kinds.add_parser("display", help="a passenger's text display; orders: screen, unplug, ...")
    relays = kinds.add_parser("relays", help="a relay board, for a lamp or a gate; orders: relays, unplug, ...")
    voice = kinds.add_parser("voice", help="a player in the place of aplay; orders: work, break, hang, unplug")
    voice.add_argument("--link", type=Path, metavar="PATH", help="where the program stands: name it in voice.player")
    voice.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    for kind in (reader, sam, scanner, printer, announcer, display, relays):
        kind.add_argument("--link", type=Path, metavar="PATH", help="a symbolic link that follows the pty")
        kind.add_argument("--baud", type=int, default=0, help="pace the line to this rate (0: not at all)")
        kind.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    for kind in (reader, sam):
        kind.add_argument("--strict-baud", action="store_true", help="garble the bytes of a client at another rate")
        kind.add_argument("--no-card-time", action="store_true", help="every step takes no time")


def _add_psam(kind: argparse.ArgumentParser) -> None:
    """Let a device hold a PSAM; a PN532 has no slot for one."""
    kind.add_argument("--number", default=NUMBER.hex(), metavar="HEX12", help="the PSAM's six-byte terminal number")
    kind.add_argument("--state", type=Path, metavar="FILE", help="keep the PSAM's sequence and error counter here")


def run(arguments: argparse.Namespace) -> int:
    """Serve until ``quit``, SIGTERM or (with ``--until-eof``) the end of input; raises ConfigError."""
    asyncio.run(_Session(arguments).serve())
    return 0


class _Session:
    """One virtual device from plug to quit."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._until_eof: bool = arguments.until_eof
        self._over = asyncio.Event()
        self._unread = b""
        self._port, self._orders, self._start = self._build(arguments)
        self._orders.table["quit"] = lambda _order: self._over.set()

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(ending, self._over.set)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._port)
            except OSError as error:
                self._port.unplug()
                raise ConfigError("CONFIG_VALUE", f"no pty, or no link to it: {error.strerror}") from error
            print("SIMULATION: this device is virtual; no money moves", file=sys.stderr, flush=True)
            self._print(str(self._port.path))
            self._start()
            self._watch_input(loop)
            await self._over.wait()
            loop.remove_reader(sys.stdin.fileno())

    def _build(self, arguments: argparse.Namespace) -> tuple[VirtualPort | VirtualPlayer, Orders, Callable[[], None]]:
        if arguments.hardware == "voice":
            player = VirtualPlayer(self._report, arguments.link)
            return player, PlayerOrders(player), lambda: None
        if arguments.hardware == "printer":
            paper = virtual_printer(lines=arguments.lines, link=arguments.link, report=self._report)
            return paper.port, paper.orders, lambda: None
        if arguments.hardware == "announcer":
            bus = virtual_announcer(link=arguments.link, baud=arguments.baud)
            return bus.port, bus.orders, lambda: None
        if arguments.hardware == "display":
            screen = virtual_display(link=arguments.link, baud=arguments.baud, report=self._report)
            return screen.port, screen.orders, lambda: None
        if arguments.hardware == "relays":
            board = virtual_relays(link=arguments.link, baud=arguments.baud, report=self._report)
            return board.port, board.orders, lambda: None
        if arguments.hardware == "scanner":
            prefix, place = arguments.prefix.encode(), {"link": arguments.link, "baud": arguments.baud}
            engine = virtual_scanner(arguments.protocol, prefix=prefix, report=self._report, **place)
            return engine.port, engine.orders, lambda: None
        line = {"link": arguments.link, "card_time": not arguments.no_card_time}
        line |= {"baud": arguments.baud, "strict_baud": arguments.strict_baud}
        if arguments.hardware == "reader":
            return self._build_reader(arguments, line)
        number = _number(arguments.number)
        sam = virtual_sam(number, slot=arguments.slot, state=arguments.state, report=self._report, **line)
        return sam.port, sam.orders, lambda: None

    def _build_reader(
        self, arguments: argparse.Namespace, line: dict[str, Any]
    ) -> tuple[VirtualPort, Orders, Callable[[], None]]:
        card = virtual_card(arguments.card)
        reader: VirtualReader | BoxOnPty
        if arguments.protocol in BOXES:
            number = _number(arguments.number)
            reader = virtual_box(arguments.protocol, card, number, state=arguments.state, report=self._report, **line)
        else:
            reader = virtual_reader(card, report=self._report, **line)
        return reader.port, reader.orders, lambda: reader.field.present(card) if arguments.present else None

    def _watch_input(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.add_reader(sys.stdin.fileno(), self._readable)
        except PermissionError:  # a plain file or /dev/null cannot be waited for: it is all there already
            while not self._over.is_set() and self._take(os.read(sys.stdin.fileno(), _READ_MAX)):
                pass

    def _readable(self) -> None:
        if not self._take(os.read(sys.stdin.fileno(), _READ_MAX)):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    def _take(self, incoming: bytes) -> bool:
        """Obey whole lines; returns False at the end of input."""
        if not incoming and self._until_eof:
            self._over.set()
        *lines, self._unread = (self._unread + incoming).split(b"\n")
        for line in lines:
            if line.strip():
                obey(self._orders, line.decode("utf-8", "replace"), self._report)
        return bool(incoming)

    def _report(self, event: Event) -> None:
        self._print(json.dumps(event))

    def _print(self, line: str) -> None:
        try:
            print(line, flush=True)
        except BrokenPipeError:  # nobody listens any more: the owner is gone
            self._over.set()


def _cards_told() -> str:
    """Return what cards there are, each with its keys."""
    each = [f"{kind}[:key=value,...] with the keys {', '.join(keys)}" for kind, (keys, _) in PARTS.items()]
    return "; ".join([*each, "ssc[:kind.key=value,...] with several of them"])


def _number(text: str) -> bytes:
    try:
        number = bytes.fromhex(text)
    except ValueError as wrong:
        raise ConfigError("CONFIG_VALUE", f"the PSAM number is hexadecimal, not {text!r}") from wrong
    if len(number) != _NUMBER_LENGTH:
        raise ConfigError("CONFIG_VALUE", f"the PSAM number has six bytes, not {len(number)}")
    return number
