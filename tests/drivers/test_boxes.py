"""Readers with an antenna and a SAM in one box: each takes a whole tap on one line, and comes back from every fault."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest

from drivers.assembly import ReaderSetup, SamSetup, build_terminal_reader
from drivers.cards.epurse import Application, PurseSettings
from drivers.channel import ChannelSettings
from drivers.contactless import FieldCrowded, FieldEmpty, Target
from drivers.contactless_reader import ContactlessReader
from drivers.firmware import FirmwareWanted
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialSettings
from drivers.presented_card import PresentedCard
from drivers.registry import contactless_model
from drivers.signals.reader_lamp import LampSettings
from drivers.terminal_reader import TerminalReader
from drivers.virtual.boxes import BOXES, VirtualBox
from drivers.virtual.field import Field, Moment, Tear
from drivers.virtual.psam import NUMBER, Psam
from drivers.virtual.purse import PurseCard
from edge.domain.debit import DebitProof, TornDebit
from edge.domain.errors import CardError, ConfigError, ReaderError, SamError
from edge.ports import Trouble
from tests.drivers.reader_bench import (
    EvenIds,
    Fault,
    FaultyDevice,
    before,
    cut_last,
    damage_last,
    in_steps,
    lose_everything,
    lose_last,
    on_virtual_time,
)
from tests.drivers.terminal_bench import ORDER

PROTOCOLS = sorted(BOXES)
NOTICE_A_SECOND_CARD = [name for name in PROTOCOLS if name != "acr1281s"]
SELECT = bytes.fromhex("00A4000002" + "3F00")


@dataclass
class Box:
    """A terminal reader whose reader and PSAM are one box on a line in memory."""

    reader: TerminalReader
    contactless: ContactlessReader
    device: VirtualBox
    faulty: FaultyDevice
    line: MemoryLine
    field: Field
    purse: PurseCard

    async def card(self) -> PresentedCard:
        card = await self.reader.next_card()
        assert not isinstance(card, Trouble)
        return card

    async def target(self) -> Target:
        found = await self.contactless.poll()
        assert isinstance(found, Target)
        return found

    async def tap(self) -> int:
        card = await self.card()
        await card.snapshot()
        outcome = await card.debit(await card.prepare(ORDER))
        assert isinstance(outcome, DebitProof)
        return outcome.balance_after_fen


async def opened(protocol: str, *, firmware: str = "", slot: int | None = None) -> Box:
    model = BOXES[protocol]
    field = Field()
    device = model.build(field, {model.sam_slot: Psam()}, lambda _event: None)
    faulty = FaultyDevice(device)
    line = MemoryLine("box", faulty)
    patience = ChannelSettings(open_patience_ms=0, firmware=FirmwareWanted(firmware))
    settings = SerialSettings("box", baud=9600)
    reader = build_terminal_reader(
        ReaderSetup(protocol, settings, channel=patience),
        SamSetup(protocol, settings, slot=model.sam_slot if slot is None else slot, channel=patience),
        (Application(PurseSettings(home_city="4520")),),
        EvenIds(),
        lambda _settings: line.link(),
    )
    await reader.open()
    return Box(reader, reader._reader, device, faulty, line, field, PurseCard())  # noqa: SLF001 - one box, two views


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_purse_is_debited_with_the_psam_in_the_same_box(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        assert box.reader.psam_number() == NUMBER
        box.field.present(box.purse)
        assert await box.tap() == 4800
        assert box.reader.counters()["reader_ladder_rung"] == 0

    on_virtual_time(scene())


def test_a_card_goes_and_the_next_tap_is_taken(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.field.present(box.purse)
        card = await box.card()
        assert not await card.removed(timeout_ms=300)
        box.field.remove()
        assert await card.removed(timeout_ms=2000)
        assert isinstance(await box.contactless.poll(), FieldEmpty)
        box.field.present(box.purse)
        assert await box.tap() == 4800

    on_virtual_time(scene())


@pytest.mark.parametrize("protocol", NOTICE_A_SECOND_CARD)
def test_two_cards_are_noticed_and_one_is_served_when_the_other_has_gone(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.field.present(PurseCard(uid=b"\x08\x01\x02\x03"))
        box.field.present(box.purse)
        assert isinstance(await box.contactless.poll(), FieldCrowded)
        await box.contactless.reset_field()
        box.field.remove()
        box.field.present(box.purse)
        assert (await box.target()).uid == box.purse.uid

    on_virtual_time(scene())


def test_a_card_torn_away_in_the_debit_is_a_torn_debit(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.field.present(box.purse)
        card = await box.card()
        await card.snapshot()
        prepared = await card.prepare(ORDER)
        box.field.plan_tear(Tear(Moment(step="DEBIT"), executed=True))
        assert isinstance(await card.debit(prepared), TornDebit)
        assert box.purse.memory.balance_fen == 4800

    on_virtual_time(scene())


def test_a_command_to_a_card_that_has_gone_says_so(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.field.present(box.purse)
        target = await box.target()
        box.field.remove()
        with pytest.raises(CardError) as caught:
            await box.contactless.transmit(target, SELECT)
        assert caught.value.code == "CARD_LEFT"

    on_virtual_time(scene())


def test_the_field_is_reset_and_the_card_found_again(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.field.present(box.purse)
        first = await box.target()
        await box.contactless.reset_field()
        assert (await box.target()).uid == first.uid

    on_virtual_time(scene())


FAULTS: dict[str, Fault] = {
    "a lost command": lose_everything,
    "a lost answer": lose_last,
    "a damaged answer": damage_last,
    "an answer cut short": cut_last,
    "the text of a modem probe": before(b"AT\r"),
    "the end of an old answer": before(b"\x90\x00\x03"),
    "an adapter with a latency timer": in_steps(1, 16),
}


UNSEEN = ("twn4_ascii", "a damaged answer")
"""What has no check cannot be seen to be damaged."""


@pytest.mark.parametrize(
    ("protocol", "fault"), [(name, fault) for name in PROTOCOLS for fault in FAULTS if (name, fault) != UNSEEN]
)
def test_a_poll_survives(protocol: str, fault: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.faulty.plan.append(FAULTS[fault])
        box.field.present(box.purse)
        assert (await box.target()).uid == box.purse.uid
        assert await box.tap() == 4800

    on_virtual_time(scene())


def test_a_reader_that_hears_nothing_is_reported_as_a_fault(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.faulty.deaf = lambda: True
        with pytest.raises(ReaderError) as caught:
            await box.contactless.poll()
        assert caught.value.code == "READER_FAULT"

    on_virtual_time(scene())


@pytest.mark.parametrize("after_ms", [0.0, 1.0, 5.0, 20.0])
def test_a_poll_cancelled_at_any_time_leaves_the_line_usable(protocol: str, after_ms: float) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.field.present(box.purse)
        poll = asyncio.ensure_future(box.contactless.poll())
        await asyncio.sleep(after_ms / 1000)
        poll.cancel()
        await asyncio.wait([poll])
        assert await box.tap() == 4800

    on_virtual_time(scene())


def test_a_box_that_lost_power_powers_its_sam_anew(protocol: str) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        box.field.present(box.purse)
        assert await box.tap() == 4800
        box.line.unplug()
        box.device.power_cycle()
        with pytest.raises(ReaderError):
            await box.tap()
        box.line.plug()
        await box.reader.open()
        assert await box.tap() == 4600

    on_virtual_time(scene())


def test_another_firmware_is_refused_by_what_was_found(protocol: str) -> None:
    async def scene() -> None:
        with pytest.raises(ReaderError, match=r"READER_IDENTITY.*found '.+', the profile wants 'V9\.99'"):
            await opened(protocol, firmware="V9.99")

    on_virtual_time(scene())


def test_a_slot_that_the_box_does_not_have_is_an_absent_sam(protocol: str) -> None:
    async def scene() -> None:
        with pytest.raises((SamError, ReaderError)) as caught:
            await opened(protocol, slot=9)
        assert caught.value.code == "SAM_ABSENT"

    on_virtual_time(scene())


@pytest.mark.parametrize("bits", [0b01, 0b00])
def test_the_first_output_follows_what_is_written(protocol: str, bits: int) -> None:
    async def scene() -> None:
        box = await opened(protocol)
        for each in (0b01, bits):
            await box.contactless.write_outputs(each)
        state = {name: getattr(box.device, name, None) for name in ("lamps", "pins", "lamp")}
        assert [value for value in state.values() if value is not None] == [bits]

    on_virtual_time(scene())


def test_a_lamp_on_a_pin_that_the_reader_does_not_have_is_refused(protocol: str) -> None:
    pins = contactless_model(protocol).pins
    lamp = LampSettings(lamps={"green": (pins + 1)})
    setup = ReaderSetup(protocol, SerialSettings("box"), lamp=lamp)
    with pytest.raises(ConfigError, match="green"):
        build_terminal_reader(setup, None, (), EvenIds())


def test_a_sam_on_the_line_of_a_reader_without_slots_is_refused() -> None:
    reader = ReaderSetup("pn532", SerialSettings("box"))
    sam = replace(SamSetup("gemcore", SerialSettings("box")), protocol="pn532")
    with pytest.raises(ConfigError, match="has no slot"):
        build_terminal_reader(reader, sam, (), EvenIds())
