"""ACR122S and ACR122L: a PN532 behind a pseudo-APDU, and SAM slots, on one line.

The chip's own procedures travel as ``FF 00 00 00 Lc D4 ..`` inside XfrBlock and come back as ``D5 .. 90 00``. Lamp and
buzzer share one command that holds the reader for the length of a signal; only the lamps are set here, and at once.
"""

from __future__ import annotations

from typing import Final

from drivers.chips.pn532 import Pn532Chip, Pn532Settings
from drivers.contactless import FieldView, Target
from drivers.framing import Procedure, ReaderCommand, Settle, T
from drivers.readers.ccid import message
from drivers.readers.ccid.acs_slots import AcsSlots
from drivers.readers.ccid.codec import CcidCodec
from drivers.readers.ccid.procedures import ask, raise_fault
from edge.domain.errors import OneCardError, ReaderError

RED_AND_GREEN: Final = 0b11
"""Output bits: 0 the red lamp, 1 the green one."""
_TUNNEL: Final = b"\xff\x00\x00\x00"
_TO_CHIP: Final = b"\xd4"
_FROM_CHIP: Final = 0xD5
_DONE: Final = b"\x90\x00"
_LAMP: Final = b"\xff\x00\x40"
_LAMP_MASKS: Final = 0x0C
_NO_BLINK: Final = b"\x04\x00\x00\x00\x00"
_LAMP_DONE: Final = 0x90
TUNNEL_BYTES_MAX: Final = 252
"""What fits a one-byte Lc behind ``D4 40`` and the target's number."""


class Acr122:
    """The contactless side; ``sams`` are the slots of the same box, on the same codec."""

    def __init__(self, timeout_ms: float, sams: AcsSlots) -> None:
        self.sams = sams
        self._timeout_ms = timeout_ms
        self._chip = Pn532Chip(
            Pn532Settings(command_timeout_ms=timeout_ms, wake_up=b"", part_bytes_max=TUNNEL_BYTES_MAX)
        )

    @property
    def codec(self) -> CcidCodec:
        """Return the codec of the box."""
        return self.sams.codec

    def wake(self) -> Procedure[None]:
        """Ask who is there, then configure the chip."""
        yield from self.sams.wake()
        yield from self._tunnelled(self._chip.configure())

    def probe(self) -> Procedure[None]:
        """Ask for the firmware."""
        yield from self.sams.probe()

    def identify(self) -> Procedure[str]:
        """Return the firmware's name."""
        return (yield from self.sams.identify())

    def poll(self) -> Procedure[FieldView]:
        """Look once for type A cards; a single one is activated."""
        return (yield from self._tunnelled(self._chip.poll()))

    def transmit(self, target: Target, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU with the card."""
        return (yield from self._tunnelled(self._chip.transmit(target, apdu, repeatable=repeatable)))

    def present(self, target: Target) -> Procedure[bool]:
        """Ask the chip for the activated card."""
        return (yield from self._tunnelled(self._chip.present(target)))

    def release(self) -> Procedure[None]:
        """Let go of all targets."""
        yield from self._tunnelled(self._chip.release())

    def reset_field(self) -> Procedure[None]:
        """Switch the field off and on again."""
        yield from self._tunnelled(self._chip.reset_field())

    def write_outputs(self, bits: int) -> Procedure[None]:
        """Set the red and the green lamp to stay as they are: no blinking, no beep, nothing that would hold a poll."""
        apdu = _LAMP + bytes((_LAMP_MASKS | bits & RED_AND_GREEN,)) + _NO_BLINK
        answer = yield from ask(self._block(apdu, self._timeout_ms, "write_outputs"))
        raise_fault(answer, "write_outputs")
        if answer.content[:1] != bytes((_LAMP_DONE,)):
            raise ReaderError("READER_REFUSED", f"lamps were answered {answer.content.hex()}")

    def _tunnelled(self, procedure: Procedure[T]) -> Procedure[T]:
        """Run a procedure of the chip through the reader; errors are thrown into it where they happened."""
        try:
            step = next(procedure)
            while True:
                try:
                    answer = (yield step) if isinstance(step, Settle) else (yield from self._through(step))
                except OneCardError as error:
                    step = procedure.throw(error)
                else:
                    step = procedure.send(answer)
        except StopIteration as finished:
            outcome: T = finished.value
            return outcome
        finally:
            procedure.close()

    def _through(self, step: ReaderCommand) -> Procedure[bytes]:
        body = _TO_CHIP + step.body
        apdu = _TUNNEL + bytes((len(body),)) + body
        answer = yield from ask(self._block(apdu, step.timeout_ms, step.step, repeatable=step.repeatable))
        raise_fault(answer, step.step)
        content, expected = answer.content, bytes((_FROM_CHIP, step.body[0] + 1))
        if not content.startswith(expected) or not content.endswith(_DONE) or len(content) < len(expected + _DONE):
            raise ReaderError("READER_REFUSED", f"{step.step}: the chip in the reader answered {content[-2:].hex()}")
        return content[len(expected) : -len(_DONE)]

    def _block(self, apdu: bytes, timeout_ms: float, step: str, *, repeatable: bool = True) -> ReaderCommand:
        return ReaderCommand(message.request(message.XFR_BLOCK, 0, apdu), timeout_ms, repeatable, step)
