"""A codec and the virtual engine of its protocol, joined by hand: every byte passes through the test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from drivers.framing import NEED_DATA, Damaged
from drivers.registry import scanner_models
from drivers.scanning import Answered, ScanCodec, ScanEvent, Scanned, ScannerModel, ScannerSettings
from drivers.virtual.scanner import TONGUES, Tongue

NEWLAND: Final = ScannerSettings(
    setup=("QRCENA1",),
    setup_start=b"~\x010000#",
    setup_end=b";\x03",
    answer_start=b"\x02\x010000#",
    trigger=b"\x01T\x04",
)
HONEYWELL: Final = ScannerSettings(setup=("TERMID0",), setup_start=b"\x16M\r", setup_end=b"!", trigger=b"\x16T\r")
STEPS: Final = {"gm65": "08006000", "line": "QRCENA1", "zebra_ssi": "C600FFEE01"}
"""A volatile set-up command in each protocol; line mode speaks Newland's."""


def models() -> Sequence[ScannerModel]:
    """Return every protocol that is there."""
    return list(scanner_models().values())


def codec_of(model: ScannerModel, *, ends_by_silence: bool = False) -> ScanCodec:
    settings = NEWLAND if model.name == "line" else ScannerSettings()
    return model.build(
        ScannerSettings(
            setup_start=settings.setup_start,
            setup_end=settings.setup_end,
            answer_start=settings.answer_start,
            trigger=settings.trigger,
            ends_by_silence=ends_by_silence,
        )
    )


def tongue_of(model: ScannerModel) -> Tongue:
    """Return the virtual engine of a protocol; a protocol without one cannot be tested and fails here."""
    return TONGUES[model.name]()


def events_of(codec: ScanCodec) -> list[ScanEvent]:
    """Return everything the codec has to say now."""
    events: list[ScanEvent] = []
    while (event := codec.next_event()) is not NEED_DATA:
        events.append(event)
    return events


def codes_in(events: Iterable[ScanEvent]) -> list[bytes]:
    return [event.payload for event in events if isinstance(event, Scanned)]


def answers_in(events: Iterable[ScanEvent]) -> list[bool]:
    return [event.accepted for event in events if isinstance(event, Answered)]


def damages_in(events: Iterable[ScanEvent]) -> int:
    return sum(isinstance(event, Damaged) for event in events)


def carried(codec: ScanCodec, tongue: Tongue, outgoing: bytes, *, step: int = 1) -> list[ScanEvent]:
    """Carry bytes from engine to codec in pieces of ``step``, and acknowledgements back, until both are quiet."""
    events: list[ScanEvent] = []
    queue = [outgoing]
    while queue:
        stream = queue.pop(0)
        for at in range(0, len(stream), step):
            codec.receive_data(stream[at : at + step])
            events += events_of(codec)
            owed = codec.bytes_to_send()
            if owed:
                queue += tongue.heard(owed)
    return events


def after_silence(codec: ScanCodec) -> list[ScanEvent]:
    codec.line_silent()
    return events_of(codec)
