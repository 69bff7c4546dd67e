"""Line mode, spoken by every engine: the code's bytes, then a terminator or silence.

Set-up commands are text in an envelope that profiles name: ``7E 01 30 30 30 30 23`` text ``3B 03`` for Newland (Serial
Programming Command Manual), ``16 4D 0D`` text ``21`` for Honeywell (N3680 User's Guide). Both engines answer with the
text, for a question with what was asked for behind it, one status byte (06 accepted, 15 value refused, 05 unknown) and
the envelope's end.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from drivers.code_cutter import CodeCutter
from drivers.framing import NEED_DATA, FrameCounters, NeedData
from drivers.scanning import Answered, ScanEvent, ScannerModel, ScannerSettings, cut_by_terminator, refuse_flash
from edge.domain.errors import ConfigError

ACCEPTED: Final = 0x06
STATUSES: Final = b"\x05\x06\x15"
_TEXT: Final = re.compile(r"[0-9A-Za-z ]{1,64}")
_TOLD: Final = rb"([ -~]{0,64}?)"
_PERMANENT: Final = ((re.compile(rb"~\x010000@"), b""), (re.compile(rb"\x16M\r"), b"."))
"""Envelope's start and end of the commands that an engine keeps: Newland's ``@``, Honeywell's full stop."""


class LineCodec:
    """Cuts a stream into codes. While a set-up command is unanswered, its answer is looked for between them."""

    def __init__(self, settings: ScannerSettings) -> None:
        """Raise ``CONFIG_VALUE`` for set-up commands that are no text or would be kept by the engine."""
        for step in settings.commands:
            _check(step, settings)
        self._settings = settings
        self._cutter = CodeCutter(settings)
        self._awaited: re.Pattern[bytes] | None = None

    @property
    def counters(self) -> FrameCounters:
        """Return the running counters."""
        return self._cutter.counters

    @property
    def partial(self) -> bool:
        """Say whether a code has begun."""
        return self._cutter.partial

    def command(self, step: str) -> bytes:
        """Return a set-up command in its envelope."""
        settings = self._settings
        echo = re.escape(step.encode("ascii")) + _TOLD + b"([" + STATUSES + b"])" + re.escape(settings.setup_end)
        self._awaited = re.compile(b"(?:" + re.escape(settings.answer_start) + b")?" + echo)
        return settings.setup_start + step.encode("ascii") + settings.setup_end

    def trigger(self) -> bytes:
        """Return the trigger of the profile."""
        return self._settings.trigger

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line."""
        self._cutter.pending += incoming
        found = self._awaited.search(self._cutter.pending) if self._awaited is not None else None
        if found is not None:
            self._awaited = None
            told, status = found.groups()
            self._cutter.take_out(*found.span())
            self._cutter.events.append(Answered(status[0] == ACCEPTED, told))
        self._cutter.cut()

    def line_silent(self) -> None:
        """End the code that has begun."""
        self._cutter.end()

    def next_event(self) -> ScanEvent | Literal[NeedData.NEED_DATA]:
        """Return Scanned, Answered or Damaged, or NEED_DATA."""
        return self._cutter.events.popleft() if self._cutter.events else NEED_DATA

    def bytes_to_send(self) -> bytes:
        """Return nothing: line mode acknowledges nothing."""
        return b""

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        self._cutter.reset()
        self._awaited = None


def _check(step: str, settings: ScannerSettings) -> None:
    if not _TEXT.fullmatch(step):
        raise ConfigError("CONFIG_VALUE", f"the scanner set-up `{step}` is no command of letters and digits")
    if any(start.match(settings.setup_start) and settings.setup_end.endswith(end) for start, end in _PERMANENT):
        raise refuse_flash(step)


NEWLAND: Final = ScannerSettings(
    setup_start=b"~\x010000#", setup_end=b";\x03", answer_start=b"\x02\x010000#", identify="QRYSYS"
)
MODELS: Final = (ScannerModel("line", LineCodec, cut_by_terminator, (NEWLAND,)),)
