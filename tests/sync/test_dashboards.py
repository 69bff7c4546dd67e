"""Dashboards and alert rules name figures that exist, with labels that they have, and say what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import yaml  # type: ignore[import-untyped]  # it has no py.typed
from prometheus_client.parser import text_string_to_metric_families

from sync.central.measuring import measures_where_installed
from tests.conformance.central_store import enrolled
from tests.sync.served import served_centre
from tests.sync.test_measures import post

CENTRAL: Final = files("sync.central")
DASHBOARDS: Final = [path for path in CENTRAL.joinpath("grafana").iterdir() if path.name.endswith(".json")]
RULES: Final[list[dict[str, Any]]] = [
    rule
    for group in yaml.safe_load(CENTRAL.joinpath("alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
NAMED: Final = re.compile(r"\b((?:onecard|process)_[a-z_]+)(\{[^}]*\})?")
OF_EVERY_SCRAPE: Final = frozenset({"job", "instance"})


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield title and panel of every dashboard."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            yield panel["title"], panel


def expressions() -> dict[str, str]:
    """Return every expression by where it stands."""
    shown = {
        f"{title}: {target['legendFormat']}": target["expr"] for title, panel in panels() for target in panel["targets"]
    }
    return {**shown, **{rule["alert"]: rule["expr"] for rule in RULES}}


async def labels_by_name(folder: Path) -> dict[str, set[str]]:
    """Return the labels of every sample that a server tells once it has seen something of each kind."""
    async with (
        served_centre(folder, measures_of=measures_where_installed("1")) as (centre, url),
        aiohttp.ClientSession() as session,
    ):
        ledger = await enrolled(centre)
        ledger.ride(1)
        ledger.raws[0] = ledger.raws[0][:-1]
        await post(session, url, ledger.packed())
        async with session.get(url + "/metrics") as answer:
            text = await answer.text()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    found: dict[str, set[str]] = {}
    for sample in samples:
        found.setdefault(sample.name, set()).update(sample.labels)
    return found


async def test_every_figure_that_is_named_exists_with_its_labels(tmp_path: Path) -> None:
    told = await labels_by_name(tmp_path)
    missing = []
    for place, expression in expressions().items():
        for name, matchers in NAMED.findall(expression):
            labels = set(re.findall(r"([a-z_]+)[!=]", matchers)) - OF_EVERY_SCRAPE
            if name not in told or not labels <= told[name]:
                missing.append(f"{place}: {name}{matchers}")
        by = set(re.findall(r"by \(([a-z_]+)\)", expression))
        figures = [name for name, _ in NAMED.findall(expression)]
        if not all(by <= told.get(name, set()) for name in figures):
            missing.append(f"{place}: by {by}")
    assert missing == []
    assert not any("terminal" in labels for labels in told.values())


async def test_a_planted_name_is_not_among_the_figures(tmp_path: Path) -> None:
    told = await labels_by_name(tmp_path)
    assert "onecard_swallowed_taps_total" not in told
    assert told["onecard_ingest_duration_seconds_bucket"] == {"le"}


@pytest.mark.parametrize("place", expressions())
def test_an_expression_closes_what_it_opens(place: str) -> None:
    text = expressions()[place]
    assert [text.count(opened) - text.count(closed) for opened, closed in ("()", "{}", "[]")] == [0, 0, 0]


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "action"}
    assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))


def test_panels_lie_side_by_side_under_their_own_numbers() -> None:
    found = [panel for _, panel in panels()]
    assert len({panel["id"] for panel in found}) == len(found)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in found}) == len(found)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in found)
    assert all(panel["description"] for panel in found)
