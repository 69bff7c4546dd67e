"""The ACS envelope around a CCID message (ACR122S, ACR122L, ACR1281S).

====================  ==================================================================
message               ``02`` message CHK ``03``; CHK is the XOR of the message alone
status, at once       ``02 00 00 03`` taken, ``02 FF FF 03`` checksum, ``02 FE FE 03``
                      too long, ``02 FD FD 03`` end byte, ``02 FC FC 03`` incomplete
slot event            ``02 50`` map CHK ``03``: two bits per slot, present and changed
repeat, host only     ``02``, eleven ``00``, ``03``
====================  ==================================================================

ACR122L addresses its SAMs by the envelope (``02``/``03``, ``12``/``13``, ``22``/``23``), the message then names slot 0;
here the slot of the message chooses the envelope, and comes back in the answer. The XOR does not notice two flips of
the same bit: the limit of this check. Source: ACR122S communication protocol 2.01, ACR122L 1.03, ACR1281S manual.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final, Literal

from drivers.frame_hunt import FrameHunt
from drivers.framing import NEED_DATA, Acked, FrameCounters, NeedData, Rejected, ResendAsked, SlotMoved
from drivers.readers.ccid.envelope import EnvelopeEvent
from drivers.readers.ccid.message import ANSWER_KINDS, HEADER_BYTES, SLOT_AT

_START: Final = 0x02
_END: Final = 0x03
_STEP: Final = 0x10
_REPEAT: Final = b"\x02" + bytes(11) + b"\x03"
_SLOT_EVENT: Final = 0x50
_SLOT_EVENT_BYTES: Final = 5
_STATUS_BYTES: Final = 4
_TOO_LONG: Final = Rejected("the reader takes no message of this length")
_STATUSES: Final[dict[int, EnvelopeEvent]] = {
    0x00: Acked(),
    0xFF: ResendAsked(),
    0xFE: _TOO_LONG,
    0xFD: ResendAsked(),
    0xFC: ResendAsked(),
}
_MESSAGES: Final = frozenset(ANSWER_KINDS.values())

_Found = EnvelopeEvent | Literal[NeedData.NEED_DATA] | None


class AcsEnvelope(FrameHunt[EnvelopeEvent]):
    """Wraps messages and finds them again in a stream of bytes; ``envelopes`` above 1 carry one slot each."""

    acknowledges = True

    def __init__(self, counters: FrameCounters, message_bytes_max: int = 277, envelopes: int = 1) -> None:
        super().__init__(counters)
        self._message_bytes_max = message_bytes_max
        self._envelopes = envelopes
        self._starts = tuple(_START + _STEP * index for index in range(envelopes))

    def wrap(self, message: bytes) -> bytes:
        """Return the frame around a message."""
        index = message[SLOT_AT] if self._envelopes > 1 else 0
        body = _with_slot(message, 0) if index else message
        return bytes((_START + _STEP * index,)) + body + bytes((reduce(xor, body), _END + _STEP * index))

    def nack(self) -> bytes:
        """Return the frame that has the last answer repeated."""
        return _REPEAT

    def next_event(self) -> EnvelopeEvent | Literal[NeedData.NEED_DATA]:
        """Return a message, the reader's word on ours, a slot event, or the news of a damaged frame."""
        return self.next_found()

    def _at_start(self) -> _Found:
        if self._pending[0] not in self._starts:
            return None
        if len(self._pending) == 1:
            return NEED_DATA
        kind = self._pending[1]
        if kind in _MESSAGES:
            return self._message()
        if self._lost:
            return None
        if kind == _SLOT_EVENT:
            return self._slot_event()
        return self._status(kind) if kind in _STATUSES else None

    def _message(self) -> _Found:
        if len(self._pending) <= HEADER_BYTES:
            return NEED_DATA
        length = HEADER_BYTES + int.from_bytes(self._pending[2:6], "little")
        if length > self._message_bytes_max:
            return self._damaged("length")
        if len(self._pending) < length + 3:
            return NEED_DATA
        message, check, end = bytes(self._pending[1 : length + 1]), self._pending[length + 1], self._pending[length + 2]
        if reduce(xor, message) != check:
            return self._damaged("checksum")
        if end != self._pending[0] + 1:
            return self._damaged("end byte")
        index = self._starts.index(self._pending[0])
        return self._take(length + 3, _with_slot(message, index) if self._envelopes > 1 else message)

    def _slot_event(self) -> _Found:
        event = self._pending[:_SLOT_EVENT_BYTES]
        if len(event) < _SLOT_EVENT_BYTES:
            return NEED_DATA
        slots = event[2]
        if event[3] != _SLOT_EVENT ^ slots or event[4] != event[0] + 1:
            return None
        return self._take(_SLOT_EVENT_BYTES, SlotMoved(present=bool(slots & slots >> 1 & 0b01010101)))

    def _status(self, kind: int) -> _Found:
        whole = bytes((self._pending[0], kind, kind, self._pending[0] + 1))
        if not whole.startswith(self._pending[:_STATUS_BYTES]):
            return None
        if len(self._pending) < _STATUS_BYTES:
            return NEED_DATA
        return self._take(_STATUS_BYTES, _STATUSES[kind])


def _with_slot(message: bytes, slot: int) -> bytes:
    return message[:SLOT_AT] + bytes((slot,)) + message[SLOT_AT + 1 :]
