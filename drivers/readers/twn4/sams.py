"""The SAM slots of a TWN4 (API 10 of the simple protocol): whole APDUs, the reader runs the card's protocol.

The order of parameters follows the published prototypes of these functions; how a status word is packed has not been
confirmed on a device (low byte first here, as all numbers of this protocol).
"""

from __future__ import annotations

from typing import Final, Protocol

from drivers.framing import Procedure, ReaderCommand
from drivers.readers.twn4.codec import Twn4Codec
from edge.domain.errors import ReaderError, SamError

SLOTS: Final = range(1, 5)
CHANNEL_OF_SLOT_1: Final = 0x20
SLOT_STATUS: Final = b"\x10\x00"
POWER_ON: Final = b"\x10\x01"
POWER_OFF: Final = b"\x10\x02"
EXCHANGE_APDU: Final = b"\x10\x05"
BYTES_MAX: Final = 255
_VOLTS_5: Final = 1
_ABSENT: Final = 2
_LE_PRESENT: Final = 1
_HEADER: Final = 4
_LE_ALL: Final = 256


class Reader(Protocol):
    """The reader around the slots."""

    def wake(self) -> Procedure[None]:
        """Bring it to readiness."""
        ...

    def probe(self) -> Procedure[None]:
        """Ask who is there."""
        ...

    def identify(self) -> Procedure[str]:
        """Return the version text."""
        ...


class Twn4Sams:
    """Slots 1 to 4."""

    def __init__(self, codec: Twn4Codec, reader: Reader, timeout_ms: float) -> None:
        self.codec = codec
        self.wake = reader.wake
        self.probe = reader.probe
        self.identify = reader.identify
        self._timeout_ms = timeout_ms

    def power_on(self, slot: int) -> Procedure[bytes]:
        """Power a slot at 5 V; returns the ATR. Raises ``SAM_ABSENT`` and ``SAM_MUTE``."""
        if slot not in SLOTS:
            raise SamError("SAM_ABSENT", f"this reader has the SAM slots 1 to 4, not {slot}")
        answer = yield self._command(POWER_ON, slot, bytes((BYTES_MAX, _VOLTS_5)), "sam_power_on")
        if answer[:1] == b"\x01":
            return _counted(answer, "ATR")[0]
        status = yield self._command(SLOT_STATUS, slot, b"", "sam_status")
        if status[:1] != b"\x01" or status[1:2] == bytes((_ABSENT,)):
            raise SamError("SAM_ABSENT", f"power on, slot {slot}: the slot is empty")
        raise SamError("SAM_MUTE", f"power on, slot {slot}: the SAM does not answer")

    def power_off(self, slot: int) -> Procedure[None]:
        """Take the power away; an empty slot is as good."""
        if slot in SLOTS:
            yield self._command(POWER_OFF, slot, b"", "sam_power_off")

    def transmit(self, slot: int, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU; the answer comes with its status word."""
        header, content = apdu_parts(apdu)
        body = header + bytes((len(content),)) + content + bytes((BYTES_MAX,))
        answer = yield self._command(EXCHANGE_APDU, slot, body, "sam_exchange", repeatable=repeatable)
        if answer[:1] != b"\x01":
            raise SamError("SAM_MUTE", f"exchange, slot {slot}: the SAM does not answer")
        received, status = _counted(answer, "answer")
        if len(status) != 2:  # noqa: PLR2004 - SW1 SW2
            raise SamError("SAM_MUTE", f"the SAM in slot {slot} answered without a status word")
        return received + status[::-1]

    def _command(
        self, function: bytes, slot: int, parameters: bytes, step: str, *, repeatable: bool = True
    ) -> ReaderCommand:
        channel = bytes((CHANNEL_OF_SLOT_1 + slot - 1,))
        return ReaderCommand(function + channel + parameters, self._timeout_ms, repeatable, step)


def apdu_parts(apdu: bytes) -> tuple[bytes, bytes]:
    """Return the reader's header (CLA INS P1 P2, Lc and Le of two bytes, flags) and the content of a short APDU."""
    head, rest = apdu[:_HEADER], apdu[_HEADER:]
    content = rest[1 : 1 + rest[0]] if len(rest) > 1 else b""
    expected = rest[:1] if len(rest) == 1 else rest[1 + len(content) :]
    length = (expected[0] or _LE_ALL) if expected else 0
    flags = bytes((_LE_PRESENT if expected else 0,))
    return head + len(content).to_bytes(2, "little") + length.to_bytes(2, "little") + flags, content


def _counted(answer: bytes, what: str) -> tuple[bytes, bytes]:
    """Return what a length byte counts behind the first byte, and the rest; raises ``READER_FRAME``."""
    length = answer[1] if len(answer) > 1 else BYTES_MAX + 1
    if len(answer) < 2 + length:
        raise ReaderError("READER_FRAME", f"the SAM's {what} contradicts its own length")
    return answer[2 : 2 + length], answer[2 + length :]
