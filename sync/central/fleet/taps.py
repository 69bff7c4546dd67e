"""The page of one tap: what happened, why it was decided so, what proves it, and what it came to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final, cast

from aiohttp import web

from edge.domain.boarding import Boarding
from edge.domain.charge import Charge
from edge.domain.decision import Line
from edge.domain.entry import DeclinedTap, Entry, Intent, PaidTap, Posted
from edge.domain.policy import Policy
from edge.explaining.entry_text import said
from edge.explaining.explain import compare
from edge.explaining.words import pair
from sync.central.fleet.answering import Call, FleetRoute, told
from sync.central.fleet.users import Role
from sync.central.tap_look_up import HeldEntry, LookedUp, candidates_work, look_up_work, totals_of

ASKED_MAX: Final = 96


async def tap(call: Call) -> web.StreamResponse:
    """Return the tap that ``asked`` means, or those that it may mean."""
    asked = call.asked("asked").strip()[:ASKED_MAX]
    found = await call.fleet.read(lambda: candidates_work(asked))
    candidates = ["{}/{}/{}".format(*identity) for identity in found]
    if len(found) != 1:
        return told({"candidates": candidates})
    looked_up = await call.fleet.read(lambda: look_up_work(found[0]))
    return told({"candidates": candidates, "tap": plain_tap(looked_up)})


def plain_tap(found: LookedUp) -> dict[str, object]:
    """Return a tap as plain values; tokens alone stand for who paid."""
    entries = [one.entry for one in found.entries if one.entry is not None]
    body = next((entry.body for entry in entries if isinstance(entry.body, Intent | PaidTap | DeclinedTap)), None)
    agreeing = compare(entries, _no_policy)
    return {
        "terminal": found.identity[0],
        "name": "{}/{}/{}".format(*found.identity),
        "tap": next((entry.tap_id.hex() for entry in entries), ""),
        "token": "" if body is None else body.token.hex(),
        "family": pair("family", body.family) if body is not None else None,
        "entries": [_entry(found.identity, one) for one in found.entries],
        "compared": [
            {"agrees": part.agrees, "figures": part.figures, "words": pair("compared", part.name)} for part in agreeing
        ],
        "lines": [asdict(line) for line in found.lines],
        "totals": [
            {"account": account, "party": party, "fen": fen} for (account, party), fen in totals_of(found.lines).items()
        ],
    }


def _no_policy(_edition: int) -> Policy | None:
    """Return nothing: lists and leases of an edition as one terminal had them are not put together again here."""
    return None


def _entry(tap: tuple[str, int, int], one: HeldEntry) -> dict[str, object]:
    plain: dict[str, object] = {
        "name": "{}/{}/{}".format(*tap[:2], one.seq),
        "seq": one.seq,
        "code": one.code,
        "evidence": asdict(one.evidence),
    }
    return plain if one.entry is None else {**plain, **_read(one.entry)}


def _read(entry: Entry) -> dict[str, object]:
    body = entry.body
    plain: dict[str, object] = {
        "time_ms": entry.time_ms,
        "quality": entry.quality.name.lower(),
        "kind": pair("kind", entry.kind.name.lower()),
        "says": _says(entry),
    }
    if not isinstance(body, Intent | PaidTap | DeclinedTap):
        return plain
    decision = {
        "edition": entry.edition,
        "place": {key: value for key, value in asdict(body.place).items() if value},
        "lines": [_line(line) for line in body.explanation],
    }
    if isinstance(body, Intent | PaidTap):
        decision |= {"charge": _charge(body.charge), "driver": _driver(body.boarding)}
    return {**plain, "decision": decision}


def _says(entry: Entry) -> dict[str, object]:
    """Return in a few words what an entry says; amounts as they are, for the page has words of its own."""
    match entry.body:
        case Intent(charge=charge) | PaidTap(charge=charge):
            return {"payer_fen": charge.payer_fen}
        case Posted(balance_after_fen=balance_fen):
            return {"balance_fen": balance_fen}
        case _:
            return {"text": said(entry)}


def _line(line: Line) -> dict[str, object]:
    """Return one check or rule in words; a reason that says no more than the rule is left out."""
    plain = {"applied": line.applied, "rule": pair("rule", line.rule), "fen": line.fen}
    told_more = not (line.applied and line.reason == "passed")
    return {**plain, "reason": pair("reason", line.reason) if told_more else None}


def _charge(charge: Charge) -> dict[str, object]:
    return cast("dict[str, object]", asdict(charge))


def _driver(boarding: Boarding | None) -> str:
    return "" if boarding is None else boarding.driver


TAP_ROUTES: Final = (FleetRoute("GET", "/api/taps", Role.VIEWER, tap),)
