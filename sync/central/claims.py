"""The claims of a day on persons' quotas, merged: who stands, and who carries what was granted beyond the limit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from edge.domain.charge import Share
from edge.domain.claimed import FRESH_MS
from edge.domain.entry import Kind
from edge.domain.frozen import frozen
from edge.domain.revocation import Flag, Revocation, flag_of
from edge.domain.tariff.quotas import Claim, Identity, Merged, merge_claims
from sync.artifact import artifact_body
from sync.central.persons import UTC_OFFSET_MIN
from sync.central.store import statements as sql
from sync.central.store.port import Query, Row, Work
from sync.tariff_wire import decode_tariff
from sync.wire import decode, decode_entry


@frozen
class DayClaims:
    """What became of a day's claims. ``without_limit``: claims on counters that no tariff gives a limit."""

    day: int
    merged: Merged
    without_limit: tuple[Claim, ...] = ()


def claims_work(day: int) -> Work[DayClaims]:
    """Merge all claims on the periods that a business day touches: whatever has arrived, in whichever order."""
    rows = yield Query(sql.CLAIMS_OF_DAY, (day,))
    published = yield Query(sql.EDITION_TIMES)
    claims = [claim_of(row, published) for row in rows if not is_voided(row)]
    limits = yield from limits_work({claim.counter for claim in claims})
    known = [claim for claim in claims if claim.counter in limits]
    strange = tuple(claim for claim in claims if claim.counter not in limits)
    return DayClaims(day, merge_claims(known, limits), strange)


def claim_of(row: Row, published: Sequence[Row]) -> Claim:
    """Return the claim in a row, authorised only where the edition behind it was young enough."""
    claim = decode(Claim, cast("bytes", row[0]))
    fresh = _is_fresh(cast("int", row[1]), claim.time_ms, published)
    return replace(claim, authorised=claim.authorised and fresh)


def is_voided(row: Row) -> bool:
    """Say whether a claim's debit was voided, or nobody knows yet: a torn one claims nothing until it is settled."""
    _, _, kind, earned = row
    return kind == Kind.INTENT and earned != 1


def _is_fresh(edition: int, time_ms: int, published: Sequence[Row]) -> bool:
    """Say whether the edition of a claim was the newest, or had been until lately."""
    later = bisect_right(published, edition, key=lambda row: cast("int", row[0]))
    return later == len(published) or time_ms <= cast("int", published[later][1]) + FRESH_MS


def limits_work(counters: Iterable[str]) -> Work[Mapping[str, int]]:
    """Return the limit of each counter, by the newest tariff that knows it; a counter without one is left out."""
    wanted, limits = set(counters), dict[str, int]()
    for (file,) in (yield Query(sql.TARIFFS)):
        if not wanted:
            break
        for bundle in decode_tariff(artifact_body(cast("bytes", file))):
            for name in wanted & bundle.counters.keys():
                limit = bundle.counters[name].limit
                if limit is not None:
                    limits[name] = limit
        wanted -= limits.keys()
    return limits


def flags_work(revocations: Sequence[Revocation], keep_fen: int) -> Work[tuple[Flag, ...]]:
    """Return the grants that rested on evidence revoked since; those of at most ``keep_fen`` are left alone."""
    flags: list[Flag] = []
    for holder in sorted({one.holder for one in revocations}):
        for row in (yield Query(sql.GRANTED_TO, (holder,))):
            flag = flag_of(decode_entry(cast("bytes", row[3])), revocations, keep_fen, UTC_OFFSET_MIN)
            if flag is not None:
                flags.append(flag)
    return tuple(flags)


def plain_claims(found: DayClaims) -> dict[str, object]:
    """Return them as plain values with stable keys; amounts in fen."""
    merged = found.merged
    return {
        "day": found.day,
        "granted": [_plain(claim) for claim in merged.granted],
        "beyond_limit": [
            {**_plain(lost.claim), "falls_on": _carried(lost.shares), "stands": [_named(one) for one in lost.stands]}
            for lost in merged.clawbacks
        ],
        "without_limit": [_plain(claim) for claim in found.without_limit],
    }


def _plain(claim: Claim) -> dict[str, object]:
    return {
        "claim": _named(claim.identity),
        "holder": claim.subject.hex(),
        "counter": claim.counter,
        "bucket": claim.bucket,
        "leased": claim.leased,
        "shares": _carried(claim.shares),
    }


def _carried(shares: Iterable[Share]) -> list[dict[str, object]]:
    return [{"payer": share.funder, "fen": share.fen} for share in shares]


def _named(identity: Identity) -> str:
    return "{}/{}/{}".format(*identity)
