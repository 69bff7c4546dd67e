"""A virtual ZLG module with old or new frames: an antenna and one PSAM slot. Own code, as the codecs' twin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import xor
from typing import Final, NamedTuple

from drivers.virtual.box_air import BoxAir
from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Field, Report
from drivers.virtual.gemcore import SamCard
from drivers.virtual.sam_slot import SamSlot

DESCRIPTION: Final = b"ZLG600A V2.05"
BAUDS: Final = (115200,)
LONGEST: Final = 272
_FROM_READER: Final = b"\xb3"
_TO_READER: Final = 0xB2
_FINE: Final = 0
_NOBODY: Final = 0x06
_UNKNOWN: Final = 0x16
_ATQA: Final = b"\x04\x00"
_SAK: Final = b"\x20"

Answer = Callable[[int, bytes, float], None]


class Asked(NamedTuple):
    """One command: slot (0 in old frames), sequence, class, command, payload."""

    slot: int
    sequence: int
    group: int
    command: int
    payload: bytes


class VirtualZlg:
    """One module; ``lamp`` is what was set last, ``old`` chooses the frame."""

    def __init__(
        self, field: Field, sams: Mapping[int, SamCard], *, old: bool = False, report: Report | None = None
    ) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.field = field
        self.air = BoxAir(field)
        self.lamp = 0
        tell: Report = report or (lambda _event: None)
        self.slots = {number: SamSlot(number, sam, field.card_time, tell) for number, sam in sams.items()}
        self._old = old
        self._buffer = b""
        self._replies: list[Reply] | None = None
        self._commands: dict[tuple[int, int], Callable[[Asked, Answer], None]] = {
            (0x01, 0x41): lambda _asked, say: say(_FINE, DESCRIPTION, 0.0),
            (0x01, 0x4D): self._set_lamp,
            (0x05, 0x42): self._sam_exchange,
            (0x05, 0x43): self._sam_on,
            (0x05, 0x45): self._sam_off,
            (0x06, 0x44): self._sleep,
            (0x06, 0x45): self._rats,
            (0x06, 0x47): self._sleep,
            (0x06, 0x48): self._exchange,
            (0x06, 0x4C): self._field_reset,
            (0x06, 0x4D): self._activate,
        }

    def receive(self, incoming: bytes) -> list[Reply]:
        """Take bytes in any division and return the answers they cause; damaged frames are passed over."""
        replies: list[Reply] = []
        self._replies = replies
        self._buffer += incoming
        while (asked := self._cut()) is not None:
            self._run(asked)
        self._replies = None
        return replies

    def power_cycle(self) -> None:
        """Lose power."""
        self.air.reset()
        for slot in self.slots.values():
            slot.power_off()
        self.lamp, self._buffer = 0, b""

    def _cut(self) -> Asked | None:
        cut = _old_at if self._old else _new_at
        for start in range(len(self._buffer)):
            found = cut(self._buffer[start:])
            if found is not None:
                asked, size = found
                self._buffer = self._buffer[start + size :]
                return asked
        self._buffer = self._buffer[-2 * LONGEST :]
        return None

    def _run(self, asked: Asked) -> None:
        def say(status: int, payload: bytes, delay_ms: float) -> None:
            framed = _old_answer(asked, status, payload) if self._old else _new_answer(asked, status, payload)
            if self._replies is None:
                self.on_unsolicited(Reply(delay_ms, framed))
            else:
                self._replies.append(Reply(delay_ms, framed))

        run = self._commands.get((asked.group, asked.command))
        if run is None:
            say(_UNKNOWN, b"", 0.0)
        else:
            run(asked, say)

    def _set_lamp(self, asked: Asked, say: Answer) -> None:
        self.lamp = asked.payload[0] if asked.payload else 0
        say(_FINE, b"", 0.0)

    def _activate(self, asked: Asked, say: Answer) -> None:
        found = self.air.activate(wake_all=asked.payload[-1:] == b"\x52")
        if found is None:
            say(_NOBODY, b"", self.field.card_time.poll_miss_ms(1))
            return
        uid = found.card.uid
        say(_FINE, _ATQA + _SAK + bytes([len(uid)]) + uid, self.field.card_time.activation_ms() / 2)

    def _rats(self, _asked: Asked, say: Answer) -> None:
        ats = self.air.enter_layer4()
        say(_NOBODY if ats is None else _FINE, ats or b"", self.field.card_time.activation_ms() / 2)

    def _sleep(self, _asked: Asked, say: Answer) -> None:
        say(_FINE if self.air.sleep() else _NOBODY, b"", 0.0)

    def _field_reset(self, asked: Asked, say: Answer) -> None:
        self.air.reset()
        say(_FINE, b"", float(sum(asked.payload)))

    def _exchange(self, asked: Asked, say: Answer) -> None:
        def came(answer: bytes | None, took_ms: float) -> None:
            say(_NOBODY if answer is None else _FINE, answer or b"", took_ms)

        self.air.exchange(asked.payload, came)

    def _sam_on(self, asked: Asked, say: Answer) -> None:
        slot = self.slots.get(asked.slot)
        self._sam_says(None if slot is None else slot.power_on(), say)

    def _sam_off(self, asked: Asked, say: Answer) -> None:
        slot = self.slots.get(asked.slot)
        if slot is not None:
            slot.power_off()
        say(_FINE, b"", 0.0)

    def _sam_exchange(self, asked: Asked, say: Answer) -> None:
        slot = self.slots.get(asked.slot)
        self._sam_says(None if slot is None else slot.exchange(asked.payload), say)

    @staticmethod
    def _sam_says(came: tuple[bytes, float] | None, say: Answer) -> None:
        if came is None:
            say(_NOBODY, b"", 0.0)
        else:
            say(_FINE, came[0], came[1])


def _old_at(buffer: bytes) -> tuple[Asked, int] | None:
    """Return the command that the bytes begin with, and the size of its frame."""
    size = buffer[0]
    if size < 6 or len(buffer) < size or buffer[3] != size - 6 or buffer[size - 1] != 0x03:  # noqa: PLR2004 - the frame
        return None
    if reduce(xor, buffer[: size - 1]) != 0xFF:  # noqa: PLR2004 - a sound frame's XOR with its check
        return None
    return Asked(0, 0, buffer[1], buffer[2], buffer[4 : size - 2]), size


def _new_at(buffer: bytes) -> tuple[Asked, int] | None:
    if buffer[0] != _TO_READER or len(buffer) < 10:  # noqa: PLR2004 - header and sum
        return None
    end = 8 + int.from_bytes(buffer[6:8], "little")
    if end > 8 + LONGEST or len(buffer) < end + 2:
        return None
    if sum(buffer[:end]) + int.from_bytes(buffer[end : end + 2], "little") & 0xFFFF != 0xFFFF:  # noqa: PLR2004 - sum
        return None
    command = int.from_bytes(buffer[4:6], "little")
    return Asked(buffer[1], buffer[2], buffer[3], command, buffer[8:end]), end + 2


def _old_answer(asked: Asked, status: int, payload: bytes) -> bytes:
    covered = bytes([len(payload) + 6, asked.group, status, len(payload)]) + payload
    return covered + bytes([0xFF - reduce(xor, covered), 0x03])


def _new_answer(asked: Asked, status: int, payload: bytes) -> bytes:
    head = _FROM_READER + bytes([asked.slot, asked.sequence, asked.group]) + status.to_bytes(2, "little")
    covered = head + len(payload).to_bytes(2, "little") + payload
    return covered + (0xFFFF - sum(covered)).to_bytes(2, "little")
