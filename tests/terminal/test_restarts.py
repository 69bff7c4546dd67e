"""How often a terminal whose store is in doubt starts over before its process ends."""

from __future__ import annotations

import gc
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from edge.domain.errors import OneCardError, StoreError
from edge.terminal.restarts import QUIET_MS, STARTS_MAX, keep_serving
from edge.wiring_run import run_terminal
from tests.bench.terminal_folder import enrolled

IN_DOUBT = StoreError("STORE_IO", "a flush failed")
CORRUPT = StoreError("STORE_CORRUPT", "a page is damaged")
SOON_MS = QUIET_MS - 1


class Runs:
    """A service whose runs last as long as planned; each ends with an error, the one after the last by a signal."""

    def __init__(self, lasting_ms: Sequence[int], error: OneCardError = IN_DOUBT) -> None:
        self.left = list(lasting_ms)
        self.error = error
        self.now_ms = 0.0
        self.started = 0

    def serve(self) -> None:
        self.started += 1
        if self.left:
            self.now_ms += self.left.pop(0)
            raise ExceptionGroup("tasks", [self.error])

    def monotonic_ms(self) -> float:
        return self.now_ms


CASES = {
    "no fault at all": ([], 0, 1),
    "four faults in a row are lived through": ([0] * (STARTS_MAX - 1), 0, STARTS_MAX),
    "the fifth in a row ends the process": ([SOON_MS] * 9, 1, STARTS_MAX),
    "a quiet minute between two faults makes the count begin anew": ([QUIET_MS] * 20, 0, 21),
    "faults before a quiet minute do not count": ([0, 0, 0, QUIET_MS, 0, 0, 0], 0, 8),
    "a quiet minute is no pardon for what follows": ([QUIET_MS, 0, 0, 0, 0, 0], 1, STARTS_MAX),
}


@pytest.mark.parametrize(("lasting_ms", "code", "started"), CASES.values(), ids=CASES)
def test_a_store_in_doubt(lasting_ms: list[int], code: int, started: int) -> None:
    runs = Runs(lasting_ms)
    assert (keep_serving(runs.serve, runs.monotonic_ms), runs.started) == (code, started)


def test_an_error_that_no_restart_mends_leaves_its_group_at_once() -> None:
    runs = Runs([0], CORRUPT)
    with pytest.raises(StoreError) as raised:
        keep_serving(runs.serve, runs.monotonic_ms)
    assert (raised.value.code, runs.started) == ("STORE_CORRUPT", 1)


def test_what_a_service_was_made_of_is_let_go_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []

    async def ended(running: Coroutine[Any, Any, None]) -> None:
        running.close()
        frozen.append(gc.get_freeze_count())
        if len(frozen) == 1:
            raise IN_DOUBT

    monkeypatch.setattr("edge.wiring_run.until_stopped", ended)
    monkeypatch.setattr("edge.wiring_run.log_to", lambda *_: None)
    assert run_terminal(enrolled(tmp_path / "bus").config()) == 0
    assert len(frozen) == 2
    assert min(frozen) > 0
    assert gc.get_freeze_count() == 0
