"""A terminal's journal in memory, for the centre's tests: real entries, a real chain, real signatures."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field, replace
from typing import Any

from edge.crypto.signing import SigningKey
from edge.domain.debit import Verdict
from edge.domain.decision import Charge, Share
from edge.domain.entry import (
    DebitTerms,
    Draft,
    Entry,
    Intent,
    Kind,
    PaidTap,
    Posted,
    Remark,
    Settled,
    Torn,
    Voided,
    chain,
)
from edge.domain.exchange import HEAD_PURPOSE, BatchSpan
from edge.domain.medium import PurseFacts
from edge.domain.policy import State
from edge.domain.pricing import NOT_PRICED
from edge.domain.shown import MediumFacts
from edge.domain.tap import Place, TimeQuality
from sync.batch import Batch, encode_batch, head_of
from sync.wire import encode_entry, statement
from tests.domain.media_samples import BANK_CARD

NOON_MS = 1_780_286_400_000
TERMINAL = "BUS-1"
CENTRE_KEY = SigningKey(b"c" * 32)
TERMINAL_KEY = SigningKey(b"t" * 32)
GRANT_HASH = b"g" * 32
TERMS = DebitTerms(100, 9, 5, 4_600, 0, 1, 0, bytes.fromhex("452001210001"), 41, "20260601120000")
INTENT = Intent(
    family="purse",
    token=b"\x11" * 16,
    token_key=1,
    box=b"box",
    clearing_key=1,
    issuer=bytes(8),
    medium=PurseFacts("4520", 2, 1, "20240101", "20441231", 4_600, None, fci_agrees=True, counter=5, newest=5),
    place=Place("bus", "4520", "qingdao-bus"),
    charge=Charge(150, 0, 100, (Share("district", 50, "elder"),)),
    explanation=(),
    pricing=NOT_PRICED,
    state=State(),
    debit=TERMS,
)
PAID = PaidTap(
    family="bank_card",
    scheme="unionpay",
    token=b"\x22" * 16,
    token_key=1,
    box=b"box",
    clearing_key=1,
    medium=MediumFacts(bank_card=BANK_CARD),
    place=INTENT.place,
    charge=INTENT.charge,
    explanation=(),
    pricing=NOT_PRICED,
    state=State(),
)
POSTED = Posted(b"\x01" * 4, b"\x02" * 4, mac2_unchecked=False, balance_after_fen=4_500)


@dataclass
class Ledger:
    """Entries of one epoch as its terminal would write them."""

    epoch: int = 1
    start: bytes = GRANT_HASH
    key: SigningKey = TERMINAL_KEY
    terminal: str = TERMINAL
    raws: list[bytes] = field(default_factory=list)

    @property
    def last(self) -> int:
        """Return the number of the newest entry."""
        return len(self.raws)

    def add(self, body: Any, ref_seq: int = 0, tap: int = 0, **changes: Any) -> int:  # noqa: ANN401 - any body, any field
        """Append an entry and return its number; ``changes`` bend the finished entry."""
        kind = body.KIND if hasattr(body, "KIND") else Kind.NOTE
        tap_id = b"" if isinstance(body, Remark) else tap.to_bytes(8, "big")
        draft = Draft(kind, NOON_MS + self.last, TimeQuality.TRUSTED, 1, tap_id, ref_seq, body)
        entry: Entry = draft.numbered(self.terminal, self.epoch, self.last + 1)
        self.raws.append(encode_entry(replace(entry, **changes)))
        return self.last

    def ride(self, tap: int = 1) -> int:
        """Append an intent and its proof; returns the number of the proof."""
        return self.add(POSTED, ref_seq=self.add(INTENT, tap=tap), tap=tap)

    def torn(self, tap: int = 1, verdict: Verdict | None = None) -> int:
        """Append an intent, its torn result and, with ``verdict``, its settlement; returns the intent's number."""
        intent = self.add(INTENT, tap=tap)
        self.add(Torn("card_left"), ref_seq=intent, tap=tap)
        if verdict is not None:
            self.add(Settled(verdict, "rule", b"", b"", False, False), ref_seq=intent, tap=tap)
        return intent

    def voided(self, tap: int = 1) -> None:
        """Append an intent that debited nothing."""
        self.add(Voided("counter_unchanged"), ref_seq=self.add(INTENT, tap=tap), tap=tap)

    def head(self, seq: int) -> bytes:
        """Return the chain hash at ``seq``."""
        value = self.start
        for raw in self.raws[:seq]:
            value = chain(value, raw)
        return value

    def batch(self, first: int = 1, last: int | None = None) -> Batch:
        """Return the signed batch of entries ``first`` to ``last``."""
        last = self.last if last is None else last
        span = BatchSpan(self.terminal, self.epoch, first, last, self.head(first - 1), self.head(last))
        signature = self.key.sign(statement(HEAD_PURPOSE, head_of(span)))
        return Batch(span, signature, tuple(self.raws[first - 1 : last]), {"software": "test"})

    def packed(self, first: int = 1, last: int | None = None) -> bytes:
        """Return the batch as it goes over the wire."""
        return gzip.compress(encode_batch(self.batch(first, last)), mtime=0)

    def copied(self) -> Ledger:
        """Return the journal of a copied disk: the same so far, on its own from now on."""
        return replace(self, raws=list(self.raws))
