"""The road between the terminals' sync and the centre: requests and answers in the loop, and all that befalls them.

A request that has left is out of its sender's hands: it travels on when the sender dies, and it may arrive once,
twice, hours later, or never. Every fault is counted when it took effect, not when it was drawn.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import field
from functools import partial
from typing import Final

from edge.domain.errors import UplinkError
from edge.domain.frozen import frozen, mutable
from edge.simulation.faults import FaultClass, Faults
from edge.simulation.loop import simulation_loop
from edge.simulation.process import SimulatedProcess

LOST_REQUEST: Final = FaultClass("lost_request", 0.03, "a request was lost on its way to the centre")
LOST_ACK: Final = FaultClass("lost_ack", 0.03, "the centre's answer was lost on its way back")
DUPLICATE: Final = FaultClass("duplicate", 0.03, "a request reached the centre twice")
LATE_DUPLICATE: Final = FaultClass("late_duplicate", 0.01, "a request reached the centre again, long after")
REORDER: Final = FaultClass("reorder", 0.02, "a request was held up so long that its retry overtook it")
DELAY: Final = FaultClass("delay", 0.05, "a request was slow, but in time")
OUTAGE: Final = FaultClass("outage", 0.005, "the line was down for a while")
CAPTIVE_PORTAL: Final = FaultClass("captive_portal", 0.005, "a captive portal answered in place of the centre")

NETWORK_FAULTS: Final = (LOST_REQUEST, LOST_ACK, DUPLICATE, LATE_DUPLICATE, REORDER, DELAY, OUTAGE, CAPTIVE_PORTAL)

TRAVEL_MS: Final = (20.0, 250.0)
SLOW_MS: Final = (2_000.0, 9_000.0)
REFUSED_MS: Final = (5.0, 1_000.0)
TIMEOUT_MS: Final = 20_000.0
HELD_MS: Final = (1_000.0, 600_000.0)
LATE_MS: Final = (600_000.0, 14_400_000.0)
OUTAGE_MS: Final = (60_000.0, 14_400_000.0)
PORTAL_MS: Final = (60_000.0, 1_800_000.0)
REPLY_BYTES_MAX: Final = 64 * 1024
PORTAL_PAGE: Final = b"<html><body>Welcome! Please accept our terms to go online.</body></html>"


@frozen
class Request:
    """What arrives at the centre: an HTTP request cut down to what the two ends use."""

    method: str
    path: str
    content_type: str = ""
    etag: str = ""
    body: bytes = b""
    span: str = ""


@frozen
class Reply:
    """What comes back; has the fields that ``sync.uplink.Reply`` and ``sync.downlink.Reply`` ask for."""

    status: int
    content_type: str
    body: bytes
    retry_after: str = ""
    etag: str = ""


Service = Callable[[Request], Awaitable[Reply]]


@mutable
class Destination:
    """A process of the centre and what it answers; both may be replaced when it starts anew."""

    process: SimulatedProcess
    service: Service


@mutable
class Line:
    """The line of one client: the ``Link`` of ``sync.uplink`` and ``sync.downlink``.

    ``down_until_ms`` and ``portal_until_ms`` are virtual times.
    """

    client: str
    destination: Destination
    faults: Faults
    down_until_ms: float = 0.0
    portal_until_ms: float = 0.0
    exchanges: int = field(default=0, init=False)
    _felt: set[FaultClass] = field(default_factory=set, init=False)

    async def post(self, path: str, body: bytes, content_type: str) -> Reply:
        """Send ``body``; raises ``CENTRE_UNREACHABLE`` when there is no answer in time."""
        return await self._exchange(Request("POST", path, content_type=content_type, body=body))

    async def get(self, path: str, *, etag: str = "", limit: int = REPLY_BYTES_MAX) -> Reply:
        """Fetch ``path``; raises ``CENTRE_UNREACHABLE``, or ``CENTRE_IMPOSTOR`` above ``limit`` bytes."""
        reply = await self._exchange(Request("GET", path, etag=etag))
        if len(reply.body) > limit:
            raise UplinkError("CENTRE_IMPOSTOR", f"an answer of more than {limit} bytes")
        return reply

    async def piece(self, path: str, start: int, limit: int) -> Reply:
        """Fetch at most ``limit`` bytes of ``path`` from ``start`` on; raises as :meth:`get` does."""
        reply = await self._exchange(Request("GET", path, span=f"bytes={start}-{start + limit - 1}"))
        if len(reply.body) > limit:
            raise UplinkError("CENTRE_IMPOSTOR", f"an answer of more than {limit} bytes")
        return reply

    async def _exchange(self, request: Request) -> Reply:
        """Send one request through whatever the line is like just now."""
        self.exchanges += 1
        self._change_weather()
        now_ms = simulation_loop().time() * 1000
        if now_ms < self.down_until_ms:
            self._feel(OUTAGE)
            await asyncio.sleep(self._between(REFUSED_MS) / 1000)
            raise UplinkError("CENTRE_UNREACHABLE", "no route")
        if now_ms < self.portal_until_ms:
            self._feel(CAPTIVE_PORTAL)
            await asyncio.sleep(self._between(TRAVEL_MS) / 1000)
            return Reply(200, "text/html", PORTAL_PAGE)
        reply: asyncio.Future[Reply] = simulation_loop().create_future()
        self._send(request, reply)
        await asyncio.wait((reply,), timeout=TIMEOUT_MS / 1000)
        if not reply.done():
            reply.cancel()
            raise UplinkError("CENTRE_UNREACHABLE", "no answer in time")
        return reply.result()

    def fail_for(self, duration_ms: float) -> None:
        """Take the line down from now on; counted once, when the first exchange feels it."""
        self.down_until_ms = simulation_loop().time() * 1000 + duration_ms
        self._felt.discard(OUTAGE)

    def imprison_for(self, duration_ms: float) -> None:
        """Put a captive portal in front of the centre from now on; counted as an outage is."""
        self.portal_until_ms = simulation_loop().time() * 1000 + duration_ms
        self._felt.discard(CAPTIVE_PORTAL)

    def recover(self) -> None:
        """End outage and portal."""
        self.down_until_ms = self.portal_until_ms = 0.0

    def _change_weather(self) -> None:
        if self.faults.draw(OUTAGE, self.client):
            self.fail_for(self._between(OUTAGE_MS))
        if self.faults.draw(CAPTIVE_PORTAL, self.client):
            self.imprison_for(self._between(PORTAL_MS))

    def _feel(self, fault: FaultClass) -> None:
        if fault not in self._felt:
            self._felt.add(fault)
            self.faults.count(fault)

    def _send(self, request: Request, reply: asyncio.Future[Reply]) -> None:
        if self.faults.strike(LOST_REQUEST, self.client):
            return
        travel_ms, fault = self._between(TRAVEL_MS), None
        if self.faults.draw(REORDER, self.client):
            travel_ms, fault = TIMEOUT_MS + self._between(HELD_MS), REORDER
        elif self.faults.draw(DELAY, self.client):
            travel_ms, fault = travel_ms + self._between(SLOW_MS), DELAY
        self._deliver_in(travel_ms, request, reply, fault)
        if self.faults.draw(DUPLICATE, self.client):
            self._deliver_in(travel_ms + self._between(TRAVEL_MS), request, None, DUPLICATE)
        if self.faults.draw(LATE_DUPLICATE, self.client):
            self._deliver_in(travel_ms + self._between(LATE_MS), request, None, LATE_DUPLICATE)

    def _deliver_in(
        self, delay_ms: float, request: Request, reply: asyncio.Future[Reply] | None, fault: FaultClass | None
    ) -> None:
        """Let the request travel outside every life; nobody can call it back."""
        arrive = partial(self._arrive, request, reply, fault)
        simulation_loop().call_later(delay_ms / 1000, arrive, context=contextvars.Context())

    def _arrive(self, request: Request, reply: asyncio.Future[Reply] | None, fault: FaultClass | None) -> None:
        served = self.destination.process.spawn(partial(self._serve, request, reply))
        if served and fault is not None:
            self.faults.count(fault)

    async def _serve(self, request: Request, reply: asyncio.Future[Reply] | None) -> None:
        """Answer one request in the centre's life; the answer then travels outside it."""
        answer = await self.destination.service(request)
        if reply is None or self.faults.strike(LOST_ACK, self.client):
            return
        delay_s = self._between(TRAVEL_MS) / 1000
        simulation_loop().call_later(delay_s, _hand_over, reply, answer, context=contextvars.Context())

    def _between(self, bounds_ms: tuple[float, float]) -> float:
        return simulation_loop().streams.stream(f"line/{self.client}").uniform(*bounds_ms)


def _hand_over(reply: asyncio.Future[Reply], answer: Reply) -> None:
    if not reply.done():
        reply.set_result(answer)
