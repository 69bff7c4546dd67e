"""Finds out who answers on a serial port: each protocol's harmless question, at each rate its models may have.

Nothing is asked twice over: a model that answers under its own name ends the search. What a protocol asks of another
one's reader is noise to it, so the line is left to fall silent between two attempts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from drivers.channel import drive
from drivers.contactless import ContactlessModel
from drivers.exchange import Exchange, ExchangeTiming
from drivers.framing import ReaderCommand, ReaderProtocol, Settle
from drivers.links import Link
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.port_counters import PortCounters
from drivers.registry import contactless_models, sam_models
from drivers.sam_slots import SamModel
from edge.domain.errors import OneCardError, ReaderError
from edge.domain.frozen import frozen, mutable

ANSWER_MS: Final = 300.0
SETTLE_MS: Final = 30.0
"""How long the line must be silent before the next protocol speaks."""
SETTLE_MS_MAX: Final = 300.0
HEAD_BYTES: Final = 6
"""What is kept of each piece on the line: envelope and header, nothing that a card said."""
TRACE_PIECES: Final = 8
BITS_PER_BYTE: Final = 11
_TIMING: Final = ExchangeTiming(
    ack_timeout_ms=120.0, first_ack_timeout_ms=120.0, resends=1, nacks=0, extension_ms=ANSWER_MS, extended_ms_max=0.0
)

MakeLink = Callable[[SerialSettings], Link]


@frozen
class Candidate:
    """A model that may be on a port; the fields of its :class:`drivers.contactless.ContactlessModel`."""

    name: str
    told: str
    build: Callable[[float], ReaderProtocol]
    bauds: tuple[int, ...]
    stop_bits: int
    raise_rts: bool
    identity_like: str

    def line(self, path: str, baud: int) -> SerialSettings:
        """Return a port as this model wants it."""
        return SerialSettings(path, baud, stop_bits=self.stop_bits, raise_rts=self.raise_rts)


@frozen
class Piece:
    """Bytes that went over the line together: the first of them, and how many there were."""

    outgoing: bool
    head: bytes
    count: int

    def __str__(self) -> str:
        arrow, rest = "->" if self.outgoing else "<-", self.count - len(self.head)
        return f"{arrow} {self.head.hex(' ')}" + (f" (+{rest} bytes)" if rest else "")


@frozen
class Attempt:
    """What came of one question. ``identity`` is empty where no sound answer came, ``fault`` then says why."""

    candidate: Candidate
    line: SerialSettings
    identity: str
    fault: str
    heard_bytes: int
    frames: int
    checksum_errors: int
    echoed: bool
    trace: tuple[Piece, ...]

    @property
    def certain(self) -> bool:
        """Say whether the model answered under its own name."""
        return bool(self.identity) and self.candidate.identity_like in self.identity


def candidates() -> tuple[Candidate, ...]:
    """Return every model that is known, once each, in the order of their names."""
    models: dict[str, ContactlessModel | SamModel] = {**sam_models(), **contactless_models()}
    return tuple(
        Candidate(name, each.told, each.build, each.bauds, each.stop_bits, each.raise_rts, each.identity_like)
        for name, each in sorted(models.items())
    )


async def probe_port(
    path: str, within_s: float, link: MakeLink = SerialPort, known: Sequence[Candidate] | None = None
) -> Attempt | None:
    """Return the attempt that was answered, under its own name if there is one; ``None`` where nobody answers in time.

    Raises ``LINK_ABSENT``, ``LINK_DENIED``, ``LINK_BUSY``, ``LINK_LOST``.
    """
    likely: Attempt | None = None
    try:
        async with asyncio.timeout(within_s):
            for candidate, baud in every_rate(candidates() if known is None else known):
                attempt = await ask(candidate, candidate.line(path, baud), link)
                if attempt.certain:
                    return attempt
                if attempt.identity and likely is None:
                    likely = attempt
    except TimeoutError:
        return likely
    return likely


def every_rate(known: Iterable[Candidate]) -> Iterator[tuple[Candidate, int]]:
    """Give each model at its likeliest rate, then each at its next, and so on."""
    left = [(candidate, list(candidate.bauds)) for candidate in known]
    while left:
        for candidate, bauds in left:
            yield candidate, bauds.pop(0)
        left = [(candidate, bauds) for candidate, bauds in left if bauds]


async def ask(candidate: Candidate, line: SerialSettings, link: MakeLink = SerialPort) -> Attempt:
    """Open the port, ask who is there in one protocol, wait for silence, close; raises link errors."""
    protocol, tapped = candidate.build(ANSWER_MS), TappedLink(link(line))
    timing = replace(_TIMING, byte_ms=BITS_PER_BYTE * 1000 / line.baud)
    exchange = Exchange(tapped, protocol.codec, timing, PortCounters())

    async def perform(step: ReaderCommand | Settle) -> bytes:
        if isinstance(step, Settle):
            await asyncio.sleep(step.wait_ms / 1000)
            return b""
        return await exchange.attempt(replace(step, timeout_ms=min(step.timeout_ms, ANSWER_MS)))

    identity = fault = ""
    await tapped.open()
    try:
        identity = await drive(protocol.identify(), perform)
        await tapped.fall_silent()
    except ReaderError as error:
        if error.code.startswith("LINK_"):
            raise
        fault = error.code
        await tapped.fall_silent()
    except OneCardError as error:
        fault = error.code
    finally:
        await tapped.close()
    counted = protocol.codec.counters
    return Attempt(
        candidate,
        line,
        identity,
        fault,
        tapped.heard_bytes,
        counted.frames,
        counted.checksum_errors,
        tapped.echoed,
        tuple(tapped.trace[-TRACE_PIECES:]),
    )


@mutable
class TappedLink:
    """A link that remembers the heads of what went over it."""

    link: Link
    trace: list[Piece] = field(default_factory=list)
    heard_bytes: int = 0
    _said: bytes = b""
    _heard: bytes = b""

    @property
    def name(self) -> str:
        """Return the line's name."""
        return self.link.name

    @property
    def is_open(self) -> bool:
        """Say whether the line is open."""
        return self.link.is_open

    @property
    def echoed(self) -> bool:
        """Say whether all that came is what we had said."""
        return bool(self._heard) and self._said.startswith(self._heard)

    async def open(self) -> None:
        """Open the line."""
        await self.link.open()

    def write(self, outgoing: bytes) -> None:
        """Send, and remember the head."""
        self._said += outgoing
        self.trace.append(Piece(True, outgoing[:HEAD_BYTES], len(outgoing)))
        self.link.write(outgoing)

    async def read(self, timeout_ms: float, at_least: int = 1) -> bytes:
        """Read, and remember the head."""
        incoming = await self.link.read(timeout_ms, at_least)
        if incoming:
            self.heard_bytes += len(incoming)
            self._heard += incoming
            self.trace.append(Piece(False, incoming[:HEAD_BYTES], len(incoming)))
        return incoming

    async def drop_input(self) -> int:
        """Discard what has come."""
        return await self.link.drop_input()

    async def set_baud(self, baud: int) -> None:
        """Change the line's rate."""
        await self.link.set_baud(baud)

    def health(self) -> Mapping[str, float]:
        """Return what the line says of itself."""
        return self.link.health()

    async def close(self) -> None:
        """Release the line."""
        await self.link.close()

    async def fall_silent(self) -> None:
        """Read until nothing comes any more, at most ``SETTLE_MS_MAX``."""
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + SETTLE_MS_MAX / 1000
        while await self.read(SETTLE_MS) and loop.time() < give_up_s:
            pass
