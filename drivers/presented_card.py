"""One card in the field, with the SAM that serves it: the terminal's :class:`edge.ports.CardSession`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from drivers.apdu import CARD, Command, Response
from drivers.card_application import CardApplication, DebitedApplication, SigningApplication, is_debited
from drivers.contactless import Target
from drivers.contactless_reader import ContactlessReader
from drivers.conversation import hold
from drivers.monotonic import monotonic_s
from drivers.purse_sam import PurseSam
from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared, TornDebit, TornReason
from edge.domain.errors import CardError, LocalProtocolError, ReaderError, SamError
from edge.domain.frozen import frozen
from edge.domain.medium import BankCardSnapshot, IdentitySnapshot, PurseSnapshot, Snapshot, UnknownSnapshot

MISSES_MAX: Final = 3


@frozen
class PresenceSettings:
    """A card is gone after three misses in a row or ``gone_after_ms`` without an answer; asked each ``every_ms``."""

    every_ms: float = 50.0
    gone_after_ms: float = 150.0


class PresentedCard:
    """A card that was activated and stays so until it leaves."""

    def __init__(
        self,
        target: Target,
        reader: ContactlessReader,
        sam: PurseSam,
        applications: Sequence[CardApplication],
        presence: PresenceSettings,
        *,
        from_crowd: bool = False,
    ) -> None:
        self._target = target
        self._reader = reader
        self._sam = sam
        self._applications = applications
        self._presence = presence
        self._found: tuple[CardApplication, Snapshot] | None = None
        self.from_crowd = from_crowd
        self._misses = 0
        self._seen_s = monotonic_s()

    async def snapshot(self) -> Snapshot:
        """Read the first application that the card has; a card that takes no APDUs has none.

        Which one depends on the card and the profile's order alone: a purse that is empty or denied is not replaced by
        the bank card beside it. Applications that tell the holder are read before, for the one that pays has to stay
        selected; where none pays, the first of them is the medium.
        """
        served = self._applications if self._target.takes_apdus else ()
        tried: list[str] = []
        telling = await self._first([each for each in served if each.joins], tried)
        paying = await self._first([each for each in served if not each.joins], tried)
        if paying is None:
            return UnknownSnapshot(tuple(tried)) if telling is None else telling[1]
        medium = _joined(paying[1], None if telling is None else telling[1])
        self._found = paying[0], medium
        return medium

    async def _first(
        self, applications: Sequence[CardApplication], tried: list[str]
    ) -> tuple[CardApplication, Snapshot] | None:
        """Return the first of these that the card has, with what it says; those it has not are added to ``tried``."""
        for application in applications:
            medium = await hold(application.snapshot(), self._send)
            if not isinstance(medium, UnknownSnapshot):
                return application, medium
            tried.extend(medium.tried or (application.name,))
        return None

    async def authenticate(self, amount_fen: int) -> BankCardSnapshot:
        """Have the bank card that was read sign the exact amount; both rounds are in the snapshot returned."""
        application, medium = self._application()
        if not isinstance(application, SigningApplication) or not isinstance(medium, BankCardSnapshot):
            raise LocalProtocolError("WIRE_MALFORMED", f"`{application.name}` signs no amount")
        exact = await hold(application.authenticate(medium, amount_fen), self._send)
        self._found = application, exact
        return exact

    async def prepare(self, order: DebitOrder) -> Prepared:
        """INITIALIZE, trip record, MAC1; the PSAM holds the session of this debit from now on."""
        application, medium = self._debited()
        prepared = await hold(application.prepare(order, medium, self._sam.started()), self._send)
        self._sam.session = prepared
        return prepared

    async def debit(self, prepared: Prepared) -> DebitOutcome:
        """Send DEBIT and have MAC2 checked; whatever fails on the way is a torn debit, for the order may be out."""
        try:
            application, _ = self._debited()
            return await hold(application.debit(prepared, self._sam.started()), self._send)
        except ReaderError:
            return TornDebit(TornReason.LINK_LOST)
        except (CardError, SamError):
            return TornDebit(TornReason.CARD_LEFT)

    async def evidence(self, debit: OpenDebit) -> Evidence:
        """Read what the card knows about an unsettled debit; MAC2 is checked only in the session that made MAC1."""
        application, medium = self._debited()
        alive = self._sam.holds(debit.prepared)
        conversation = application.evidence(debit, medium, self._sam.started(), session_alive=alive)
        return await hold(conversation, self._send)

    async def removed(self, timeout_ms: int) -> bool:
        """Wait until the card misses three questions in a row, or has not answered for 150 ms."""
        give_up_s = monotonic_s() + timeout_ms / 1000
        while not await self._gone():
            if monotonic_s() >= give_up_s:
                return False
            await asyncio.sleep(self._presence.every_ms / 1000)
        await self._reader.release()
        return True

    async def _gone(self) -> bool:
        if await self._reader.present(self._target):
            self._misses, self._seen_s = 0, monotonic_s()
            return False
        self._misses += 1
        absent_ms = (monotonic_s() - self._seen_s) * 1000
        return self._misses >= MISSES_MAX or (self._misses > 1 and absent_ms >= self._presence.gone_after_ms)

    async def _send(self, command: Command) -> Response:
        if command.channel != CARD:
            return await self._sam.send(command)
        raw = await self._reader.transmit(self._target, command.apdu)
        try:
            return Response.parse(raw)
        except ValueError as short:
            raise CardError("CARD_MALFORMED", f"{command.step}: {short}") from short

    def _application(self) -> tuple[CardApplication, Snapshot]:
        if self._found is None:
            raise LocalProtocolError("WIRE_MALFORMED", "no application of this card was read before")
        return self._found

    def _debited(self) -> tuple[DebitedApplication, Snapshot]:
        application, medium = self._application()
        if not is_debited(application):
            raise LocalProtocolError("WIRE_MALFORMED", f"nothing can be debited from `{application.name}`")
        return application, medium


def _joined(medium: Snapshot, teller: Snapshot | None) -> Snapshot:
    """Return the medium that pays with the holder whom the same card named."""
    if isinstance(teller, IdentitySnapshot) and isinstance(medium, PurseSnapshot | BankCardSnapshot):
        return replace(medium, holder=teller.number)
    return medium
