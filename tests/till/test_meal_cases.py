"""Every published meal case passes through a till: its desk, its reader, the holder's claims and the till's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.till.sold_cases import CASES, SHELF, published, sold_as


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_till_sells_this_meal_as_published(case: dict[str, Any], tmp_path: Path) -> None:
    seen, wanted = published(case, sold_as(case, tmp_path))
    assert seen == wanted


def test_every_shipped_meal_tariff_has_a_case() -> None:
    meal_tariffs = {name for name in SHELF.ids() if any(one.plain.get("x_meals") for one in SHELF.authored(name))}
    assert {case["tariff"] for case in CASES} == meal_tariffs
