"""A journal that nobody keeps: made-up purse taps, in entries and batches of which every byte is real."""

from __future__ import annotations

from dataclasses import field
from random import Random
from typing import Final

from edge.crypto.signing import SigningKey
from edge.domain.charge import Charge, Line, Share
from edge.domain.entry import Body, DebitTerms, Draft, Intent, Kind, Posted, chain
from edge.domain.exchange import HEAD_PURPOSE, BatchSpan
from edge.domain.frozen import mutable
from edge.domain.medium import PurseFacts
from edge.domain.policy import State
from edge.domain.pricing import NOT_PRICED
from edge.domain.tap import TAP_ID_BYTES, TOKEN_BYTES, Place, TimeQuality
from sync.batch import Batch, head_of
from sync.wire import encode_entry, statement

BOX_BYTES: Final = 68
"""An encapsulated key (32), a purse's serial number (20) and a tag (16)."""
ENTRIES_OF_A_TAP: Final = 2
PRICES_FEN: Final = (100, 100, 200, 300)
PLACE: Final = Place("bus", "0000", "load", line="load")
CHECKS: Final = ("terminal.in_service", "purse.enabled", "purse.not_expired", "lists.not_denied", "limits.unsent")
EXPLAINED: Final = tuple(Line(check, applied=True, reason="passed") for check in CHECKS)
CITY: Final = "0000"
"""No city has this code (GB/T 13497): whoever meets such a tap knows what it is."""


@mutable
class LoadJournal:
    """One made-up terminal. It keeps where its journal stands, and of its entries only those of the next batch.

    All its cards bear ``token``, so that its taps can be counted at the centre. ``chance`` draws the rest.
    """

    terminal: str
    epoch: int
    head: bytes
    key: SigningKey
    token: bytes
    chance: Random
    seq: int = 0
    _entries: list[bytes] = field(default_factory=list)

    def batch(self, taps: int, now_ms: int, backlog: int) -> Batch:
        """Make the next taps, and return them as a signed batch; ``backlog`` is what the terminal says it still has."""
        first, before = self.seq + 1, self.head
        self._entries = []
        for tap in range(taps):
            self._ride(now_ms - (taps - tap))
        span = BatchSpan(self.terminal, self.epoch, first, self.seq, before, self.head)
        signature = self.key.sign(statement(HEAD_PURPOSE, head_of(span)))
        device: dict[str, object] = {"sent_ms": now_ms, "software": "load", "edition": 0, "backlog": backlog}
        return Batch(span, signature, tuple(self._entries), device)

    def _ride(self, time_ms: int) -> None:
        chance = self.chance
        tap_id, fen = chance.randbytes(TAP_ID_BYTES), chance.choice(PRICES_FEN)
        balance_fen, counter = chance.randrange(300, 30_000), chance.randrange(1, 9_999)
        order = DebitTerms(fen, 9, counter, balance_fen, 0, 1, 0, bytes(6), self.seq, "20260101000000")
        intent = Intent(
            family="purse",
            token=self.token,
            token_key=1,
            box=chance.randbytes(BOX_BYTES),
            clearing_key=1,
            issuer=bytes(8),
            medium=PurseFacts(CITY, 2, 1, "20240101", "20441231", balance_fen, None, True, counter, None),
            place=PLACE,
            charge=Charge(2 * fen, 0, fen, (Share("load", fen, "load"),)),
            explanation=EXPLAINED,
            pricing=NOT_PRICED,
            state=State(unsent_count=self.seq),
            debit=order,
        )
        seq = self._add(time_ms, tap_id, 0, intent)
        proof = Posted(chance.randbytes(4), chance.randbytes(4), mac2_unchecked=False, balance_after_fen=0)
        self._add(time_ms, tap_id, seq, proof)

    def _add(self, time_ms: int, tap_id: bytes, ref_seq: int, body: Body) -> int:
        kind = Kind.INTENT if isinstance(body, Intent) else Kind.POSTED
        self.seq += 1
        draft = Draft(kind, time_ms, TimeQuality.TRUSTED, 0, tap_id, ref_seq, body)
        raw = encode_entry(draft.numbered(self.terminal, self.epoch, self.seq))
        self._entries.append(raw)
        self.head = chain(self.head, raw)
        return self.seq


def made_up_token(chance: Random) -> bytes:
    """Return a token that no card has."""
    return chance.randbytes(TOKEN_BYTES)
