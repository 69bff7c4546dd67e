"""The machine of the centre: the real centre over its real SQLite store, answering what arrives over the lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from edge.domain.errors import OneCardError
from edge.simulation.disk import Disk
from edge.simulation.ids import SeededIds
from edge.simulation.life import Boundary
from edge.simulation.loop import simulation_loop
from edge.simulation.network import Destination, Reply, Request
from edge.simulation.process import SimulatedProcess
from sync.central import answers
from sync.central.answers import Answer
from sync.central.centre import Centre
from sync.central.keys import CentreKeys, open_keys
from sync.central.problems import NOT_FOUND
from sync.central.store.sqlite import open_sqlite
from sync.paths import ENROL_PATH, GRANTS_PATH, MANIFEST_PATH, TIME_PATH, batches_path, segment_path

if TYPE_CHECKING:
    from edge.simulation.town import Town

T = TypeVar("T")

REBOOT_S: Final = (20.0, 90.0)
ASK_AGAIN_S: Final = 60.0
DATABASE: Final = "central.db"
SEGMENTS: Final = segment_path(b"")
BATCHES: Final = batches_path("*").partition("*")


class CentreMachine:
    """One centre. ``destination`` is where every line leads."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.disk = Disk(town.folder / "centre")
        self.process = SimulatedProcess("centre", self.disk)
        self.destination = Destination(self.process, self._answer)
        self.keys: CentreKeys | None = None
        self._ids = SeededIds(town.stream("centre/ids"))
        self._centre: Centre | None = None
        self._power = asyncio.Event()
        self._power.set()

    async def live(self) -> None:
        """Run, and start again after every end."""
        while True:
            await self._power.wait()
            ending = await self.process.start(self._main, self._at_boundary)
            self._centre = None
            if ending.error is not None and not isinstance(ending.error, asyncio.CancelledError):
                raise ending.error
            await asyncio.sleep(self.town.stream("centre/reboot").uniform(*REBOOT_S))

    async def restore(self, image: Path) -> None:
        """Switch off, put an image of the disk in its place, switch on, and say that the store came from a backup."""
        self._power.clear()
        self.process.cut()
        self._centre = None
        self.disk.restore(image)
        self._power.set()
        await self.ask(lambda centre: centre.restored())

    async def ask(self, work: Callable[[Centre], Awaitable[T]]) -> T:
        """Have the centre do something, as its operator would; again where it died over it."""
        while True:
            answer: asyncio.Future[T] = simulation_loop().create_future()
            if self._centre is not None and self.process.spawn(partial(self._do, work, answer)):
                await asyncio.wait((answer,), timeout=ASK_AGAIN_S)
                if answer.done():
                    return answer.result()
            await asyncio.sleep(ASK_AGAIN_S / 10)

    async def _do(self, work: Callable[[Centre], Awaitable[T]], answer: asyncio.Future[T]) -> None:
        centre = self._centre
        if centre is None:
            return
        try:
            done = await work(centre)
        except OneCardError as error:
            answer.set_exception(error)
        else:
            answer.set_result(done)

    async def _main(self) -> None:
        self.keys = keys = open_keys(self.disk.path, self._ids.random_bytes)
        store = await open_sqlite(self.disk.path / DATABASE)
        self._centre = Centre(store, keys, self.town.now_ms, self._ids.random_bytes)
        await asyncio.get_running_loop().create_future()

    def _at_boundary(self, boundary: Boundary) -> None:
        for injector in self.town.hooked("at_centre_boundary"):
            injector.at_centre_boundary(boundary)

    async def _answer(self, request: Request) -> Reply:
        answer = await self._routed(request)
        retry_after, etag = answer.headers.get("Retry-After", ""), answer.headers.get("ETag", "")
        reply = Reply(answer.status, answer.content_type, answer.body, retry_after, etag)
        for injector in self.town.hooked("at_reply"):
            reply = injector.at_reply(request, reply)
        return reply

    async def _routed(self, request: Request) -> Answer:
        """Do what the HTTP server does: the same functions by the same paths."""
        centre, path = self._centre, request.path
        if centre is None:
            return answers.refused(NOT_FOUND, "the centre is starting")
        before, _, after = BATCHES
        try:
            if path == ENROL_PATH:
                return await answers.enrol(centre, request.body)
            if path == GRANTS_PATH:
                return await answers.grants(centre, request.body)
            if path == MANIFEST_PATH:
                return await answers.manifest(centre, request.etag)
            if path.startswith(TIME_PATH):
                return await answers.signed_time(centre, path.removeprefix(TIME_PATH))
            if path.startswith(SEGMENTS):
                return await answers.segment(centre, path.removeprefix(SEGMENTS), answers.range_of(request.span))
            terminal = path.removeprefix(before).removesuffix(after)
            return answers.wrong_type(request.content_type) or await answers.batches(centre, terminal, request.body)
        except OneCardError as error:
            return answers.refused_by(error)
