"""A virtual PN532 or GemCore on a line in memory, with a place for faults, on a virtual clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TypeVar

from drivers.channel import Channel, ChannelSettings, PowerCycle
from drivers.exchange import ExchangeTiming
from drivers.framing import ReaderProtocol
from drivers.links.memory import MemoryLine, MemoryLink
from drivers.readers.ccid import SerialCcid
from drivers.readers.pn532 import Pn532
from drivers.virtual.device import Reply, Unsolicited, VirtualDevice
from drivers.virtual.field import Field
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.psam import Psam
from edge.domain.tap import TapId
from edge.simulation.loop import SimulationLoop

T = TypeVar("T")
Fault = Callable[[list[Reply]], list[Reply]]


def on_virtual_time(work: Coroutine[object, object, T], seed: int = 1) -> T:
    """Run to the end on a clock that jumps from timer to timer."""
    loop = SimulationLoop(seed)
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


class EvenIds:
    """Jitter from the middle of its range, always."""

    def tap_id(self) -> TapId:
        return TapId(bytes(8))

    def random_bytes(self, count: int) -> bytes:
        return (b"\x80" + bytes(count))[:count]


class FaultyDevice:
    """A device whose replies pass through one planned fault per write of the host; ``deaf`` hears nothing at all."""

    def __init__(self, device: VirtualDevice) -> None:
        self.device = device
        self.plan: deque[Fault] = deque()
        self.heard: list[bytes] = []
        self.deaf: Callable[[], bool] = lambda: False

    @property
    def on_unsolicited(self) -> Unsolicited:
        return self.device.on_unsolicited

    @on_unsolicited.setter
    def on_unsolicited(self, listener: Unsolicited) -> None:
        self.device.on_unsolicited = listener

    def receive(self, incoming: bytes) -> list[Reply]:
        self.heard.append(incoming)
        if self.deaf():
            return []
        replies = self.device.receive(incoming)
        return self.plan.popleft()(replies) if self.plan else replies


def fine(replies: list[Reply]) -> list[Reply]:
    return replies


def lose_everything(_replies: list[Reply]) -> list[Reply]:
    return []


def lose_first(replies: list[Reply]) -> list[Reply]:
    """Lose the acknowledgement of a PN532, the answer of a GemCore."""
    return replies[1:]


def lose_last(replies: list[Reply]) -> list[Reply]:
    return replies[:-1]


def damage_last(replies: list[Reply]) -> list[Reply]:
    last = replies[-1].outgoing
    return [*replies[:-1], replies[-1]._replace(outgoing=last[:-2] + bytes((last[-2] ^ 0x10, last[-1])))]


def cut_last(replies: list[Reply]) -> list[Reply]:
    return [*replies[:-1], replies[-1]._replace(outgoing=replies[-1].outgoing[:-3])]


def after_ms(delay_ms: float) -> Fault:
    """Delay the first reply."""
    return lambda replies: [replies[0]._replace(delay_ms=delay_ms), *replies[1:]]


def before(noise: bytes) -> Fault:
    """Put bytes before the first reply."""
    return lambda replies: [Reply(0.0, noise), *(reply._replace(cancels=False) for reply in replies)]


def in_steps(size: int, every_ms: float) -> Fault:
    """Deliver as an adapter with a latency timer does: a few bytes at a time."""

    def split(replies: list[Reply]) -> list[Reply]:
        stream = b"".join(reply.outgoing for reply in replies)
        return [Reply(every_ms, stream[at : at + size]) for at in range(0, len(stream), size)]

    return split


def instead(answer: bytes) -> Fault:
    return lambda _replies: [Reply(0.0, answer)]


@dataclass
class Bench:
    """Everything on one line."""

    protocol: ReaderProtocol
    faulty: FaultyDevice
    line: MemoryLine
    link: MemoryLink
    channel: Channel
    field: Field

    def count(self, name: str) -> float:
        return self.channel.counters()[name]


QUICK = ChannelSettings(
    timing=ExchangeTiming(ack_timeout_ms=15, first_ack_timeout_ms=100), other_bauds=(115200, 921600)
)


def pn532_bench(settings: ChannelSettings = QUICK, power_cycle: PowerCycle | None = None) -> tuple[Bench, Pn532]:
    field, protocol = Field(), Pn532()
    return _bench(VirtualPn532(field), field, protocol, settings, power_cycle), protocol


def gemcore_bench(settings: ChannelSettings = QUICK, slots: tuple[int, ...] = (1,)) -> tuple[Bench, SerialCcid]:
    protocol = SerialCcid()
    return _bench(VirtualGemCore({slot: Psam() for slot in slots}), Field(), protocol, settings), protocol


def _bench(
    device: VirtualDevice,
    field: Field,
    protocol: ReaderProtocol,
    settings: ChannelSettings,
    power_cycle: PowerCycle | None = None,
) -> Bench:
    faulty = FaultyDevice(device)
    line = MemoryLine("bench", faulty)
    link = line.link()
    channel = Channel(link, protocol, EvenIds(), settings, power_cycle)
    return Bench(protocol, faulty, line, link, channel, field)
