"""A synthetic city closes every day to the fen, and everything that was planted in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.centre.city import run

pytestmark = pytest.mark.centre

NAMES = (
    "late_record",
    "late_change",
    "double_claim",
    "wrong_tier",
    "declined",
    "clone",
    "contradicted",
    "lost_tap",
    "doubled_tap",
    "changed_amount",
)


async def test_three_days_of_a_city_close_to_the_fen_and_explain_themselves(tmp_path: Path) -> None:
    city, verdict = await run(tmp_path, days=3, taps=3_000, seed=1)
    assert verdict.faults == []
    assert len(city.closings) == 4
    assert [name for name in NAMES if not verdict.named[name]] == []
