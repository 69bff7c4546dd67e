"""A SAM slot of a box that runs the card's protocol itself: whole APDUs in, whole answers out."""

from __future__ import annotations

from typing import Final

from drivers.virtual.card_time import CardTime, step_of
from drivers.virtual.field import Report
from drivers.virtual.gemcore import SamCard

_MORE: Final = 0x61
_WRONG_LENGTH: Final = 0x6C
_GET_RESPONSE: Final = b"\x00\xc0\x00\x00"
_SHORTEST: Final = 5


class SamSlot:
    """One slot, empty or not; ``mute`` silences its SAM."""

    def __init__(self, number: int, sam: SamCard | None, card_time: CardTime, report: Report) -> None:
        self.number = number
        self.sam = sam
        self.powered = False
        self.mute = False
        self._card_time = card_time
        self._report = report

    def power_on(self) -> tuple[bytes, float] | None:
        """Return the ATR and the time it takes; ``None`` where nobody answers."""
        self.powered = False
        if self.sam is None or self.mute:
            return None
        self.powered = True
        self._report({"event": "sam", "slot": self.number, "step": "RESET"})
        return self.sam.reset(), self._card_time.sam_reset_ms()

    def power_off(self) -> None:
        """Take the power away."""
        self.powered = False
        if self.sam is not None:
            self.sam.power_off()

    def exchange(self, apdu: bytes) -> tuple[bytes, float] | None:
        """Return the whole answer and the time it takes; ``None`` where nobody answers.

        The reader carries the APDU over T=0: Le is cut off behind a body, 61xx and 6Cxx are followed.
        """
        if self.sam is None or not self.powered or self.mute or len(apdu) < _SHORTEST - 1:
            return None
        step = step_of(apdu)
        sent = apdu if len(apdu) <= _SHORTEST else apdu[: _SHORTEST + apdu[4]]
        answer = self.sam.process(sent)
        if answer[-2] == _MORE:
            answer = answer[:-2] + self.sam.process(_GET_RESPONSE + answer[-1:])
        elif answer[-2] == _WRONG_LENGTH and len(sent) == _SHORTEST:
            answer = self.sam.process(sent[:4] + answer[-1:])
        self._report({"event": "sam", "slot": self.number, "step": step, "status": answer[-2:].hex()})
        return answer, self._card_time.command_ms(step)
