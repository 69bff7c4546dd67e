"""A test tap: everything that a tap takes but the money, each step with its time."""

from __future__ import annotations

from typing import Final

from edge.control.messages import Message
from edge.domain.authorize import authorize
from edge.domain.decision import Approved
from edge.domain.entry import Draft, Kind, Remark
from edge.domain.frozen import frozen, mutable
from edge.domain.medium import Snapshot
from edge.ports import Clock
from edge.terminal.reading import told_of
from edge.terminal.remarks import draft_now
from edge.terminal.supervisor import Supervisor

TRIAL_SUBJECT: Final = "tap.test"
NO_OFFER: Final = "no_offer"
"""A till decides nothing while staff have offered nothing."""


@mutable
class Stopwatch:
    """Step by step; times in ms of the monotonic clock."""

    clock: Clock
    steps: list[tuple[str, float]]
    since_ms: float

    def lap(self, step: str) -> None:
        """Say what the time since the last lap went into."""
        now_ms = self.clock.monotonic_ms()
        self.steps.append((step, now_ms - self.since_ms))
        self.since_ms = now_ms


@frozen
class TrialTap:
    """Takes the next card without money: it is read, looked up, decided, noted durably and signalled.

    Nothing is asked of the SAM and nothing is written to the card, so counters and the purse stay as they are. The
    note keeps the times, and nothing of the card.
    """

    supervisor: Supervisor

    async def run(self, timeout_ms: int) -> Message:
        """Return what was read, ``decision`` in words, ``fen`` (-1: refused) and ``steps`` as pairs of name and ms.

        Raises what reading a card does, and ``POLICY_MISSING`` where there is nothing to decide by.
        """
        supervisor, line = self.supervisor, self.supervisor.line
        medium = await supervisor.read_card(timeout_ms)
        async with supervisor.between_taps:
            watch = Stopwatch(line.clock, [("read", supervisor.read_took_ms)], line.clock.monotonic_ms())
            decision, fen = await self._decide(medium, watch)
            await line.journal.append(self._note(watch))
            watch.lap("make durable")
        await supervisor.show_read()
        watch.lap("signal")
        steps = [{"step": name, "ms": round(took_ms, 2)} for name, took_ms in watch.steps]
        return {"card": told_of(medium), "decision": decision, "fen": fen, "steps": steps}

    async def _decide(self, medium: Snapshot, watch: Stopwatch) -> tuple[str, int]:
        line = self.supervisor.line
        policy, tap = line.reference.policy(), line.tap(medium)
        state = await line.state(tap)
        watch.lap("look up")
        if line.offers is not None and tap.sale is None:
            return NO_OFFER, -1
        decision = authorize(tap, policy, state)
        watch.lap("decide")
        if isinstance(decision, Approved):
            return "approved", decision.charge.payer_fen
        return decision.reason.value, -1

    def _note(self, watch: Stopwatch) -> Draft:
        times = tuple((f"{step} us", str(round(took_ms * 1000))) for step, took_ms in watch.steps)
        return draft_now(self.supervisor.line, Kind.NOTE, Remark(TRIAL_SUBJECT, times))
