"""A virtual ELATEC TWN4 in its simple protocol, binary or ASCII: an antenna and four SAM slots. Own code, as a twin.

Every sound frame is answered: with error 01 where the function is unknown, 02 where parameters are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from drivers.virtual.box_air import BoxAir
from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Field, Report
from drivers.virtual.gemcore import SamCard
from drivers.virtual.sam_slot import SamSlot

VERSION: Final = b"TWN4/B1.09/NCF4.51/PRS2.12"
BAUDS: Final = (9600,)
SLOTS: Final = 4
LONGEST: Final = 300
_NO_FUNCTION: Final = b"\x01"
_NO_PARAMETER: Final = b"\x02"
_FINE: Final = b"\x00"
_YES, _NO = b"\x01", b"\x00"
_TYPE_A: Final = 0x80
_FIRST_CHANNEL: Final = 0x20
_APDU_HEADER: Final = 9

Answer = Callable[[bytes, float], None]


class VirtualTwn4:
    """One reader; ``pins`` are its outputs, ``binary`` chooses the mode."""

    def __init__(
        self, field: Field, sams: Mapping[int, SamCard], *, binary: bool = True, report: Report | None = None
    ) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.field = field
        self.air = BoxAir(field)
        self.pins = 0
        tell: Report = report or (lambda _event: None)
        self.slots = [SamSlot(number, sams.get(number), field.card_time, tell) for number in range(1, SLOTS + 1)]
        self._binary = binary
        self._buffer = b""
        self._replies: list[Reply] | None = None
        self._functions: dict[bytes, Callable[[bytes, Answer], None]] = {
            b"\x00\x04": lambda _rest, say: say(_FINE + bytes([len(VERSION)]) + VERSION, 0.0),
            b"\x04\x00": lambda _rest, say: say(_FINE, 0.0),
            b"\x04\x02": lambda rest, say: self._pins(self.pins | rest[0], say),
            b"\x04\x03": lambda rest, say: self._pins(self.pins & ~rest[0], say),
            b"\x05\x00": self._search,
            b"\x05\x01": self._field_off,
            b"\x05\x02": lambda _rest, say: say(_FINE, 0.0),
            b"\x10\x00": self._slot_status,
            b"\x10\x01": self._sam_on,
            b"\x10\x02": self._sam_off,
            b"\x10\x05": self._sam_exchange,
            b"\x12\x00": self._ats,
            b"\x12\x02": lambda _rest, say: say(_FINE + (_YES if self.air.alive() else _NO), 0.0),
            b"\x12\x03": self._exchange,
            b"\x12\x08": self._search_all,
        }

    def receive(self, incoming: bytes) -> list[Reply]:
        """Take bytes in any division and return the answers they cause."""
        replies: list[Reply] = []
        self._replies = replies
        self._buffer += incoming
        while (payload := self._cut()) is not None:
            self._run(payload)
        self._replies = None
        return replies

    def power_cycle(self) -> None:
        """Lose power."""
        self.air.reset()
        for slot in self.slots:
            slot.power_off()
        self.pins, self._buffer = 0, b""

    def _cut(self) -> bytes | None:
        return self._cut_binary() if self._binary else self._cut_ascii()

    def _cut_ascii(self) -> bytes | None:
        while b"\r" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\r")
            try:
                return bytes.fromhex(line.decode("ascii"))
            except ValueError:
                continue
        return None

    def _cut_binary(self) -> bytes | None:
        for start in range(len(self._buffer)):
            rest = self._buffer[start:]
            size = int.from_bytes(rest[:2], "little")
            if not 2 < size <= LONGEST or len(rest) < 2 + size:  # noqa: PLR2004 - the check's own two bytes
                continue
            payload, check = rest[2:size], rest[size : size + 2]
            if _check(payload) == check:
                self._buffer = rest[2 + size :]
                return payload
        self._buffer = self._buffer[-2 * LONGEST :]
        return None

    def _run(self, payload: bytes) -> None:
        function = self._functions.get(payload[:2])
        if function is None:
            self._say(_NO_FUNCTION, 0.0)
            return
        try:
            function(payload[2:], self._say)
        except IndexError:
            self._say(_NO_PARAMETER, 0.0)

    def _say(self, payload: bytes, delay_ms: float) -> None:
        if self._binary:
            framed = (len(payload) + 2).to_bytes(2, "little") + payload + _check(payload)
        else:
            framed = payload.hex().upper().encode() + b"\r"
        if self._replies is None:
            self.on_unsolicited(Reply(delay_ms, framed))
        else:
            self._replies.append(Reply(delay_ms, framed))

    def _pins(self, pins: int, say: Answer) -> None:
        self.pins = pins
        say(_FINE, 0.0)

    def _field_off(self, _rest: bytes, say: Answer) -> None:
        self.air.reset()
        say(_FINE, 0.0)

    def _search(self, rest: bytes, say: Answer) -> None:
        longest, found = rest[0], self.air.activate()
        if found is None:
            say(_FINE + _NO, self.field.card_time.poll_miss_ms(1))
            return
        self.air.enter_layer4()
        uid = found.card.uid[:longest]
        say(_FINE + _YES + bytes([_TYPE_A, 8 * len(uid), len(uid)]) + uid, self.field.card_time.activation_ms())

    def _search_all(self, _rest: bytes, say: Answer) -> None:
        uids = [one.card.uid for one in self.air.awake()]
        listed = b"".join(bytes([len(uid)]) + uid for uid in uids)
        found = _FINE + _YES + bytes([len(uids), len(listed)]) + listed
        say(found if uids else _FINE + _NO, self.field.card_time.poll_miss_ms(1))

    def _ats(self, _rest: bytes, say: Answer) -> None:
        active = self.air.active
        say(_FINE + _NO if active is None else _FINE + _YES + bytes([len(active.card.ats)]) + active.card.ats, 0.0)

    def _exchange(self, rest: bytes, say: Answer) -> None:
        longest = rest[1 + rest[0]]

        def came(answer: bytes | None, took_ms: float) -> None:
            fits = answer is not None and len(answer) <= longest
            say(_FINE + _YES + bytes([len(answer)]) + answer if answer is not None and fits else _FINE + _NO, took_ms)

        self.air.exchange(rest[1 : 1 + rest[0]], came)

    def _slot(self, rest: bytes) -> SamSlot:
        number = rest[0] - _FIRST_CHANNEL
        return self.slots[number if number >= 0 else SLOTS]

    def _slot_status(self, rest: bytes, say: Answer) -> None:
        slot = self._slot(rest)
        say(_FINE + _YES + (b"\x02" if slot.sam is None else _NO if slot.powered else _YES), 0.0)

    def _sam_on(self, rest: bytes, say: Answer) -> None:
        came = self._slot(rest).power_on()
        if came is None:
            say(_FINE + _NO, 0.0)
        else:
            say(_FINE + _YES + bytes([len(came[0])]) + came[0] + bytes(2), came[1])

    def _sam_off(self, rest: bytes, say: Answer) -> None:
        self._slot(rest).power_off()
        say(_FINE + _YES, 0.0)

    def _sam_exchange(self, rest: bytes, say: Answer) -> None:
        slot, header, after = self._slot(rest), rest[1 : 1 + _APDU_HEADER], rest[1 + _APDU_HEADER :]
        content = after[1 : 1 + after[0]]
        expected = bytes([header[6]]) if header[8] & 1 else b""
        came = slot.exchange(header[:4] + (bytes([len(content)]) + content if content else b"") + expected)
        if came is None:
            say(_FINE + _NO, 0.0)
            return
        body, word = came[0][:-2], came[0][-2:]
        say(_FINE + _YES + bytes([len(body)]) + body + word[::-1], came[1])


def _check(covered: bytes) -> bytes:
    """Return the CRC of a binary frame: shifted bit by bit from the low end, start FFFF."""
    remainder = 0xFFFF
    for bit in (byte >> at & 1 for byte in covered for at in range(8)):
        remainder = remainder >> 1 ^ (0x8408 if (remainder ^ bit) & 1 else 0)
    return remainder.to_bytes(2, "little")
