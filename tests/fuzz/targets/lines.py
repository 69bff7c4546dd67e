"""Codecs of serial lines: readers, SAM readers, and every scanner protocol there is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from drivers.framing import NEED_DATA, Codec, ReaderCommand
from drivers.readers.ccid import AcsEnvelope, CcidCodec
from drivers.readers.pn532 import Pn532Codec
from drivers.readers.twn4 import AsciiCodec, BinaryCodec
from drivers.readers.zlg import NewCodec, OldCodec
from drivers.registry import scanner_models
from drivers.scanning import PAYLOAD_BYTES_MAX, ScanCodec, Scanned, ScannerModel, ScannerSettings
from drivers.virtual.scanner import TONGUES
from tests.drivers.reader_vectors import load
from tests.fuzz.target import Target

XFR_BLOCK: Final = bytes.fromhex("6F" + "00" * 9)
READERS: Final[dict[str, tuple[Callable[[], Codec], bytes, str]]] = {
    "pn532": (Pn532Codec, bytes.fromhex("4A0100"), "pn532"),
    "ccid": (CcidCodec, XFR_BLOCK, "gemcore"),
    "acs": (partial(CcidCodec, AcsEnvelope), XFR_BLOCK, "acs"),
    "acr122l": (partial(CcidCodec, partial(AcsEnvelope, envelopes=3)), XFR_BLOCK, "acs"),
    "twn4": (BinaryCodec, bytes.fromhex("050028"), "twn4"),
    "twn4_ascii": (AsciiCodec, bytes.fromhex("050028"), "twn4"),
    "zlg": (NewCodec, bytes.fromhex("00064D0026"), "zlg"),
    "zlg_old": (OldCodec, bytes.fromhex("00064D0026"), "zlg"),
}
"""Each codec, a command that it awaits an answer to, and the file of its vectors."""
STEPS: Final = {"gm65": "07002A02", "line": "QRCENA1", "zebra_ssi": "A300"}
EVENTS_PER_BYTE_MAX: Final = 2


def feed_reader(name: str, taken: bytes) -> None:
    """Send a command, then give the line's bytes in pieces of the first byte's size; the end must be reached."""
    make, command, _ = READERS[name]
    codec = make()
    codec.send(ReaderCommand(command, 100.0))
    size, stream = max(taken[:1], b"\x01")[0], taken[1:]
    for at in range(0, len(stream), size):
        codec.receive_data(stream[at : at + size])
        drain(codec, size)
    for _ in range(len(stream) + 1):
        if not codec.partial:
            break
        codec.give_up_partial()
        drain(codec, len(stream))
    assert not codec.partial, "a frame that does not end is never given up"


def drain(codec: Codec | ScanCodec, size: int) -> None:
    """Take events; there are never more than bytes came."""
    for _ in range(4096 + EVENTS_PER_BYTE_MAX * size):
        event = codec.next_event()
        if event is NEED_DATA:
            return
        if isinstance(event, Scanned):
            assert 0 < len(event.payload) <= PAYLOAD_BYTES_MAX
    raise AssertionError("events without end")


def feed_scanner(model: ScannerModel, taken: bytes) -> None:
    """Set up, then give the line's bytes in pieces; a first byte with its high bit lets silence end codes."""
    first, stream = taken[:1] or b"\0", taken[1:]
    codec = model.build(ScannerSettings(ends_by_silence=first[0] >= 0x80, setup_end=b";\x03"))
    codec.command(STEPS.get(model.name, ""))
    size = first[0] % 64 + 1
    for at in range(0, len(stream), size):
        codec.receive_data(stream[at : at + size])
        codec.bytes_to_send()
        drain(codec, size)
        if stream[at] == 0xFF:
            codec.line_silent()
    codec.line_silent()
    drain(codec, len(stream))
    assert not codec.partial, "silence leaves something unfinished"


def spoken(model: ScannerModel) -> tuple[bytes, ...]:
    """Return what an engine says: a code, and an answer between two codes."""
    if model.name not in TONGUES:
        return (b"\x10ONECARD1\r",)
    tongue = TONGUES[model.name]()
    code = tongue.spoken(b"]Q1\\000026ONECARD1")
    answer = b"".join(tongue.heard(model.build(ScannerSettings()).command(STEPS[model.name])))
    return (b"\x3f" + code, b"\x07" + code + answer + code, b"\x8f" + code)


TARGETS: Final = (
    *(
        Target(name, partial(feed_reader, name), [b"\x40" + vector.frame for vector in load(file)])
        for name, (_, _, file) in READERS.items()
    ),
    *(
        Target(f"scanner_{model.name}", partial(feed_scanner, model), spoken(model), bytes_max=6000)
        for model in scanner_models().values()
    ),
)
