"""What guards of meal subsidies found: kept as tills flagged it, and looked for between tills, which a till cannot."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, cast

from edge.domain.authorize import civil_date
from edge.domain.entry import DeclinedTap, Entry, Intent, Kind, PaidTap
from edge.domain.frozen import frozen
from edge.domain.meals.guarding import metres_between
from edge.domain.meals.seen import MealAsked, MealsSeen
from edge.domain.tariff.bundle import Bundle
from sync.artifact import artifact_body
from sync.central.booking import Booked, is_storable
from sync.central.persons import UTC_OFFSET_MIN
from sync.central.store import guard_statements as sql
from sync.central.store.port import Cell, Query, Row, Work, insert_all
from sync.central.store.statements import TARIFFS
from sync.tariff_wire import decode_tariff
from sync.wire import decode_entry

FLAGS_MAX: Final = 16
"""Most flags of one entry that are kept; a sound one has as many as there are guards."""
FLAG_CHARACTERS_MAX: Final = 64


@frozen
class Flagged:
    """One thing that a till's guard found in an entry. ``sold``: the meal was charged, else it was refused."""

    guard: str
    entry: Entry
    sold: bool


@frozen
class Apart:
    """Two subsidised meals of one person, one after the other at two sites, sooner than the way takes."""

    holder: bytes
    one: Entry
    other: Entry
    said: str


@frozen
class DayFlags:
    """What guards found on a business day."""

    day: int
    flagged: tuple[Flagged, ...]
    apart: tuple[Apart, ...]


def store_flags(booked: Iterable[Booked]) -> Work[None]:
    """Store the flags of accepted entries; an entry set aside flags nothing."""
    entries = [item.entry for item in booked if not item.code and item.entry is not None]
    yield from insert_all(sql.ADD_FLAGS, [row for entry in entries for row in _rows(entry)])


def _rows(entry: Entry) -> list[tuple[Cell, ...]]:
    if not isinstance(entry.body, Intent | PaidTap | DeclinedTap):
        return []
    day = int(civil_date(entry.time_ms, UTC_OFFSET_MIN))
    flags = dict.fromkeys(entry.body.flags[:FLAGS_MAX])
    told = [flag for flag in flags if 0 < len(flag) <= FLAG_CHARACTERS_MAX and is_storable(flag)]
    return [(entry.terminal, entry.epoch, entry.seq, flag, day) for flag in told]


def day_flags_work(day: int) -> Work[DayFlags]:
    """Return what guards found on a business day: at each till, and between tills by the newest tariff."""
    rows = yield Query(sql.FLAGS_OF_DAY, (day,))
    flagged = [_flagged(row) for row in rows if not _is_voided(row)]
    bundle = yield from _travel_bundle_work()
    met = (yield Query(sql.MEALS_APART, (day, day))) if bundle is not None else ()
    apart = [] if bundle is None else meals_apart(((cast("bytes", row[0]), _entry(row[4])) for row in met), bundle)
    return DayFlags(day, tuple(flagged), tuple(apart))


def _flagged(row: Row) -> Flagged:
    guard, kind, _, raw = row
    return Flagged(cast("str", guard), _entry(raw), sold=kind != Kind.DECLINED)


def _is_voided(row: Row) -> bool:
    """Say whether a flagged debit was voided, or nobody knows yet."""
    _, kind, earned, _ = row
    return kind == Kind.INTENT and earned != 1


def _entry(raw: Cell) -> Entry:
    return decode_entry(cast("bytes", raw))


def _travel_bundle_work() -> Work[Bundle | None]:
    """Return the version of the newest tariff that says how fast people travel; None where none does."""
    newest = (yield Query(TARIFFS))[:1]
    versions = [bundle for (file,) in newest for bundle in decode_tariff(artifact_body(cast("bytes", file)))]
    return next((each for each in reversed(versions) if each.document.x_meal_guards.travel is not None), None)


def meals_apart(meals: Iterable[tuple[bytes, Entry]], bundle: Bundle) -> list[Apart]:
    """Return the pairs of (holder, subsidised meal) that lie too far apart for the time between them.

    The rule is the tills' own, asked with what the other site sold. The result is independent of the order of arrival.
    """
    guard = bundle.document.x_meal_guards.travel
    ordered = sorted(meals, key=lambda meal: (meal[0], meal[1].time_ms, meal[1].terminal, meal[1].epoch, meal[1].seq))
    found: list[Apart] = []
    for (holder, one), (other_holder, other) in pairwise(ordered):
        if guard is None or holder != other_holder or (ways := _sites(one, other)) is None:
            continue
        asked = MealAsked(
            time_ms=other.time_ms,
            site=ways[1],
            unit_fen=0,
            total_fen=0,
            subsidised=True,
            metres=metres_between(bundle, *ways),
            session_gap_s=0,
        )
        if said := guard.finds(MealsSeen(last_ms=one.time_ms, last_site=ways[0]), asked):
            found.append(Apart(holder, one, other, said))
    return found


def _sites(one: Entry, other: Entry) -> tuple[str, str] | None:
    """Return where two meals were sold, None where one of them is no meal."""
    bodies = [entry.body for entry in (one, other) if isinstance(entry.body, Intent | PaidTap)]
    sites = [body.place.site for body in bodies if body.sale is not None]
    return (sites[0], sites[1]) if len(sites) > 1 else None


def plain_day_flags(found: DayFlags) -> dict[str, object]:
    """Return them as plain values with stable keys; amounts in fen, holders by their token."""
    return {
        "day": found.day,
        "flagged": [
            {"guard": one.guard, "sold": one.sold, **_plain(one.entry), "said": _said(one)} for one in found.flagged
        ],
        "apart": [
            {"holder": one.holder.hex(), "one": _plain(one.one), "other": _plain(one.other), "said": one.said}
            for one in found.apart
        ],
    }


def _said(one: Flagged) -> str:
    """Return what the till said of it: the line of its explanation."""
    body = one.entry.body
    lines = body.explanation if isinstance(body, Intent | PaidTap | DeclinedTap) else ()
    return next((line.reason for line in lines if line.rule == f"guard.{one.guard}"), "")


def _plain(entry: Entry) -> dict[str, object]:
    body = entry.body
    charge = body.charge if isinstance(body, Intent | PaidTap) else None
    return {
        "entry": f"{entry.terminal}/{entry.epoch}/{entry.seq}",
        "tap": entry.tap_id.hex(),
        "time_ms": entry.time_ms,
        "site": body.place.site if isinstance(body, Intent | PaidTap | DeclinedTap) else "",
        "total_fen": 0 if charge is None else charge.total_fen,
        "relief_fen": 0 if charge is None else charge.relief_fen,
    }
