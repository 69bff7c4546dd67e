"""The air side of the virtual PN532: finding targets, exchanging with them, letting them go (NXP UM0701-02 7.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.virtual.field import NO_ANSWER, Field, Outcome, Presentation
from drivers.virtual.iso14443 import Layer4
from edge.domain.frozen import mutable

Answering = Callable[[bytes | None, float], None]
"""Takes the answer's bytes after its code (``None``: the error frame) and its delay in ms."""

AUTO_RATS: Final = 0x10
AUTO_PARAMETERS: Final = 0x14
FOR_EVER: Final = 0xFF
FOR_EVER_RETRIES: Final = bytes([FOR_EVER] * 3)
MORE: Final = 0x40
TRANSFER_MAX: Final = 262
TYPE_A: Final = 0x00
FIFO_REGISTER: Final = 0x6339
AUTO_POLL_ISO14443_4A: Final = 0x20
AUTO_POLL_TYPE_A: Final = frozenset({0x00, 0x10, 0x20})
AUTO_POLL_PERIOD_MS: Final = 150.0
_SENS_RES: Final = bytes.fromhex("0004")
_SEL_RES: Final = b"\x20"
_SENS_REQ: Final = 0x26
_RATS: Final = bytes.fromhex("E050")
_FIELD_ITEM: Final = 0x01
_RETRIES_ITEM: Final = 0x05
_TARGETS_MAX: Final = 2
_AUTO_POLL_SHORTEST: Final = 3
_NOT_ACCEPTABLE: Final = 0x27
_TARGET_NUMBER: Final = 0x3F


@mutable
class _Target:
    presentation: Presentation
    layer4: Layer4
    selected: bool
    chip_runs_layer4: bool


class Initiator:
    """Targets, parameters and pending polls of one chip. ``fail_next`` answers the next exchange with that status."""

    def __init__(self, field: Field, registers: dict[int, int]) -> None:
        self.field = field
        self.parameters = AUTO_PARAMETERS
        self.fail_next: int | None = None
        self.wtx_requests = 0
        self._registers = registers
        self._items: dict[int, bytes] = {_RETRIES_ITEM: FOR_EVER_RETRIES}
        self._targets: dict[int, _Target] = {}
        self._polling: Callable[[], None] | None = None
        self._from_host = b""
        self._rest = b""
        field.on_arrival = self._arrived

    def reset(self) -> None:
        """Return to the state after power-up."""
        self.parameters = AUTO_PARAMETERS
        self._items = {_RETRIES_ITEM: FOR_EVER_RETRIES}
        self._targets = {}
        self._polling, self._from_host, self._rest = None, b"", b""

    def forget_polling(self) -> None:
        """Stop looking for a card: the host aborted or sent another command."""
        self._polling = None

    def presence_status(self) -> int:
        """Return 00 where the activated card is still there, 01 where it does not answer (Diagnose 06)."""
        awake = any(target.selected and self._alive(target) for target in self._targets.values())
        return 0x00 if awake else NO_ANSWER

    def general_status(self) -> bytes:
        """Return error, field, targets with their rates and type, and the state of the S2C element."""
        targets = b"".join(bytes([number, 0, 0, 0x10]) for number in self._targets)
        return bytes([0x00, self.field.powered, len(self._targets)]) + targets + b"\x80"

    def configure(self, arguments: bytes, answer: Answering) -> None:
        """RFConfiguration: the field, the retries; everything else is remembered."""
        if len(arguments) < 2:  # noqa: PLR2004 - item and value
            answer(None, 0.0)
            return
        self._items[arguments[0]] = arguments[1:]
        if arguments[0] == _FIELD_ITEM:
            self.field.power(on=bool(arguments[1] & 0x01))
            self._targets = self._targets if self.field.powered else {}
        answer(b"", 0.0)

    def list_targets(self, arguments: bytes, answer: Answering) -> None:
        """InListPassiveTarget: at once where a card is there, at its arrival when polling for ever."""
        if len(arguments) < 2 or not 1 <= arguments[0] <= _TARGETS_MAX:  # noqa: PLR2004 - MaxTg and type
            answer(None, 0.0)
            return
        most, rate, uid = arguments[0], arguments[1], arguments[2:]
        self.field.power(on=True)
        self._targets = {}

        def look() -> bool:
            found = self._find(most, uid) if rate == TYPE_A else []
            if not found:
                return False
            described = b"".join(bytes([at]) + self._describe(target) for at, target in self._targets.items())
            answer(bytes([len(found)]) + described, self.field.card_time.activation_ms() * len(found))
            return True

        self._poll(look, lambda attempts: answer(b"\x00", self.field.card_time.poll_miss_ms(attempts)))

    def auto_poll(self, arguments: bytes, answer: Answering) -> None:
        """InAutoPoll: type A targets only; an endless poll waits for the card's arrival."""
        if len(arguments) < _AUTO_POLL_SHORTEST:
            answer(None, 0.0)
            return
        rounds, period, wanted = arguments[0], arguments[1], set(arguments[2:])
        self.field.power(on=True)
        self._targets = {}

        def look() -> bool:
            found = self._find(_TARGETS_MAX, b"") if wanted & AUTO_POLL_TYPE_A else []
            if not found:
                return False
            described = [bytes([at]) + self._describe(target) for at, target in self._targets.items()]
            body = b"".join(bytes([AUTO_POLL_ISO14443_4A, len(one)]) + one for one in described)
            answer(bytes([len(found)]) + body, self.field.card_time.activation_ms() * len(found))
            return True

        if not look():
            if rounds == FOR_EVER:
                self._poll_on(look)
            else:
                answer(b"\x00", AUTO_POLL_PERIOD_MS * period * rounds if self.field.card_time.enabled else 0.0)

    def exchange(self, arguments: bytes, answer: Answering) -> None:
        """InDataExchange: the chip runs the block protocol; long commands and answers go in parts (bit 40)."""
        if not arguments:
            answer(None, 0.0)
            return
        target = self._targets.get(arguments[0] & _TARGET_NUMBER)
        if target is None:
            answer(bytes([_NOT_ACCEPTABLE]), 0.0)
        elif self._take_failure(answer):
            return
        elif len(arguments) == 1:
            self._give_rest(answer)
        else:
            self._transfer(target, arguments, answer)

    def _transfer(self, target: _Target, arguments: bytes, answer: Answering) -> None:
        self._from_host += arguments[1:]
        if arguments[0] & MORE:
            answer(b"\x00", 0.0)
            return
        apdu, self._from_host, self._rest = self._from_host, b"", b""
        if target.selected and target.chip_runs_layer4:
            self.field.exchange(target.presentation, apdu, lambda outcome: self._give(outcome, answer))
        else:
            answer(bytes([NO_ANSWER]), self.field.card_time.card_wait_ms())

    def communicate_thru(self, arguments: bytes, answer: Answering) -> None:
        """InCommunicateThru: raw bytes to the selected card; the host runs ISO/IEC 14443-4 itself."""
        if self._take_failure(answer):
            return
        target = next((one for one in self._targets.values() if one.selected), None)

        def sent(outcome: Outcome) -> None:
            answer(bytes([outcome.status]) + (outcome.answer or b""), outcome.took_ms)

        if target is None:
            sent(Outcome(None, NO_ANSWER, self.field.card_time.card_wait_ms()))
            return
        target.layer4.wtx_requests, self.wtx_requests = target.layer4.wtx_requests + self.wtx_requests, 0
        target.layer4.receive(arguments, sent)

    def deselect(self, arguments: bytes, answer: Answering) -> None:
        """InDeselect: send the card to sleep, keep its number."""
        for target in self._meant(arguments):
            target.selected = False
            target.presentation.card.power_off()
        answer(b"\x00" if arguments else None, 0.0)

    def release(self, arguments: bytes, answer: Answering) -> None:
        """InRelease: as deselect, and forget the target."""
        for target in self._meant(arguments):
            target.presentation.card.power_off()
        if arguments:
            self._targets = {at: one for at, one in self._targets.items() if arguments[0] not in {0, at}}
        answer(b"\x00" if arguments else None, 0.0)

    def select(self, arguments: bytes, answer: Answering) -> None:
        """InSelect: wake a target that was deselected."""
        target = self._targets.get(arguments[0]) if arguments else None
        if target is None:
            answer(bytes([_NOT_ACCEPTABLE]) if arguments else None, 0.0)
            return
        target.selected = True
        target.layer4 = self._activated(target.presentation)
        alive = self._alive(target)
        answer(b"\x00" if alive else bytes([NO_ANSWER]), self.field.card_time.activation_ms())

    def _meant(self, arguments: bytes) -> list[_Target]:
        if not arguments:
            return []
        return [target for at, target in self._targets.items() if arguments[0] in {0, at}]

    def _alive(self, target: _Target) -> bool:
        return target.presentation.here and self.field.powered

    def _take_failure(self, answer: Answering) -> bool:
        failure, self.fail_next = self.fail_next, None
        if failure is None:
            return False
        answer(bytes([failure]), 0.0)
        return True

    def _find(self, most: int, uid: bytes) -> list[Presentation]:
        wanted = [one for one in self.field.present_cards if not uid or one.card.uid == uid][:most]
        self._registers[FIFO_REGISTER] = 0 if wanted else _SENS_REQ
        automatic = bool(self.parameters & AUTO_RATS)
        for number, presentation in enumerate(wanted, start=1):
            presentation.card.power_off()
            layer4 = self._activated(presentation)
            self._targets[number] = _Target(presentation, layer4, selected=True, chip_runs_layer4=automatic)
        return wanted

    def _activated(self, presentation: Presentation) -> Layer4:
        """Return a fresh activation, RATS included where the chip sends it by itself."""
        layer4 = Layer4(self.field, presentation)
        if self.parameters & AUTO_RATS:
            layer4.receive(_RATS, lambda _ats: None)
        return layer4

    def _describe(self, target: _Target) -> bytes:
        card = target.presentation.card
        ats = card.ats if target.chip_runs_layer4 else b""
        return _SENS_RES + _SEL_RES + bytes([len(card.uid)]) + card.uid + ats

    def _poll(self, look: Callable[[], bool], miss: Callable[[int], None]) -> None:
        if look():
            return
        retries = self._items[_RETRIES_ITEM][-1]
        if retries == FOR_EVER:
            self._poll_on(look)
        else:
            miss(retries + 1)

    def _poll_on(self, look: Callable[[], bool]) -> None:
        def again() -> None:
            if not look():
                self._polling = again

        self._polling = again

    def _arrived(self) -> None:
        polling, self._polling = self._polling, None
        if polling is not None:
            polling()

    def _give(self, outcome: Outcome, answer: Answering) -> None:
        if outcome.answer is None:
            answer(bytes([outcome.status]), outcome.took_ms)
            return
        self._rest = outcome.answer
        self._give_part(outcome.took_ms, answer)

    def _give_rest(self, answer: Answering) -> None:
        if self._rest:
            self._give_part(0.0, answer)
        else:
            answer(bytes([_NOT_ACCEPTABLE]), 0.0)

    def _give_part(self, took_ms: float, answer: Answering) -> None:
        part, self._rest = self._rest[:TRANSFER_MAX], self._rest[TRANSFER_MAX:]
        answer(bytes([MORE if self._rest else 0x00]) + part, took_ms)
