"""A terminal that nobody reaches grows careful: through all tiers, by age and by doubt, and back at a contact."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.domain.entry import Intent
from edge.domain.limits import Ceilings, Limits, ListThreshold, Media, Tier
from edge.domain.policy import CLOCK_UNKNOWN
from edge.domain.tap import TimeQuality
from tests.domain.risk_cases import HOUR_S, LADDER
from tests.scenarios.line_tariffs import promoted
from tests.tariff.paper_line import PaperIdentity
from tests.terminal.risk_rig import DAY_S, HandClock, ageing_line, ending, told

FOREIGN: Final = {"city": "1000"}
POLICY: Final = Limits(tiers=LADDER)


async def test_a_terminal_ages_through_all_tiers_and_is_young_again_at_the_first_contact(tmp_path: Path) -> None:
    clock = HandClock()
    seen: list[tuple[str, str, str]] = []
    async with ageing_line(tmp_path, clock) as line:
        line.install(POLICY)
        line.hear_centre()
        for days in (0, 1, 3, 7):
            clock.now_ms = line.time.signed_ms + (days * DAY_S + bool(days) * HOUR_S) * 1000
            local, foreign = await line.ride(1), await line.ride(2, **FOREIGN)
            seen.append((told(local, "risk.tier").reason, ending(local), ending(foreign)))
        line.hear_centre()
        again = await line.ride(1)
    assert seen == [
        ("normal", "accepted", "accepted"),
        ("cautious: deny_list city-deny_list is 89991 s old, from 86400 s on", "accepted", "offline_limit"),
        ("local_only: deny_list city-deny_list is 262773 s old, from 259200 s on", "accepted", "lists_too_old"),
        ("refuse: deny_list city-deny_list is 608339 s old, from 604800 s on", "lists_too_old", "lists_too_old"),
    ]
    assert (told(again, "risk.tier").reason, ending(again)) == ("normal", "accepted")


async def test_row_29_a_stale_deny_list_lowers_ceilings_then_takes_closed_loop_cards_only_then_none(
    tmp_path: Path,
) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(POLICY)
        line.hear_centre()
        line.clock.now_ms += 2 * DAY_S * 1000
        dear = await line.ride(2, **FOREIGN)
        assert told(dear, "risk.tap_fen").reason == "200 of 150 fen"


async def test_a_list_that_the_centre_still_offers_is_young_however_long_ago_it_was_published(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(POLICY)
        line.clock.now_ms += 30 * DAY_S * 1000
        line.hear_centre(edition=1)
        assert told(await line.ride(), "risk.tier").reason == "normal"


async def test_a_list_that_the_centre_has_a_newer_one_of_goes_on_ageing(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(POLICY)
        line.hear_centre(edition=1)
        line.clock.now_ms += 2 * DAY_S * 1000
        line.hear_centre(edition=2)
        assert told(await line.ride(), "risk.tier").reason.startswith("cautious")


async def test_row_24_a_clock_of_1970_at_boot_goes_by_what_has_surely_passed(tmp_path: Path) -> None:
    clock = HandClock()
    async with ageing_line(tmp_path, clock) as line:
        line.install(POLICY)
        line.hear_centre()
        await line.time.keep()
        before = await line.ride()
    kept_ms = clock.now_ms
    clock.now_ms, clock.ahead_ms = clock.now_ms + 5_000, -clock.now_ms
    async with ageing_line(tmp_path, clock) as line:
        after = await line.ride(3)
        assert after.time_ms >= before.time_ms
        assert after.time_ms == kept_ms
        assert after.quality is TimeQuality.UNTRUSTED
        assert isinstance(after.body, Intent)
        assert after.body.state.clock_error_s == CLOCK_UNKNOWN
        assert told(after, "risk.tier").reason == "cautious: no signed time bounds the error of the clock"


async def test_row_25_a_clock_that_jumps_years_ahead_makes_no_list_old_and_lifts_no_mark(tmp_path: Path) -> None:
    clock = HandClock()
    async with ageing_line(tmp_path, clock) as line:
        line.install(POLICY)
        line.hear_centre()
        clock.ahead_ms = 5 * 365 * DAY_S * 1000
        entry = await line.ride()
        await line.time.keep()
        assert (entry.time_ms, entry.quality) == (clock.now_ms, TimeQuality.HOLDOVER)
        assert told(entry, "risk.tier").reason == "normal"
        assert line.paper.journal.position().time.high_water_ms <= clock.now_ms
    async with ageing_line(tmp_path, clock) as line:
        entry = await line.ride(3)
        assert told(entry, "risk.tier").reason == "cautious: no signed time bounds the error of the clock"


async def test_row_26_a_clock_that_jumps_back_in_service_turns_no_entry_back(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(POLICY)
        line.hear_centre()
        first = await line.ride()
        line.clock.now_ms += 60_000
        line.clock.ahead_ms = -DAY_S * 1000
        second = await line.ride()
        assert (second.time_ms - first.time_ms, second.quality) == (60_000, TimeQuality.UNTRUSTED)


async def test_row_28_a_step_of_the_time_service_moves_no_window_of_velocity(tmp_path: Path) -> None:
    """A leap second or a step inside what was agreed upon moves times by less than the stated error."""
    async with ageing_line(tmp_path) as line:
        line.install(Limits(ceilings=Ceilings(velocity_count_max=1), velocity_window_s=300))
        line.hear_centre()
        await line.ride()
        line.clock.ahead_ms = 1_000
        line.clock.now_ms += 299_000
        assert ending(await line.ride()) == "card_limit"


async def test_row_36_what_has_expired_offline_serves_on_inside_the_caps_of_its_age(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(POLICY)
        line.hear_centre()
        line.clock.now_ms += 4 * DAY_S * 1000
        assert ending(await line.ride()) == "accepted"
        assert ending(await line.ride(2, **FOREIGN)) == "lists_too_old"


async def test_row_33_a_stale_roster_lowers_what_it_may_grant_and_the_entry_says_so(tmp_path: Path) -> None:
    roster = Tier("cautious", ages=(ListThreshold("tariff", DAY_S),), ceilings=Ceilings(tap_fen_max=50))
    async with ageing_line(tmp_path) as line:
        line.install(Limits(tiers=(roster,)))
        line.hear_centre()
        line.clock.now_ms += 2 * DAY_S * 1000
        entry = await line.ride()
        assert ending(entry) == "offline_limit"
        assert told(entry, "risk.tier").reason.startswith("cautious: tariff city-tariff is ")


async def test_row_63_thirty_days_offline_sell_within_the_caps_and_then_degrade(tmp_path: Path) -> None:
    policy = Limits(unsent_count_max=50, tiers=(Tier("refuse", Media.NONE, (ListThreshold("deny_list", 20 * DAY_S),)),))
    ends: list[str] = []
    async with ageing_line(tmp_path) as line:
        line.install(policy)
        line.hear_centre()
        for day in range(30):
            ends += [ending(await line.ride(day * 2 + each)) for each in range(2)]
            line.clock.now_ms += DAY_S * 1000
        place = line.paper.journal.position()
        assert place.unsent_count == ends.count("accepted") <= policy.unsent_count_max
    assert ends[:42] == ["accepted"] * 42
    assert set(ends[42:]) == {"lists_too_old"}


async def test_a_fare_day_never_moves_silently_while_the_clock_is_in_doubt(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(Limits(), tariff=promoted())
        line.clock.now_ms = line.clock.now_ms // (DAY_S * 1000) * (DAY_S * 1000) + 15 * HOUR_S * 1000 + 3_590_000
        await line.ride()
        doubtful = await line.ride()
        line.hear_centre()
        line.clock.now_ms -= HOUR_S * 1000
        sure = await line.ride()
    assert isinstance(doubtful.body, Intent)
    assert isinstance(sure.body, Intent)
    assert (doubtful.body.pricing.uncertain, sure.body.pricing.uncertain) == (("clock",), ())
    assert doubtful.body.charge == sure.body.charge


@pytest.fixture
def another_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the process in a zone with summer time."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("another_zone")
async def test_row_27_the_zone_of_the_machine_moves_no_fare_day(tmp_path: Path) -> None:
    """The day of a ceiling ends at the midnight that the signed tariff states, not at the machine's."""
    async with ageing_line(tmp_path) as line:
        line.install(Limits(ceilings=Ceilings(card_day_count_max=1)))
        line.hear_centre()
        line.clock.now_ms = line.clock.now_ms // (DAY_S * 1000) * (DAY_S * 1000) + 15 * HOUR_S * 1000
        ends = [ending(await line.ride()), ending(await line.ride())]
        line.clock.now_ms += HOUR_S * 1000 + 300_000
        line.hear_centre()
        ends.append(ending(await line.ride()))
    assert ends == ["accepted", "card_limit", "accepted"]


class NextKeys(PaperIdentity):
    """The same terminal after its token key and its clearing key were replaced."""

    def token_key_version(self) -> int:
        return 2

    def clearing_key_version(self) -> int:
        return 2


async def test_row_37_entries_under_an_old_key_stand_and_new_ones_name_the_new_key(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.install(Limits())
        line.clock.ahead_ms = 10 * 365 * DAY_S * 1000
        old = await line.ride(1)
        line.paper.line = replace(line.paper.line, identity=NextKeys())
        new = await line.ride(2)
        assert await line.paper.journal.verify() == []
    assert isinstance(old.body, Intent)
    assert isinstance(new.body, Intent)
    assert (old.body.token_key, new.body.token_key) == (1, 2)
    assert (old.body.clearing_key, new.body.clearing_key) == (1, 2)
