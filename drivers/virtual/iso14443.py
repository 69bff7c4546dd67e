"""The card's side of ISO/IEC 14443-4, for a host that runs the block protocol itself (InCommunicateThru).

RATS, PPS, I-blocks with toggling numbers, chaining both ways, R(ACK) and R(NAK), S(WTX), S(DESELECT). Rule letters and
numbers in comments are those of ISO/IEC 14443-4 section 7.5.4. The chip's own CRC handling lies below and is not shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from drivers.virtual.field import NO_ANSWER, Field, Outcome, Presentation

FRAME_SIZES: Final = (16, 24, 32, 40, 48, 64, 96, 128, 256)
_RATS: Final = 0xE0
_PPS_MASK: Final = 0xF0
_PPS: Final = 0xD0
_CHAINING: Final = 0x10
_CID: Final = 0x08
_NAD: Final = 0x04
_NAK: Final = 0x10
_NUMBER: Final = 0x01
_DESELECT: Final = 0xC2
_WTX: Final = 0xF2
_I_MASK: Final = 0xE2
_I: Final = 0x02
_R_MASK: Final = 0xE6
_R: Final = 0xA2
_S_MASK: Final = 0xC7
_S: Final = 0xC2
_WTX_BITS: Final = 0x30
_CRC_LENGTH: Final = 2

Sent = Callable[[Outcome], None]


class Layer4:
    """One activation of one card. ``wtx_requests`` makes it ask for time that often before its next answer."""

    def __init__(self, field: Field, presentation: Presentation) -> None:
        self._field = field
        self._presentation = presentation
        self.wtx_requests = 0
        self._active = False
        self._number = 1  # rule C: the card starts with 1
        self._frame_size = FRAME_SIZES[0]
        self._cid: int | None = None
        self._incoming = b""
        self._outgoing: deque[bytes] = deque()
        self._last = b""
        self._waiting: Outcome | None = None

    def receive(self, block: bytes, sent: Sent) -> None:
        """Take one block from the host; ``sent`` gets the card's block, or the silence it answers with."""
        if not block or not self._presentation.here or not self._field.powered:
            self._silence(sent)
        elif not self._active:
            self._activate(block, sent)
        else:
            self._take(block, sent)

    def _silence(self, sent: Sent) -> None:
        sent(Outcome(None, NO_ANSWER, self._field.card_time.card_wait_ms()))

    def _activate(self, block: bytes, sent: Sent) -> None:
        if block[0] != _RATS or len(block) != 2:  # noqa: PLR2004 - command and parameter
            self._silence(sent)
            return
        self._active = True
        self._frame_size = FRAME_SIZES[min(block[1] >> 4, len(FRAME_SIZES) - 1)]
        ats = self._presentation.card.ats
        sent(Outcome(ats, 0, self._field.card_time.air_ms(len(block) + len(ats))))

    def _take(self, block: bytes, sent: Sent) -> None:
        control = block[0]
        if control & _PPS_MASK == _PPS:
            self._send(block[:1], len(block), sent)
            return
        start = 1 + bool(control & _CID)
        self._cid = block[1] & 0x0F if control & _CID and len(block) > 1 else None
        if control & _I_MASK == _I:
            start += bool(control & _NAD)
            self._take_i(control, block[start:], len(block), sent)
        elif control & _R_MASK == _R:
            self._take_r(control, sent)
        elif control & _S_MASK == _S:
            self._take_s(control, sent)
        else:
            self._silence(sent)

    def _take_i(self, control: int, content: bytes, length: int, sent: Sent) -> None:
        self._number ^= 1  # rule D
        self._incoming += content
        if control & _CHAINING:
            self._send(self._control(_R | self._number), length, sent)  # rule 10
            return
        apdu, self._incoming = self._incoming, b""
        self._field.exchange(self._presentation, apdu, lambda outcome: self._answer(outcome, sent))

    def _answer(self, outcome: Outcome, sent: Sent) -> None:
        if outcome.answer is None:
            sent(outcome)
            return
        if self.wtx_requests:
            self.wtx_requests -= 1
            self._waiting = outcome
            self._send(self._control(_WTX) + b"\x01", 1, sent)
            return
        room = self._frame_size - _CRC_LENGTH - len(self._control(_I))
        answer = outcome.answer
        self._outgoing = deque(answer[start : start + room] for start in range(0, len(answer), room))
        self._send_part(outcome.took_ms, sent)

    def _send_part(self, took_ms: float, sent: Sent) -> None:
        part = self._outgoing.popleft()
        chaining = _CHAINING if self._outgoing else 0
        self._last = self._control(_I | chaining | self._number) + part
        sent(Outcome(self._last, 0, took_ms))

    def _take_r(self, control: int, sent: Sent) -> None:
        same = control & _NUMBER == self._number
        if same:
            self._send(self._last or self._control(_R | self._number), 1, sent)  # rule 11: repeat the last block
        elif control & _NAK:
            self._send(self._control(_R | self._number), 1, sent)  # rule 12: a presence check
        elif self._outgoing:
            self._number ^= 1  # rule E, then rule 13: go on with the chain
            self._send_part(self._field.card_time.air_ms(self._frame_size), sent)
        else:
            self._silence(sent)

    def _take_s(self, control: int, sent: Sent) -> None:
        if control & _WTX_BITS != _WTX_BITS:
            self._active = False
            self._presentation.card.power_off()
            sent(Outcome(self._control(_DESELECT), 0, self._field.card_time.air_ms(2)))
            return
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            self._silence(sent)
        else:
            self._answer(waiting, sent)

    def _control(self, control: int) -> bytes:
        if self._cid is None:
            return bytes([control])
        return bytes([control | _CID, self._cid])

    def _send(self, block: bytes, received: int, sent: Sent) -> None:
        self._last = block
        sent(Outcome(block, 0, self._field.card_time.air_ms(received + len(block))))
