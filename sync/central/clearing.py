"""What acquirers and issuers of codes are asked for: taps that needed no write, one sum for each medium and day.

Meals by hand stand beside them: ``cash`` is what tills hand in, ``account`` what is claimed on registered accounts.

The number behind a token is in the sealed box of each tap; who holds the clearing key opens it. The centre aggregates
and finds by tokens alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

from edge.domain.entry import Entry, PaidTap
from edge.domain.family import Family
from edge.domain.frozen import frozen
from edge.domain.media_manual import CASH, ManualFacts
from edge.domain.reversal import Reversed, Way
from edge.domain.shown import MediumFacts
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work
from sync.wire import decode_entry


@frozen
class Due:
    """What one medium owes for one day: its taps in order of arrival, and their sum in fen."""

    scheme: str
    family: str
    token: bytes
    taps: tuple[Entry, ...]
    payer_fen: int


@frozen
class DayDues:
    """Everything to be collected for a day. ``twice``: taps whose evidence an earlier one had shown already."""

    day: int
    dues: tuple[Due, ...]
    twice: tuple[Entry, ...]


def dues_work(day: int) -> Work[DayDues]:
    """Return the dues of a business day, YYYYMMDD as a number; what a till withdrew is due from nobody."""
    rows = yield Query(sql.PAID_ON, (day,))
    back = [decode_entry(cast("bytes", raw)) for (raw,) in (yield Query(sql.BACK_OF, (day,)))]
    withdrawn = {(entry.terminal, entry.epoch, entry.ref_seq) for entry in back if _withdraws(entry)}
    paid = [decode_entry(cast("bytes", raw)) for (raw,) in rows]
    entries = [entry for entry in paid if (entry.terminal, entry.epoch, entry.seq) not in withdrawn]
    return DayDues(day, tuple(_dues(entries)), tuple(_shown_twice(entries)))


def _withdraws(entry: Entry) -> bool:
    """Say whether an entry takes back what is then due from nobody: a withdrawn tap, or cash that left the drawer."""
    back = entry.body
    if not isinstance(back, Reversed):
        return False
    return back.way == Way.WITHDRAWN or (back.family, back.scheme) == (Family.MANUAL, CASH)


def _dues(entries: Iterable[Entry]) -> Iterable[Due]:
    by_medium: dict[tuple[str, str, bytes], list[Entry]] = defaultdict(list)
    for entry in entries:
        body = _paid(entry)
        by_medium[body.scheme, body.family, body.token].append(entry)
    for (scheme, family, token), taps in sorted(by_medium.items()):
        yield Due(scheme, family, token, tuple(taps), sum(_paid(tap).charge.payer_fen for tap in taps))


def _shown_twice(entries: Iterable[Entry]) -> Iterable[Entry]:
    """Yield taps of a code or a cryptogram that paid before, at whichever terminal: one of the two is not owed."""
    seen: set[tuple[bytes, bytes | int | None]] = set()
    for entry in sorted(entries, key=lambda entry: (entry.time_ms, entry.terminal, entry.epoch, entry.seq)):
        body = _paid(entry)
        evidence = _evidence(body.medium)
        if evidence is not None and (body.token, evidence) in seen:
            yield entry
        seen.add((body.token, evidence))


def _evidence(medium: MediumFacts) -> bytes | int | None:
    """Return what may pay only once: a code's id, a bank card's counter; None where nothing is so."""
    if medium.code is not None:
        return None if medium.code.reusable else medium.code.code
    return medium.bank_card.counter if medium.bank_card is not None else None


def _paid(entry: Entry) -> PaidTap:
    if not isinstance(entry.body, PaidTap):
        raise TypeError(f"entry {entry.seq} is no tap without a write")
    return entry.body


def plain_dues(found: DayDues) -> dict[str, object]:
    """Return the dues as plain values with stable keys; bytes in hexadecimal, amounts in fen."""
    return {
        "day": found.day,
        "dues": [
            {
                "scheme": due.scheme,
                "family": due.family,
                "token": due.token.hex(),
                "payer_fen": due.payer_fen,
                "taps": [_plain_tap(tap) for tap in due.taps],
            }
            for due in found.dues
        ],
        "twice": [tap.tap_id.hex() for tap in found.twice],
    }


def _plain_tap(entry: Entry) -> dict[str, object]:
    body = _paid(entry)
    card, code = body.medium.bank_card, body.medium.code
    evidence = card.field_55 if card is not None else code.evidence if code is not None else b""
    return {
        "tap": entry.tap_id.hex(),
        "terminal": entry.terminal,
        "epoch": entry.epoch,
        "seq": entry.seq,
        "time_ms": entry.time_ms,
        "payer_fen": body.charge.payer_fen,
        "box": body.box.hex(),
        "clearing_key": body.clearing_key,
        "evidence": evidence.hex(),
        "by_hand": _plain_by_hand(body.medium.manual),
    }


def _plain_by_hand(known: ManualFacts | None) -> dict[str, str] | None:
    """Return how somebody proved who they are where no card did, and the token of a relative who collected."""
    return None if known is None else {"authentication": known.authentication, "proxy": known.proxy.hex()}
