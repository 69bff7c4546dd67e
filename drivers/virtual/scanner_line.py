"""An engine in line mode, with the serial commands of Newland and Honeywell engines."""

from __future__ import annotations

import re
from typing import Final

_NEWLAND: Final = re.compile(rb"~\x010000([@#])([A-Z0-9]{6})([^;]*);\x03")
_HONEYWELL: Final = re.compile(rb"\x16M\r([A-Z0-9]{6})([^.!]*)([.!])")
_TRIGGERS: Final = (b"\x01T\x04", b"\x16T\r")
_PENDING_MAX: Final = 512
_WHO: Final = b"QRYSYS"
"""Newland's question for product and firmware."""


class LineTongue:
    """Sends a code and its terminator; answers commands whose tag is known, refuses the others as unknown."""

    def __init__(self, terminator: bytes = b"\r") -> None:
        self.terminator = terminator
        self.known_tags = {b"QRCENA", b"TERMID", b"TRGMOD", b"SCNMOD", b"AIMENA"}
        self.name = b"NLS-EM20-85 V1.08"
        self.setups: list[bytes] = []
        self.triggers = 0
        self.flash_writes = 0
        self._pending = b""

    def spoken(self, content: bytes) -> bytes:
        """Return the code and its terminator."""
        return content + self.terminator

    def heard(self, incoming: bytes) -> list[bytes]:
        """Answer every command that is whole."""
        self._pending = (self._pending + incoming)[-_PENDING_MAX:]
        self._pull_triggers()
        answers = []
        while found := _NEWLAND.search(self._pending) or _HONEYWELL.search(self._pending):
            self._pending = self._pending[found.end() :]
            answers.append(self._answer(found))
        return answers

    def restart(self) -> None:
        """Forget set-up commands."""
        self.setups.clear()
        self._pending = b""

    def _pull_triggers(self) -> None:
        for trigger in _TRIGGERS:
            self.triggers += self._pending.count(trigger)
            self._pending = self._pending.replace(trigger, b"")

    def _answer(self, found: re.Match[bytes]) -> bytes:
        if found.re is _NEWLAND:
            stored, tag, value = found.groups()
            permanent, start, end = stored == b"@", b"\x02\x010000" + stored, b";\x03"
        else:
            tag, value, stored = found.groups()
            permanent, start, end = stored == b".", b"", stored
        if tag == _WHO:
            return start + tag + self.name + b"\x06" + end
        known = tag in self.known_tags
        if known:
            self.setups.append(tag + value)
            self.flash_writes += permanent
        return start + tag + value + (b"\x06" if known else b"\x05") + end
