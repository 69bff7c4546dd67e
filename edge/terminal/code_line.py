"""Serves code after code beside the cards: one scanner, its own patience, the same tap line."""

from __future__ import annotations

import asyncio
from dataclasses import field

from edge.domain.decision import Reason
from edge.domain.errors import OneCardError
from edge.domain.frozen import mutable
from edge.ports.code import CodeReader
from edge.terminal.outcome import Outcome
from edge.terminal.reopening import Reopening
from edge.terminal.supervisor import WITHOUT_POLICY_MS, LastAnswer, Supervisor
from edge.terminal.tap_loop import take_paid_tap


@mutable
class CodeLine:
    """Takes codes while ``taps`` waits for cards: whichever comes first is served, one at a time.

    A scanner that fails is opened again by itself, and no card waits for it.
    """

    codes: CodeReader
    taps: Supervisor
    last: LastAnswer | None = None
    _pauses: Reopening = field(default_factory=Reopening)

    @property
    def port(self) -> CodeReader:
        """Return the port it serves."""
        return self.codes

    async def serve(self) -> None:
        """Serve until cancelled; raises the coded errors whose recovery is not this loop's (RESTART, HALT)."""
        while True:
            try:
                await self._serve_one()
            except OneCardError as error:
                if error.ends_service:
                    raise
                self.taps.report(error)
                await self.codes.close()
                await self._pauses.rest()

    async def _serve_one(self) -> None:
        if self.taps.line.service.stop == Reason.POLICY_MISSING:
            await asyncio.sleep(WITHOUT_POLICY_MS / 1000)
            return
        await self.codes.open()
        medium = await self.codes.next_code()
        self._pauses.worked()
        async with self.taps.between_taps:
            if self.taps.give_to_reader(medium):
                await self.taps.show_read()
                return
            outcome = await take_paid_tap(self.taps.line, None, self.taps.line.tap(medium), self._repeat)
            self.last = LastAnswer(outcome, left_ms=self.taps.line.clock.monotonic_ms())
            await self.taps.show(outcome)

    def _repeat(self, token: bytes) -> Outcome | None:
        """Return the last answer while the same code is held there, or the one that a cut swallowed."""
        return self.taps.given_before(self.last, token)
