"""Puts a terminal's reader together from settings: links, channels, protocols, SAM, card applications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from drivers.card_application import CardApplication
from drivers.channel import Channel, ChannelSettings, PowerCycle
from drivers.contactless_reader import ContactlessReader
from drivers.links import Link
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.purse_sam import PurseSam
from drivers.registry import contactless_model, sam_model
from drivers.sam_reader import SamReader
from drivers.sams.psam import PsamSettings
from drivers.signals.reader_lamp import LampSettings, ReaderLamp
from drivers.terminal_reader import TerminalReader, TerminalReaderSettings
from edge.ports import IdSource

OpenLink = Callable[[SerialSettings], Link]


@dataclass(frozen=True, slots=True)
class ReaderSetup:
    """A contactless reader: its protocol's name, its line, how long its answers may take, how patient to be."""

    protocol: str
    line: SerialSettings
    answer_timeout_ms: float = 200.0
    channel: ChannelSettings = field(default_factory=ChannelSettings)
    lamp: LampSettings = field(default_factory=LampSettings)
    polling: TerminalReaderSettings = field(default_factory=TerminalReaderSettings)
    power_cycle: PowerCycle | None = None


@dataclass(frozen=True, slots=True)
class SamSetup:
    """A SAM reader and the slot of its PSAM."""

    protocol: str
    line: SerialSettings
    slot: int = 1
    answer_timeout_ms: float = 1000.0
    channel: ChannelSettings = field(default_factory=ChannelSettings)
    psam: PsamSettings = field(default_factory=PsamSettings)


def build_contactless(setup: ReaderSetup, ids: IdSource, link: OpenLink = SerialPort) -> ContactlessReader:
    """Return the contactless reader alone, closed; raises ``CONFIG_VALUE`` for an unknown protocol."""
    model = contactless_model(setup.protocol)
    protocol = model.build(setup.answer_timeout_ms)
    line = link(replace(setup.line, stop_bits=model.stop_bits, raise_rts=model.raise_rts))
    settings = replace(setup.channel, baud=setup.line.baud)
    return ContactlessReader(Channel(line, protocol, ids, settings, setup.power_cycle), protocol)


def build_sam(setup: SamSetup, ids: IdSource, link: OpenLink = SerialPort) -> PurseSam:
    """Return the PSAM in its reader, closed; raises ``CONFIG_VALUE`` for an unknown protocol."""
    model = sam_model(setup.protocol)
    protocol = model.build(setup.answer_timeout_ms)
    line = link(replace(setup.line, stop_bits=model.stop_bits, raise_rts=model.raise_rts))
    channel = Channel(line, protocol, ids, replace(setup.channel, baud=setup.line.baud))
    return PurseSam(SamReader(channel, protocol, {setup.psam.channel: setup.slot}), setup.psam)


def build_terminal_reader(
    reader: ReaderSetup,
    sam: SamSetup | None,
    applications: Sequence[CardApplication],
    ids: IdSource,
    link: OpenLink = SerialPort,
) -> TerminalReader:
    """Return the whole reader, closed; without ``sam`` nothing can be debited."""
    contactless = build_contactless(reader, ids, link)
    purse_sam = PurseSam(None, PsamSettings()) if sam is None else build_sam(sam, ids, link)
    lamp = ReaderLamp(contactless, reader.lamp)
    return TerminalReader(contactless, purse_sam, applications, lamp, reader.polling)
