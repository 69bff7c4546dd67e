"""A whole tap through kernel ptys: the line as it is in the field, without the air."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.assembly import ReaderSetup, SamSetup, build_terminal_reader
from drivers.cards.epurse import Application, PurseSettings
from drivers.channel import ChannelSettings
from drivers.firmware import FirmwareWanted
from drivers.links.serial_port import SerialSettings
from drivers.terminal_reader import TerminalReader
from drivers.virtual.acs import VirtualAcr122
from drivers.virtual.card_time import CardTime
from drivers.virtual.field import Field
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from edge.domain.debit import DebitProof
from edge.domain.errors import ReaderError
from edge.ports import Trouble
from tests.drivers.reader_bench import EvenIds
from tests.drivers.terminal_bench import ORDER

pytestmark = pytest.mark.line


def reader_on(folder: Path) -> TerminalReader:
    patience = ChannelSettings(open_patience_ms=5000)
    return build_terminal_reader(
        ReaderSetup("pn532", SerialSettings(str(folder / "reader")), channel=patience),
        SamSetup("gemcore", SerialSettings(str(folder / "sam")), channel=patience),
        (Application(PurseSettings(home_city="4520")),),
        EvenIds(),
    )


async def tap(reader: TerminalReader) -> int:
    """Take one card and return its balance after the debit."""
    card = await reader.next_card()
    assert not isinstance(card, Trouble)
    await card.snapshot()
    outcome = await card.debit(await card.prepare(ORDER))
    assert isinstance(outcome, DebitProof)
    return outcome.balance_after_fen


async def test_a_box_alone_on_one_pty_takes_taps_at_9600_baud(tmp_path: Path) -> None:
    at_once = CardTime(enabled=False)
    purse = PurseCard()
    device = VirtualAcr122(Field(card_time=at_once), {0: Psam()})
    line = SerialSettings(str(tmp_path / "box"), baud=9600)
    patience = ChannelSettings(open_patience_ms=5000, firmware=FirmwareWanted("ACR122S", "100"))
    reader = build_terminal_reader(
        ReaderSetup("acr122s", line, answer_timeout_ms=500, channel=patience),
        SamSetup("acr122s", line, slot=0),
        (Application(PurseSettings(home_city="4520")),),
        EvenIds(),
    )
    port = VirtualPort(device, tmp_path / "box", baud=9600, device_bauds=lambda: (9600,))
    async with port:
        await reader.open()
        device.field.present(purse)
        assert await tap(reader) == 4800
        port.unplug()
        device.power_cycle()
        with pytest.raises(ReaderError, match="LINK_"):
            await tap(reader)
        port.plug()
        await reader.open()
        assert await tap(reader) == 4600
        await reader.close()
    assert reader.counters()["reader_ladder_rung"] == 0


async def test_taps_go_on_after_the_reader_was_pulled_and_put_back(tmp_path: Path) -> None:
    at_once = CardTime(enabled=False)
    field, purse = Field(card_time=at_once), PurseCard()
    sams = VirtualGemCore({1: Psam()}, card_time=at_once)
    reader = reader_on(tmp_path)
    async with (
        VirtualPort(VirtualPn532(field), tmp_path / "reader") as port,
        VirtualPort(sams, tmp_path / "sam"),
    ):
        await reader.open()
        field.present(purse)
        assert await tap(reader) == 4800
        port.unplug()
        with pytest.raises(ReaderError, match="LINK_"):
            await tap(reader)
        port.plug()
        await reader.open()
        assert await tap(reader) == 4600
        assert reader.counters()["reader_reconnects"] == 1
        await reader.close()
    assert purse.memory.balance_fen == 4600
