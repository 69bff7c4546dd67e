"""The driver's side of the control socket: what the keypad says, for a test bench and for whoever has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.control.messages import Message
from edge.domain.driver_key import Key, KeyPress
from edge.domain.duty import LABEL_MAX, Move, Turn
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from edge.terminal.control import Verb
from edge.terminal.vehicle import Vehicle

TURNS: Final[Mapping[str, tuple[Turn, str]]] = {
    "sign_on": (Turn.SIGNED_ON, "driver"),
    "line": (Turn.LINE, "line"),
    "stop": (Turn.STOP, "station"),
    "sign_off": (Turn.SIGNED_OFF, ""),
}
"""What is told, and which member has to be there."""
MEMBERS: Final = ("driver", "vehicle", "line", "direction", "station")


@frozen
class DriveVerbs:
    """Tells of the duty and presses the keys; ``vehicle`` is None at a till, which has neither."""

    vehicle: Vehicle | None

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"drive.state": self.state, "drive.move": self.move, "drive.press": self.press}

    async def state(self, _message: Message) -> Message:
        """Return the duty and what is armed."""
        return self._vehicle().message()

    async def move(self, message: Message) -> Message:
        """Follow a ``turn``: sign_on, line, stop or sign_off, with the members it tells of."""
        vehicle, word = self._vehicle(), message.get("turn")
        if not isinstance(word, str) or word not in TURNS:
            raise RemoteProtocolError("CONTROL_MALFORMED", f"`turn` is one of {', '.join(TURNS)}")
        turn, needed = TURNS[word]
        parts = {name: _label(message, name) for name in MEMBERS}
        if needed and not parts[needed]:
            raise RemoteProtocolError("CONTROL_MALFORMED", f"`{needed}` is missing")
        await vehicle.move(Move(turn, **parts))
        return vehicle.message()

    async def press(self, message: Message) -> Message:
        """Press a ``key``: pay_for with its ``riders``, companion, waive or cancel; raises ``CONTROL_REFUSED``."""
        vehicle, word, riders = self._vehicle(), message.get("key"), message.get("riders", 1)
        try:
            press = KeyPress(Key(str(word)), riders if type(riders) is int else 0)
        except ValueError as error:
            raise RemoteProtocolError("CONTROL_MALFORMED", str(error)) from error
        if why := await vehicle.press(press):
            raise RemoteProtocolError("CONTROL_REFUSED", why)
        return vehicle.message()

    def _vehicle(self) -> Vehicle:
        if self.vehicle is None:
            raise RemoteProtocolError("CONTROL_REFUSED", "this terminal is no vehicle: see place.mode")
        return self.vehicle


def _label(message: Message, name: str) -> str:
    value = message.get(name, "")
    if not isinstance(value, str) or len(value) > LABEL_MAX or (value and not value.isprintable()):
        raise RemoteProtocolError("CONTROL_MALFORMED", f"`{name}` has at most {LABEL_MAX} characters")
    return value
