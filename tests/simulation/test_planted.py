"""Every planted bug is caught: the auditor sees what it is there to see."""

from __future__ import annotations

import pytest

from tests.simulation.planted import journal_bugs, payment_bugs, sync_bugs, terminal_bugs
from tests.simulation.planted.planting import Planted, hunt

BUGS = (*terminal_bugs.BUGS, *payment_bugs.BUGS, *journal_bugs.BUGS, *sync_bugs.BUGS)

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("planted", BUGS, ids=[planted.name for planted in BUGS])
def test_is_caught(planted: Planted) -> None:
    seeds, violations = hunt(planted)
    assert violations, f"not caught within {seeds} seeds"


def test_every_invariant_has_a_bug_that_breaks_it() -> None:
    assert {f"I{number}" for number in range(1, 13)} <= {each for planted in BUGS for each in planted.invariants}
