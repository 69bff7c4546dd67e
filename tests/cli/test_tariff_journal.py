"""A terminal's own journal under another tariff, and on the day a coming version takes over."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from edge.cli.main import main
from edge.domain.entry import Intent
from tests.cli.terminal_folder import Folder, enrolled
from tests.scenarios.line_tariffs import dated, shipped
from tests.store.editions import CENTRE
from tests.tariff.paper_line import PaperLine, purse

Capture = pytest.CaptureFixture[str]

VERSION: Final = """
[bundle]
id = "{id}"
series = "city"
effective = {{ {effective} }}
[[networks]]
network_id = "bus"
[[fare_media]]
fare_media_id = "purse"
fare_media_type = 2
x_scheme = "tunion"
[[rider_categories]]
rider_category_id = "adult"
is_default_fare_category = 1
[[fare_products]]
fare_product_id = "flat"
amount = {fen}
[[fare_leg_rules]]
leg_group_id = "bus"
network_id = "bus"
fare_product_id = "flat"
[x_tap_policy.bus]
mode = "in"
"""
JULY: Final = "2026-07-01T00:00:00+08:00"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a stopped terminal that sold two rides by a bus tariff, and two by the old version of ``city``."""
    made = enrolled(tmp_path / "terminal")
    (made.state / "keys" / "centre.pub").write_bytes(CENTRE.public)

    async def sold() -> None:
        journal = await made.open_journal()
        line = PaperLine(made.state, journal)
        try:
            line.install(1, [shipped("qd-bus")])
            ridden = [await line.tap(purse()) for _ in range(2)]
            assert all(isinstance(entry.body, Intent) for entry in ridden)
            line.install(2, [dated("city-1", 200, until=JULY)])
            for number in (1, 2):
                await line.tap(purse(number))
        finally:
            line.reference.close()
            await journal.close()

    asyncio.run(sold())
    for name, effective, fen in (("city-1", f'until = "{JULY}"', 200), ("city-2", f'from = "{JULY}"', 250)):
        text = VERSION.format(id=name, effective=effective, fen=fen)
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    return made


def asked(folder: Folder, capsys: Capture, *words: str) -> dict[str, Any]:
    """Run a verb of ``tariff`` on the folder's journal, with the bundles that lie beside it."""
    located = ("--bundles", str(folder.root.parent), "--config", str(folder.config), "--json", "--journal")
    assert main(["tariff", *words, *located]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_rides_with_a_chain_are_decided_again_under_another_tariff(folder: Folder, capsys: Capture) -> None:
    told = asked(folder, capsys, "diff", "qd-bus", "city-1")
    changed = {(one["before_fen"], one["after_fen"]) for one in told["changed"][:2]}
    assert (told["taps"], changed) == (4, {(100, 200), (0, 200)})
    assert "fare_products.bus_flat: removed" in told["rules"]


def test_versions_that_follow_one_another_are_compared_whatever_their_dates(folder: Folder, capsys: Capture) -> None:
    """Regression: the coming version is not in force at any tap of today, and had no price for one."""
    told = asked(folder, capsys, "diff", "city-1", "city-2")
    assert {(one["before_fen"], one["after_fen"]) for one in told["changed"]} == {(200, 250)}
    assert len(told["changed"]) == 4


def test_the_series_against_one_version_lets_the_taps_time_choose(folder: Folder, capsys: Capture) -> None:
    assert asked(folder, capsys, "diff", "city", "city-1")["changed"] == []


def test_a_rehearsal_prices_the_rides_that_the_tariff_sold(folder: Folder, capsys: Capture) -> None:
    told = asked(folder, capsys, "rehearse", "--at", "2026-07-01")
    assert told["changes"][0] == "city: city-1 -> city-2"
    assert [line for line in told["changes"] if " -> " in line][1:] == [
        "  seq 5: 2.00 -> 2.50",
        "  seq 7: 2.00 -> 2.50",
    ]
    assert asked(folder, capsys, "rehearse", "--at", "2026-06-30")["changes"] == []
