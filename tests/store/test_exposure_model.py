"""No ceiling is ever passed: real decisions over a real journal, under crashes, jumps of the clock, and acks.

The model keeps lists of its own; what it knows of time is the truth, which the terminal is not told.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.domain.authorize import authorize
from edge.domain.debit import Verdict
from edge.domain.decision import Approved
from edge.domain.entry import Entry, Intent, Kind
from edge.domain.limits import Ceilings, FamilyCeilings, Limits
from edge.domain.policy import CLOCK_UNKNOWN, Policy
from edge.domain.tap import Tap, TapId, TerminalId, TimeQuality
from edge.domain.tariff.flat import flat_bundle
from edge.terminal.drafts import draft
from edge.terminal.line import horizon_of
from tests.domain.samples import PLACE, PURSE, TERMS
from tests.domain.samples import intent as intent_body
from tests.store import drafts
from tests.store.journals import SMALL, ack_for, opened

T = TypeVar("T")

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - flushes cost nothing there; a folder of our own is made in it
DAY_MS: Final = 86_400_000
FARE_FEN: Final = 100
CARD: Final = Ceilings(
    card_unsent_count_max=4, card_unsent_fen_max=350, card_day_count_max=5, first_use_unsent_count_max=2
)
LIMITS: Final = Limits(
    unsent_count_max=7,
    unsent_fen_max=650,
    ceilings=CARD,
    families=(FamilyCeilings("purse", Ceilings(unsent_count_max=6)),),
)
POLICY: Final = Policy(1, (flat_bundle("flat", FARE_FEN),), LIMITS)
ENDS: Final = {"posted": drafts.posted, "voided": drafts.voided, "torn": drafts.torn}


@dataclass
class Risked:
    """One debit that was ordered: ``seq`` of the entry that accepted it, 0 while nobody knows (None: voided)."""

    intent: int
    card: int
    true_ms: int
    doubtful: bool
    first: bool
    seq: int = 0


class ExposureAgainstTruth(RuleBasedStateMachine):
    """Decides taps as a terminal does and holds what was let through against the ceilings."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="exposure-", dir=MEMORY if MEMORY.is_dir() else None))
        self.runner = asyncio.Runner()
        self.risked: dict[int, Risked] = {}
        self.acked, self.taps, self.true_ms, self.ahead_ms = 0, 0, drafts.START_MS, 0
        self.known: set[int] = set()
        self.journal = self.run(opened(self.folder / "journal.db", SMALL))

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    @rule(card=st.integers(1, 4), end=st.sampled_from([*sorted(ENDS), "power cut"]))
    def tap(self, card: int, end: str) -> None:
        self.taps += 1
        self.true_ms += 60_000
        doubtful = bool(self.ahead_ms)
        quality = TimeQuality.HOLDOVER if doubtful else TimeQuality.TRUSTED
        tapped = Tap(
            TapId(drafts.tap_id_of(self.taps)),
            TerminalId("bus-7"),
            PLACE,
            self.true_ms + self.ahead_ms,
            quality,
            drafts.token_of(card),
            replace(PURSE, balance_fen=10_000, log=()),
        )
        horizon = horizon_of(tapped, POLICY, CLOCK_UNKNOWN if doubtful else 0)
        state = self.run(self.journal.state_of(tapped.token, b"", horizon))
        decision = authorize(tapped, POLICY, state)
        if isinstance(decision, Approved):
            self.order(tapped, replace(intent_body(decision.charge), token=tapped.token, state=state), card, end)

    def order(self, tapped: Tap, body: Intent, card: int, end: str) -> None:
        body = replace(body, debit=replace(TERMS, psam_sequence=self.taps))
        ordered = self.run(self.journal.append(draft(tapped, 1, Kind.INTENT, body)))
        first = card not in self.known
        self.risked[ordered.seq] = Risked(
            ordered.seq, card, self.true_ms, tapped.quality is not TimeQuality.TRUSTED, first
        )
        if end == "power cut":
            self.restart()
            return
        self.end(ordered, end)

    def end(self, ordered: Entry, end: str) -> None:
        written = self.run(self.journal.append(ENDS[end](self.taps, ordered.seq, time_ms=ordered.time_ms)))
        self.close(ordered.seq, written.seq if end == "posted" else 0, gone=end == "voided")

    def close(self, intent: int, seq: int, *, gone: bool) -> None:
        if gone:
            del self.risked[intent]
        elif seq:
            self.risked[intent].seq = seq
            self.known.add(self.risked[intent].card)

    @rule()
    def restart(self) -> None:
        """Close, open, and make a torn debit of every intent that the cut left open, as a start does."""
        self.run(self.journal.close())
        self.journal = self.run(opened(self.folder / "journal.db", SMALL))
        for debit in self.run(self.journal.open_intents()):
            self.run(self.journal.append(drafts.torn(self.taps, debit.intent_seq, reason="restart")))

    @precondition(lambda self: any(not each.seq for each in self.risked.values()))
    @rule(posted=st.booleans(), choice=st.integers(0))
    def settle(self, posted: bool, choice: int) -> None:  # noqa: FBT001 - drawn by Hypothesis
        torn = [intent for intent, each in self.risked.items() if not each.seq]
        intent = torn[choice % len(torn)]
        verdict = Verdict.POSTED if posted else Verdict.VOIDED
        written = self.run(self.journal.append(drafts.settled(self.taps, intent, verdict)))
        self.close(intent, written.seq if posted else 0, gone=not posted)

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.true_ms += hours * 3_600_000

    @rule(days=st.sampled_from([-400, -1, 1, 400]))
    def clock_jumps(self, days: int) -> None:
        self.ahead_ms = days * DAY_MS

    @rule()
    def clock_is_set_right(self) -> None:
        self.ahead_ms = 0

    @precondition(lambda self: self.journal.last_seq > self.acked)
    @rule(choice=st.integers(0))
    def ack(self, choice: int) -> None:
        last = self.acked + 1 + choice % (self.journal.last_seq - self.acked)
        self.run(self.journal.apply_ack(self.run(ack_for(self.journal, self.acked + 1, last))))
        self.acked = last

    def unsent(self, card: int = 0) -> list[Risked]:
        """Return what the centre has not acked, of one card or of all; torn debits never count as acked."""
        open_ones = [each for each in self.risked.values() if not each.seq or each.seq > self.acked]
        return [each for each in open_ones if not card or each.card == card]

    @invariant()
    def the_terminal_is_inside_its_ceilings(self) -> None:
        unsent = self.unsent()
        assert len(unsent) <= 6
        assert len(unsent) * FARE_FEN <= LIMITS.unsent_fen_max
        assert sum(each.first for each in unsent) <= 2

    @invariant()
    def every_card_is_inside_its_ceilings(self) -> None:
        for card in range(1, 5):
            assert len(self.unsent(card)) * FARE_FEN <= 350
            days: dict[int, int] = {}
            for each in self.risked.values():
                if each.card == card and (not each.doubtful or not each.seq or each.seq > self.acked):
                    day = (each.true_ms + 8 * 3_600_000) // DAY_MS
                    days[day] = days.get(day, 0) + 1
            assert max(days.values(), default=0) <= 5

    @invariant()
    def the_journal_says_the_same(self) -> None:
        place = self.journal.position()
        assert place.unsent_count == sum(bool(each.seq) for each in self.unsent())

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        assert self.run(self.journal.verify()) == []
        self.run(self.journal.close())
        self.runner.close()
        shutil.rmtree(self.folder)


TestExposure = ExposureAgainstTruth.TestCase
TestExposure.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
