"""A tariff from elsewhere is data only: distances by station pair, two effective dates, a rounding, an exception."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.domain.tariff.reading import fields_of
from edge.tariff_authoring.given import EXPECT, GIVEN
from edge.tariff_authoring.reference import FILE, MODELS, rendered
from edge.tariff_authoring.toml_files import SHIPPED

FOLDER = Path(__file__).parent / "newcomer"
REFERENCE = FILE.read_text("utf-8")


def test_the_newcomers_bundles_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tariff", "lint", str(FOLDER)]) == 0
    assert capsys.readouterr().out == "2 bundles, 0 errors, 0 warnings\n"


def test_the_newcomers_cases_pass(capsys: pytest.CaptureFixture[str]) -> None:
    count = len(json.loads((FOLDER / "cases.json").read_text("utf-8"))["cases"])
    assert main(["tariff", "check", str(FOLDER / "cases.json"), "--bundles", str(FOLDER)]) == 0
    assert capsys.readouterr().out == f"{count} passed, 0 failed\n"


def test_a_wrong_figure_in_the_bundle_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in FOLDER.iterdir():
        text = file.read_text("utf-8").replace("first_step = 240", "first_step = 241")
        (tmp_path / file.name).write_text(text, "utf-8")
    assert main(["tariff", "check", str(FOLDER / "cases.json"), "--bundles", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["below the first end: payer_fen: expected 240, got 241", "7 passed, 1 failed"]


def test_the_tables_of_the_reference_are_those_of_the_models() -> None:
    assert rendered(REFERENCE) == REFERENCE, "write the output of `onecard tariff reference` over REFERENCE.md"


def test_every_key_of_every_model_says_what_it_means() -> None:
    for title, model in MODELS.items():
        for name, (field, _) in fields_of(model).items():
            assert field.metadata.get("doc"), f"{title}.{name}"


def test_every_key_of_cases_is_in_the_reference() -> None:
    assert [name for name in (*GIVEN, *EXPECT) if f"| `{name}` |" not in REFERENCE] == []


def test_every_shipped_fragment_is_named_in_the_reference() -> None:
    fragments = [file.stem for file in SHIPPED.glob("*.toml") if "[bundle]" not in file.read_text("utf-8")]
    own = {"qd_metro_fares", "qd_bus_fares"}
    assert [name for name in fragments if name not in own and f"`{name}`" not in REFERENCE] == []


@pytest.mark.parametrize("number", range(1))
def test_the_smallest_bundle_of_the_reference_is_clean(tmp_path: Path, number: int) -> None:
    sample = re.findall(r"```toml\n(\[bundle\].*?)```", REFERENCE, re.DOTALL)[number]
    (tmp_path / "my-city.toml").write_text(sample, "utf-8")
    assert main(["tariff", "lint", str(tmp_path)]) == 0


def test_every_shipped_figure_has_a_source() -> None:
    """Every shipped file says where its figures come from, or that they are invented or assumed."""
    for file in SHIPPED.glob("*.toml"):
        text = file.read_text("utf-8")
        if file.stem not in {"percent_param", "bus_and_metro"}:
            assert re.search(r"x_source|invented|assumed", text), file.name
