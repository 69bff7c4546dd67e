"""The two readers of a simulated terminal: byte by byte over lines in memory, or by function call.

Both are the real ``TerminalReader`` with the real card application and PSAM conversations. A terminal by bytes has a QR
engine on a line as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from drivers.assembly import ReaderSetup, SamSetup, build_terminal_reader
from drivers.card_application import CardApplication
from drivers.cards.epurse import PurseSettings
from drivers.issuers import load_issuers
from drivers.links.memory import MemoryLine, MemoryLink
from drivers.links.serial_port import SerialSettings
from drivers.presented_card import PresenceSettings
from drivers.purse_sam import PurseSam
from drivers.registry import card_applications
from drivers.sams.psam import PsamSettings
from drivers.signals.reader_lamp import ReaderLamp
from drivers.terminal_reader import TerminalReader, TerminalReaderSettings
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.scanner import TONGUES, VirtualScanner
from edge.ports import CardSession, IdSource, Signal, Trouble
from edge.simulation.direct_parts import DirectContactless, DirectSams
from edge.simulation.pitch import Pitch

SAM_SLOT: Final = 1
DIRECT: Final = TerminalReaderSettings(poll_ms=250.0, presence=PresenceSettings(every_ms=250.0))
BYTES: Final = TerminalReaderSettings(poll_ms=100.0, presence=PresenceSettings(every_ms=200.0))


class AttendedReader:
    """A reader that polls only while somebody stands before it, and whose lamp the world can see."""

    def __init__(self, reader: TerminalReader, pitch: Pitch) -> None:
        self._reader = reader
        self._pitch = pitch

    async def open(self) -> None:
        """Open the reader."""
        await self._reader.open()

    async def next_card(self) -> CardSession | Trouble:
        """Wait for somebody, then for a card."""
        await self._pitch.somebody()
        if self._pitch.shown is not None:
            return self._pitch.shown
        return await self._reader.next_card()

    async def show(self, signal: Signal) -> None:
        """Show it to the world, then by the reader's pins."""
        self._pitch.show(signal)
        await self._reader.show(signal)

    async def close(self) -> None:
        """Release the reader."""
        await self._reader.close()

    def psam_number(self) -> bytes:
        """Return the PSAM's number."""
        return self._reader.psam_number()

    def counters(self) -> Mapping[str, float]:
        """Return the reader's counters."""
        return self._reader.counters()


@cache
def purses_alone(home_city: str) -> tuple[CardApplication, ...]:
    """Return the card applications of a terminal whose other media need no bytes."""
    return card_applications(("epurse",), [PurseSettings(issuers=load_issuers(), home_city=home_city)])


def direct_reader(pitch: Pitch, home_city: str) -> AttendedReader:
    """Return a reader that calls the virtual card and PSAM as functions."""
    contactless = DirectContactless(pitch)
    sam = PurseSam(DirectSams(pitch), PsamSettings())
    reader = TerminalReader(contactless, sam, purses_alone(home_city), ReaderLamp(contactless), DIRECT)
    return AttendedReader(reader, pitch)


def byte_reader(pitch: Pitch, applications: Sequence[CardApplication], ids: IdSource) -> AttendedReader:
    """Return a reader that speaks byte by byte to a virtual PN532 and a virtual GemCore with the PSAM."""
    lines = {
        "reader": MemoryLine("reader", VirtualPn532(pitch.field)),
        "sam": MemoryLine("sam", VirtualGemCore({SAM_SLOT: pitch.psam}, card_time=pitch.field.card_time)),
    }

    def link(settings: SerialSettings) -> MemoryLink:
        return lines[settings.path].link()

    pitch.on_unplug, pitch.on_plug = lines["reader"].unplug, lines["reader"].plug
    if not pitch.plugged:
        lines["reader"].unplug()
    reader = build_terminal_reader(
        ReaderSetup(protocol="pn532", line=SerialSettings(path="reader"), polling=BYTES),
        SamSetup(protocol="gemcore", line=SerialSettings(path="sam"), slot=SAM_SLOT),
        applications,
        ids,
        link,
    )
    return AttendedReader(reader, pitch)


def scanner_link(pitch: Pitch, protocol: str) -> MemoryLink:
    """Return a line to a virtual QR engine of this protocol, which reads what is held before it at the pitch."""
    engine = VirtualScanner(TONGUES[protocol]())
    pitch.on_scan = engine.scan
    return MemoryLine("scanner", engine).link()
