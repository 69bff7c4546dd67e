"""The PSAM of this terminal: started at opening, and the session of the debit it made MAC1 for."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.apdu import Command, Response
from drivers.conversation import hold
from drivers.sam_reader import SamReader
from drivers.sams import psam
from drivers.sams.psam import MAC1_STEP, MAC2_STEP, NO_SESSION, PsamFacts, PsamSettings
from edge.domain.debit import Prepared
from edge.domain.errors import OneCardError, ReaderError, SamError


class PurseSam:
    """A PSAM in a SAM reader. Without a reader every debit fails with ``SAM_ABSENT``.

    ``session`` is the debit whose session the PSAM holds: gone with power, with the next MAC1, and with MAC2.
    """

    def __init__(self, reader: SamReader | None, settings: PsamSettings) -> None:
        self._reader = reader
        self._settings = settings
        self._facts: PsamFacts | None = None
        self.session: Prepared | None = None

    async def open(self) -> None:
        """Open the reader and start the PSAM where it is not running; raises ReaderError and SamError."""
        if self._reader is None:
            return
        if self._facts is not None and self._reader.powered(self._settings.channel):
            return
        self._facts, self.session = None, None
        await self._reader.open()
        self._facts = await hold(psam.start(self._settings), self.send)

    async def resume(self) -> None:
        """Start the PSAM anew where it failed; raises ``LINK_LOST`` where the line is gone, instead of waiting for it.

        Opening is patient; passengers must be told before anybody waits.
        """
        if self._reader is not None and not self._reader.powered(self._settings.channel) and self._reader.lost():
            raise ReaderError("LINK_LOST", "the SAM reader's port went away")
        await self.open()

    async def close(self) -> None:
        """Release the line; idempotent."""
        self._facts, self.session = None, None
        if self._reader is not None:
            await self._reader.close()

    def started(self) -> PsamFacts:
        """Return the running PSAM; raises ``SAM_ABSENT``."""
        if self._facts is None:
            raise SamError("SAM_ABSENT", "no PSAM was started")
        return self._facts

    def number(self) -> bytes:
        """Return its six-byte number; empty without one."""
        return b"" if self._facts is None else self._facts.number

    def holds(self, prepared: Prepared) -> bool:
        """Say whether the PSAM still holds the session of this debit, also of one rebuilt from its intent."""
        held = self.session
        return held is not None and _purchase(held) == _purchase(prepared)

    async def send(self, command: Command) -> Response:
        """Send a conversation's command; any failure ends the session, and so do MAC1 and MAC2 once they are sent."""
        if self._reader is None:
            raise SamError("SAM_ABSENT", "this terminal has no SAM reader")
        if command.step in (MAC1_STEP, MAC2_STEP):
            self.session = None
        try:
            raw = await self._reader.transmit(command.channel, command.apdu)
        except OneCardError:
            self.session = None
            raise
        try:
            answer = Response.parse(raw)
        except ValueError as short:
            raise SamError("SAM_STATUS", f"{command.step}: {short}") from short
        if command.step == MAC2_STEP and answer.status == NO_SESSION:
            self._facts = None  # it was reset behind our back: the next opening starts it anew
        return answer

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the reader's port."""
        return {} if self._reader is None else self._reader.counters()


def _purchase(prepared: Prepared) -> tuple[bytes, int]:
    """Return what names a purchase of a PSAM: its number and its terminal sequence."""
    return prepared.psam_number, prepared.psam_sequence
