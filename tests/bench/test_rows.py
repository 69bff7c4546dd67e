"""What the benchmarks' own arithmetic and exit codes promise; the figures themselves are no tests."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import load, main, names
from tests.bench.comparison import Comparison, Round, percentile
from tests.bench.report import Report


def test_the_rows_of_the_tap_line_are_found() -> None:
    assert {"tap", "modelled", "durable", "start"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_row_goes_by_the_name_of_its_file(name: str) -> None:
    assert name == load(name).ROW


def test_an_unknown_row_is_a_usage_error_that_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tup"]) == 2
    assert "tap" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "limit", "code"),
    [
        pytest.param(2.0, None, 0, id="a figure without a limit is only printed"),
        pytest.param(2.0, 2.0, 0, id="a limit is kept when it is just reached"),
        pytest.param(2.01, 2.0, 1, id="a figure above its limit fails the row"),
    ],
)
def test_a_limit_decides_the_exit_code(value: float, limit: float | None, code: int) -> None:
    report = Report("row", "title", "floor")
    report.figure("figure", "text", value=value, limit=limit)
    report.figure("another", "text")
    assert report.end() == code


@pytest.mark.parametrize(
    ("percent", "wanted"),
    [(50, 50), (99, 99), (99.5, 100), (100, 100), (1, 1)],
)
def test_a_percentile_is_one_of_the_values(percent: float, wanted: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], percent) == wanted


def test_a_ratio_is_taken_within_each_round() -> None:
    slow_minute, fast_minute = Round([40.0], [20.0]), Round([3.0], [1.0])
    ratio = Comparison([slow_minute, fast_minute]).ratio(50)
    assert (ratio.low, ratio.median, ratio.high) == (2.0, 2.5, 3.0)
