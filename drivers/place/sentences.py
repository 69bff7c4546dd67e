"""A stop announcer's or keypad's line: sentences in the frame of NMEA 0183, ``$`` body ``*`` checksum CR LF.

The checksum is the exclusive or of the body's bytes, as two hexadecimal digits. A body begins with an
address and has its fields between commas. Addresses with ``P`` are a maker's own; five of them are understood here:

======== ======================================
PBUSN    driver, vehicle, line, direction: signs on
PBUSL    line, direction
PBUSS    stop, line, direction: the stop is reached
PBUSF    signs off
PBUSK    key, riders: a driver's key
======== ======================================

Fields at the end may be left out, and an empty one tells nothing. A satellite receiver, alone or on the same line,
tells the position by ``RMC`` and ``GGA`` of any talker; its other sentences are strangers. Fields are UTF-8. Sans-IO:
bytes in, moves, keys and positions out.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal

from drivers.framing import NEED_DATA, Damaged, FrameCounters, NeedData
from drivers.place.positions import POSITIONS, PositionFields, position
from edge.domain.driver_key import Key, KeyPress
from edge.domain.duty import LABEL_MAX, Move, Turn
from edge.ports.place import News

SENTENCE_MAX: Final = 255
"""Bytes. NMEA 0183 allows 82; stop numbers in Chinese take more."""

_START: Final = b"$"
_TAIL_BYTES: Final = 3
_FIELDS: Final[dict[str, tuple[Turn, tuple[str, ...], int]]] = {
    "PBUSN": (Turn.SIGNED_ON, ("driver", "vehicle", "line", "direction"), 1),
    "PBUSL": (Turn.LINE, ("line", "direction"), 1),
    "PBUSS": (Turn.STOP, ("station", "line", "direction"), 1),
    "PBUSF": (Turn.SIGNED_OFF, (), 0),
}
"""By address: what it says, its fields in order, and how many of them must be there."""
_KEY: Final = "PBUSK"


class SentenceCodec:
    """Cuts a stream into sentences and understands those that move the vehicle."""

    def __init__(self) -> None:
        self.counters = FrameCounters()
        self._pending = bytearray()
        self._events: deque[News | Damaged] = deque()

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line, however they were cut."""
        self._pending += incoming
        while (end := self._pending.find(b"\n")) >= 0:
            line = bytes(self._pending[:end])
            del self._pending[: end + 1]
            self._take(line.removesuffix(b"\r"))
        if len(self._pending) > SENTENCE_MAX:
            self._drop(len(self._pending))
            self._pending.clear()

    def next_event(self) -> News | Damaged | Literal[NeedData.NEED_DATA]:
        """Return the next move, key, position or damage, or NEED_DATA."""
        return self._events.popleft() if self._events else NEED_DATA

    def reset(self) -> None:
        """Forget all bytes and events."""
        self._pending.clear()
        self._events.clear()

    def _take(self, line: bytes) -> None:
        start = line.rfind(_START)
        if start < 0 or len(line) > SENTENCE_MAX:
            self._drop(len(line))
            return
        self.counters.dropped_bytes += start
        sentence = line[start + 1 :]
        body, tail = sentence[:-_TAIL_BYTES], sentence[-_TAIL_BYTES:]
        if tail.upper() != b"*%02X" % checksum(body):
            self.counters.checksum_errors += 1
            self._events.append(Damaged("the checksum of a sentence is wrong"))
            return
        self._understand(body)

    def _understand(self, body: bytes) -> None:
        try:
            address, *values = body.decode("utf-8").split(",")
        except UnicodeDecodeError:
            self._events.append(Damaged("a sentence is not UTF-8"))
            return
        if address == _KEY:
            self._press(values)
            return
        if (of := POSITIONS.get(address[2:])) is not None:
            self._locate(address, of, values)
            return
        if address not in _FIELDS:
            self.counters.strangers += 1
            return
        turn, names, needed = _FIELDS[address]
        if not _is_sound(values, len(names), needed):
            self._events.append(Damaged(f"a sentence {address} has the wrong fields"))
            return
        self.counters.frames += 1
        self._events.append(Move(turn, **dict(zip(names, values, strict=False))))

    def _press(self, values: list[str]) -> None:
        try:
            key, riders = values if len(values) > 1 else (*values, "1")
            press = KeyPress(Key(key), int(riders or "1"))
        except ValueError:
            self._events.append(Damaged(f"a sentence {_KEY} names no key"))
            return
        self.counters.frames += 1
        self._events.append(press)

    def _locate(self, address: str, of: PositionFields, values: list[str]) -> None:
        """Take a position; a receiver that does not know where it is says so, and is believed."""
        try:
            fix = position(of, values)
        except ValueError:
            self._events.append(Damaged(f"a sentence {address} tells no position"))
            return
        self.counters.frames += 1
        if fix is not None:
            self._events.append(fix)

    def _drop(self, count: int) -> None:
        self.counters.dropped_bytes += count


def checksum(body: bytes) -> int:
    """Return the exclusive or of all bytes between ``$`` and ``*``."""
    found = 0
    for byte in body:
        found ^= byte
    return found


def _is_sound(values: list[str], fields_max: int, needed: int) -> bool:
    given = all(values[:needed]) and needed <= len(values) <= fields_max
    return given and all(len(value) <= LABEL_MAX and value.isprintable() for value in values if value)
