"""A T-Union purse card: the PBOC e-purse commands over its own memory, without any code of the terminal.

Commands and files follow public readers and validators (JT/T 978 purse). Status words that no public source shows
(6700, 6A83, 6A86, 6988, 6B00) follow ISO/IEC 7816-4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.virtual.entropy import Draw, seeded
from drivers.virtual.purse_crypto import SYNTHETIC_MASTERS, PurseAlgorithm, PurseKeys, TripleDes
from drivers.virtual.purse_deviation import BalanceHabit, Deviation
from drivers.virtual.purse_files import (
    PPSE_NAME,
    PURSE_AID,
    CommittedDebit,
    LogLine,
    Personalisation,
    ppse_fci,
    purse_fci,
)
from drivers.virtual.purse_memory import PurseMemory
from drivers.virtual.purse_purchase import PurseTransactions
from drivers.virtual.short_apdu import OK, ShortApdu, exactly, status, take_apart

_BY_NAME: Final = 0x04
_ONE_RECORD: Final = 0x04
_RECORDS_FROM: Final = 0x05
_ANSWER_LIMIT: Final = 256
_BALANCE_OF_PURSE: Final = 0x02


class PurseCard:
    """One card. ``balance_fen`` and ``seq`` are where it starts; ``keys`` default to those of the synthetic issuer.

    ``issuer_level=False`` personalises the keys by serial alone, for the short form of INIT FOR PURCHASE.
    ``random_uid``: another UID, beginning 08, after every loss of the field.
    """

    def __init__(
        self,
        balance_fen: int = 5000,
        *,
        personalisation: Personalisation | None = None,
        seq: int = 0,
        overdraft_fen: int = 0,
        uid: bytes = bytes.fromhex("08A1B2C3"),
        random_uid: bool = False,
        deviation: Deviation | None = None,
        algorithm: PurseAlgorithm | None = None,
        keys: PurseKeys | None = None,
        issuer_level: bool = True,
        random_bytes: Draw | None = None,
    ) -> None:
        self.personalisation = own = personalisation or Personalisation()
        self.uid = uid
        self.ats = bytes.fromhex("067577810280")
        self.memory = PurseMemory(balance_fen, overdraft_fen, seq)
        self._deviation = deviation or Deviation()
        self._algorithm = algorithm or TripleDes()
        factors = (own.issuer8, own.serial8) if issuer_level else (own.serial8,)
        self._keys = keys or SYNTHETIC_MASTERS.below(self._algorithm, *factors)
        self._draw = random_bytes or seeded(own.serial10)
        self._transactions = PurseTransactions(self.memory, self._keys, self._algorithm, self._deviation, self._draw)
        self._random_uid = random_uid
        self._challenge = b""
        self._selected = False
        self._commands = self._command_table()

    @property
    def balance_fen(self) -> int:
        """Return the money on the card, negative inside an overdraft."""
        return self.memory.balance_fen

    @property
    def counter(self) -> int:
        """Return the number of the last transaction."""
        return self.memory.counter

    @property
    def log(self) -> tuple[LogLine, ...]:
        """Return the log, newest first."""
        return tuple(self.memory.log)

    @property
    def debits(self) -> tuple[CommittedDebit, ...]:
        """Return every debit the card ever committed, oldest first: its own truth for a reconciliation."""
        return tuple(self.memory.debits)

    def power_off(self) -> None:
        """Lose the field: selection, challenge and an open purchase go; committed memory stays."""
        self._forget()
        if self._random_uid:
            self.uid = b"\x08" + self._draw(3)

    def top_up(self, amount_fen: int, terminal: bytes, time: str) -> None:
        """Load money at some counter elsewhere; ``time`` is fourteen digits."""
        self.memory.load(amount_fen, terminal, time)

    def process(self, apdu: bytes) -> bytes:
        """Execute one command and return body and status word."""
        command = take_apart(apdu)
        if command is None:
            return status(0x6700)
        if (command.cla, command.ins) == (0x00, 0xA4):
            return self._select(command)
        run = self._commands.get((command.cla, command.ins))
        if run is None:
            return status(0x6D00 if command.cla in {0x00, 0x80, 0x84} else 0x6E00)
        return run(command) if self._selected else status(0x6985)

    def _forget(self) -> None:
        self._selected, self._challenge = False, b""
        self._transactions.forget()

    def _command_table(self) -> dict[tuple[int, int], Callable[[ShortApdu], bytes]]:
        return {
            (0x00, 0xB0): self._read_binary,
            (0x00, 0xB2): self._read_record,
            (0x00, 0x84): self._get_challenge,
            (0x80, 0x5C): self._get_balance,
            (0x80, 0x50): self._transactions.initialize,
            (0x80, 0xDC): self._transactions.update_cache,
            (0x80, 0x54): self._transactions.debit,
            (0x80, 0x5A): self._transactions.prove,
            (0x84, 0x1E): self._block,
        }

    def _select(self, command: ShortApdu) -> bytes:
        self._forget()
        if command.p1 == _BY_NAME and command.body == PPSE_NAME:
            return exactly(ppse_fci(), command.expected)
        if command.p1 != _BY_NAME or not command.body or not PURSE_AID.startswith(command.body):
            return status(0x6A82)
        if self.memory.blocked:
            return status(0x9303)
        self._selected = True
        return exactly(purse_fci(self.personalisation.public_file()), command.expected)

    def _file(self, sfi: int) -> bytes | None:
        own = self.personalisation
        public = own.public_file()
        if self._deviation.file15_differs:
            public = public[:-1] + bytes([public[-1] ^ 0x01])
        return {0x15: public, 0x16: own.holder_file(), 0x17: own.admin_file()}.get(sfi)

    def _read_binary(self, command: ShortApdu) -> bytes:
        if not command.p1 & 0x80:
            return status(0x6986)
        content = self._file(command.p1 & 0x1F)
        if content is None:
            return status(0x6A82)
        if command.p2 >= len(content):
            return status(0x6B00)
        return exactly(content[command.p2 :], command.expected)

    def _read_record(self, command: ShortApdu) -> bytes:
        records, form = self.memory.records(command.p2 >> 3), command.p2 & 0x07
        if records is None:
            return status(0x6A82)
        if command.p1 not in records:
            return status(0x6A83)
        if form == _ONE_RECORD:
            return exactly(records[command.p1], command.expected)
        if form != _RECORDS_FROM:
            return status(0x6A86)
        length = len(records[command.p1])
        following = [record for number, record in records.items() if number >= command.p1]
        return exactly(b"".join(following[: _ANSWER_LIMIT // length]), None)

    def _get_challenge(self, command: ShortApdu) -> bytes:
        if command.expected not in {4, 8}:
            return status(0x6700)
        self._challenge = self._draw(command.expected)
        return self._challenge + OK

    def _get_balance(self, command: ShortApdu) -> bytes:
        memory, habit = self.memory, self._deviation.balance
        own = memory.balance_fen
        form = {0: memory.available_fen, 1: memory.overdraft_limit_fen, 2: max(-own, 0), 3: max(own, 0)}.get(command.p1)
        if form is None or command.p2 != _BALANCE_OF_PURSE or (command.p1 == 1 and habit is BalanceHabit.NO_LIMIT):
            return status(0x6A86)
        top_bit = 1 << 31 if command.p1 == 0 and habit is BalanceHabit.TOP_BIT else 0
        return exactly((form | top_bit).to_bytes(4, "big"), command.expected)

    def _block(self, command: ShortApdu) -> bytes:
        """841E: block the application for good, under a MAC that begins with the card's last challenge."""
        challenge, self._challenge = self._challenge, b""
        if not challenge:
            return status(0x6985)
        padded = bytes([command.cla, command.ins, command.p1, command.p2, len(command.body)]) + b"\x80\x00\x00"
        initial = challenge[:4].ljust(8, b"\x00")
        if command.body != self._algorithm.command_mac(self._keys.maintenance, initial, padded):
            return status(0x6988)
        self.memory.blocked = True
        return OK
