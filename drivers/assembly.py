"""Puts a terminal's reader together from settings: links, channels, protocols, SAM, card applications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import Final

from drivers.card_application import CardApplication
from drivers.channel import Channel, ChannelSettings, PowerCycle
from drivers.contactless import ContactlessModel
from drivers.contactless_reader import ContactlessReader
from drivers.links import Link
from drivers.links.echoing import EchoingLink
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.purse_sam import PurseSam
from drivers.registry import contactless_model, sam_model
from drivers.sam_reader import SamReader
from drivers.sam_slots import SamModel, SamProtocol, WithSamSlots
from drivers.sams.psam import PsamSettings
from drivers.signals.reader_lamp import LampSettings, ReaderLamp
from drivers.terminal_reader import TerminalReader, TerminalReaderSettings
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.ports import IdSource

BITS_PER_BYTE: Final = 11
"""Start bit, eight data bits, parity or a second stop bit, stop bit."""

OpenLink = Callable[[SerialSettings], Link]


@frozen
class ReaderSetup:
    """A contactless reader: its protocol's name, its line, how long its answers may take, how patient to be.

    ``stop_bits`` 0 are those of the protocol's model; a line that ``echoes`` gives back what is sent.
    """

    protocol: str
    line: SerialSettings
    answer_timeout_ms: float = 200.0
    channel: ChannelSettings = field(default_factory=ChannelSettings)
    lamp: LampSettings = field(default_factory=LampSettings)
    polling: TerminalReaderSettings = field(default_factory=TerminalReaderSettings)
    power_cycle: PowerCycle | None = None
    stop_bits: int = 0
    echoes: bool = False


@frozen
class SamSetup:
    """A SAM reader and the slot of its PSAM. An empty ``level`` is that of the protocol's model."""

    protocol: str
    line: SerialSettings
    slot: int = 1
    answer_timeout_ms: float = 1000.0
    channel: ChannelSettings = field(default_factory=ChannelSettings)
    psam: PsamSettings = field(default_factory=PsamSettings)
    stop_bits: int = 0
    echoes: bool = False
    level: str = ""


def build_contactless(setup: ReaderSetup, ids: IdSource, link: OpenLink = SerialPort) -> ContactlessReader:
    """Return the contactless reader alone, closed.

    Raises ``CONFIG_VALUE`` for an unknown protocol, and for lamps on pins that its reader does not have.
    """
    model = contactless_model(setup.protocol)
    _check_pins(model, setup.lamp)
    protocol = model.build(setup.answer_timeout_ms)
    line = _line(setup, model, link)
    return ContactlessReader(Channel(line, protocol, ids, _at_rate(setup), setup.power_cycle), protocol)


def build_sam(setup: SamSetup, ids: IdSource, link: OpenLink = SerialPort) -> PurseSam:
    """Return the PSAM in its reader, closed; raises ``CONFIG_VALUE`` for an unknown protocol, or level of it."""
    model = sam_model(setup.protocol)
    protocol = _at_level(model, setup.level)(setup.answer_timeout_ms)
    line = _line(setup, model, link)
    return _purse_sam(Channel(line, protocol, ids, _at_rate(setup)), protocol, setup)


def _sam_beside(reader: ContactlessReader, setup: SamSetup) -> PurseSam:
    """Return the PSAM in a slot of the contactless reader itself: one line, one command at a time for both."""
    if not isinstance(reader.protocol, WithSamSlots):
        raise ConfigError("CONFIG_VALUE", f"reader and SAM share {setup.line.path}, and `{setup.protocol}` has no slot")
    _at_level(sam_model(setup.protocol), setup.level)
    return _purse_sam(reader.channel, reader.protocol.sams, setup)


def _purse_sam(channel: Channel, protocol: SamProtocol, setup: SamSetup) -> PurseSam:
    return PurseSam(SamReader(channel, protocol, {setup.psam.channel: setup.slot}), setup.psam)


def _line(setup: ReaderSetup | SamSetup, model: ContactlessModel | SamModel, link: OpenLink) -> Link:
    """Return the line as the model wants it, but for what the setup knows better of this device."""
    stop_bits = setup.stop_bits or model.stop_bits
    line = link(replace(setup.line, stop_bits=stop_bits, raise_rts=model.raise_rts))
    return EchoingLink(line) if setup.echoes else line


def _at_level(model: SamModel, level: str) -> Callable[[float], SamProtocol]:
    """Return what builds the protocol at a level; raises ``CONFIG_VALUE`` where the model has one level alone."""
    if level in ("", model.level):
        return model.build
    if model.whole_apdus is None:
        raise ConfigError("CONFIG_VALUE", f"`sam.level`: `{model.name}` exchanges {model.level}s alone")
    return model.whole_apdus


def _at_rate(setup: ReaderSetup | SamSetup) -> ChannelSettings:
    """Return the channel's settings at the rate of its line; slow lines take their time before an answer can begin."""
    timing = replace(setup.channel.timing, byte_ms=BITS_PER_BYTE * 1000 / setup.line.baud)
    return replace(setup.channel, baud=setup.line.baud, timing=timing)


def _check_pins(model: ContactlessModel, lamp: LampSettings) -> None:
    """Refuse a lamp or tone that would stay dark for ever."""
    for name, bits in {**lamp.lamps, **lamp.tones, "idle": lamp.idle}.items():
        if bits & ~model.pins:
            raise ConfigError("CONFIG_VALUE", f"`{name}` is on pins {bits:#x}; `{model.name}` has {model.pins:#x}")


def build_terminal_reader(
    reader: ReaderSetup,
    sam: SamSetup | None,
    applications: Sequence[CardApplication],
    ids: IdSource,
    link: OpenLink = SerialPort,
) -> TerminalReader:
    """Return the whole reader, closed; without ``sam`` nothing can be debited.

    A reader and a SAM of one protocol on one port are one box: they share its line.
    """
    contactless = build_contactless(reader, ids, link)
    if sam is None:
        purse_sam = PurseSam(None, PsamSettings())
    elif (sam.protocol, sam.line.path) == (reader.protocol, reader.line.path):
        purse_sam = _sam_beside(contactless, sam)
    else:
        purse_sam = build_sam(sam, ids, link)
    lamp = ReaderLamp(contactless, reader.lamp)
    return TerminalReader(contactless, purse_sam, applications, lamp, reader.polling)
