"""A purchase SAM (PSAM) behind T=0: MAC1 out, MAC2 in, one purchase at a time.

Commands follow public validator and gate code. Choices where no public source speaks: a wrong MAC2 answers 9302 and
costs one of ``error_limit`` errors, a right one restores them; at zero the PSAM is locked and answers 6983 to INIT FOR
PURCHASE and CREDIT for good. The purchase session is lost at reset and at the next INIT FOR PURCHASE; it survives a
wrong MAC2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.virtual.entropy import Draw, seeded
from drivers.virtual.psam_memory import PsamMemory
from drivers.virtual.purse_crypto import ALGORITHMS, SYNTHETIC_MASTERS, PurseAlgorithm, PurseKeys, TripleDes
from drivers.virtual.short_apdu import OK, ShortApdu, exactly, status, take_apart
from edge.domain.frozen import frozen

ATR: Final = bytes.fromhex("3B6500005053414D31")
"""T=0, TB1 00, TC1 00, five historical bytes "PSAM1"."""
NUMBER: Final = bytes.fromhex("452001210001")
APPLICATIONS: Final = frozenset({b"\x80\x11", b"\xdf\x01", b"\x10\x01"})
KEY_VERSION: Final = 0x01
TAC_USAGE: Final = 0x44
MAINTENANCE_USAGE: Final = 0x45
_FULL_FORM: Final = 0x24
_SHORT_FORM: Final = 0x1C
_BLOCK: Final = 8
_MAC_LENGTH: Final = 4
_WITH_INITIAL_VALUE: Final = 0x04


@frozen
class _Purchase:
    """A purchase between MAC1 and MAC2."""

    algorithm: PurseAlgorithm
    session_key: bytes
    amount: bytes


class Psam:
    """One PSAM. ``number`` is the six-byte terminal number, ``memory`` what outlives power, ``keys`` the masters."""

    def __init__(
        self,
        number: bytes = NUMBER,
        *,
        memory: PsamMemory | None = None,
        keys: PurseKeys = SYNTHETIC_MASTERS,
        key_index: int = 1,
        atr: bytes = ATR,
        random_bytes: Draw | None = None,
    ) -> None:
        self.number = number
        self.atr = atr
        self.memory = memory or PsamMemory()
        self._masters = keys
        self._files = {0x16: number, 0x17: bytes([key_index]).ljust(25, b"\x00")}
        self._draw = random_bytes or seeded(number)
        self._purchase: _Purchase | None = None
        self._working_key: bytes | None = None
        self._selected = False
        self._waiting = b""
        self._commands: dict[tuple[int, int], Callable[[ShortApdu], bytes]] = {
            (0x00, 0xA4): self._select,
            (0x00, 0xB0): self._read_binary,
            (0x00, 0x84): self._get_challenge,
            (0x00, 0xC0): self._get_response,
            (0x80, 0x70): self._init_for_purchase,
            (0x80, 0x72): self._credit,
            (0x80, 0x1A): self._choose_key,
            (0x80, 0xFA): self._compute_mac,
        }

    @property
    def locked(self) -> bool:
        """Say whether wrong MACs have locked the PSAM for good."""
        return self.memory.errors_left == 0

    @property
    def error_counter(self) -> int:
        """Return how many wrong MACs are left before it locks."""
        return self.memory.errors_left

    @property
    def sequence(self) -> int:
        """Return the terminal sequence last given out."""
        return self.memory.sequence

    def reset(self) -> bytes:
        """Reset the chip, cold or warm, and return its ATR; the purchase session is lost."""
        self.power_off()
        return self.atr

    def power_off(self) -> None:
        """Lose power: selection, session and waiting answer go."""
        self._purchase, self._working_key, self._selected, self._waiting = None, None, False, b""

    def process(self, tpdu: bytes) -> bytes:
        """Execute one T=0 command and return body and status word; answers to commands with a body wait (61xx)."""
        command = take_apart(tpdu)
        if command is None:
            return status(0x6700)
        run = self._commands.get((command.cla, command.ins))
        if run is None:
            return status(0x6D00 if command.cla in {0x00, 0x80} else 0x6E00)
        if run != self._get_response:
            self._waiting = b""
        return run(command)

    def _later(self, answer: bytes) -> bytes:
        self._waiting = answer
        return status(0x6100 | len(answer))

    def _get_response(self, command: ShortApdu) -> bytes:
        if not self._waiting:
            return status(0x6985)
        answer = exactly(self._waiting, command.expected)
        if answer.endswith(OK):
            self._waiting = b""
        return answer

    def _select(self, command: ShortApdu) -> bytes:
        if command.body == b"\x3f\x00" or not command.body:
            self._selected = False
            return OK
        if command.body not in APPLICATIONS:
            return status(0x6A82)
        self._selected = True
        name = b"PSAM" + command.body
        return self._later(b"\x6f" + bytes([len(name) + 2]) + b"\x84" + bytes([len(name)]) + name)

    def _read_binary(self, command: ShortApdu) -> bytes:
        content = self._files.get(command.p1 & 0x1F) if command.p1 & 0x80 else None
        if content is None:
            return status(0x6A82)
        if command.p2 >= len(content):
            return status(0x6B00)
        return exactly(content[command.p2 :], command.expected)

    def _get_challenge(self, command: ShortApdu) -> bytes:
        return self._draw(command.expected) + OK if command.expected in {4, 8} else status(0x6700)

    def _init_for_purchase(self, command: ShortApdu) -> bytes:
        """8070: random4 seq2 amount4 kind1 time7 version1 algorithm1 serial8 [issuer8] -> sequence4 MAC1."""
        self._purchase = None
        body = command.body
        if not self._selected or self.locked:
            return status(0x6983 if self.locked else 0x6985)
        if len(body) not in {_FULL_FORM, _SHORT_FORM}:
            return status(0x6700)
        algorithm = ALGORITHMS.get(body[19])
        if algorithm is None or body[18] != KEY_VERSION:
            return status(0x9403)
        factors = (body[28:36], body[20:28]) if len(body) == _FULL_FORM else (body[20:28],)
        card_key = self._masters.below(algorithm, *factors).purchase
        sequence = self.memory.next_sequence()
        session_key = algorithm.session_key(card_key, body[:4], int.from_bytes(body[4:6], "big"), sequence)
        mac1 = algorithm.mac(session_key, body[6:11] + self.number + body[11:18])
        self._purchase = _Purchase(algorithm, session_key, body[6:10])
        return self._later(sequence.to_bytes(4, "big") + mac1)

    def _credit(self, command: ShortApdu) -> bytes:
        """8072: check the card's MAC2."""
        if self.locked:
            return status(0x6983)
        purchase = self._purchase
        if purchase is None:
            return status(0x6985)
        if len(command.body) != _MAC_LENGTH:
            return status(0x6700)
        if purchase.algorithm.mac(purchase.session_key, purchase.amount) != command.body:
            self.memory.count_error()
            return status(0x9302)
        self._purchase = None
        self.memory.forgive()
        return OK

    def _choose_key(self, command: ShortApdu) -> bytes:
        """801A: diversify a key by usage (P1): the factors come last level first, as serial8 issuer8."""
        masters = {TAC_USAGE: self._masters.tac, MAINTENANCE_USAGE: self._masters.maintenance}
        key = masters.get(command.p1)
        if not self._selected or key is None:
            return status(0x6A88 if self._selected else 0x6985)
        if not command.body or len(command.body) % _BLOCK:
            return status(0x6700)
        levels = [command.body[start : start + _BLOCK] for start in range(0, len(command.body), _BLOCK)]
        for factor in reversed(levels):
            key = TripleDes().diversify(key, factor)
        self._working_key = key
        return OK

    def _compute_mac(self, command: ShortApdu) -> bytes:
        """80FA: MAC over padded blocks; with P1 bit 04 the first eight bytes are the initial value."""
        if self._working_key is None:
            return status(0x6985)
        body = command.body
        initial, blocks = (body[:_BLOCK], body[_BLOCK:]) if command.p1 & _WITH_INITIAL_VALUE else (bytes(_BLOCK), body)
        if not blocks or len(blocks) % _BLOCK:
            return status(0x6700)
        return self._later(TripleDes().command_mac(self._working_key, initial, blocks))
