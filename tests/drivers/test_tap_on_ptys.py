"""A whole tap through kernel ptys: the line as it is in the field, without the air."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.assembly import ReaderSetup, SamSetup, build_terminal_reader
from drivers.cards.epurse import Application, PurseSettings
from drivers.channel import ChannelSettings
from drivers.links.serial_port import SerialSettings
from drivers.terminal_reader import TerminalReader
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
