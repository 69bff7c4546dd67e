"""What fails in the middle of a tap: written down as a refusal before money is at stake, in doubt after that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from edge.domain.decision import CARD_ANSWERS, Declined, Line, Reason
from edge.domain.entry import Entry
from edge.domain.errors import CardError, CardRefused, OneCardError, SamError, StoreError
from edge.domain.medium import UnknownSnapshot
from edge.domain.policy import State
from edge.domain.tap import Tap
from edge.terminal import outcome
from edge.terminal.drafts import declined_draft
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome

SILENT = frozenset({"CARD_LEFT", "CARD_SWAPPED"})
"""A card that went away too early is asked for again; nothing is written."""

INSUFFICIENT: Final = 0x9401
"""Status word of INITIALIZE when the purse holds less than the amount."""


async def book_fault(line: TapLine, tap: Tap | None, error: OneCardError) -> Outcome | None:
    """Write a declined entry for ``error`` and return its outcome; None where the supervisor decides instead.

    ``tap`` is None where the card could not be read: then the entry tells no more than that. A card that was refused
    for want of a SAM is looked at again at once: it is not to blame.
    """
    if not isinstance(error, CardError | SamError) or error.code in SILENT:
        return None
    if isinstance(error, SamError):
        reason = Reason.SAM_UNAVAILABLE
    elif isinstance(error, CardRefused) and error.status == INSUFFICIENT:
        reason = Reason.BALANCE_TOO_LOW
    else:
        reason = Reason.CARD_FAULT
    decision = Declined(reason, (Line(CARD_ANSWERS, applied=False, reason=error.code),))
    edition, state = (line.reference.policy().edition, await line.state(tap)) if tap is not None else (0, State())
    tap = tap or line.tap(UnknownSnapshot())
    await line.journal.append(declined_draft(line, tap, edition, state, decision), durable=False)
    refused = outcome.declined(tap, reason)
    return replace(refused, repeatable=False) if reason is Reason.SAM_UNAVAILABLE else refused


@contextmanager
def durable_or_in_doubt(ordered: Entry) -> Iterator[None]:
    """Write the result of a debit whose order is out; where that fails, however mildly, the journal is in doubt.

    No card may be served beside an open intent: it could be the same one, and pay again. Raises ``STORE_IO``, upon
    which the journal is opened anew and the intent becomes torn, or an error that halts the terminal anyway.
    """
    try:
        yield
    except OneCardError as error:
        if error.ends_service:
            raise
        raise StoreError("STORE_IO", f"entry {ordered.seq} stays without its result: {error}") from error
