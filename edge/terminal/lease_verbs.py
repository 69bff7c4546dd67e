"""Giving a lease back: this terminal will not grant what it alone might have, so that another may."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from edge.control.messages import Message
from edge.domain.entry import Draft, Kind, Remark
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.holder import Holder, Lease
from edge.domain.lease import RETURNED_SUBJECT, newest_of, return_pairs, without_returned
from edge.terminal.control import Verb
from edge.terminal.line import TapLine
from edge.terminal.list_verbs import tokens_of
from edge.terminal.remarks import draft_now


@frozen
class LeaseVerbs:
    """The verb of ``onecard lists return``. No tap comes between the look at the lease and the note that ends it."""

    line: TapLine
    between_taps: asyncio.Lock

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"lease.return": self.give_back}

    async def give_back(self, message: Message) -> Message:
        """Give back the lease of a ``counter`` and ``period`` of the holder that is ``asked`` for.

        Raises ``CONTROL_REFUSED`` where this terminal holds none, ``ENTRY_INVALID`` where it was used already.
        """
        counter, period = str(message.get("counter", "")), str(message.get("period", ""))
        async with self.between_taps:
            for holder in self._holders(str(message.get("asked", ""))):
                lease = await self._mine(holder, counter, period)
                if lease is not None:
                    await self.line.journal.append(self._note(holder, lease))
                    return {"lease": lease.serial, "counter": counter, "period": period}
        raise RemoteProtocolError("CONTROL_REFUSED", f"this terminal holds no lease of {counter[:64]} {period[:64]}")

    def _holders(self, asked: str) -> Iterator[Holder]:
        for token in tokens_of(asked, self.line.identity.token):
            holder = self.line.reference.holder(token)
            if holder is not None:
                yield holder

    async def _mine(self, holder: Holder, counter: str, period: str) -> Lease | None:
        """Return the newest lease of a quota where it is this terminal's, and was not given back yet."""
        kept = without_returned(holder, await self.line.journal.returned_leases(holder.token))
        newest = newest_of(lease for lease in kept.leases if (lease.counter, lease.bucket) == (counter, period))
        return newest if newest is not None and newest.terminal == self.line.terminal else None

    def _note(self, holder: Holder, lease: Lease) -> Draft:
        return draft_now(self.line, Kind.NOTE, Remark(RETURNED_SUBJECT, return_pairs(holder.token, lease)))
