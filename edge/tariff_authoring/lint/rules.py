"""Rules: choices that are written, windows with sense, funders in order, meals that are counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from edge.domain.tariff.reading import Problem
from edge.domain.tariff.rule_models import Relief
from edge.tariff_authoring.lint import Subject
from edge.tariff_authoring.lint.price_tables import numeric
from edge.tariff_authoring.lint.references import reliefs


def check_groups(subject: Subject) -> Iterator[Problem]:
    """Every group says how it chooses; where the order decides, no two priorities are equal."""
    choices = subject.document.x_group_choice
    groups: dict[tuple[str, str], list[Relief]] = defaultdict(list)
    for path, relief in reliefs(subject.document):
        if relief.group:
            groups[getattr(relief, "stage", path.rpartition(".reliefs")[0]), relief.group].append(relief)
    for (_, group), members in groups.items():
        if group not in choices:
            remedy = "write exclusive, first_that_applies, best_for_payer or sum"
            yield Problem(f"x_group_choice.{group}", "the group has no choice", remedy)
        elif choices[group] in {"exclusive", "first_that_applies"}:
            for priority, count in Counter(row.priority for row in members).items():
                if count > 1:
                    what = f"{count} rules of priority {priority} in a group that goes by priority"
                    yield Problem(f"x_group_choice.{group}", what, "give each its own priority")
    for group in sorted(set(choices) - {group for _, group in groups} - {"meals"}):
        yield Problem(f"x_group_choice.{group}", "no rule is in this group", "remove it, or name it in a rule")


def check_names(subject: Subject) -> Iterator[Problem]:
    """No two rules share a name."""
    document = subject.document
    rules = [(relief.id, path) for path, relief in reliefs(document)]
    rules += [(row.x_id, f"fare_transfer_rules.{row.x_id}") for row in document.fare_transfer_rules]
    rules += [(row.id, f"x_caps.{row.id}") for row in document.x_caps]
    rules += [(row.id, f"x_surcharges.{row.id}") for row in document.x_surcharges]
    rules += [(row.id, f"x_meals.{row.id}") for row in document.x_meals]
    for name, count in Counter(name for name, _ in rules).items():
        if count > 1:
            paths = [path for one, path in rules if one == name]
            what = f"{len(paths)} rules are called {name}: {', '.join(paths)}"
            yield Problem(paths[-1], what, "give each its own name, explanations tell rules by it")
    lists = {
        "x_counters": [row.id for row in document.x_counters],
        "rider_categories": [row.rider_category_id for row in document.rider_categories],
        "fare_media": [row.fare_media_id for row in document.fare_media],
        "networks": [row.network_id for row in document.networks],
        "areas": [row.area_id for row in document.areas],
    }
    for where, ids in lists.items():
        for name, count in Counter(ids).items():
            if count > 1:
                yield Problem(f"{where}.{name}", f"the name stands {count} times", "give each its own name")


def check_transfers(subject: Subject) -> Iterator[Problem]:
    """Windows have sense, and counts are written where a leg group follows itself."""
    written = {row.get("x_id"): row for row in _rows(subject, "fare_transfer_rules")}
    for rule in subject.document.fare_transfer_rules:
        path = f"fare_transfer_rules.{rule.x_id}"
        if rule.x_window.min_gap > rule.duration_limit:
            yield Problem(f"{path}.x_window.min_gap", "the shortest gap is above the limit", "lower it")
        if rule.transfer_count == 0:
            yield Problem(f"{path}.transfer_count", "a count of 0 grants nothing", "write -1 for no end, or 1 and more")
        equal = set(rule.from_leg_group_id) & set(rule.to_leg_group_id)
        if equal and "transfer_count" not in written.get(rule.x_id, {}):
            yield Problem(f"{path}.transfer_count", f"missing where {min(equal)} follows itself", "write -1 for no end")


def _rows(subject: Subject, section: str) -> list[dict[str, object]]:
    rows = subject.plain.get(section, [])
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def check_tiers(subject: Subject) -> Iterator[Problem]:
    """Tiers and bands rise, bands go by a number, and tiers begin at 0."""
    for path, relief in reliefs(subject.document):
        if relief.op.KIND == "bands":
            yield from numeric(subject, getattr(relief.op, "by", ""), f"{path}.op.by")
        for name in ("steps", "bands"):
            starts = [row[0] for row in getattr(relief.op, name, ())]
            if starts != sorted(set(starts)):
                yield Problem(f"{path}.op.{name}", "not in rising order", "sort the rows, one per limit")
            if name == "steps" and hasattr(relief.op, name) and (not starts or starts[0] != 0):
                yield Problem(f"{path}.op.steps", "the first tier does not start at 0", "write [0, percent] first")


def check_counters(subject: Subject) -> Iterator[Problem]:
    """Check that a counter that is used up has a limit, and that one under a cap counts money."""
    document = subject.document
    counters = {row.id: row for row in document.x_counters}
    uses = [(path, name) for path, relief in reliefs(document) for name in relief.uses]
    uses += [(f"x_meals.{meal.id}.limits", name) for meal in document.x_meals for name in meal.limits.uses]
    for path, name in uses:
        counter = counters.get(name)
        if counter is not None and (counter.measure != "count" or counter.limit is None):
            yield Problem(
                f"{path}.uses", f"{name} does not count grants up to a limit", 'measure = "count", limit = ...'
            )
    for cap in document.x_caps:
        counter = counters.get(cap.counter)
        if counter is not None and counter.measure != "paid_fen":
            yield Problem(f"x_caps.{cap.id}.counter", f"{cap.counter} does not count money", 'measure = "paid_fen"')


def check_meals(subject: Subject) -> Iterator[Problem]:
    """Check that meals are counted, total limits have an order of funders, and co-payments have layers."""
    document = subject.document
    for meal in document.x_meals:
        path = f"x_meals.{meal.id}"
        if not meal.limits.uses and not any(relief.uses for relief in meal.reliefs):
            yield Problem(f"{path}.limits.uses", "a subsidised meal that no counter counts", "name a counter")
        if not meal.reliefs and not meal.fixed_copay:
            yield Problem(path, "the programme grants nothing", "write reliefs, or fixed_copay with layers")
        if meal.fixed_copay and not meal.layers:
            yield Problem(f"{path}.layers", "nobody carries what the co-payment leaves open", "write layers")
        funders = {relief.funder for relief in meal.reliefs} | {layer.funder for layer in meal.layers}
        if meal.limits.total_percent_max is not None and not funders <= set(document.x_funders):
            what = f"a total limit needs an order for {', '.join(sorted(funders - set(document.x_funders)))}"
            yield Problem(f"{path}.limits.total_percent_max", what, "list every funder in x_funders")
        open_layers = [layer for layer in meal.layers[:-1] if layer.max is None]
        if open_layers:
            yield Problem(
                f"{path}.layers", f"nothing is left after {open_layers[0].funder}", "write its max, or put it last"
            )
