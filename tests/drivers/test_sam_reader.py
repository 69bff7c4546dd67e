"""SAMs by name on one line: several slots, movements, echo, damage, power."""

from __future__ import annotations

import asyncio

import pytest

from drivers.assembly import SamSetup, build_sam
from drivers.channel import Channel, ChannelSettings
from drivers.framing import Procedure, ReaderCommand
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialSettings
from drivers.readers.ccid import CcidSettings, SerialCcid
from drivers.readers.ccid.message import GET_SLOT_STATUS, SET_PARAMETERS, request
from drivers.sam_reader import SamReader
from drivers.virtual.device import Reply
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.psam import Psam
from edge.domain.errors import ConfigError, ReaderError, SamError
from tests.drivers.reader_bench import QUICK, Bench, EvenIds, FaultyDevice, damage_last, gemcore_bench, on_virtual_time

GET_CHALLENGE = bytes.fromhex("0084000004")
SLOTS = {"sam:psam": 1, "sam:meals": 2, "sam:spare": 4}


def two_sams() -> tuple[Bench, SamReader]:
    bench, ccid = gemcore_bench(slots=(1, 2))
    return bench, SamReader(bench.channel, ccid, {"sam:psam": 1, "sam:meals": 2})


def virtual(bench: Bench) -> VirtualGemCore:
    assert isinstance(bench.faulty.device, VirtualGemCore)
    return bench.faulty.device


def once(slot: int) -> Procedure[bytes]:
    return (yield ReaderCommand(request(GET_SLOT_STATUS, slot), 200, repeatable=False, step="status"))


def test_sams_in_two_slots_answer_interleaved_calls_each_for_itself() -> None:
    async def scene() -> None:
        _, sams = two_sams()
        await sams.open()
        names = ["sam:psam", "sam:meals"] * 5
        answers = await asyncio.gather(*(sams.transmit(name, GET_CHALLENGE) for name in names))
        assert all(len(answer) == 6 and answer.endswith(b"\x90\x00") for answer in answers)

    on_virtual_time(scene())


def test_an_empty_slot_is_absent_at_opening_and_the_others_stay_usable() -> None:
    async def scene() -> None:
        bench, ccid = gemcore_bench(slots=(1, 2))
        sams = SamReader(bench.channel, ccid, SLOTS)
        with pytest.raises(SamError, match="SAM_ABSENT"):
            await sams.open()
        assert sams.powered("sam:psam")
        assert (await sams.transmit("sam:meals", GET_CHALLENGE)).endswith(b"\x90\x00")

    on_virtual_time(scene())


def test_an_unknown_name_is_absent() -> None:
    async def scene() -> None:
        _, sams = two_sams()
        await sams.open()
        with pytest.raises(SamError, match="SAM_ABSENT"):
            await sams.transmit("sam:other", GET_CHALLENGE)

    on_virtual_time(scene())


def test_a_mute_sam_stays_without_power_until_it_is_reset() -> None:
    async def scene() -> None:
        bench, sams = two_sams()
        await sams.open()
        virtual(bench).set_mute(1, mute=True)
        with pytest.raises(SamError, match="SAM_MUTE"):
            await sams.transmit("sam:psam", GET_CHALLENGE)
        virtual(bench).set_mute(1, mute=False)
        with pytest.raises(SamError, match="without power"):
            await sams.transmit("sam:psam", GET_CHALLENGE)
        assert (await sams.transmit("sam:meals", GET_CHALLENGE)).endswith(b"\x90\x00")
        assert await sams.reset("sam:psam") == Psam().atr
        assert (await sams.transmit("sam:psam", GET_CHALLENGE)).endswith(b"\x90\x00")

    on_virtual_time(scene())


def test_requests_for_time_of_both_kinds_are_waited_for() -> None:
    async def scene() -> None:
        bench, sams = two_sams()
        await sams.open()
        virtual(bench).time_extensions = 3
        virtual(bench).t0_requests = 4
        assert (await sams.transmit("sam:psam", GET_CHALLENGE)).endswith(b"\x90\x00")
        assert bench.count("ladder_rung") == 0

    on_virtual_time(scene())


@pytest.mark.parametrize("event", [b"\x50\x02", b"\x50\x03"], ids=["taken out", "put in"])
def test_a_movement_reported_before_an_answer_is_counted_and_the_answer_read(event: bytes) -> None:
    async def scene() -> None:
        bench, sams = two_sams()
        await sams.open()
        bench.faulty.plan.append(lambda replies: [Reply(0.0, event), *replies])
        assert (await sams.transmit("sam:psam", GET_CHALLENGE)).endswith(b"\x90\x00")
        assert bench.count("slot_moves") == 1

    on_virtual_time(scene())


def test_a_damaged_answer_to_a_command_that_must_not_run_twice_is_a_frame_error() -> None:
    async def scene() -> None:
        bench, sams = two_sams()
        await sams.open()
        bench.faulty.heard.clear()
        bench.faulty.plan.append(damage_last)
        with pytest.raises(ReaderError, match="READER_FRAME"):
            await bench.channel.run(once(1))
        assert len(bench.faulty.heard) == 1
        assert (await sams.transmit("sam:psam", GET_CHALLENGE)).endswith(b"\x90\x00")
        assert bench.count("resyncs") == 1

    on_virtual_time(scene())


class Echo:
    """A GemPC Twin: sends every command back before it answers."""

    def __init__(self, device: FaultyDevice) -> None:
        self.device = device
        self.on_unsolicited = device.on_unsolicited

    def receive(self, incoming: bytes) -> list[Reply]:
        return [Reply(0.0, incoming), *self.device.receive(incoming)]


def test_a_model_that_echoes_is_served_where_its_settings_say_so() -> None:
    async def scene() -> None:
        ccid = SerialCcid(CcidSettings(echoes=True))
        line = MemoryLine("twin", Echo(FaultyDevice(VirtualGemCore({1: Psam()}))))
        sams = SamReader(Channel(line.link(), ccid, EvenIds(), QUICK), ccid, {"sam:psam": 1})
        await sams.open()
        assert (await sams.transmit("sam:psam", GET_CHALLENGE)).endswith(b"\x90\x00")
        assert sams.counters()["strangers"] == 0

    on_virtual_time(scene())


def test_a_lost_line_takes_the_power_of_all_sams_with_it() -> None:
    async def scene() -> None:
        bench, sams = two_sams()
        await sams.open()
        bench.line.unplug()
        with pytest.raises(ReaderError, match="LINK_LOST"):
            await sams.transmit("sam:psam", GET_CHALLENGE)
        assert not sams.powered("sam:meals")
        bench.line.plug()
        await sams.open()
        assert sams.powered("sam:meals")

    on_virtual_time(scene())


def sent_by(level: str) -> list[int]:
    """Return the kinds of CCID messages that power a SAM on at a level."""
    device = FaultyDevice(VirtualGemCore({1: Psam()}))
    heard: list[int] = []
    line = MemoryLine("sam", device)
    setup = SamSetup("gemcore", SerialSettings("sam"), channel=ChannelSettings(open_patience_ms=0), level=level)

    async def scene() -> None:
        sam = build_sam(setup, EvenIds(), lambda _settings: line.link())
        await sam.open()
        heard.extend(frame[2] for frame in device.heard)

    on_virtual_time(scene())
    return heard


def test_a_firmware_that_takes_whole_apdus_sets_no_protocol_itself() -> None:
    assert SET_PARAMETERS in sent_by("")
    assert SET_PARAMETERS not in sent_by("apdu")


@pytest.mark.parametrize(("protocol", "level"), [("gemcore_twin", "apdu"), ("acr122s", "tpdu")])
def test_a_level_that_a_model_does_not_have_is_refused(protocol: str, level: str) -> None:
    with pytest.raises(ConfigError, match=f"`{protocol}` exchanges .pdus alone"):
        build_sam(SamSetup(protocol, SerialSettings("sam"), level=level), EvenIds())
