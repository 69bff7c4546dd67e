"""A whole terminal reader on lines in memory: virtual PN532, GemCore, PSAM and purse, on a virtual clock."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.assembly import ReaderSetup, SamSetup, build_terminal_reader
from drivers.card_application import CardApplication
from drivers.cards.epurse import Application, PurseSettings
from drivers.channel import ChannelSettings
from drivers.links import Link
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialSettings
from drivers.presented_card import PresentedCard
from drivers.signals.reader_lamp import LampSettings
from drivers.terminal_reader import TerminalReader
from drivers.virtual.field import Field
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from edge.domain.debit import DebitOrder, Prepared, TripFacts
from edge.ports import Trouble
from tests.drivers.reader_bench import EvenIds, FaultyDevice

ORDER = DebitOrder(200, "20261124120000", TripFacts(6, 2, bytes(7), "4520", b"\xff" * 8))
LAMP = LampSettings(lamps={"green": 0b01, "red": 0b10}, show_ms=1000)


@dataclass
class TerminalBench:
    """The reader under test and everything virtual behind it."""

    reader: TerminalReader
    field: Field
    chip: VirtualPn532
    sams: VirtualGemCore
    chip_line: MemoryLine
    sam_line: MemoryLine
    faulty: FaultyDevice
    purse: PurseCard

    async def card(self) -> PresentedCard:
        """Return the session of the card that comes next."""
        presented = await self.reader.next_card()
        assert not isinstance(presented, Trouble)
        return presented

    async def prepared(self) -> tuple[PresentedCard, Prepared]:
        """Present the purse and go up to MAC1."""
        self.field.present(self.purse)
        card = await self.card()
        await card.snapshot()
        return card, await card.prepare(ORDER)

    @property
    def balance_fen(self) -> int:
        return self.purse.memory.balance_fen


async def opened(applications: tuple[CardApplication, ...] | None = None, *, patience_ms: float = 0) -> TerminalBench:
    """Return an open terminal reader with the PSAM in slot 1."""
    field = Field()
    chip, sams = VirtualPn532(field), VirtualGemCore({1: Psam()})
    faulty = FaultyDevice(chip)
    lines = {"reader": MemoryLine("reader", faulty), "sam": MemoryLine("sam", sams)}

    def link(settings: SerialSettings) -> Link:
        return lines[settings.path].link()

    patience = ChannelSettings(open_patience_ms=patience_ms)
    reader = build_terminal_reader(
        ReaderSetup("pn532", SerialSettings("reader"), channel=patience, lamp=LAMP),
        SamSetup("gemcore", SerialSettings("sam"), channel=patience),
        (Application(PurseSettings(home_city="4520")),) if applications is None else applications,
        EvenIds(),
        link,
    )
    await reader.open()
    return TerminalBench(reader, field, chip, sams, lines["reader"], lines["sam"], faulty, PurseCard())
