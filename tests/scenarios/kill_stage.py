"""A stage whose processes can be stopped at a named place and killed there, and whose books are audited all along."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from drivers.virtual.field import Hold, HoldPoint, Moment
from edge.control.client import connect
from edge.control.messages import Message
from edge.demo.cards import DENIED, DemoCard, wallet
from edge.demo.processes import STARTING_S, Child
from edge.demo.stage import Stage
from edge.wiring_virtual import virtual_purse
from tests.scenarios import held_process

LAUNCHER: Final = str(Path(held_process.__file__))
SETTINGS: Final = """
[journal]
checkpoint_entries = 1
retention_days = 1
retention_entries = 0
"""
SAM_STEPS: Final = frozenset({"PSAM INIT FOR PURCHASE", "PSAM CREDIT"})
Order = tuple[str, str]
"""A place and a side of it: the name of a seam, a card's or a SAM's step, ``apdu N``; ``before`` or ``after``."""


class KillStage(Stage):
    """The stage of the demonstration with processes that obey orders, without card time."""

    def __init__(self, folder: Path) -> None:
        self.orders = folder / "orders"
        super().__init__(folder, card_time=False, settings=SETTINGS, launch=self._held)
        self.orders.mkdir(parents=True)
        self.cards = {DENIED: wallet()[DENIED]}

    def _held(self, *words: str) -> list[str]:
        return [sys.executable, LAUNCHER, str(self.orders), *words]

    @property
    def technician(self) -> Path:
        """Return the technician's control socket."""
        return self.socket.with_name("technician.sock")

    def new_card(self) -> str:
        """Put a fresh purse of 50 yuan into the wallet and return its name."""
        name, serial = f"card {len(self.cards)}", f"310493049988{len(self.cards):07}"
        self.cards = {**self.cards, name: DemoCard(name, virtual_purse(f"epurse:balance=5000,serial={serial}"), serial)}
        return name

    async def stop_at(self, order: Order) -> None:
        """Have the process or the device stop at a place, and wait until somebody has stopped there.

        The card must be held up before: a hold takes effect while this waits.
        """
        place, side = order
        if self.is_step(place):
            await self.event(phase="received" if side == "before" else "held")
        else:
            await self.until(f"{place} {side} is reached", self._reached)

    @staticmethod
    def is_step(place: str) -> bool:
        """Say whether a place is a command to card or SAM rather than a seam of a process."""
        return place.isupper() or place.startswith("apdu ")

    def plan(self, order: Order) -> None:
        """Order the stop, before anything happens."""
        place, side = order
        point = HoldPoint(side)
        if place in SAM_STEPS:
            self.sam.device.plan_hold(Hold(Moment(step=place), point))
        elif place.startswith("apdu "):
            self.reader.field.plan_hold(Hold(Moment(apdu=int(place[5:])), point))
        elif self.is_step(place):
            self.reader.field.plan_hold(Hold(Moment(step=place), point))
        else:
            fresh = self.orders / "order.new"
            fresh.write_text(f"{place} {side}")
            fresh.replace(self.orders / "order")

    async def answer_to(self, name: str, order: Order) -> Message:
        """Hold a card up until the terminal has answered; it stays there. The order is given inside its tap.

        No idle work runs inside a tap, so that the order meets what follows this tap, and nothing before.
        """
        async with connect(self.socket) as client, asyncio.timeout(STARTING_S):
            await client.call("subscribe")
            self.plan(("DEBIT", "before"))
            self.hold_up(name)
            await self.stop_at(("DEBIT", "before"))
            self.plan(order)
            self.reader.field.release()
            while (heard := await client.event())["event"] != "tap":
                pass
            return heard

    async def _reached(self) -> bool:
        reached = self.orders / "reached"
        if not reached.exists():
            return False
        reached.unlink()
        return True

    async def kill(self, child: Child) -> None:
        """Kill a process where it stands; held devices answer nobody any more."""
        await child.kill()
        (self.orders / "order").unlink(missing_ok=True)
        self.sam.device.plan_hold(None)
        self.reader.field.plan_hold(None)
        self.reader.field.remove()
        self.reader.field.release()
        self.sam.device.release()

    def reported(self) -> list[dict[str, object]]:
        """Take and return what the virtual devices have reported and nobody has read."""
        found: list[dict[str, object]] = []
        while not self.events.empty():
            found.append(dict(self.events.get_nowait()))
        return found

    async def ask(self, verb: str) -> Message:
        """Ask the running terminal as a technician."""
        async with connect(self.technician) as client:
            return await client.call(verb)


@asynccontextmanager
async def kill_stage(folder: Path) -> AsyncIterator[KillStage]:
    """Open the stage with everything running."""
    async with KillStage(folder) as stage:
        yield stage
