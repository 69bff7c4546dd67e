"""The antenna of readers that run ISO/IEC 14443 by themselves: who is awake, who sleeps, who is spoken to."""

from __future__ import annotations

from collections.abc import Callable

from drivers.virtual.field import Field, Outcome, Presentation

Delivered = Callable[[bytes | None, float], None]
"""Takes the card's answer (``None``: it did not answer) and how long that took in ms."""


class BoxAir:
    """The state of one antenna over one :class:`Field`."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.active: Presentation | None = None
        self.layer4 = False
        self._asleep: set[Presentation] = set()

    def reset(self) -> None:
        """Switch the field off: every card forgets what it was told."""
        self.field.power(on=False)
        self.active, self.layer4 = None, False
        self._asleep.clear()

    def awake(self, *, wake_all: bool = False) -> tuple[Presentation, ...]:
        """Return the cards that answer a request, sleepers only to one that wakes them."""
        self.field.power(on=True)
        return tuple(one for one in self.field.present_cards if wake_all or one not in self._asleep)

    def activate(self, *, wake_all: bool = False) -> Presentation | None:
        """Select the first card that answers."""
        found = self.awake(wake_all=wake_all)
        self.active, self.layer4 = (found[0] if found else None), False
        if self.active is not None:
            self._asleep.discard(self.active)
            self.active.card.power_off()
        return self.active

    def enter_layer4(self) -> bytes | None:
        """Send RATS to the selected card; returns its ATS."""
        if self.active is None or not self.active.here:
            return None
        self.layer4 = True
        return self.active.card.ats

    def sleep(self) -> bool:
        """Put the selected card to sleep; False where there is none."""
        card, self.active, self.layer4 = self.active, None, False
        if card is None or not card.here:
            return False
        self._asleep.add(card)
        return True

    def alive(self) -> bool:
        """Say whether the selected card still answers."""
        return self.active is not None and self.active.here and self.field.powered

    def exchange(self, apdu: bytes, deliver: Delivered) -> None:
        """Send a command to the selected card: the answer comes at once, or after a hold."""

        def came(outcome: Outcome) -> None:
            deliver(outcome.answer, outcome.took_ms)

        if self.active is None or not self.layer4:
            deliver(None, self.field.card_time.card_wait_ms())
        else:
            self.field.exchange(self.active, apdu, came)
