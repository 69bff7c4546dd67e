"""What the pages show, pushed: whole pictures with numbers, so that a screen that lost its line resumes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from edge.control.client import connect
from edge.control.messages import Message
from edge.domain.errors import OneCardError
from edge.domain.frozen import frozen, mutable
from edge.till.topics import TILL, Topic

KEPT: Final = 64
POLL_S: Final = 2.0
"""How often the state is asked for where nothing happens: ages and counts move by themselves."""
ABSENT_S: Final = 0.5
GONE: Final[Message] = {"absent": True}
MOVING: Final = ("now_ms", "left_ms", "oldest_s", "lists_age_s")
"""What changes with time alone is no news."""


@frozen
class Picture:
    """Everything at one moment; ``number`` counts up."""

    number: int
    state: Message


@mutable
class Feed:
    """Follows the terminal through its control socket; ``boot`` tells this process's pictures from another's."""

    socket: Path
    boot: str
    topic: Topic = TILL
    pictures: deque[Picture] = field(default_factory=lambda: deque([Picture(0, GONE)], KEPT))
    _heard: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self) -> None:
        """Follow until cancelled, whether the terminal is there or not."""
        while True:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._listen())
                    group.create_task(self._poll())
            except* OneCardError:
                await self._show(GONE)
            await asyncio.sleep(ABSENT_S)

    async def call(self, verb: str, **members: object) -> Message:
        """Ask the terminal; raises its refusals, and ``CONTROL_ABSENT``."""
        async with connect(self.socket) as client:
            return await client.call(verb, **members)

    async def _listen(self) -> None:
        async with connect(self.socket) as client:
            await client.call("subscribe")
            while True:
                event = await client.event()
                if event.get("event") in self.topic.heard:
                    await self._hear(event)

    async def _hear(self, event: Message) -> None:
        """Show at once what an event says, then everything."""
        self._heard += 1
        told = self.topic.heard[event["event"]](event)
        await self._show({**self.pictures[-1].state, **told})
        if event["event"] in self.topic.changes:
            await self.refresh()

    async def _poll(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(POLL_S)

    async def refresh(self) -> None:
        """Ask for the whole state and show it where it is news; an answer that an event has overtaken is asked anew."""
        while True:
            heard, state = self._heard, await self.call(self.topic.state)
            if heard == self._heard:
                break
        left = self.pictures[-1].state.get("card_left", False)
        await self._show({**{name: part for name, part in state.items() if name != "ok"}, "card_left": left})

    async def _show(self, state: Message) -> None:
        if still(state) == still(self.pictures[-1].state):
            return
        async with self._changed:
            self.pictures.append(Picture(self.pictures[-1].number + 1, state))
            self._changed.notify_all()

    async def after(self, last: str) -> AsyncIterator[tuple[str, Message]]:
        """Yield (id, state) from after ``last`` on, for ever: what was missed, or the newest where nobody knows."""
        boot, _, number = last.partition("-")
        seen = int(number) if boot == self.boot and number.isdecimal() else -1
        if seen < self.pictures[0].number - 1:
            seen = self.pictures[-1].number - 1
        while True:
            for picture in [picture for picture in self.pictures if picture.number > seen]:
                seen = picture.number
                yield f"{self.boot}-{seen}", picture.state
            async with self._changed:
                await self._changed.wait_for(self._newer_than(seen))

    def _newer_than(self, seen: int) -> Callable[[], bool]:
        return lambda: self.pictures[-1].number > seen


def still(state: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a state without what moves by itself."""
    if isinstance(state, dict):
        return {name: still(part) for name, part in state.items() if name not in MOVING}
    return state
