"""A terminal's journal of purse taps as a line bus writes it: real entries, a real chain, real signatures, one seed.

Riders come at random; three in four of a thousand taps are by another card. Seals have the size of real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from edge.crypto.signing import SigningKey
from edge.domain.charge import Charge, Line, Share
from edge.domain.entry import Body, DebitTerms, Draft, Intent, Kind, Posted, chain
from edge.domain.exchange import HEAD_PURPOSE, BatchSpan
from edge.domain.exposure import Exposure
from edge.domain.policy import State
from edge.domain.tap import TAP_ID_BYTES, TimeQuality
from sync.batch import Batch, head_of
from sync.wire import encode_entry, statement
from tests.sync.builders import INTENT, NOON_MS

SEAL_BYTES: Final = 68
"""An encapsulated key (32), a purse's serial number (20) and a tag (16)."""
AGAIN: Final = 0.26
"""How often a card comes that was seen before."""
STOPS: Final = 24
PRICES_FEN: Final = (100, 100, 100, 200, 200, 300)
EVERY_TAP_MS: Final = 12_000
CHECKS: Final = (
    *("terminal.in_service", "purse.type", "purse.enabled", "purse.copy_agrees", "purse.dates_set", "purse.started"),
    *("purse.not_expired", "purse.city_served", "purse.mac2_trusted", "lists.not_denied", "purse.counter_moved"),
    *("limits.unsent", "risk.card_unsent_taps"),
)
EXPLAINED: Final = (*(Line(rule, True, "passed") for rule in CHECKS), Line("flat", True, "list price", 0))
SECONDS: Final = 1_000


@dataclass
class Stream:
    """A journal that grows by taps; its chain is kept beside it, and what a real journal would be given."""

    terminal: str
    epoch: int
    start: bytes
    key: SigningKey
    chance: Random
    raws: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    cards: list[bytes] = field(default_factory=list)
    time_ms: int = NOON_MS
    unsent_fen: int = 0

    def ride(self) -> None:
        """Append one tap: its intent and the proof of its debit."""
        self.time_ms += 700 + int(self.chance.expovariate(1 / EVERY_TAP_MS))
        tap_id = self.chance.randbytes(TAP_ID_BYTES)
        intent = self._intent()
        seq = self._add(Kind.INTENT, tap_id, 0, intent)
        self.time_ms += self.chance.randrange(180, 320)
        proof = Posted(self.chance.randbytes(4), self.chance.randbytes(4), False, intent.debit.balance_fen - 100)
        self._add(Kind.POSTED, tap_id, seq, proof)
        self.unsent_fen += intent.charge.total_fen

    def _intent(self) -> Intent:
        chance, taps = self.chance, len(self.raws) // 2
        if not self.cards or chance.random() > AGAIN:
            self.cards.append(chance.randbytes(16))
        price, relief = chance.choice(PRICES_FEN), chance.random() < 0.2
        shares = (Share("district", price // 2, "elder"),) if relief else ()
        charge = Charge(price, 0, price - sum(share.fen for share in shares), shares)
        balance_fen, counter = chance.randrange(300, 20_000), chance.randrange(1, 900)
        stop = f"{taps * STOPS // 300 % STOPS:02}"
        exposure = Exposure(family_fen=self.unsent_fen, family_count=taps, first_use=True)
        debit = DebitTerms(
            charge.payer_fen, 9, counter, balance_fen, 0, 1, 0, bytes.fromhex("452001210001"), taps, self._card_time()
        )
        return replace(
            INTENT,
            token=chance.choice(self.cards[-8:]) if chance.random() < AGAIN else self.cards[-1],
            box=chance.randbytes(SEAL_BYTES),
            medium=replace(INTENT.medium, balance_fen=balance_fen, counter=counter, newest=counter),
            place=replace(INTENT.place, line="304", station=stop),
            charge=charge,
            explanation=(*EXPLAINED[:-1], replace(EXPLAINED[-1], fen=price)),
            state=State(unsent_fen=self.unsent_fen, unsent_count=taps, exposure=exposure),
            debit=debit,
        )

    def _card_time(self) -> str:
        at_s = self.time_ms // SECONDS % 86_400
        return f"20260601{at_s // 3600:02}{at_s // 60 % 60:02}{at_s % 60:02}"

    def _add(self, kind: Kind, tap_id: bytes, ref_seq: int, body: Body) -> int:
        draft = Draft(kind, self.time_ms, TimeQuality.TRUSTED, 1, tap_id, ref_seq, body)
        seq = len(self.raws) + 1
        self.drafts.append(draft)
        self.raws.append(encode_entry(draft.numbered(self.terminal, self.epoch, seq)))
        self.hashes.append(chain(self.hashes[-1] if self.hashes else self.start, self.raws[-1]))
        return seq

    def batch(self, first: int, last: int) -> Batch:
        """Return the signed batch of entries ``first`` to ``last``."""
        before = self.hashes[first - 2] if first > 1 else self.start
        span = BatchSpan(self.terminal, self.epoch, first, last, before, self.hashes[last - 1])
        device = {"sent_ms": self.time_ms, "software": "1.0.0", "edition": 1, "backlog": len(self.raws) - first + 1}
        signature = self.key.sign(statement(HEAD_PURPOSE, head_of(span)))
        return Batch(span, signature, tuple(self.raws[first - 1 : last]), device)

    def batches(self, entries: int) -> Iterator[Batch]:
        """Yield the whole journal in batches of so many entries."""
        for first in range(1, len(self.raws) + 1, entries):
            yield self.batch(first, min(first + entries - 1, len(self.raws)))


def stream(taps: int, seed: int = 8, terminal: str = "BUS-1", epoch: int = 1, start: bytes = bytes(32)) -> Stream:
    """Return a journal of so many taps."""
    made = Stream(terminal, epoch, start, SigningKey(terminal.encode().ljust(32, b".")), Random(f"{seed} {terminal}"))
    for _ in range(taps):
        made.ride()
    return made
