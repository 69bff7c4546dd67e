"""The purchase of a purse: INITIALIZE, UPDATE CAPP DATA CACHE, DEBIT, GET TRANSACTION PROVE, in this order only.

INITIALIZE moves nothing; DEBIT moves balance, counter, log and records in one step. Sources: public T-Union validator
code and the published PBOC e-purse examples. 9402, 9403 and 9406 follow PBOC custom.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from drivers.virtual.entropy import Draw
from drivers.virtual.purse_crypto import PurseAlgorithm, PurseKeys
from drivers.virtual.purse_deviation import Deviation
from drivers.virtual.purse_files import TRIP_LENGTH, CommittedDebit, LogLine
from drivers.virtual.purse_memory import CAPP_SFI, TRIP_SFI, CappCache, PurseMemory
from drivers.virtual.short_apdu import OK, ShortApdu, exactly, status
from edge.domain.frozen import mutable

PURCHASE: Final = 0x06
COMPOUND_PURCHASE: Final = 0x09
KEY_INDEX: Final = 0x01
KEY_VERSION: Final = 0x01
COUNTER_LIMIT: Final = 0xFFFF
CONSTANT_TAC: Final = bytes.fromhex("C0FFEE01")
CONSTANT_MAC2: Final = bytes.fromhex("C0FFEE02")
_KINDS: Final = {(0x01, 0x02): PURCHASE, (0x03, 0x02): COMPOUND_PURCHASE}
_INITIALIZE_LENGTH: Final = 11
_DEBIT_LENGTH: Final = 15
_COUNTER_LENGTH: Final = 2


@mutable
class _Session:
    """What INITIALIZE opened: lost with the field, at SELECT, at DEBIT and at the next INITIALIZE."""

    kind: int
    amount_fen: int
    terminal: bytes
    random: bytes
    counter: int
    cache: CappCache = field(default_factory=CappCache)

    def covered(self) -> bytes:
        """Return what MAC1 and TAC begin with: amount, kind, terminal."""
        return self.amount_fen.to_bytes(4, "big") + bytes([self.kind]) + self.terminal


class PurseTransactions:
    """The transaction side of one card, over the card's memory and keys."""

    def __init__(
        self, memory: PurseMemory, keys: PurseKeys, algorithm: PurseAlgorithm, deviation: Deviation, draw: Draw
    ) -> None:
        self._memory = memory
        self._keys = keys
        self._algorithm = algorithm
        self._deviation = deviation
        self._draw = draw
        self._first_counter = memory.counter
        self._session: _Session | None = None

    def forget(self) -> None:
        """Drop an open session; nothing was moved by it."""
        self._session = None

    def initialize(self, command: ShortApdu) -> bytes:
        """8050: answer balance with overdraft limit, counter, limit, key version, algorithm, random."""
        self._session = None
        kind = _KINDS.get((command.p1, command.p2))
        if kind is None:
            return status(0x6A86)
        if len(command.body) != _INITIALIZE_LENGTH:
            return status(0x6700)
        amount_fen = int.from_bytes(command.body[1:5], "big")
        refusal = self._refuse(command.body[0], amount_fen)
        if refusal is not None:
            return refusal
        counter = self._first_counter if self._deviation.frozen_counter else self._memory.counter
        self._session = _Session(kind, amount_fen, command.body[5:], self._draw(4), counter)
        money = self._memory.available_fen.to_bytes(4, "big") + counter.to_bytes(2, "big")
        limit = self._memory.overdraft_limit_fen.to_bytes(3, "big")
        key = bytes([KEY_VERSION, self._algorithm.code])
        return exactly(money + limit + key + self._session.random, command.expected)

    def update_cache(self, command: ShortApdu) -> bytes:
        """80DC: keep a record for DEBIT; only inside a compound purchase."""
        session, sfi = self._session, command.p2 >> 3
        if session is None or session.kind != COMPOUND_PURCHASE:
            return status(0x6985)
        if sfi == TRIP_SFI and len(command.body) == TRIP_LENGTH:
            session.cache.trips.append(command.body)
            return OK
        if sfi != CAPP_SFI:
            return status(0x6700 if sfi == TRIP_SFI else 0x6A82)
        present = self._memory.capp.get(command.p1)
        if present is None:
            return status(0x6A83)
        if len(command.body) != len(present):
            return status(0x6700)
        session.cache.records[command.p1] = command.body
        return OK

    def debit(self, command: ShortApdu) -> bytes:
        """8054: check MAC1, commit, answer TAC and MAC2. Whatever it answers, the session is over."""
        session, self._session = self._session, None
        if session is None or (session.kind == COMPOUND_PURCHASE and not session.cache):
            return status(0x6985)
        if (command.p1, command.p2) != (0x01, 0x00):
            return status(0x6A86)
        if len(command.body) != _DEBIT_LENGTH:
            return status(0x6700)
        psam_sequence, time, mac1 = int.from_bytes(command.body[:4], "big"), command.body[4:11], command.body[11:]
        key = self._algorithm.session_key(self._keys.purchase, session.random, session.counter, psam_sequence)
        if not self._deviation.constant_mac and self._algorithm.mac(key, session.covered() + time) != mac1:
            return status(0x9302)
        committed = self._commit(session, key, psam_sequence, time)
        return exactly(committed.tac + committed.mac2, command.expected)

    def prove(self, command: ShortApdu) -> bytes:
        """805A: answer MAC2 and TAC, the reverse of DEBIT's order, for the last transaction alone."""
        if command.p1 != 0x00:
            return status(0x6A86)
        if len(command.body) != _COUNTER_LENGTH:
            return status(0x6700)
        proof = self._memory.proof_of(command.p2, int.from_bytes(command.body, "big"))
        return status(0x9406) if proof is None else exactly(proof.mac2 + proof.tac, command.expected)

    def _refuse(self, key_index: int, amount_fen: int) -> bytes | None:
        if key_index != KEY_INDEX:
            return status(0x9403)
        if self._memory.counter >= COUNTER_LIMIT:
            return status(0x9402)
        return status(0x9401) if amount_fen > self._memory.available_fen else None

    def _commit(self, session: _Session, key: bytes, psam_sequence: int, time: bytes) -> CommittedDebit:
        covered = session.covered() + psam_sequence.to_bytes(4, "big") + time
        tac = self._algorithm.tac(self._keys.tac, covered)
        mac2 = self._algorithm.mac(key, session.amount_fen.to_bytes(4, "big"))
        if self._deviation.constant_mac:
            tac, mac2 = CONSTANT_TAC, CONSTANT_MAC2
        memory = self._memory
        line = LogLine(
            memory.counter + 1,
            memory.overdraft_limit_fen,
            session.amount_fen,
            session.kind,
            session.terminal,
            time.hex(),
        )
        committed = CommittedDebit(line, memory.balance_fen - session.amount_fen, psam_sequence, tac, mac2)
        memory.commit(committed, session.cache)
        return committed
