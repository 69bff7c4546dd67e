"""A two-wire line: what comes back of the own bytes is taken out, in any division, and nothing else is."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from drivers.assembly import SamSetup, build_sam
from drivers.channel import ChannelSettings
from drivers.links import Link
from drivers.links.echoing import EchoingLink
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialSettings
from drivers.sams.psam import PsamSettings
from drivers.virtual.device import Reply, Unsolicited, VirtualDevice, nobody
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.psam import NUMBER, Psam
from tests.drivers.reader_bench import EvenIds, on_virtual_time


class TwoWires:
    """What the host sends comes back in pieces of ``piece`` bytes, then what the device answers."""

    def __init__(self, device: VirtualDevice, piece: int = 3) -> None:
        self._device = device
        self._piece = piece
        self.on_unsolicited: Unsolicited = nobody

    def receive(self, incoming: bytes) -> list[Reply]:
        echo = [incoming[at : at + self._piece] for at in range(0, len(incoming), self._piece)]
        return [*(Reply(0.0, piece) for piece in echo), *self._device.receive(incoming)]


class Mirror:
    """Answers with a marked copy of what it hears: the same bytes as the echo, and more."""

    def __init__(self) -> None:
        self.on_unsolicited: Unsolicited = nobody

    def receive(self, incoming: bytes) -> list[Reply]:
        return [Reply(5.0, incoming + b"!")]


@given(sent=st.binary(min_size=1, max_size=20), piece=st.integers(1, 7))
def test_the_answer_comes_through_and_the_echo_does_not(sent: bytes, piece: int) -> None:
    link = EchoingLink(MemoryLine("two wires", TwoWires(Mirror(), piece)).link())

    async def scene() -> bytes:
        await link.open()
        link.write(sent)
        heard = b""
        while (incoming := await link.read(50)) or not heard:
            heard += incoming
        return heard

    assert on_virtual_time(scene()) == sent + b"!"


def test_an_echo_that_broke_off_eats_nothing_of_the_next_answer() -> None:
    line = MemoryLine("two wires", Mirror())
    link = EchoingLink(line.link())

    async def scene() -> bytes:
        await link.open()
        link.write(b"lost")
        await link.read(1)
        assert await link.drop_input() >= 0
        await asyncio.sleep(0.1)
        await link.drop_input()
        line.pump.noise(b"lost too")
        return await link.read(50)

    assert on_virtual_time(scene()) == b"lost too"


def test_a_sam_is_opened_over_two_wires() -> None:
    line = MemoryLine("sam", TwoWires(VirtualGemCore({1: Psam()})))
    setup = SamSetup(
        "gemcore", SerialSettings("sam"), channel=ChannelSettings(open_patience_ms=0), psam=PsamSettings(), echoes=True
    )
    made: list[SerialSettings] = []

    def link(settings: SerialSettings) -> Link:
        made.append(settings)
        return line.link()

    async def scene() -> bytes:
        sam = build_sam(setup, EvenIds(), link)
        await sam.open()
        return sam.number()

    assert on_virtual_time(scene()) == NUMBER
    assert [settings.stop_bits for settings in made] == [2]


def test_stop_bits_of_a_device_stand_before_those_of_its_model() -> None:
    made: list[SerialSettings] = []

    def link(settings: SerialSettings) -> Link:
        made.append(settings)
        return MemoryLine("sam", VirtualGemCore({})).link()

    setup = SamSetup("gemcore", SerialSettings("sam"), stop_bits=1)
    build_sam(setup, EvenIds(), link)
    build_sam(replace(setup, stop_bits=0), EvenIds(), link)
    assert [settings.stop_bits for settings in made] == [1, 2]
