"""A reader on its line, kept alive: one procedure at a time, and a ladder that brings a silent reader back.

A command that was cancelled or went wrong leaves the line dirty; the next one first makes sure, with a question whose
answer cannot be mistaken, that no old answer is still on its way. The ladder: resend twice; NACK; abort and flush;
wake and configure; close and reopen; other line rates; power cycle; fault.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import field
from functools import partial
from typing import Final

from drivers.backoff import Backoff
from drivers.exchange import Exchange, ExchangeTiming
from drivers.firmware import ANY_FIRMWARE, FirmwareWanted
from drivers.framing import Procedure, ReaderCommand, ReaderProtocol, Settle, T
from drivers.links import Link
from drivers.monotonic import monotonic_s
from drivers.port_counters import PortCounters, Rung
from edge.domain.errors import OneCardError, ReaderError, Recovery
from edge.domain.frozen import frozen
from edge.ports import IdSource

LINK_CODES: Final = frozenset({"LINK_ABSENT", "LINK_DENIED", "LINK_BUSY", "LINK_LOST"})

PowerCycle = Callable[[], Awaitable[None]]


@frozen
class ChannelSettings:
    """How patient a channel is. Times in milliseconds.

    Opening is retried for ``open_patience_ms`` with pauses that double from ``backoff_ms_min`` to ``backoff_ms_max``,
    each cut by a random part. ``other_bauds`` are tried where the line's own rate brings no answer. A command is
    aborted, then the line rests ``abort_settle_ms``; it is quiet when nothing has come for ``quiet_ms``, and is used
    all the same when it is not quiet after ``noise_ms_max``. What the reader calls itself must be the ``firmware``; it
    is asked only where that says something.
    """

    timing: ExchangeTiming = field(default_factory=ExchangeTiming)
    baud: int = 115200
    other_bauds: tuple[int, ...] = ()
    open_patience_ms: float = 15_000.0
    backoff_ms_min: float = 200.0
    backoff_ms_max: float = 5_000.0
    abort_settle_ms: float = 2.0
    quiet_ms: float = 20.0
    noise_ms_max: float = 500.0
    firmware: FirmwareWanted = ANY_FIRMWARE


class Channel:
    """One reader: its link, its protocol, its counters. All calls raise ReaderError; link errors close the line."""

    def __init__(
        self,
        link: Link,
        protocol: ReaderProtocol,
        ids: IdSource,
        settings: ChannelSettings | None = None,
        power_cycle: PowerCycle | None = None,
    ) -> None:
        self.settings = settings or ChannelSettings()
        self._link = link
        self._protocol = protocol
        self._power_cycle = power_cycle
        self._counted = PortCounters()
        self._exchange = Exchange(link, protocol.codec, self.settings.timing, self._counted)
        self._turn = asyncio.Lock()
        self._backoff = Backoff(ids, self.settings.backoff_ms_min, self.settings.backoff_ms_max)
        self._ready = False
        self.starts = 0
        """How often the reader was started: what it or a SAM in it knew before is gone."""

    @property
    def name(self) -> str:
        """Return the line's name."""
        return self._link.name

    @property
    def is_open(self) -> bool:
        """Say whether the reader was woken and its line was not lost since."""
        return self._ready and self._link.is_open

    async def open(self) -> None:
        """Open the line and wake the reader, again and again for as long as patience lasts; then raise."""
        async with self._turn:
            give_up_s = monotonic_s() + self.settings.open_patience_ms / 1000
            while not self.is_open:
                try:
                    await self._start(self._baud_of_attempt())
                except ReaderError as error:
                    await self._shut()
                    if error.recovery is not Recovery.RETRY or monotonic_s() >= give_up_s:
                        raise
                    await asyncio.sleep(self._backoff.next_s())

    async def run(self, procedure: Procedure[T]) -> T:
        """Run a procedure to its value; no other one comes between its commands."""
        async with self._turn:
            if not self.is_open:
                raise ReaderError("LINK_LOST", f"{self.name} is not open")
            try:
                return await drive(procedure, self._perform)
            except ReaderError as error:
                if error.code in LINK_CODES:
                    await self._shut()
                raise

    async def close(self) -> None:
        """Release the line; idempotent. A reader is left as it is: it is woken at the next opening."""
        await self._shut()

    def counters(self) -> Mapping[str, float]:
        """Return the port's counters by name."""
        return {**self._counted.report(self._protocol.codec.counters, monotonic_s()), **self._link.health()}

    async def _perform(self, step: ReaderCommand | Settle) -> bytes:
        if isinstance(step, Settle):
            return await self._settle(step)
        if not self._exchange.clean:
            await self._resynchronise()
        try:
            return await self._exchange.attempt(step)
        except ReaderError as error:
            if error.code not in ("READER_SILENT", "READER_FRAME") or not step.repeatable:
                raise
        await self._restore()
        return await self._exchange.attempt(step)

    async def _attempt(self, step: ReaderCommand | Settle) -> bytes:
        """Carry out a step of the ladder itself, without the ladder."""
        if isinstance(step, Settle):
            return await self._settle(step)
        return await self._exchange.attempt(step)

    async def _settle(self, step: Settle) -> bytes:
        await asyncio.sleep(step.wait_ms / 1000)
        if step.drain:
            self._counted.stale_bytes += await self._link.drop_input()
        return b""

    async def _resynchronise(self) -> None:
        """Make sure that no old answer is on its way; climb the ladder where the reader does not even say so."""
        self._counted.resyncs += 1
        if not await self._helps(self._abort):
            await self._restore()

    async def _restore(self) -> None:
        """Climb the ladder until the reader answers the probe; raises ``READER_FAULT`` at its end."""
        for rung, means in self._ladder():
            self._counted.climb(rung)
            if await self._helps(means):
                return
        self._counted.climb(Rung.FAULT)
        raise ReaderError("READER_FAULT", f"{self.name}: no means brought the reader back")

    async def _helps(self, means: Callable[[], Awaitable[None]]) -> bool:
        """Apply a means and say whether the reader answers the probe after it."""
        try:
            await means()
            await drive(self._protocol.probe(), self._attempt)
        except ReaderError as error:
            if error.code in LINK_CODES or error.recovery is not Recovery.RETRY:
                raise
            return False
        self._exchange.clean = True
        return True

    def _ladder(self) -> Iterator[tuple[Rung, Callable[[], Awaitable[None]]]]:
        """Give one means after the other, the gentlest first; after each the reader is probed."""
        yield Rung.ABORT, self._abort
        yield Rung.WAKE, self._wake
        yield Rung.REOPEN, partial(self._reopen, self.settings.baud)
        for baud in self.settings.other_bauds:
            yield Rung.OTHER_BAUD, partial(self._reopen, baud)
        if self._power_cycle is not None:
            yield Rung.POWER_CYCLE, partial(self._cycle_power, self._power_cycle)

    async def _abort(self) -> None:
        """Stop the running command and wait until the line is quiet."""
        stop = self._protocol.codec.abort()
        if stop:
            self._link.write(stop)
        await asyncio.sleep(self.settings.abort_settle_ms / 1000)
        give_up_s = monotonic_s() + self.settings.noise_ms_max / 1000
        while (incoming := await self._link.read(self.settings.quiet_ms)) and monotonic_s() < give_up_s:
            self._counted.stale_bytes += len(incoming)
        self._protocol.codec.reset()

    async def _wake(self) -> None:
        await drive(self._protocol.wake(), self._attempt)

    async def _reopen(self, baud: int) -> None:
        await self._link.close()
        await self._connect(baud)
        await self._wake()

    async def _cycle_power(self, power_cycle: PowerCycle) -> None:
        await power_cycle()
        await self._reopen(self.settings.baud)

    async def _start(self, baud: int) -> None:
        await self._connect(baud)
        await self._wake()
        if self.settings.firmware.is_asked:
            await self._check_firmware()
        self._exchange.clean = True
        self._backoff.reset()
        self._ready = True
        self.starts += 1

    async def _check_firmware(self) -> None:
        found = await drive(self._protocol.identify(), self._attempt)
        if refusal := self.settings.firmware.refusal(found):
            raise ReaderError("READER_IDENTITY", f"{self.name}: {refusal}")

    async def _connect(self, baud: int) -> None:
        await self._link.open()
        self._counted.opens += 1
        if baud != self.settings.baud:
            await self._link.set_baud(baud)
        self._protocol.codec.reset()
        self._exchange.just_opened = True

    async def _shut(self) -> None:
        self._ready = False
        await self._link.close()

    def _baud_of_attempt(self) -> int:
        """Return the line's own rate, and every other time one of the others: an old run may have changed it."""
        others = self.settings.other_bauds
        turn, odd = divmod(self._backoff.failures, 2)
        return others[turn % len(others)] if odd and others else self.settings.baud


async def drive(procedure: Procedure[T], perform: Callable[[ReaderCommand | Settle], Awaitable[bytes]]) -> T:
    """Run a procedure; coded errors are thrown into it where they happened."""
    try:
        step = next(procedure)
        while True:
            try:
                answer = await perform(step)
            except OneCardError as error:
                step = procedure.throw(error)
            else:
                step = procedure.send(answer)
    except StopIteration as finished:
        outcome: T = finished.value
        return outcome
    finally:
        procedure.close()
