"""The lint refuses what an author would regret, with file, key and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.tariff_authoring.lint import Finding, lint
from edge.tariff_authoring.shelf import Shelf
from edge.tariff_authoring.toml_files import Authored, canonical, read_bundle
from tests.tariff.city import CITY, MEALS, plain

Bundle = dict[str, Any]
Edit = Callable[[Bundle], Any]


def findings(bundle: Bundle) -> list[Finding]:
    return [finding for finding in lint([Authored(Path("city.toml"), canonical(bundle))]) if not finding.warning]


def steps(*rows: list[int], **more: Any) -> Edit:  # noqa: ANN401 - keys of a table
    return lambda city: city["fare_products"][1]["x_table"].update({"steps": [list(row) for row in rows], **more})


def adjustment(number: int, **keys: Any) -> Edit:  # noqa: ANN401 - keys of a rule
    return lambda city: city["x_adjustments"][number].update(keys)


def section(name: str, number: int, **keys: Any) -> Edit:  # noqa: ANN401 - keys of a row
    return lambda city: city[name][number].update(keys)


def without(name: str, number: int, key: str) -> Edit:
    return lambda city: city[name][number].pop(key)


def policy(network: str, **keys: Any) -> Edit:  # noqa: ANN401 - keys of a policy
    return lambda city: city["x_tap_policy"][network].update(keys)


def timeframe(*rows: tuple[str, str]) -> Edit:
    def edit(city: Bundle) -> None:
        city["timeframes"] = [{"timeframe_group_id": "peak", "start_time": one, "end_time": two} for one, two in rows]

    return edit


def prompt(name: str, **keys: Any) -> Edit:  # noqa: ANN401 - keys of a prompt
    return lambda city: city.update({"x_prompts": {name: keys}})


HALF = {"kind": "percent", "percent": 50, "round": {"mode": "down"}}

REFUSED: dict[str, tuple[Edit, str]] = {
    "steps that are not sorted": (steps([10000, 300], [5000, 200]), "fare_products.km.x_table.steps[1]"),
    "steps that overlap": (steps([0, 5000, 200], [4000, 10000, 300]), "fare_products.km.x_table.steps[1]"),
    "a gap between steps": (steps([0, 5000, 200], [6000, 10000, 300]), "fare_products.km.x_table.steps[1]"),
    "nothing past the last step": (lambda city: city["fare_products"][1]["x_table"].pop("beyond"), "x_table.beyond"),
    "steps without a written end": (lambda city: city["fare_products"][1]["x_table"].pop("upper"), "x_table.upper"),
    "a matrix that misses a pair": (
        section(
            "fare_products",
            0,
            amount=None,
            x_table={"by": "od_matrix", "places": ["A", "B"], "pairs": [["A", "B", 200]]},
        ),
        "fare_products[",
    ),
    "two prices in one product": (section("fare_products", 0, x_formula={"min_of": ["km"]}), "fare_products.flat"),
    "a product made of itself": (
        lambda city: city["fare_products"].append({"fare_product_id": "x", "x_formula": {"min_of": ["x"]}}),
        "fare_products.x.x_formula",
    ),
    "an absurd amount": (section("fare_products", 0, amount=5_000_000), "amount"),
    "an amount that is no integer": (section("fare_products", 0, amount=2.5), "amount"),
    "an unknown key": (section("fare_products", 0, amuont=200), "amuont"),
    "an unknown category": (adjustment(0, when={"category": "elders"}), "x_adjustments.elder_free.when"),
    "an unknown medium": (adjustment(2, when={"media": "crad"}), "x_adjustments.tier.when"),
    "an unknown medium behind not": (adjustment(2, when={"not": {"media": "crad"}}), "x_adjustments.tier.when"),
    "an unknown fact": (adjustment(2, when={"agee": 3}), "when.agee"),
    "an unknown counter": (adjustment(3, uses=["promos"]), "x_adjustments.one_fen.uses"),
    "an unknown funder": (adjustment(3, funder="bnak"), "x_adjustments.one_fen"),
    "an unknown stage": (adjustment(3, stage="promotions"), "x_adjustments.one_fen.stage"),
    "an unknown product": (section("fare_leg_rules", 0, fare_product_id="flatt"), "fare_leg_rules.bus.fare_product_id"),
    "an unknown network": (section("fare_leg_rules", 0, network_id="buss"), "fare_leg_rules.bus.network_id"),
    "an unknown leg group": (section("fare_transfer_rules", 0, to_leg_group_id="tram"), "fare_transfer_rules.transfer"),
    "an unknown calendar": (adjustment(2, when={"calendar": "workday"}), "x_adjustments.tier.when"),
    "an unknown parameter": (section("fare_products", 0, amount="$flat"), "amount"),
    "an unknown kind of operation": (adjustment(0, op={"kind": "halve"}), "op.kind"),
    "a percentage above 100": (adjustment(1, op={**HALF, "percent": 120}), "op.percent"),
    "a percentage without rounding": (adjustment(1, op={"kind": "percent", "percent": 50}), "op.round"),
    "a condition that cannot hold": (
        adjustment(0, when={"age": {"gte": 65, "lt": 60}}),
        "x_adjustments.elder_free.when.age",
    ),
    "a rule that ends before it begins": (
        adjustment(0, valid={"from": "2025-01-01", "until": "2024-01-01"}),
        "x_adjustments.elder_free.valid",
    ),
    "a category that never comes up": (
        section("rider_categories", 2, x_when={"age": {"gte": 65}}, x_priority=1),
        "rider_categories.student",
    ),
    "a leg rule behind another": (
        lambda city: city["fare_leg_rules"].append(
            {"leg_group_id": "bus", "network_id": "bus", "fare_product_id": "km", "rule_priority": 5}
        ),
        "fare_leg_rules.bus.flat",
    ),
    "a counter without an offline mode": (without("x_counters", 0, "offline"), "x_counters["),
    "a counter with limit 0": (section("x_counters", 2, limit=0), "limit"),
    "a counter that is used without a limit": (without("x_counters", 2, "limit"), "x_adjustments.one_fen.uses"),
    "a group without a choice": (lambda city: city.pop("x_group_choice"), "x_group_choice.category"),
    "equal priorities where the priority decides": (
        lambda city: city.update({"x_group_choice": {"category": "exclusive"}}),
        "x_group_choice.category",
    ),
    "no default category": (section("rider_categories", 0, is_default_fare_category=0), "rider_categories"),
    "two default categories": (section("rider_categories", 2, is_default_fare_category=1), "rider_categories"),
    "a window without a written end": (section("fare_transfer_rules", 0, x_window={}), "x_window.end"),
    "a shortest gap above the limit": (
        section("fare_transfer_rules", 0, x_window={"end": "inclusive", "min_gap": 4000}),
        "fare_transfer_rules.transfer.x_window.min_gap",
    ),
    "a limit without its type": (without("fare_transfer_rules", 0, "duration_limit_type"), "duration_limit_type"),
    "a count that grants nothing": (section("fare_transfer_rules", 0, transfer_count=0), "transfer_count"),
    "no count where a group follows itself": (without("fare_transfer_rules", 0, "transfer_count"), "transfer_count"),
    "a network without a tap policy": (lambda city: city["x_tap_policy"].pop("bus"), "x_tap_policy.bus"),
    "tap-out without the price of a missing tap": (
        lambda city: city["x_tap_policy"]["metro"].pop("missing_in"),
        "missing_in",
    ),
    "a time limit without its price": (lambda city: city["x_tap_policy"]["metro"].pop("overtime"), "overtime"),
    "a prompt that names an age": (prompt("elder", voice="老年卡"), "x_prompts.elder"),
    "a prompt that nothing gives": (prompt("elderr", voice="您好"), "x_prompts.elderr"),
    "overlapping bands of one timeframe": (timeframe(("07:00", "09:00"), ("08:00", "10:00")), "timeframes.peak"),
    "a band past midnight": (timeframe(("22:00", "24:30")), "timeframes.peak"),
    "a name that stands twice": (adjustment(1, id="elder_free"), "x_adjustments.elder_free"),
    "an unknown flag": (policy("metro", missing_out={"charge": 900, "waive_if": ["strike"]}), "missing_out.waive_if"),
    "an unknown time of alighting": (adjustment(2, when={"to_timeframe": "late"}), "x_adjustments.tier.when"),
    "a bare date": (adjustment(0, valid={"from": "2024-1-1"}), "valid.from"),
    "tiers that do not begin at 0": (
        adjustment(
            2, op={"kind": "percent_by", "counter": "month_paid", "steps": [[100, 90]], "round": {"mode": "down"}}
        ),
        "x_adjustments.tier.op.steps",
    ),
    "a text where an amount is wanted": (section("fare_products", 0, amount="200"), "amount"),
}


@pytest.mark.parametrize(("edit", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_lint_refuses(edit: Edit, path: str) -> None:
    bundle = plain()
    edit(bundle)
    found = findings(bundle)
    assert any(path in finding.problem.path for finding in found), [str(finding) for finding in found]
    assert all(finding.problem.remedy and finding.file.name == "city.toml" for finding in found)


MEALS_REFUSED: dict[str, tuple[Edit, str]] = {
    "a subsidised meal that no counter counts": (lambda city: city["x_meals"][0]["limits"].pop("uses"), "limits.uses"),
    "a total limit above 100 %": (
        lambda city: city["x_meals"][0]["limits"].update(total_percent_max=120),
        "total_percent_max",
    ),
    "a total limit without an order of funders": (lambda city: city.update(x_funders=["city"]), "total_percent_max"),
    "a co-payment that nobody fills": (lambda city: city["x_meals"][0].update(fixed_copay=[{"fen": 100}]), "layers"),
    "a co-payment behind a wider one": (
        lambda city: city["x_meals"][0].update(
            fixed_copay=[{"when": {"age": {"gte": 60}}, "fen": 2}, {"when": {"age": {"gte": 70}}, "fen": 1}],
            layers=[{"funder": "city"}],
        ),
        "fixed_copay[1]",
    ),
    "guards that have no meals to guard": (
        lambda city: city.update(x_meals=[], x_meal_guards={"repeat": {"gap_s": 60}}),
        "x_meal_guards",
    ),
    "a guard of sessions where none is": (
        lambda city: city.update(x_meal_guards={"off_session": {}}),
        "x_meal_guards.off_session",
    ),
    "a guard of prices that names none": (
        lambda city: city.update(x_meal_guards={"at_cap": {"prices": [], "share_percent_max": 5, "meals_min": 9}}),
        "x_meal_guards.at_cap.prices",
    ),
}


@pytest.mark.parametrize(("edit", "path"), MEALS_REFUSED.values(), ids=MEALS_REFUSED.keys())
def test_lint_refuses_of_meals(edit: Edit, path: str) -> None:
    bundle = plain(MEALS)
    edit(bundle)
    found = findings(bundle)
    assert any(path in finding.problem.path for finding in found), [str(finding) for finding in found]


@pytest.mark.parametrize(("fen", "is_doubted"), [(300, False), (301, True)], ids=["a relief's", "nobody's"])
def test_a_price_at_a_cap_is_the_figure_of_a_relief(fen: int, is_doubted: bool) -> None:  # noqa: FBT001 - a column
    guard = {"prices": [fen], "share_percent_max": 50, "meals_min": 10}
    bundle = plain(MEALS, x_meal_guards={"at_cap": guard})
    doubts = [finding for finding in lint([Authored(Path("city.toml"), canonical(bundle))]) if finding.warning]
    assert [finding.problem.path for finding in doubts] == ["x_meal_guards.at_cap.prices"] * is_doubted


@pytest.mark.parametrize("by", ["metres", "line", "distance"], ids=["another name", "a word", "nobody knows it"])
def test_a_table_goes_by_a_number_under_its_own_name(by: str) -> None:
    bundle = plain(x_facts=[{"id": "metres", "same_as": "distance_m"}, {"id": "line", "type": "word"}])
    bundle["fare_products"][1]["x_table"]["by"] = by
    adjustment(0, op={"kind": "bands", "by": by, "bands": [[1, 2]], "upper": "inclusive"})(bundle)
    paths = {finding.problem.path for finding in findings(bundle)}
    assert {"fare_products.km.x_table.by", "x_adjustments.elder_free.op.by"} <= paths


def test_a_fact_that_is_nearly_right_is_named() -> None:
    bundle = plain()
    adjustment(2, when={"entitlment": "student"})(bundle)
    assert [finding.problem.remedy for finding in findings(bundle)] == [
        "did you mean entitlement?; else declare it in x_facts"
    ]


def test_the_two_sample_bundles_are_clean() -> None:
    assert findings(plain(CITY)) == []
    assert findings(plain(MEALS)) == []


def test_every_shipped_bundle_is_clean() -> None:
    shelf = Shelf()
    assert [str(one) for one in lint(bundle for name in shelf.ids() for bundle in shelf.authored(name))] == []


def versions(*spans: tuple[str, str | None], supersedes: str = "") -> list[str]:
    authored = []
    for number, (start, end) in enumerate(spans):
        head: Bundle = {"id": f"v{number}", "series": "city", "default_leg_group": "bus", "effective": {"from": start}}
        if end:
            head["effective"]["until"] = end
        if supersedes:
            head["supersedes"] = supersedes
        authored.append(Authored(Path(f"v{number}.toml"), canonical(plain(bundle=head))))
    return [str(finding) for finding in lint(authored)]


JAN, FEB, MAR = (f"2025-0{month}-01T00:00:00+08:00" for month in (1, 2, 3))


def test_versions_that_meet_are_clean() -> None:
    assert versions((JAN, FEB), (FEB, None)) == []


@pytest.mark.parametrize(
    ("spans", "what"),
    [
        (((JAN, MAR), (FEB, None)), "overlaps"),
        (((JAN, None), (FEB, None)), "overlaps"),
        (((JAN, FEB), (MAR, None)), "hole"),
        (((FEB, JAN),), "ends before it begins"),
    ],
    ids=["an overlap", "an open end under a newer version", "a hole", "an end before the start"],
)
def test_versions_that_do_not_meet_are_refused(spans: tuple[tuple[str, str | None], ...], what: str) -> None:
    assert any(what in text for text in versions(*spans))


def test_a_version_that_supersedes_nothing_known_is_refused() -> None:
    assert any("supersedes" in text for text in versions((JAN, None), supersedes="v9"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x = 2024-01-01", "bare date"),
        ("x = 10:30:00", "bare time"),
        ("x = 1.5", "float"),
        ('x_include = ["no"]', "no file"),
    ],
    ids=["a bare date", "a bare time", "a float", "an include that is not there"],
)
def test_what_toml_knows_and_bundles_do_not_is_told_with_its_key(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "city.toml"
    file.write_text(f'{text}\n[bundle]\nid = "city"\n', "utf-8")
    assert any(what in str(problem) for problem in read_bundle(file).problems)
