"""A GM65's side of its line: zones that are read and written, and codes without a frame."""

from __future__ import annotations

from typing import Final

_COMMAND: Final = b"\x7e\x00"
_UNVERIFIED: Final = b"\xab\xcd"
_TRIGGER_ZONE: Final = 0x0002
_BAUD_ZONE: Final = 0x002A
_FIRMWARE_ZONE: Final = 0x00E2


def crc(covered: bytes) -> bytes:
    """Return CRC-16/XMODEM bit by bit, high byte first."""
    remainder = 0
    for byte in covered:
        remainder ^= byte << 8
        for _ in range(8):
            remainder = (remainder << 1 ^ 0x1021) & 0xFFFF if remainder & 0x8000 else remainder << 1
    return remainder.to_bytes(2, "big")


class Gm65Tongue:
    """Keeps zones, answers reads and writes, and sends codes with a terminator."""

    def __init__(self, terminator: bytes = b"\r") -> None:
        self.terminator = terminator
        self.zones = {_BAUD_ZONE: 0x39, _BAUD_ZONE + 1: 0x01, _FIRMWARE_ZONE: 0x6E}
        self.setups: list[bytes] = []
        self.triggers = 0
        self.flash_writes = 0
        self._pending = b""

    def spoken(self, content: bytes) -> bytes:
        """Return the code and its terminator."""
        return content + self.terminator

    def heard(self, incoming: bytes) -> list[bytes]:
        """Answer every command that is whole and sound; others go unanswered."""
        self._pending += incoming
        answers = []
        while (start := self._pending.find(_COMMAND)) >= 0:
            self._pending = self._pending[start:]
            if len(self._pending) < 4 or len(self._pending) < self._end():  # noqa: PLR2004 - up to the length
                break
            frame, self._pending = self._pending[: self._end()], self._pending[self._end() :]
            if frame[-2:] in (_UNVERIFIED, crc(frame[2:-2])):
                answers.append(self._answer(frame[2], int.from_bytes(frame[4:6], "big"), frame[6:-2]))
        return answers

    def restart(self) -> None:
        """Forget what was written."""
        self.setups.clear()
        self._pending = b""

    def _end(self) -> int:
        """Return where the frame at the start ends. A read says in its content how much it wants."""
        return 6 + self._pending[3] + 2

    def _answer(self, kind: int, address: int, content: bytes) -> bytes:
        if kind == 0x07:  # noqa: PLR2004 - read zones
            read = bytes(self.zones.get(address + offset, 0) for offset in range(content[0] if content else 0))
            return _answered(read)
        if kind == 0x08:  # noqa: PLR2004 - write zones
            self._write(address, content)
        elif kind == 0x09:  # noqa: PLR2004 - save to flash
            self.flash_writes += 1
        return _answered(b"\x00")

    def _write(self, address: int, content: bytes) -> None:
        if address == _TRIGGER_ZONE and content == b"\x01":
            self.triggers += 1
            return
        self.setups.append(address.to_bytes(2, "big") + content)
        self.zones |= {address + offset: byte for offset, byte in enumerate(content)}


def _answered(content: bytes) -> bytes:
    covered = b"\x00" + bytes([len(content)]) + content
    return b"\x02\x00" + covered + crc(covered)
