"""A receipt printer on its line: opened as often as it must be, asked how it stands, given slips."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.links import Link
from drivers.monotonic import monotonic_s
from drivers.printers.composing import Compose
from drivers.printers.settings import PrinterSettings
from drivers.printers.status import ASK, BARRIER, is_barrier, is_status, state_of
from edge.domain.errors import ReaderError
from edge.domain.slip import Slip
from edge.ports.printer import PrinterState


class PrinterPort:
    """Implements :class:`edge.ports.printer.Printer`. A line that fails is closed and opened again when next asked."""

    def __init__(self, link: Link, settings: PrinterSettings, compose: Compose) -> None:
        self._link = link
        self._settings = settings
        self._compose = compose
        self._owed = 0
        self._sent = False
        self._lost = False
        self._opens = 0
        self._answers = 0
        self._slips = 0
        self._failures = 0

    @property
    def columns(self) -> int:
        """Return how many columns of text its paper has."""
        return self._settings.columns

    async def state(self) -> PrinterState:
        """Ask how the printer stands."""
        try:
            if not self._link.is_open:
                await self._open()
            self._hear(await self._link.read(0))  # an answer that came too late is none to the next question
            answers: dict[int, int] = {}
            for number in self._settings.ask:
                self._link.write(ASK + bytes((number,)))
                answer = await self._answer(self._settings.answer_timeout_ms)
                if answer is None:
                    return PrinterState.SILENT
                answers[number] = answer
        except ReaderError:
            await self._fail()
            return PrinterState.ABSENT
        return state_of(answers)

    async def send(self, slip: Slip) -> bool:
        """Send a slip, and the question whether it is on paper."""
        self._sent = False
        try:
            self._link.write(self._compose(slip) + (BARRIER if self._settings.confirm else b""))
        except ReaderError:
            await self._fail()
            return False
        self._slips += 1
        self._owed = int(self._settings.confirm)
        self._sent, self._lost = True, False
        return True

    async def printed(self, timeout_ms: int) -> bool:
        """Wait for the answer to that question; who gives none is believed, but not after the line was lost."""
        until_s = monotonic_s() + timeout_ms / 1000
        try:
            while self._link.is_open and self._owed and (left_ms := (until_s - monotonic_s()) * 1000) > 0:
                self._hear(await self._link.read(left_ms))
        except ReaderError:
            await self._fail()
        done = self._sent and not self._owed and not self._lost
        self._sent = self._sent and not done
        return done

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port."""
        return {
            "printer_reconnects": max(self._opens - 1, 0),
            "printer_failures": self._failures,
            "printer_frames": self._answers + self._slips,
            "printer_slips": self._slips,
        }

    async def close(self) -> None:
        """Release the port; idempotent."""
        await self._link.close()

    async def _open(self) -> None:
        self._lost = self._sent
        await self._link.open()
        self._opens += 1

    async def _answer(self, timeout_ms: float) -> int | None:
        """Return the next answer to DLE EOT; None where none came in time."""
        until_s = monotonic_s() + timeout_ms / 1000
        while (left_ms := (until_s - monotonic_s()) * 1000) > 0:
            if found := self._hear(await self._link.read(left_ms)):
                return found[-1]
        return None

    def _hear(self, incoming: bytes) -> list[int]:
        """Return the answers to DLE EOT among what has come; take note of the others."""
        self._owed = max(self._owed - sum(map(is_barrier, incoming)), 0)
        found = [each for each in incoming if is_status(each)]
        self._answers += len(found)
        return found

    async def _fail(self) -> None:
        self._failures += 1
        await self._link.close()
