"""The stage of the demonstration: a centre, a bus validator, its virtual devices and a network, in one folder."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from drivers.virtual.field import ContactlessCard, Hold, HoldPoint, Moment, Tear
from edge.clock import SystemIds
from edge.control.client import ControlClient, connect
from edge.control.messages import Message, to_bytes
from edge.crypto.signing import KEY_BYTES
from edge.demo.cards import DENIED, DemoCard, wallet
from edge.demo.documents import CONFIG, DENY, FARE, OTHER_MEDIA
from edge.demo.media import DENIED_BANK_CARD, CodeIssuers, Holder, holders
from edge.demo.processes import STARTING_S, Child, command, run_for_json, run_to_end
from edge.demo.proxy import Network
from edge.domain.entry import Entry
from edge.domain.errors import OneCardError
from edge.wiring_virtual import ScannerOnPty, VirtualReader, VirtualSam, virtual_reader, virtual_sam, virtual_scanner
from sync.wire import decode_entry

TERMINAL: Final = "bus-101"
PSAM_NUMBER: Final = bytes.fromhex("452001210001")
LOOK_MS: Final = 20
AGAIN: Final = "accepted_before"
PAGE: Final = 50


class Stage:
    """Everything the demonstration plays with. ``async with Stage(folder) as stage``.

    ``card_time`` makes cards and SAM as slow as real ones. ``settings`` is added to the terminal's configuration.
    ``launch`` turns the words of a command into the command line of a long-running process. ``capture`` is a folder
    for what passes between sync process and centre.
    """

    def __init__(
        self,
        folder: Path,
        *,
        card_time: bool = True,
        settings: str = "",
        launch: Callable[..., list[str]] = command,
        capture: Path | None = None,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self._card_time = card_time
        self._launch = launch
        self._capture = capture
        self.cards: Mapping[str, DemoCard] = wallet()
        self.events: asyncio.Queue[Mapping[str, object]] = asyncio.Queue()
        self.last_presented = ""
        self.reader: VirtualReader
        self.sam: VirtualSam
        self.scanner: ScannerOnPty
        self.holders: Mapping[str, Holder] = {}
        self.network: Network
        self.terminal = self._child("terminal", "run", "--config", str(self.config))
        self.sync = self._child("sync", "sync", "--config", str(self.config))
        self.centre: Child
        self.url = ""
        self._stack = AsyncExitStack()

    @property
    def config(self) -> Path:
        """Return the terminal's configuration."""
        return self.folder / "device" / "terminal.toml"

    @property
    def socket(self) -> Path:
        """Return the terminal's control socket for reading."""
        return self.config.parent / "sockets" / "read.sock"

    @property
    def central(self) -> list[str]:
        """Return the options that name the centre's folder."""
        return ["--state", str(self.folder / "centre")]

    async def __aenter__(self) -> Self:
        try:
            await self._set_up()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _set_up(self) -> None:
        await self._prepare()
        for child in (self.terminal, self.sync):
            self._stack.push_async_callback(child.stop)
            await child.start()
        await self.until("the terminal is ready", self._ready)

    async def _prepare(self) -> None:
        """Start the centre and its network, enrol the terminal, and plug its devices in."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.holders = holders(CodeIssuers(self.folder, SystemIds().random_bytes(KEY_BYTES)))
        await self._start_centre()
        url = await self.network.start()
        self._stack.push_async_callback(self.network.close)
        self.config.write_text(CONFIG.format(url=url) + OTHER_MEDIA + self.settings, "utf-8")
        self.url = url
        await self.enrol()
        await self._plug_devices()

    def _child(self, name: str, *words: str) -> Child:
        return Child(name, self._launch(*words), self.folder / f"{name}.log")

    async def enrol(self) -> None:
        """Enrol the terminal, which must not run, with a fresh token."""
        issued = await run_to_end("central", "token", "new", "--terminal", TERMINAL, *self.central)
        await run_to_end("enrol", self.url, "--token", issued.split()[-1], "--config", str(self.config))

    async def _start_centre(self) -> None:
        port = free_port()
        self.centre = self._child("centre", "central", "--listen", f"127.0.0.1:{port}", *self.central)
        self.network = Network(("127.0.0.1", port), self._capture)
        self._stack.push_async_callback(self.centre.stop)
        fare, denied = self.folder / "fare.toml", self.folder / "denied.toml"
        fare.write_text(FARE, "utf-8")
        purse, bank_card = self.cards[DENIED].number, self.holders[DENIED_BANK_CARD].number
        denied.write_text(DENY.format(purse=purse, bank_card=bank_card), "utf-8")
        await run_to_end("central", "publish", str(fare), str(denied), *self.central)
        denied.unlink()
        await self.centre.start()
        await self.until("the centre listens", lambda: listening(port))

    async def _plug_devices(self) -> None:
        first = next(iter(self.cards.values())).card
        device = self.config.parent
        report, card_time = self.events.put_nowait, self._card_time
        self.reader = virtual_reader(first, link=device / "reader.pty", card_time=card_time, report=report)
        self.sam = virtual_sam(PSAM_NUMBER, link=device / "sam.pty", card_time=card_time, report=report)
        self.scanner = virtual_scanner("zebra_ssi", link=device / "scanner.pty", report=report)
        await self._stack.enter_async_context(self.scanner.port)
        await self._stack.enter_async_context(self.reader.port)
        await self._stack.enter_async_context(self.sam.port)

    async def present(self, name: str, socket_path: Path | None = None) -> Message:
        """Hold a card to the reader until the terminal has answered, take it away, and return the answer.

        ``socket_path`` is another terminal's on the same devices.
        """
        async with connect(socket_path or self.socket) as client, asyncio.timeout(STARTING_S):
            await client.call("subscribe")
            self.hold_up(name)
            try:
                answer = await _next(client, "tap")
            finally:
                self.reader.field.remove()
            await _next(client, "card_left")
        self._remember(name, answer)
        return answer

    async def scan(self, name: str, code: bytes) -> Message:
        """Hold a holder's code before the scanner and return the terminal's answer."""
        async with connect(self.socket) as client, asyncio.timeout(STARTING_S):
            await client.call("subscribe")
            self.scanner.device.scan(code)
            answer = await _next(client, "tap")
        self._remember(name, answer)
        return answer

    def hold_up(self, name: str) -> None:
        """Bring a card to the reader; it stays until the field is emptied."""
        self.last_presented = name
        self.reader.field.present(self._card(name))

    def _card(self, name: str) -> ContactlessCard:
        holder = self.holders.get(name)
        if holder is None:
            return self.cards[name].card
        if holder.card is None:
            raise KeyError(f"{name} holds no card")
        return holder.card

    def _remember(self, name: str, answer: Message) -> None:
        """Let a holder note what a green lamp says was paid; an answer that is given again costs nothing."""
        holder = self.holders.get(name)
        if holder is not None and answer["accepted"] and answer["prompt"] != AGAIN:
            holder.shown = holder.shown.plus(int(answer["fen"]))

    async def kill_inside_debit(self, name: str) -> None:
        """Present a card, wait until it has executed DEBIT, and kill the terminal before it hears the answer."""
        self.reader.field.plan_hold(Hold(Moment(step="DEBIT"), HoldPoint.AFTER))
        self.hold_up(name)
        await self.event(step="DEBIT", phase="held")
        await self.terminal.kill()
        self.reader.field.remove()
        self.reader.field.release()

    async def tear_inside_debit(self, name: str) -> Message:
        """Present a card that leaves the field after it executed DEBIT; returns the terminal's answer."""
        self.reader.field.plan_tear(Tear(Moment(step="DEBIT"), executed=True))
        return await self.present(name)

    async def restart_terminal(self) -> None:
        """Start the terminal again and wait until it serves."""
        await self.terminal.start()
        await self.until("the terminal is back", self._ready)

    async def status(self) -> dict[str, Any]:
        """Return the terminal's status over its control socket."""
        async with connect(self.socket) as client:
            return await client.call("status")

    async def entries(self) -> list[Entry]:
        """Return the whole journal over the control socket."""
        found: list[Entry] = []
        async with connect(self.socket) as client:
            while True:
                first = found[-1].seq + 1 if found else 1
                answer = await client.call("journal.page", **{"from": first, "max": PAGE})
                if not answer["entries"]:
                    return found
                found += [decode_entry(to_bytes(entry)) for entry in answer["entries"]]

    async def reconcile(self) -> dict[str, Any]:
        """Return the centre's own books."""
        return await run_for_json("central", "reconcile", *self.central)

    async def drained(self) -> None:
        """Wait until the centre has acked everything."""
        await self.until("everything is acked", self._all_acked)

    async def until(self, what: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until ``holds`` says so; raises ``RuntimeError`` naming ``what`` when it takes too long."""
        give_up_s = asyncio.get_running_loop().time() + STARTING_S
        while not await holds():
            for child in (self.centre, self.terminal, self.sync):
                child.must_live()
            if asyncio.get_running_loop().time() > give_up_s:
                raise RuntimeError(f"waited in vain until {what}; logs are in {self.folder}")
            await asyncio.sleep(LOOK_MS / 1000)

    async def _ready(self) -> bool:
        try:
            return not (await self.status())["stop"]
        except OneCardError:
            return False

    async def _all_acked(self) -> bool:
        journal = (await self.status())["journal"]
        return bool(journal["acked_seq"] == journal["last_seq"])

    async def event(self, **wanted: object) -> None:
        """Wait for an event of the virtual devices that has these members."""
        async with asyncio.timeout(STARTING_S):
            while not wanted.items() <= (await self.events.get()).items():
                pass


async def _next(client: ControlClient, event: str) -> Message:
    while (heard := await client.event())["event"] != event:
        pass
    return heard


async def listening(port: int) -> bool:
    """Say whether somebody listens on a loopback port."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
