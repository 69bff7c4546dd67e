"""A Zebra engine's side of SSI: packets of decoded bytes, the next one when the host has acknowledged the last."""

from __future__ import annotations

from collections import deque
from typing import Final

_ENGINE: Final = 0x00
_HOST: Final = 0x04
_PART: Final = 247
_RESENDS: Final = 3


def packet(opcode: int, status: int, parameters: bytes = b"") -> bytes:
    """Return one packet of the engine."""
    covered = bytes([4 + len(parameters), opcode, _ENGINE, status]) + parameters
    check = 0x10000 - sum(covered)
    return covered + bytes([check >> 8 & 0xFF, check & 0xFF])


class SsiTongue:
    """Sends codes in packets of ``part`` bytes. ``odd_status`` are status bits beside those of the guide."""

    def __init__(self, *, part: int = _PART, odd_status: int = 0, code_type: int = 0x1C) -> None:
        self.part = part
        self.odd_status = odd_status
        self.code_type = code_type
        self.setups: list[bytes] = []
        self.triggers = 0
        self.flash_writes = 0
        self._waiting: deque[bytes] = deque()
        self._resends = _RESENDS
        self._pending = b""

    def spoken(self, content: bytes) -> bytes:
        """Return the first packet of a code; the next ones follow the host's acknowledgements.

        The rest of a code that nobody acknowledged is given up.
        """
        parts = [content[at : at + self.part] for at in range(0, len(content), self.part)]
        self._waiting = deque(self._decoded(part, last=at == len(parts) - 1) for at, part in enumerate(parts))
        self._resends = _RESENDS
        return self._waiting[0]

    def heard(self, incoming: bytes) -> list[bytes]:
        """Answer every packet that is whole and sound; bytes that begin none are dropped."""
        self._pending += incoming
        answers = []
        while len(self._pending) >= 6:  # noqa: PLR2004 - the shortest packet
            length = self._pending[0]
            if length < 4 or self._pending[2] != _HOST:  # noqa: PLR2004 - the header counts itself
                self._pending = self._pending[1:]
                continue
            if len(self._pending) < length + 2:
                break
            whole = self._pending[: length + 2]
            if sum(whole[:length]) + (whole[length] << 8) + whole[length + 1] & 0xFFFF:
                self._pending = self._pending[1:]
                continue
            self._pending = self._pending[length + 2 :]
            answers += self._answers(whole[1], whole[3], whole[4:length])
        return answers

    def restart(self) -> None:
        """Forget set-up commands and codes that were not taken."""
        self.setups.clear()
        self._waiting.clear()
        self._pending = b""

    def _decoded(self, part: bytes, *, last: bool) -> bytes:
        return packet(0xF3, self.odd_status | (0 if last else 0x02), bytes([self.code_type]) + part)

    def _answers(self, opcode: int, status: int, parameters: bytes) -> list[bytes]:
        match opcode:
            case 0xD0:
                self._resends = _RESENDS
                if self._waiting:
                    self._waiting.popleft()
                return [self._waiting[0]] if self._waiting else []
            case 0xD1:
                self._resends -= 1
                if self._resends < 0:
                    self._waiting.clear()
                return [self._waiting[0]] if self._waiting else []
            case 0xA3:
                return [packet(0xA4, 0, b"VIRTUAL-SE4750 SIMULATION")]
            case 0xE4:
                self.triggers += 1
            case 0xC6 if status & 0x08:
                self.flash_writes += 1
        self.setups.append(bytes([opcode, status]) + parameters)
        return [packet(0xD0, 0)]
