"""Grow GM65, GM805, GM812: commands in frames, codes as they are, both on one line (GM65 User Manual).

====================  =====================================================================
command               ``7E 00`` type length address16 content CRC16
answer                ``02 00`` status length content CRC16
====================  =====================================================================

Type 07 reads zones, 08 writes them, 09 saves all to flash. The CRC is CCITT from 0 over everything behind the two first
bytes; a command may carry ``AB CD`` instead. A code has no frame: it ends by its terminator or by silence.
"""

from __future__ import annotations

from binascii import crc_hqx
from typing import Final, Literal

from drivers.code_cutter import CodeCutter
from drivers.framing import NEED_DATA, Damaged, FrameCounters, NeedData
from drivers.scanning import (
    Answered,
    ScanEvent,
    ScannerModel,
    ScannerSettings,
    body_of,
    cut_by_terminator,
    refuse_flash,
)
from edge.domain.errors import ConfigError

COMMAND_START: Final = b"\x7e\x00"
ANSWER_START: Final = b"\x02\x00"
READ: Final = 0x07
WRITE: Final = 0x08
SAVE: Final = 0x09
TRIGGER: Final = bytes.fromhex("08000201")
"""Write 01 to zone 0002: one reading."""
BODY_BYTES: Final = range(4, 260)
HEADER_BYTES: Final = 4
CHECK_BYTES: Final = 2


def encode(body: bytes) -> bytes:
    """Return the frame of a command: type, address (2 bytes), content (1 to 255 bytes; for type 07 the count)."""
    covered = body[:1] + bytes((len(body) - 3,)) + body[1:]
    return COMMAND_START + covered + crc_hqx(covered, 0).to_bytes(CHECK_BYTES, "big")


class Gm65Codec:
    """Cuts a stream into codes and answers. An answer is looked for everywhere while one is awaited."""

    def __init__(self, settings: ScannerSettings) -> None:
        """Raise ``CONFIG_VALUE`` for set-up commands that are no command, or would save to flash."""
        for step in settings.commands:
            _parsed(step)
        self._cutter = CodeCutter(settings)
        self._awaited = False

    @property
    def counters(self) -> FrameCounters:
        """Return the running counters."""
        return self._cutter.counters

    @property
    def partial(self) -> bool:
        """Say whether a code or an answer has begun."""
        return self._cutter.partial

    def command(self, step: str) -> bytes:
        """Return the frame of a command written as type, address and content in hexadecimal."""
        framed = encode(_parsed(step))
        self._awaited = True
        return framed

    def trigger(self) -> bytes:
        """Return the frame that starts one reading; its answer is taken out of the stream like any other."""
        self._awaited = True
        return encode(TRIGGER)

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line. While an answer may be coming in, no terminator is seen in it."""
        self._cutter.pending += incoming
        if not self._awaited:
            self._cutter.cut()
            return
        search = _Search(self._cutter.pending)
        if search.found is not None:
            self._awaited = False
            self._cutter.take_out(search.start, search.end)
            self._cutter.events.append(search.found)
        self._cutter.cut(search.start if self._awaited else None)

    def line_silent(self) -> None:
        """End the code that has begun. An answer that nobody awaits any more is no code, nor is half of one."""
        cutter = self._cutter
        answer = answer_at(cutter.pending, 0)
        if answer is not None and answer[1] == len(cutter.pending):
            cutter.pending.clear()
            cutter.counters.strangers += 1
        elif self._awaited and cutter.pending.startswith(ANSWER_START):
            cutter.pending.clear()
            cutter.counters.checksum_errors += 1
            cutter.events.append(Damaged("checksum"))
        else:
            cutter.end()

    def next_event(self) -> ScanEvent | Literal[NeedData.NEED_DATA]:
        """Return Scanned, Answered or Damaged, or NEED_DATA."""
        return self._cutter.events.popleft() if self._cutter.events else NEED_DATA

    def bytes_to_send(self) -> bytes:
        """Return nothing: codes are not acknowledged."""
        return b""

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        self._cutter.reset()
        self._awaited = False


class _Search:
    """Looks for the first sound answer in a stream. Without one, ``start`` is where the rest of one may still come."""

    def __init__(self, stream: bytearray) -> None:
        self.found: Answered | None = None
        self.start, self.end = len(stream), len(stream)
        at = stream.find(ANSWER_START[:1])
        while at >= 0:
            answer = answer_at(stream, at)
            if answer is not None:
                self.start = at
                self.found, self.end = answer
                return
            if _may_become_answer(stream, at):
                self.start = min(self.start, at)
            at = stream.find(ANSWER_START[:1], at + 1)


def _may_become_answer(stream: bytearray, start: int) -> bool:
    header = stream[start : start + HEADER_BYTES]
    if len(header) < HEADER_BYTES:
        return ANSWER_START.startswith(header[: len(ANSWER_START)])
    whole = start + HEADER_BYTES + header[3] + CHECK_BYTES
    return header.startswith(ANSWER_START) and len(stream) < whole


def answer_at(stream: bytes | bytearray, start: int) -> tuple[Answered, int] | None:
    """Return the sound answer that begins at ``start`` and where it ends, or None."""
    header = stream[start : start + HEADER_BYTES]
    if len(header) < HEADER_BYTES or not header.startswith(ANSWER_START):
        return None
    checked = start + HEADER_BYTES + header[3]
    end = checked + CHECK_BYTES
    covered = bytes(stream[start + len(ANSWER_START) : checked])
    if len(stream) < end or crc_hqx(covered, 0) != int.from_bytes(stream[checked:end], "big"):
        return None
    return Answered(header[2] == 0, covered[2:]), end


def _parsed(step: str) -> bytes:
    body = body_of(step)
    if len(body) not in BODY_BYTES or body[0] not in (READ, WRITE, SAVE):
        raise ConfigError("CONFIG_VALUE", f"the scanner set-up `{step}` is not a type, an address and content")
    if body[0] == SAVE:
        raise refuse_flash(step)
    return body


MODELS: Final = (ScannerModel("gm65", Gm65Codec, cut_by_terminator, (ScannerSettings(identify="07002A02"),)),)
