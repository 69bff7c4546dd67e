"""The made-up fleet at work: it enrols, sends all it has through the product's own uplink, and counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import field
from random import Random
from typing import Final

from edge.clock import SystemClock, SystemIds
from edge.crypto.sealing import new_clearing_key
from edge.crypto.signing import KEY_BYTES, SigningKey
from edge.domain.errors import ConfigError, OneCardError, UplinkError
from edge.domain.frozen import frozen, mutable
from edge.load.journal import ENTRIES_OF_A_TAP, LoadJournal, made_up_token
from sync.centre_link import CentreLink, Reply
from sync.enrolment import DeviceKeys
from sync.grant import grant_hash, open_grant
from sync.kit import open_kit, parse_token
from sync.paths import ENROL_PATH, KIT_TYPE
from sync.uplink import Delivered, Pace, Uplink

OK: Final = 200
CONNECTIONS_OF_A_LINK: Final = 4
PACE: Final = Pace(first_s=0.2, cap_s=10.0)

NewToken = Callable[[str], Awaitable[str]]


@frozen
class LoadPlan:
    """How many terminals send how many taps each, so many in a batch, over so many connections.

    Once half of the batches are through, every connection is cut for ``outage_s`` seconds (0: never), the answers on
    their way too: what was in flight is sent again.
    """

    url: str
    terminals: int
    taps: int
    batch_taps: int
    connections: int
    outage_s: float
    seed: int


@mutable
class Tally:
    """What happened. Seconds; ``took_s`` is one for each answered batch; ``troubles`` are failed tries by code."""

    began_s: float = 0.0
    ended_s: float = 0.0
    took_s: list[float] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)

    def note(self, error: OneCardError) -> None:
        """Count a failed try."""
        self.troubles[error.code] += 1


class CutLink:
    """A link whose line can be cut: nothing gets through, and no answer comes back to what was sent."""

    def __init__(self, link: CentreLink, line: Line, tally: Tally) -> None:
        self._link = link
        self._line = line
        self._tally = tally

    async def post(self, path: str, body: bytes, content_type: str) -> Reply:
        """Send ``body`` and return the answer; raises ``CENTRE_UNREACHABLE`` where the line is cut meanwhile."""
        self._line.check()
        began_s, cuts = asyncio.get_running_loop().time(), self._line.cuts
        reply = await self._link.post(path, body, content_type)
        if cuts != self._line.cuts:
            raise UplinkError("CENTRE_UNREACHABLE", "the answer came on a line that was cut")
        if reply.status == OK:
            self._tally.took_s.append(asyncio.get_running_loop().time() - began_s)
        return reply


@mutable
class Line:
    """The fleet's one network."""

    cuts: int = 0
    is_cut: bool = False

    def check(self) -> None:
        """Raise ``CENTRE_UNREACHABLE`` while it is cut."""
        if self.is_cut:
            raise UplinkError("CENTRE_UNREACHABLE", "the line is cut")

    async def cut(self, seconds: float) -> None:
        """Cut it for so long."""
        self.cuts += 1
        self.is_cut = True
        await asyncio.sleep(seconds)
        self.is_cut = False


class LoadFleet:
    """Runs one plan. ``new_token`` asks the centre's operator for a one-time token of a terminal."""

    def __init__(self, plan: LoadPlan, new_token: NewToken) -> None:
        self.plan = plan
        self.tally = Tally()
        self._new_token = new_token
        self._line = Line()
        self._half = asyncio.Event()
        self._run_id = SystemIds().random_bytes(3).hex()
        self._clock = SystemClock()

    async def run(self) -> Sequence[LoadJournal]:
        """Enrol, send everything, and return the journals as they stand; raises coded errors."""
        async with AsyncExitStack() as stack:
            count = -(-self.plan.connections // CONNECTIONS_OF_A_LINK)
            links = [await stack.enter_async_context(CentreLink(self.plan.url)) for _ in range(count)]
            fleet = [await self._enrolled(number, links[number % count]) for number in range(self.plan.terminals)]
            self.tally.began_s = asyncio.get_running_loop().time()
            await self._send(fleet)
            self.tally.ended_s = asyncio.get_running_loop().time()
        return [journal for journal, _ in fleet]

    async def _send(self, fleet: Sequence[tuple[LoadJournal, Uplink]]) -> None:
        """Let all send at once; the first that cannot ends it."""
        failures: list[BaseException] = []
        cutting = asyncio.create_task(self._outage())
        try:
            async with asyncio.TaskGroup() as group:
                for journal, uplink in fleet:
                    group.create_task(self._drain(journal, uplink))
        except* OneCardError as failed:
            failures += failed.exceptions
        finally:
            cutting.cancel()
        if failures:
            raise failures[0]

    async def _enrolled(self, number: int, link: CentreLink) -> tuple[LoadJournal, Uplink]:
        ids = SystemIds()
        token = parse_token(await self._new_token(f"load-{self._run_id}-{number}"))
        private, public = new_clearing_key()
        keys = DeviceKeys(SigningKey(ids.random_bytes(KEY_BYTES)), private, public)
        reply = await link.post(ENROL_PATH, keys.request(token, 0), KIT_TYPE)
        if reply.status != OK:
            raise ConfigError("ENROLMENT_REFUSED", f"the centre answered {reply.status}")
        kit = open_kit(reply.body, private, token.fingerprint)
        grant = open_grant(kit.grant, kit.centre_key)
        chance = Random(f"{self.plan.seed} {self._run_id} {number}")
        journal = LoadJournal(
            token.terminal, grant.epoch, grant_hash(kit.grant), keys.signing_key, made_up_token(chance), chance
        )
        counted = CutLink(link, self._line, self.tally)
        draw = Random(self.plan.seed + number)
        return journal, Uplink(counted, kit.centre_key, PACE, lambda most: draw.uniform(0, most), self.tally.note)

    async def _drain(self, journal: LoadJournal, uplink: Uplink) -> None:
        left = self.plan.taps
        while left:
            taps = min(left, self.plan.batch_taps)
            batch = journal.batch(taps, self._clock.wall_ms(), left * ENTRIES_OF_A_TAP)
            delivery = await uplink.deliver(batch)
            name = type(delivery).__name__.lower()
            if not isinstance(delivery, Delivered):
                raise UplinkError("CENTRE_REFUSED", f"{journal.terminal}: {name} in place of an ack")
            self.tally.delivered[name] += 1
            left -= taps
            if 2 * self.tally.delivered[name] * self.plan.batch_taps >= self.plan.taps * self.plan.terminals:
                self._half.set()

    async def _outage(self) -> None:
        await self._half.wait()
        if self.plan.outage_s:
            await self._line.cut(self.plan.outage_s)
