"""The life of which the lab draws crash states has in it what it is there for: a return for every reason."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.crash.lab.explorer import every_point, explore_points
from tests.crash.lab.subject import Unheard, trace_of
from tests.crash.subjects.returns import RETURNS
from tests.crash.subjects.returns_life import NEWEST, WAYS

TRIES: Final = 2
"""How often the power goes at each change: the volatile part is lost in another way each time."""


class Heard(Unheard):
    """Marks that are kept at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[dict[str, Any]] = []

    def mark(self, **facts: object) -> None:
        """Keep the mark as it would be read from its file."""
        self.marks.append(json.loads(json.dumps(facts)))


def test_the_terminal_returns_for_every_reason_and_goes_on(tmp_path: Path) -> None:
    heard = Heard()
    RETURNS.live(tmp_path / "root", heard)
    stands = [tuple(mark["slots"]) for mark in heard.marks if mark.get("done") == "stand"]
    refused = {reason for _, _, _, all_refused in stands for _, reason in all_refused}
    back = [(before, after) for (before, *_), (after, *_) in itertools.pairwise(stands) if after < before]
    assert refused == set(WAYS) - {""}
    assert back == [(edition, edition - 1) for edition in range(2, NEWEST, 2)]
    assert stands[-1][0] == NEWEST


@pytest.mark.crash
async def test_no_cut_at_any_change_of_slots_or_floors_breaks_a_promise(
    shim: Path, lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operations = trace_of(RETURNS, shim, lab)
    points = every_point(operations, "slots", "floors")
    findings = await explore_points(RETURNS, operations, lab, sorted(points * TRIES), Random(4))
    with capsys.disabled():
        sys.stdout.write(f"\n{findings.line()}\n")
    assert len(points) > 4 * NEWEST, "each edition is noted in both, and each note is a file, its bytes and its name"
    assert findings.broken == []
