"""The demonstration's bus under way: an announcer with the driver's keys, a text display, and the passenger's page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from drivers.virtual.player import VirtualPlayer
from edge.control.client import connect
from edge.control.messages import Message
from edge.demo.bus_documents import BY_STOP, VEHICLE
from edge.demo.processes import run_to_end
from edge.demo.stage import Stage, free_port, listening
from edge.wiring_virtual import AnnouncerOnPty, DisplayOnPty, virtual_announcer, virtual_display

ANNOUNCED: Final = "announcer.pty"
SHOWN: Final = "display.pty"
PLAYER: Final = "player"


class DrivenBus(Stage):
    """The bus validator with what a vehicle has beside it; its page is a process of its own, at ``address``."""

    def __init__(self, folder: Path, *, card_time: bool = True) -> None:
        settings = VEHICLE.format(announcer=ANNOUNCED, display=SHOWN, player=folder / "device" / PLAYER)
        super().__init__(folder, card_time=card_time, settings=settings)
        self.announcer: AnnouncerOnPty
        self.display: DisplayOnPty
        self.sounded: list[Mapping[str, object]] = []
        self._by_stop = False
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        listen = f"127.0.0.1:{self._port}"
        self.page = self._child("page", "till", "--passenger", "--config", str(self.config), "--listen", listen)

    async def _plug_devices(self) -> None:
        await super()._plug_devices()
        device = self.config.parent
        self.announcer = virtual_announcer(link=device / ANNOUNCED)
        self.display = virtual_display(link=device / SHOWN)
        await self._stack.enter_async_context(self.announcer.port)
        await self._stack.enter_async_context(self.display.port)
        await self._stack.enter_async_context(VirtualPlayer(self.sounded.append, device / PLAYER))

    async def _set_up(self) -> None:
        await super()._set_up()
        self._stack.push_async_callback(self.page.stop)
        await self.page.start()
        await self.until("the passenger's page is served", lambda: listening(self._port))

    async def publish_fares_by_stop(self) -> None:
        """Publish a tariff in which a ride costs what its boarding stop says, and wait until it is in force here."""
        if self._by_stop:
            return
        before = (await self.status())["edition"]
        tariff = self.folder / "by-stop.toml"
        tariff.write_text(BY_STOP, "utf-8")
        await run_to_end("central", "publish", str(tariff), *self.central)

        async def newer() -> bool:
            return bool((await self.status())["edition"] > before)

        await self.until("the fares by stop are in force", newer)
        self._by_stop = True

    async def hears(self, address: str, *values: str, **wanted: object) -> None:
        """Let the announcer say one sentence, and wait until the vehicle stands as is wanted."""
        self.announcer.device.say(address, *values)

        async def stands() -> bool:
            vehicle = await self.vehicle()
            return all(vehicle[name] == value for name, value in wanted.items())

        await self.until(f"{address} was heard", stands)

    async def vehicle(self) -> Message:
        """Return the duty and what is armed."""
        async with connect(self.socket) as client:
            return await client.call("drive.state")

    def heard(self) -> int:
        """Return how many answers have sounded."""
        return sum(event["event"] == "sounding" for event in self.sounded)

    def screen(self) -> str:
        """Return what the passenger's text display shows."""
        return " | ".join(self.display.device.lines)
