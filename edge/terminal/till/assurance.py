"""What staff are told before anybody pays: how far this till may grant subsidies that the centre has not heard of.

It is decided here, by the tariff in force, the journal and the age of the lists; the pages show it and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from edge.control.messages import Message
from edge.domain.claimed import FRESH_MS
from edge.domain.errors import PolicyError
from edge.domain.exposure import Horizon
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import midnight_before_ms
from edge.domain.tariff.rule_models import Counter
from edge.domain.tariff.state import OpenGrants
from edge.domain.tariff.versions import in_force
from edge.ports import Clock
from edge.terminal.line import Service, TapLine
from edge.terminal.outcome import NO_TOKEN

GRANT_MODE: Final = "grant_and_flag"
NOBODY: Final = b"\0"
"""A holder that nobody is: with it, what is open of the whole terminal is read."""


class Authority(StrEnum):
    """What becomes of a subsidy that others may have granted too.

    ``grants``: it is granted, within the limits, and its funders carry it where it was granted twice. ``site``: it is
    granted, but the lists are not known to be fresh, so that this site may have to carry it. ``full``: as many are open
    as may be, so a meal costs its list price. ``withholds``: the tariff grants none that is not certain here.
    """

    GRANTS = "grants"
    SITE = "site"
    FULL = "full"
    WITHHOLDS = "withholds"


def inside_authority(service: Service, clock: Clock) -> bool:
    """Say whether this till's lists are surely fresh enough for the centre to count its grants as authorised."""
    return bool(service.confirmed_ms) and clock.wall_ms() <= service.confirmed_ms + FRESH_MS


async def assurance(line: TapLine) -> Message | None:
    """Return ``key`` (see :class:`Authority`) and, of the quota with the least room, ``open`` and ``open_max``.

    None where the tariff in force has no quota of persons, or no tariff is.
    """
    try:
        bundle = in_force(line.reference.policy().versions, line.clock.wall_ms())
    except PolicyError:
        return None
    quotas = list(_quotas(bundle))
    if not quotas:
        return None
    granting = [quota for quota in quotas if quota.offline.mode == GRANT_MODE]
    if not granting:
        return {"key": Authority.WITHHOLDS.value, "open": 0, "open_max": 0}
    found = await _open_today(line)
    room, quota = min(((_room(quota, found), quota) for quota in granting), key=lambda pair: pair[0])
    key = Authority.FULL if room <= 0 else _open_key(line)
    most = quota.offline.max_open_per_device_day
    return {"key": key.value, "open": most - room, "open_max": most}


def _quotas(bundle: Bundle) -> Iterator[Counter]:
    return (
        counter for counter in bundle.counters.values() if counter.subject == "person" and counter.limit is not None
    )


def _room(quota: Counter, found: dict[str, int]) -> int:
    return quota.offline.max_open_per_device_day - found.get(quota.id, 0)


def _open_key(line: TapLine) -> Authority:
    return Authority.GRANTS if inside_authority(line.service, line.clock) else Authority.SITE


async def _open_today(line: TapLine) -> dict[str, int]:
    """Return how many uncertain grants of today the centre has not heard of, by counter, of every epoch's journal."""
    now_ms = line.clock.wall_ms()
    midnight_ms = midnight_before_ms(now_ms, line.reference.policy().utc_offset_min)
    today = Horizon(time_ms=now_ms, day_from_ms=midnight_ms)
    states = [await journal.state_of(NO_TOKEN, b"", today, NOBODY) for journal in (*line.older, line.journal)]
    rows: list[OpenGrants] = [row for state in states for row in state.open_grants]
    return {name: sum(row.device_day for row in rows if row.counter == name) for name in {row.counter for row in rows}}
