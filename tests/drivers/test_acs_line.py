"""What an ACS reader says of our frames, and what the line makes of it: sent again, asked for again, or refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from drivers.channel import Channel, ChannelSettings
from drivers.contactless import Target
from drivers.links.memory import MemoryLine
from drivers.readers.ccid import MODELS, Acr122
from drivers.readers.ccid.acs_slots import AcsSlots
from drivers.sam_slots import SamModel
from drivers.virtual.acs import VirtualAcr122
from drivers.virtual.device import Reply
from drivers.virtual.field import Field
from drivers.virtual.psam import Psam
from edge.domain.errors import CardError, ReaderError, SamError
from tests.drivers.reader_bench import EvenIds, FaultyDevice, damage_last, instead, on_virtual_time
from tests.drivers.virtual.edge_card import FCI, EdgeCard

SELECT = bytes.fromhex("00A4040008") + b"EDGECARD"
LONG_READ = bytes.fromhex("00B00000000200")


class BadCable(FaultyDevice):
    """Flips a bit of the next frame on its way to the reader."""

    flips = 0

    def receive(self, incoming: bytes) -> list[Reply]:
        if self.flips:
            self.flips -= 1
            incoming = incoming[:-2] + bytes((incoming[-2] ^ 1, incoming[-1]))
        return super().receive(incoming)


@dataclass
class Line:
    """An open ACR122S with a card before it."""

    channel: Channel
    reader: Acr122
    cable: BadCable
    card: EdgeCard
    target: Target

    def count(self, name: str) -> float:
        return self.channel.counters()[name]


async def opened() -> Line:
    field, card = Field(), EdgeCard()
    field.present(card)
    cable = BadCable(VirtualAcr122(field, {0: Psam()}))
    reader = Acr122(200, AcsSlots(200, range(1)))
    line = MemoryLine("acs", cable)
    channel = Channel(line.link(), reader, EvenIds(), ChannelSettings(open_patience_ms=0))
    await channel.open()
    target = await channel.run(reader.poll())
    assert isinstance(target, Target)
    return Line(channel, reader, cable, card, target)


async def sent(line: Line, apdu: bytes, *, repeatable: bool = False) -> bytes:
    return await line.channel.run(line.reader.transmit(line.target, apdu, repeatable=repeatable))


def test_a_frame_that_arrived_damaged_is_sent_again_though_it_must_not_be_repeated() -> None:
    async def scene() -> None:
        line = await opened()
        line.cable.flips = 1
        answer = await sent(line, SELECT)
        assert answer == FCI + b"\x90\x00"
        assert line.card.received == [SELECT]
        assert (line.count("ladder_resend"), line.count("nacks")) == (1, 0)

    on_virtual_time(scene())


def test_a_damaged_answer_is_asked_for_again_and_the_command_runs_once() -> None:
    async def scene() -> None:
        line = await opened()
        line.cable.plan.append(damage_last)
        answer = await sent(line, SELECT)
        assert answer == FCI + b"\x90\x00"
        assert line.card.received == [SELECT]
        assert (line.count("nacks"), line.count("checksum_errors")) == (1, 1)

    on_virtual_time(scene())


def test_a_frame_that_is_too_long_for_the_reader_is_refused_at_once() -> None:
    async def scene() -> None:
        line = await opened()
        line.cable.plan.append(instead(bytes.fromhex("02FEFE03")))
        with pytest.raises(ReaderError, match="takes no message of this length") as caught:
            await sent(line, SELECT)
        assert caught.value.code == "READER_REFUSED"

    on_virtual_time(scene())


def test_an_answer_longer_than_the_tunnel_comes_in_parts() -> None:
    async def scene() -> None:
        line = await opened()
        answer = await sent(line, LONG_READ, repeatable=True)
        assert (len(answer), answer[-2:]) == (514, b"\x90\x00")

    on_virtual_time(scene())


def test_a_chip_that_refuses_a_command_is_named_by_the_step() -> None:
    async def scene() -> None:
        line = await opened()
        assert isinstance(line.cable.device, VirtualAcr122)
        line.cable.device.chip.initiator.fail_next = 0x2D
        with pytest.raises((ReaderError, CardError), match="over-current") as caught:
            await sent(line, SELECT)
        assert caught.value.code == "READER_HARDWARE"

    on_virtual_time(scene())


def test_an_apdu_of_class_ff_never_reaches_the_reader_in_the_place_of_the_sam() -> None:
    async def scene() -> None:
        line = await opened()
        with pytest.raises(SamError, match="addresses the reader") as caught:
            await line.channel.run(line.reader.sams.transmit(0, bytes.fromhex("FF00400000"), repeatable=True))
        assert caught.value.code == "SAM_STATUS"

    on_virtual_time(scene())


def test_a_sam_alone_in_a_box_is_served_without_its_antenna() -> None:
    model = next(each for each in MODELS if each.name == "acr122s" and isinstance(each, SamModel))

    async def scene() -> bytes:
        line = MemoryLine("acs", VirtualAcr122(Field(), {0: Psam()}))
        protocol = model.build(500)
        assert isinstance(protocol, AcsSlots)
        channel = Channel(line.link(), protocol, EvenIds(), ChannelSettings(open_patience_ms=0))
        await channel.open()
        return await channel.run(protocol.power_on(0))

    assert on_virtual_time(scene()) == Psam().atr
