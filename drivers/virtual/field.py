"""The air between a reader and its cards: who is there, and where contact is lost or held.

A tear or a hold is ordered beforehand for the n-th command of a presentation or for a step by name, so that "executed,
but the answer lost" and "never arrived" are two different, repeatable things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from drivers.virtual.card_time import SIGNED_GPO, CardTime, step_of
from edge.domain.frozen import frozen

NO_ANSWER: Final = 0x01
CRC_ERROR: Final = 0x02
Event = Mapping[str, object]
Report = Callable[[Event], None]


@runtime_checkable
class SigningCard(Protocol):
    """A card that may have to make a signature before it answers GPO."""

    @property
    def signed_in_gpo(self) -> bool:
        """Say whether the last command was a GPO that did."""
        ...


class ContactlessCard(Protocol):
    """A type A card with ISO/IEC 14443-4."""

    uid: bytes
    ats: bytes

    def process(self, apdu: bytes) -> bytes:
        """Execute one command and return body and status word."""
        ...

    def power_off(self) -> None:
        """Lose the field."""
        ...


class Presentation:
    """One card from the moment it enters the field until it leaves; the same card again is another presentation."""

    def __init__(self, card: ContactlessCard) -> None:
        self.card = card
        self.here = True
        self.commands = 0


@frozen
class Outcome:
    """What the reader gets: an answer, or none with a status (01 silence, 02 damaged), and how long it took."""

    answer: bytes | None
    status: int
    took_ms: float


Deliver = Callable[[Outcome], None]


@frozen
class Moment:
    """Where an order takes effect: the n-th command of a presentation from 1, or a step by name; exactly one."""

    apdu: int | None = None
    step: str | None = None

    def matches(self, apdu: int, step: str) -> bool:
        """Say whether this command is meant."""
        return apdu == self.apdu if self.apdu is not None else step == self.step


@frozen
class Tear:
    """The card leaves at a moment. ``executed``: after it ran the command; ``byte``: inside the answer's bytes.

    A ``byte`` above 0 implies execution, and the reader sees a damaged answer (02) instead of silence (01).
    """

    moment: Moment
    executed: bool = False
    byte: int = 0


class HoldPoint(StrEnum):
    """Whether a held command has been executed by the card."""

    BEFORE = "before"
    AFTER = "after"


@frozen
class Hold:
    """Stop time at a moment, before or after the card has executed the command, until released."""

    moment: Moment
    point: HoldPoint = HoldPoint.AFTER


class Field:
    """The field of one reader, with at most two cards."""

    CARDS_MAX: Final = 2

    def __init__(self, *, card_time: CardTime | None = None, report: Report | None = None) -> None:
        self.card_time = card_time or CardTime()
        self.report: Report = report or (lambda _event: None)
        self.on_arrival: Callable[[], None] = lambda: None
        self.powered = False
        self._present: list[Presentation] = []
        self._tear: Tear | None = None
        self._hold: Hold | None = None
        self._held: Callable[[], None] | None = None

    @property
    def present_cards(self) -> tuple[Presentation, ...]:
        """Return who is in the field, first come first."""
        return tuple(self._present)

    @property
    def holding(self) -> bool:
        """Say whether a command is held now."""
        return self._held is not None

    def present(self, card: ContactlessCard) -> None:
        """Bring a card in, beside one that is there already; a third is refused with ``ValueError``."""
        if len(self._present) == self.CARDS_MAX:
            raise ValueError("two cards are in the field already")
        self._present.append(Presentation(card))
        self.report({"event": "present", "cards": len(self._present)})
        self.on_arrival()

    def remove(self) -> None:
        """Take all cards away; a command that is held gets no answer any more.

        An answer that is on its way to the host still arrives: a removal counts from the next command on. Order a tear
        for anything finer.
        """
        for presentation in self._present:
            presentation.here = False
            presentation.card.power_off()
        self._present.clear()
        self.report({"event": "removed"})

    def power(self, *, on: bool) -> None:
        """Switch the carrier; without it every card forgets its session."""
        self.powered = on
        if not on:
            for presentation in self._present:
                presentation.card.power_off()

    def plan_tear(self, tear: Tear | None) -> None:
        """Order one loss of contact; ``None`` takes the order back."""
        self._tear = tear

    def plan_hold(self, hold: Hold | None) -> None:
        """Order one hold; ``None`` takes the order back."""
        self._hold = hold

    def release(self) -> None:
        """Let a held command go on; nothing happens where none is held."""
        held, self._held = self._held, None
        if held is not None:
            self.report({"event": "released"})
            held()

    def exchange(self, presentation: Presentation, apdu: bytes, deliver: Deliver) -> None:
        """Send a command to a card and hand what comes of it to ``deliver``: at once, or after a hold."""
        presentation.commands += 1
        step = step_of(apdu)
        command = _Command(presentation, apdu, presentation.commands, step, deliver)
        held_at = self._take_hold(command)
        if held_at is HoldPoint.BEFORE:
            self._keep(command, "received", lambda: self._run(command, None))
        else:
            self._run(command, held_at)

    def _run(self, command: _Command, held_at: HoldPoint | None) -> None:
        tear = self._take_tear(command)
        if tear is not None and not (tear.executed or tear.byte):
            self._lose(command, NO_ANSWER)
            return
        if not command.presentation.here or not self.powered:
            command.deliver(Outcome(None, NO_ANSWER, self.card_time.card_wait_ms()))
            return
        answer = command.presentation.card.process(command.apdu)
        self._tell(command, "executed", answer)
        if tear is not None:
            self._lose(command, CRC_ERROR if tear.byte else NO_ANSWER)
        elif held_at is HoldPoint.AFTER:
            self._keep(command, "held", lambda: self._answer(command, answer))
        else:
            self._answer(command, answer)

    def _answer(self, command: _Command, answer: bytes) -> None:
        if not command.presentation.here:
            command.deliver(Outcome(None, NO_ANSWER, 0.0))
            return
        card = command.presentation.card
        step = SIGNED_GPO if isinstance(card, SigningCard) and card.signed_in_gpo else command.step
        took_ms = self.card_time.command_ms(step, len(command.apdu) + len(answer))
        command.deliver(Outcome(answer, 0, took_ms))

    def _lose(self, command: _Command, status: int) -> None:
        self._tell(command, "lost", b"")
        self.remove()
        command.deliver(Outcome(None, status, self.card_time.card_wait_ms()))

    def _keep(self, command: _Command, phase: str, go_on: Callable[[], None]) -> None:
        self._held = go_on
        self._tell(command, phase, b"")

    def _take_tear(self, command: _Command) -> Tear | None:
        tear = self._tear
        if tear is None or not tear.moment.matches(command.number, command.step):
            return None
        self._tear = None
        return tear

    def _take_hold(self, command: _Command) -> HoldPoint | None:
        hold = self._hold
        if hold is None or not hold.moment.matches(command.number, command.step):
            return None
        self._hold = None
        return hold.point

    def _tell(self, command: _Command, phase: str, answer: bytes) -> None:
        event: dict[str, object] = {"event": "apdu", "apdu": command.number, "step": command.step, "phase": phase}
        if answer:
            event["status"] = answer[-2:].hex()
        self.report(event)


@frozen
class _Command:
    presentation: Presentation
    apdu: bytes
    number: int
    step: str
    deliver: Deliver
