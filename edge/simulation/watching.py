"""The auditor's eyes: turns what happens in the world into the values that the auditor is told.

A commit is read on the very connection that made it, at the moment it became durable, by statements of its own.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.virtual.purse_files import CommittedDebit
from edge.domain.entry import DeclinedTap, Intent, PaidTap, Torn
from edge.domain.errors import RemoteProtocolError
from edge.domain.medium import CardNumber
from edge.ports import Signal
from edge.simulation.audit_facts import CardDebit, CardTruth, JournalCommit, WrittenEntry
from edge.simulation.byte_media import VALID_FROM, VALID_UNTIL
from edge.simulation.failures import SimulationError
from edge.simulation.loop import simulation_loop
from edge.simulation.payers import ACCOUNT_PREFIX, CARD_PREFIX, Payer
from edge.simulation.rider import NUMBER_PREFIX, RiderCard
from edge.simulation.town import HOME_CITY
from sync.wire import decode_entry

if TYPE_CHECKING:
    from edge.simulation.machine import Machine
    from edge.simulation.town import Town

STANDING: Final = """SELECT terminal, epoch, grant_hash, acked, send_from, pruned_through, unsent_fen, unsent_count,
    aside_through FROM standing"""
ENTRIES: Final = "SELECT seq, hash, bytes FROM entry WHERE seq > ? ORDER BY seq"
CLEAR: Final = re.compile(
    b"|".join(
        re.escape(form)
        for prefix, packed in ((NUMBER_PREFIX, "0"), (CARD_PREFIX, ""), (ACCOUNT_PREFIX, ""))
        for form in (prefix.encode("ascii"), bytes.fromhex(packed + prefix))
    ),
    re.DOTALL,
)
"""The numbers of all synthetic media of a sort begin alike: as digits, and packed as card or code hold them."""


class Watch:
    """What the world hangs into machines, pitches and cards."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._auditor = town.auditor
        self._tokens: dict[str, bytes] = {}

    def know_card(self, card: RiderCard) -> None:
        """Tell the auditor who a card is, and watch its debits."""
        keys = self._town.centre.keys
        if keys is None:
            raise RuntimeError("the centre makes its keys before the first card is issued")
        own = card.personalisation
        token = bytes(keys.token_key.token("tunion", CardNumber(own.serial)))
        self._tokens[card.label] = token
        truth = CardTruth(token, card.label, card.sort.value, own.city, own.start, own.end, own.interop)
        self._auditor.cards[token] = truth
        card.before_debit, card.after_debit = self._debit_arrives, self._debited

    def know_payer(self, payer: Payer) -> None:
        """Tell the auditor who pays by a bank card or by codes."""
        keys = self._town.centre.keys
        if keys is None:
            raise RuntimeError("the centre makes its keys before the first medium is known")
        token = bytes(keys.token_key.token(payer.scheme, CardNumber(payer.number)))
        self._tokens[payer.label] = token
        self._auditor.cards[token] = CardTruth(
            token, payer.label, payer.sort, HOME_CITY, VALID_FROM, VALID_UNTIL, interop=True
        )

    def token(self, card: RiderCard | Payer) -> bytes:
        """Return a medium's token."""
        return self._tokens[card.label]

    def journal_committed(self, machine: Machine, connection: sqlite3.Connection, path: Path) -> None:
        """Read what a commit on a machine's disk has made durable."""
        if not path.name.startswith("journal"):
            return
        try:
            standing = connection.execute(STANDING).fetchone()
        except sqlite3.OperationalError:  # the schema is just being made
            return
        if standing is None:
            return
        terminal, epoch, grant_hash, acked, send_from, pruned_through, unsent_fen, unsent_count, aside = standing
        model = self._auditor.models.get((machine.label, epoch))
        known = model.last if model is not None else 0
        rows = connection.execute(ENTRIES, (known,)).fetchall()
        written = tuple(self._read(machine, *row) for row in rows)
        for each in written:
            self._note(machine, each)
        now_ms = self._town.now_ms()
        self._auditor.committed(
            JournalCommit(
                machine.label,
                terminal,
                epoch,
                grant_hash,
                now_ms,
                acked,
                send_from,
                pruned_through,
                unsent_fen,
                unsent_count,
                aside,
                written,
            )
        )

    def signal_shown(self, machine: Machine, card: RiderCard | Payer, signal: Signal) -> None:
        """See the lamp before a card."""
        self._town.note(machine.label, f"lamp {signal.lamp}: {signal.prompt}", card=card.label)
        if signal.lamp == "green":
            self._auditor.green(machine.label, self.token(card), self._town.now_ms())

    def packet(self, who: str, packet: bytes) -> None:
        """Look for a clear number in something that leaves a machine."""
        if CLEAR.search(packet):
            self._auditor.violate("I11", "a clear card number left the machine", who, self._town.now_ms())

    def _read(self, machine: Machine, seq: int, chain: bytes, raw: bytes) -> WrittenEntry:
        try:
            return WrittenEntry(seq, chain, raw, decode_entry(raw))
        except RemoteProtocolError as error:
            raise SimulationError(f"{machine.label} wrote entry {seq}, which nobody can read: {error}") from error

    def _note(self, machine: Machine, written: WrittenEntry) -> None:
        entry = written.entry
        simulation_loop().trace.mark(written.chain_hash.hex())
        if CLEAR.search(written.raw):
            self._auditor.violate(
                "I11", "a clear card number stands in an entry", machine.label, self._town.now_ms(), tap=entry.tap_id
            )
        body = entry.body
        words = f"durable: {entry.kind.name.lower()} as entry {entry.seq} of epoch {entry.epoch}"
        if isinstance(body, Intent):
            words += f", {body.debit.amount_fen} fen at card counter {body.debit.counter}"
        if isinstance(body, PaidTap):
            words += f", {body.charge.payer_fen} fen by {body.family}"
        if isinstance(body, DeclinedTap | Torn):
            words += f" ({body.reason})"
        label = self._auditor.label_of(getattr(body, "token", b""))
        self._town.note(machine.label, f"{words}, tap {entry.tap_id.hex()}", card=label)

    def _debit_arrives(self, card: RiderCard) -> None:
        if card.at:
            self._auditor.debit_arrives(card.at, self.token(card), card.counter, self._town.now_ms())

    def _debited(self, card: RiderCard, debit: CommittedDebit) -> None:
        line = debit.line
        where = card.at or "elsewhere"
        words = f"the card debits {line.amount_fen} fen, counter {line.sequence}, PSAM sequence {debit.psam_sequence}"
        self._town.note(where, words, card=card.label)
        if card.at:
            fact = CardDebit(self.token(card), line.sequence, line.amount_fen, line.terminal, debit.psam_sequence)
            self._auditor.debited(fact)
            card.debited_here += 1
