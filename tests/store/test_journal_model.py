"""The journal on a real file against its model, under every order of calls that Hypothesis can think of."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.domain.debit import Verdict
from edge.domain.errors import LocalProtocolError
from edge.store.pruning import BATCH_ENTRIES
from tests.store import drafts
from tests.store.journals import SMALL, ack_for, opened
from tests.store.model import ModelJournal

T = TypeVar("T")

SETTINGS: Final = replace(SMALL, retention_entries=3)
RESULTS: Final = {"POSTED": drafts.posted, "VOIDED": drafts.voided, "TORN": drafts.torn}
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - flushes cost nothing there; a folder of our own is made in it
HOUR_MS: Final = 3_600_000


class JournalAgainstModel(RuleBasedStateMachine):
    """Does the same to both and compares after each step."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="journal-model-", dir=MEMORY if MEMORY.is_dir() else None))
        self.runner = asyncio.Runner()
        self.model = ModelJournal()
        self.now_ms = drafts.START_MS
        self.taps = 0
        self.open_file()

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    def open_file(self) -> None:
        self.journal = self.run(opened(self.folder / "journal.db", SETTINGS))

    def next_tap(self) -> int:
        self.taps += 1
        self.now_ms += HOUR_MS
        return self.taps

    @rule(fen=st.integers(0, 900), holder=st.integers(1, 3))
    def intent(self, fen: int, holder: int) -> None:
        draft = drafts.intent(self.next_tap(), holder=holder, fen=fen, time_ms=self.now_ms)
        self.run(self.journal.append(draft))
        self.model.intent(fen, self.now_ms)

    @precondition(lambda self: self.model.open)
    @rule(kind=st.sampled_from(sorted(RESULTS)), choice=st.integers(0))
    def result(self, kind: str, choice: int) -> None:
        ref_seq = sorted(self.model.open)[choice % len(self.model.open)]
        self.run(self.journal.append(RESULTS[kind](self.taps, ref_seq, time_ms=self.now_ms)))
        self.model.close(kind, ref_seq, self.now_ms)

    @precondition(lambda self: self.model.torn)
    @rule(posted=st.booleans(), choice=st.integers(0))
    def settlement(self, posted: bool, choice: int) -> None:  # noqa: FBT001 - drawn by Hypothesis
        ref_seq = sorted(self.model.torn)[choice % len(self.model.torn)]
        verdict = Verdict.POSTED if posted else Verdict.VOIDED
        self.run(self.journal.append(drafts.settled(self.taps, ref_seq, verdict, time_ms=self.now_ms)))
        self.model.settle(ref_seq, self.now_ms, posted=posted)

    @rule(durable=st.booleans())
    def refusal(self, durable: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        self.run(self.journal.append(drafts.declined(self.next_tap(), time_ms=self.now_ms), durable=durable))
        self.model.plain("DECLINED", self.now_ms)

    @precondition(lambda self: self.model.last > 0)
    @rule(choice=st.integers(0), kind=st.sampled_from(sorted(RESULTS)))
    def second_result(self, choice: int, kind: str) -> None:
        ref_seq = choice % self.model.last + 1
        if ref_seq not in self.model.open:
            with pytest.raises(LocalProtocolError, match="ENTRY_INVALID"):
                self.run(self.journal.append(RESULTS[kind](self.taps, ref_seq)))

    @precondition(lambda self: self.model.last > self.model.pruned)
    @rule(first=st.integers(0), length=st.integers(0, 12))
    def ack(self, first: int, length: int) -> None:
        held = self.model.last - self.model.pruned
        start = self.model.pruned + 1 + first % held
        last = min(start + length, self.model.last)
        ack = self.run(ack_for(self.journal, start, last, centre_epoch=self.model.centre_epoch))
        self.run(self.journal.apply_ack(ack))
        self.model.ack(last, last + 1, self.model.centre_epoch)

    @precondition(lambda self: self.model.last > self.model.pruned)
    @rule(expected=st.integers(0))
    def restored_centre(self, expected: int) -> None:
        last, epoch = self.model.last, self.model.centre_epoch + 1
        wanted = expected % last + 1
        ack = ack_for(self.journal, last, last, acked=wanted - 1, expected=wanted, centre_epoch=epoch)
        self.run(self.journal.apply_ack(self.run(ack)))
        self.model.ack(last, wanted, epoch)

    @rule(days=st.integers(0, 3))
    def prune(self, days: int) -> None:
        now_ms = self.now_ms + days * SETTINGS.retention_ms // 2
        expected = self.model.prune(now_ms - SETTINGS.retention_ms, SETTINGS.retention_entries, BATCH_ENTRIES)
        assert self.run(self.journal.prune(now_ms)) == expected

    @rule()
    def reopen(self) -> None:
        self.run(self.journal.close())
        self.open_file()

    @invariant()
    def position_is_that_of_the_model(self) -> None:
        if hasattr(self, "journal"):
            at = self.journal.position()
            model = self.model
            assert (at.last, at.acked, at.send_from) == (model.last, model.acked, model.send_from)
            assert (at.unsent_fen, at.unsent_count) == model.unsent()
            assert self.journal.pruned_through == model.pruned

    @invariant()
    def debits_are_those_of_the_model(self) -> None:
        if hasattr(self, "journal"):
            unsettled = self.run(self.journal.unsettled())
            assert [debit.intent_seq for debit in unsettled if not debit.reason] == sorted(self.model.open)
            assert [debit.intent_seq for debit in unsettled if debit.reason] == sorted(self.model.torn)

    def teardown(self) -> None:
        if not hasattr(self, "journal"):
            return
        try:
            assert self.run(self.journal.verify()) == []
            found = {seq for seq in range(1, self.model.last + 1) if self.run(self.journal.entry(seq)) is not None}
            assert found == self.model.kept()
            assert sum(self.run(self.journal.totals()).values()) == 0
        finally:
            self.run(self.journal.close())
            self.runner.close()
            shutil.rmtree(self.folder)


TestJournalAgainstModel = JournalAgainstModel.TestCase
TestJournalAgainstModel.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
