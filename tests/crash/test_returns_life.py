"""The life of which the lab draws crash states has in it what it is there for: a return for every reason."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from tests.crash.lab.subject import Unheard
from tests.crash.subjects.returns import RETURNS
from tests.crash.subjects.returns_life import NEWEST, WAYS


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
