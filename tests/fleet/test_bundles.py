"""Tariff bundles as a browser sends them: linted as the command lints, and nothing of the centre's own is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.errors import ConfigError, PolicyError
from edge.tariff_authoring.toml_files import SHIPPED, read_bundle
from sync.central.fleet.bundles import publishable
from tests.fleet.fleet_stage import OPERATOR, fleet_in
from tests.sync.builders import NOON_MS

QD_BUS: Final = (SHIPPED / "qd-bus.toml").read_text("utf-8")
DENIED: Final = 'kind = "deny_list"\ntokens = []\n'
INCLUDING: Final = 'x_include = ["{name}"]\n[bundle]\nid = "mine"\n'
WRONG: Final = '[bundle]\nid = "mine"\nnonsense = 1\n'
MATRIX: Final = '[bundle]\nid = "mine"\n[[fare_products]]\nx_table = {{ file = "{name}" }}\n'


def sent(**files: str) -> dict[str, Any]:
    return publishable([name.replace("__", ".") for name in files], list(files.values()), NOON_MS)


def test_a_bundle_is_read_as_from_its_file_and_documents_stay_as_they_are() -> None:
    found = sent(qd_bus__toml=QD_BUS, denied__toml=DENIED)
    assert found["versions"] == [read_bundle(SHIPPED / "qd-bus.toml").plain]
    assert (found["documents"], found["names"]) == ([DENIED], ["denied.toml"])


def test_documents_without_a_bundle_are_not_even_looked_at() -> None:
    assert sent(a__toml="= 1", b__csv="x,y") == {
        "documents": ["= 1", "x,y"],
        "names": ["a.toml", "b.csv"],
        "versions": [],
    }


def test_what_a_bundle_includes_comes_along_and_is_no_document_of_its_own() -> None:
    fares = (SHIPPED / "qd_bus_fares.toml").read_text("utf-8")
    found = sent(mine__toml=QD_BUS.replace("qd_bus_fares", "my_fares"), my_fares__toml=fares)
    assert found["versions"] == [read_bundle(SHIPPED / "qd-bus.toml").plain]
    assert found["documents"] == []


ELSEWHERE: Final = {
    "an include that climbs": INCLUDING.format(name="../../etc/secret"),
    "an include by its whole path": INCLUDING.format(name="/etc/secret"),
    "a matrix by its whole path": MATRIX.format(name="/etc/passwd"),
    "a matrix that climbs": MATRIX.format(name="../secret.csv"),
}


@pytest.mark.parametrize("text", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_bundle_that_names_a_file_of_the_centres_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="by plain names"):
        sent(mine__toml=text)


def test_a_part_of_a_bundle_may_not_name_one_either() -> None:
    with pytest.raises(ConfigError, match="by plain names"):
        sent(mine__toml=INCLUDING.format(name="base"), base__toml=MATRIX.format(name="/etc/passwd"))


def test_a_name_that_climbs_is_refused() -> None:
    with pytest.raises(ConfigError, match="by plain names"):
        publishable(["../mine.toml"], [QD_BUS], NOON_MS)


def test_what_the_lint_finds_is_told() -> None:
    with pytest.raises(PolicyError, match=r"mine\.toml: ") as refused:
        sent(mine__toml=WRONG)
    assert refused.value.code == "TARIFF_INVALID"


@pytest.mark.centre
async def test_an_operator_stages_a_bundle(tmp_path: Path) -> None:
    async with fleet_in(tmp_path) as stage, stage.browser(OPERATOR) as session:
        await stage.admin.call("publish", {"documents": ['kind = "flat_fare"\nid = "f"\nfare_fen = 1\n', DENIED]})
        await stage.admin.call("group.set", {"group": "pilot", "terminals": ["bus-1"]})
        members = {"names": ["qd-bus.toml"], "documents": [QD_BUS]}
        read = await (await session.post("/api/publications/read", json=members)).json()
        assert read["publications"] == [{"kind": "tariff", "name": "tariff"}]
        answer = await session.post("/api/publications/stage", json={**members, "group": "pilot"})
        assert (answer.status, (await answer.json())["staged"]) == (200, read["publications"])
        wrong = {"names": ["mine.toml"], "documents": [WRONG]}
        assert await stage.code_of(session, "POST", "/api/publications/read", json=wrong) == (409, "TARIFF_INVALID")
