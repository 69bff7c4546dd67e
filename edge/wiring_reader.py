"""The contactless reader of a terminal with its SAM, its lamps and the card applications it serves."""

from __future__ import annotations

from dataclasses import replace

from drivers.assembly import OpenLink, ReaderSetup, SamSetup, build_terminal_reader
from drivers.channel import ChannelSettings
from drivers.firmware import FirmwareWanted
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.sams.psam import PsamSettings
from drivers.signals.reader_lamp import LampSettings
from drivers.terminal_reader import TerminalReaderSettings
from edge.config import SignalsSection, TerminalConfig
from edge.config_reader import ReaderSection, SamSection
from edge.ports import Clock, IdSource, Reader, Values
from edge.wiring_cards import served_applications


def lamp_settings(signals: SignalsSection) -> LampSettings:
    """Return which output pins of the reader make its lamps and tones."""
    return LampSettings(
        lamps={"green": signals.green_pins, "red": signals.red_pins, "amber": signals.amber_pins},
        tones={"accepted": signals.accepted_pins, "refused": signals.refused_pins, "again": signals.again_pins},
        idle=signals.idle_pins,
        show_ms=signals.show_ms,
    )


def terminal_reader(
    config: TerminalConfig, ids: IdSource, clock: Clock, values: Values, link: OpenLink = SerialPort
) -> Reader:
    """Return the reader with its SAM and card applications, closed; ``link`` makes its lines.

    ``values`` are asked for the keys of bank cards in force.
    """
    reader, sam = config.reader, config.sam
    patience = ChannelSettings(
        other_bauds=reader.other_bauds,
        open_patience_ms=reader.open_timeout_ms,
        backoff_ms_min=reader.reopen_ms_min,
        backoff_ms_max=reader.reopen_ms_max,
    )
    return build_terminal_reader(
        ReaderSetup(
            protocol=reader.protocol,
            line=SerialSettings(path=str(reader.path), baud=reader.baud),
            answer_timeout_ms=reader.answer_timeout_ms,
            channel=replace(patience, firmware=_wanted(reader)),
            lamp=lamp_settings(config.signals),
            polling=TerminalReaderSettings(poll_ms=config.tap.poll_ms),
            stop_bits=reader.stop_bits,
            echoes=reader.echoes,
        ),
        SamSetup(
            protocol=sam.protocol,
            line=SerialSettings(path=str(sam.path), baud=sam.baud),
            slot=sam.slot,
            answer_timeout_ms=sam.answer_timeout_ms,
            channel=replace(patience, firmware=_wanted(sam)),
            psam=PsamSettings(df=bytes.fromhex(sam.application), expected=bytes.fromhex(sam.expected_number)),
            stop_bits=sam.stop_bits,
            echoes=sam.echoes,
            level=sam.level,
        ),
        served_applications(config, ids, clock, values),
        ids,
        link,
    )


def _wanted(section: ReaderSection | SamSection) -> FirmwareWanted:
    return FirmwareWanted(section.firmware, section.firmware_from, section.firmware_to)
