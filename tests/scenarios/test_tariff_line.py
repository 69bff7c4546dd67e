"""The tap line prices through the signed tariff of its edition: tiers, transfers, caps, passback, funders, versions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import Personalisation
from edge.domain.entry import DeclinedTap
from edge.tariff_authoring.lint import lint
from edge.tariff_authoring.toml_files import Authored, canonical
from tests.scenarios.elsewhere import ride_elsewhere
from tests.scenarios.line_tariffs import Tree, capped, dated, funded, promoted, shipped, tiered
from tests.scenarios.tap_bench import NOON_MS, WINDOW_S, Bench, another_card, play, write_tariff
from tests.scenarios.tariff_books import counters, fares, intents, rule_lines, sound

pytestmark = pytest.mark.line

Scene = Callable[[Bench], Awaitable[None]]

LOG_RECORDS: Final = 10
HOUR_S: Final = 3600
TO_MIDNIGHT_S: Final = 12 * HOUR_S


def on_bench(folder: Path, scene: Scene, *versions: Tree) -> None:
    """Play a scene on a terminal with these versions of a tariff, and hold its books against each other."""
    write_tariff(folder, versions)

    async def whole() -> None:
        async with Bench(folder) as bench:
            await scene(bench)
            await sound(bench)

    play(whole())


def foreign_card() -> PurseCard:
    """Return a purse of another city."""
    own = Personalisation(city="1000", serial="3104930499900000033")
    return PurseCard(personalisation=own, uid=bytes.fromhex("08C7D8E9"))


def torn_debit(*, executed: bool) -> Tear:
    return Tear(Moment(step="DEBIT"), executed=executed)


@pytest.mark.parametrize(
    "tree", [tiered(), capped(), promoted(), funded(), dated("a", 1)], ids=lambda tree: str(tree["bundle"]["id"])
)
def test_the_invented_tariffs_would_be_published(tree: Tree) -> None:
    assert [str(finding) for finding in lint([Authored(Path("tree.toml"), canonical(tree))])] == []


def test_the_shipped_bus_tariff_prices_home_and_foreign_purses(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        for card in (PurseCard(), foreign_card()):
            assert (await bench.ride(card)).signal.fen == 100
        assert {intent.pricing.bundle for intent in await intents(bench)} == {"qd-bus"}
        assert await rule_lines(bench, "bus_flat") == [("bus_flat", True, "list price")]

    on_bench(tmp_path, scene, shipped("qd-bus"))


def test_a_foreign_purse_pays_what_the_tariff_says_of_it(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        assert [(await bench.ride(card)).signal.fen for card in (foreign_card(), PurseCard())] == [200, 160]

    on_bench(tmp_path, scene, shipped("jn-bus"))


def test_the_rate_changes_when_the_month_has_cost_enough_restart_or_not(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card = PurseCard()
        for _ in range(3):
            await bench.ride(card)
            await bench.restart()
        assert await counters(bench) == {"month_paid": (600, 0)}
        for _ in range(2):
            await bench.ride(card)
        await bench.ride(another_card())
        assert await fares(bench) == [200, 200, 200, 100, 50, 200]
        await bench.pass_time(30 * 24 * HOUR_S)
        await bench.ride(card)
        july = (await intents(bench))[-1]
        assert (july.charge.payer_fen, july.state.counters) == (200, ())

    on_bench(tmp_path, scene, tiered())


async def forever_torn(bench: Bench, card: PurseCard) -> None:
    """Tear a debit of which the card keeps no record any more: nothing will settle it here."""
    bench.field.plan_tear(torn_debit(executed=True))
    await bench.ride(card)
    ride_elsewhere(card, LOG_RECORDS + 1)


def test_a_torn_debit_that_moves_no_rate_leaves_the_price_certain(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card = PurseCard(20_000)
        await forever_torn(bench, card)
        assert await counters(bench) == {"month_paid": (0, 200)}
        await bench.ride(card)
        last = (await intents(bench))[-1]
        assert (last.charge.payer_fen, last.pricing.uncertain, last.pricing.exposure_fen) == (200, (), 0)
        assert await counters(bench) == {"month_paid": (200, 200)}

    on_bench(tmp_path, scene, tiered())


MODES: Final = {"local_first_tier": (100, 50), "deny": (200, 0), "full_price_then_refund": (200, 150)}
"""What a ride costs and risks where the month has cost 6 or 7 yuan: half price, or a quarter."""


@pytest.mark.parametrize(("mode", "priced"), MODES.items(), ids=MODES)
def test_a_torn_debit_that_may_move_the_rate_is_left_to_the_offline_mode(
    mode: str, priced: tuple[int, int], tmp_path: Path
) -> None:
    async def scene(bench: Bench) -> None:
        card = PurseCard(20_000)
        for _ in range(3):
            await bench.ride(card)
        await forever_torn(bench, card)
        await bench.restart()
        await bench.ride(card)
        last = (await intents(bench))[-1]
        assert [(row.known, row.possible) for row in last.state.counters] == [(600, 100)]
        assert (last.charge.payer_fen, last.pricing.exposure_fen) == priced
        assert last.pricing.uncertain == ("month_paid",)

    on_bench(tmp_path, scene, tiered(mode))


@pytest.mark.parametrize(("executed", "known", "fare"), [(True, 700, 50), (False, 600, 100)], ids=["posted", "voided"])
def test_after_the_settlement_the_counter_is_exact(executed: bool, known: int, fare: int, tmp_path: Path) -> None:  # noqa: FBT001 - a table's column
    async def scene(bench: Bench) -> None:
        card = PurseCard()
        for _ in range(3):
            await bench.ride(card)
        bench.field.plan_tear(torn_debit(executed=executed))
        await bench.ride(card)
        assert await counters(bench) == {"month_paid": (600, 100)}
        await bench.pass_time(WINDOW_S)
        await bench.ride(card)
        last = (await intents(bench))[-1]
        assert [(row.known, row.possible) for row in last.state.counters] == [(known, 0)]
        assert (last.charge.payer_fen, last.pricing.uncertain) == (fare, ())

    on_bench(tmp_path, scene, tiered())


def test_a_transfer_inside_the_window_is_cheaper_past_midnight_and_after_a_restart(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card = PurseCard()
        await bench.pass_time(TO_MIDNIGHT_S - HOUR_S // 2)
        await bench.ride(card)
        await bench.restart()
        await bench.pass_time(HOUR_S - 60)
        assert bench.clock.wall_ms() > NOON_MS + TO_MIDNIGHT_S * 1000
        await bench.ride(card)
        assert await rule_lines(bench, "bus_transfer") == [("bus_transfer", True, "inside the transfer window")]
        await bench.pass_time(61)
        await bench.ride(card)
        assert await rule_lines(bench, "bus_transfer") == [("bus_transfer", False, "the chain has used its transfers")]
        await bench.pass_time(HOUR_S)
        await bench.ride(card)
        assert await fares(bench) == [100, 0, 100, 100]

    on_bench(tmp_path, scene, shipped("qd-bus"))


def test_within_two_hours_of_the_first_charge_only_the_dearest_line_is_paid(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card, away = PurseCard(), foreign_card()
        for passed_s in (0, HOUR_S, HOUR_S - 60, 120):
            await bench.pass_time(passed_s)
            await bench.ride(card)
        assert await fares(bench) == [160, 0, 0, 160]
        for _ in range(2):
            await bench.ride(away)
        assert (await fares(bench))[-2:] == [200, 200]

    on_bench(tmp_path, scene, shipped("jn-bus"))


def test_a_day_costs_no_more_than_its_cap(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card = PurseCard()
        for _ in range(4):
            await bench.ride(card)
        await bench.restart()
        await bench.pass_time(TO_MIDNIGHT_S)
        await bench.ride(card)
        assert await fares(bench) == [200, 200, 100, 0, 200]

    on_bench(tmp_path, scene, capped())


def test_a_second_tap_is_a_companion_at_full_price_and_a_repeated_reduced_one_is_refused(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card = PurseCard()
        await bench.ride(card)
        assert (await bench.ride(card)).signal.fen == 100
        assert await rule_lines(bench, "tap.companion") != []
        await bench.pass_time(61)
        assert (await bench.ride(card)).signal.fen == 0
        refused = await bench.ride(card)
        assert (refused.accepted, refused.signal.prompt) == (False, "passback")
        declined = (await bench.entries())[-1].body
        assert isinstance(declined, DeclinedTap)
        assert declined.explanation[-1].rule == "tap.passback"

    on_bench(tmp_path, scene, shipped("qd-bus"))


def test_a_future_version_takes_over_by_itself_at_its_instant(tmp_path: Path) -> None:
    instant = "2026-06-01T12:30:00+08:00"

    async def scene(bench: Bench) -> None:
        card = PurseCard()
        await bench.ride(card)
        await bench.pass_time(30 * 60)
        await bench.ride(card)
        priced = [(intent.pricing.bundle, intent.charge.payer_fen) for intent in await intents(bench)]
        assert priced == [("old", 200), ("new", 250)]
        assert {entry.edition for entry in await bench.entries()} == {1}

    on_bench(tmp_path, scene, dated("new", 250, **{"from": instant}), dated("old", 200, until=instant))


def test_what_the_funders_carry_is_the_same_in_every_book(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card = PurseCard()
        for _ in range(2):
            await bench.ride(card)
        bench.field.plan_tear(torn_debit(executed=True))
        await bench.ride(card)
        assert (await sound(bench))["suspense:torn"] == 230
        await bench.ride(card)
        charge = (await intents(bench))[0].charge
        assert [(share.funder, share.fen) for share in charge.shares] == [
            ("district", 60),
            ("bank", 35),
            ("operator", 5),
        ]
        assert (charge.list_fen, charge.surcharge_fen, charge.payer_fen) == (200, 30, 130)

    on_bench(tmp_path, scene, funded())


@pytest.mark.parametrize("executed", [True, False], ids=["a proven grant uses it up", "a voided one gives it back"])
def test_the_quota_of_a_promotion(executed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a table's column
    async def scene(bench: Bench) -> None:
        card = PurseCard()
        bench.field.plan_tear(torn_debit(executed=executed))
        await bench.ride(card)
        assert await counters(bench) == {"promo_today": (0, 1)}
        await bench.pass_time(WINDOW_S)
        await bench.ride(card)
        assert await fares(bench) == [1, 200 if executed else 1]
        assert await counters(bench) == {"promo_today": (1, 0)}

    on_bench(tmp_path, scene, promoted())
