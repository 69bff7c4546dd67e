"""How long a code waits after wrong PINs: longer each time, and never for the mistakes of a busy lunch."""

from __future__ import annotations

from typing import Final

import pytest

from edge.terminal.till.pin_tries import DELAY_MS, LOCK_MS, TRIES, TRIES_ALL, PinTries

CODE: Final = b"one code"
OTHER: Final = b"another code"


class Stopwatch:
    """A monotonic clock that stands where it is put."""

    def __init__(self) -> None:
        self.now_ms = 5.0 * LOCK_MS
        self.tries = PinTries(lambda: self.now_ms)

    def wrong(self, count: int, code: bytes = CODE, every_ms: float = 0.0) -> None:
        for _ in range(count):
            self.tries.refused(code)
            self.now_ms += every_ms


WAITS: Final = {0: 0, 1: 0, 2: DELAY_MS, 3: 2 * DELAY_MS, 4: 4 * DELAY_MS, TRIES: LOCK_MS, TRIES + 1: LOCK_MS}


@pytest.mark.parametrize(("count", "wait_ms"), WAITS.items(), ids=[f"after {count}" for count in WAITS])
def test_each_wrong_pin_makes_the_code_wait_longer(count: int, wait_ms: int) -> None:
    watch = Stopwatch()
    watch.wrong(count)
    assert (watch.tries.wait_ms(CODE), watch.tries.wait_ms(OTHER)) == (wait_ms, 0)
    watch.now_ms += wait_ms
    assert watch.tries.wait_ms(CODE) == 0


def test_wrong_pins_a_lock_apart_begin_anew_and_a_right_one_forgets_them() -> None:
    watch = Stopwatch()
    watch.wrong(TRIES, every_ms=LOCK_MS)
    assert watch.tries.wait_ms(CODE) == 0
    watch.wrong(TRIES)
    watch.tries.accepted(CODE)
    assert watch.tries.wait_ms(CODE) == 0


def test_many_codes_within_a_lock_shut_every_code_out_until_the_oldest_is_past() -> None:
    watch = Stopwatch()
    for number in range(TRIES_ALL):
        watch.wrong(1, bytes([number]), every_ms=1_000)
    assert watch.tries.wait_ms(OTHER) == LOCK_MS - TRIES_ALL * 1_000
    watch.now_ms += LOCK_MS - TRIES_ALL * 1_000
    assert watch.tries.wait_ms(OTHER) == 0


def test_the_mistakes_of_a_busy_lunch_shut_nobody_out() -> None:
    watch = Stopwatch()
    for number in range(4 * TRIES_ALL):
        watch.wrong(1, bytes([number]), every_ms=60_000)
        assert watch.tries.wait_ms(OTHER) == 0


def test_what_was_typed_before_the_start_counts_from_when_it_was() -> None:
    watch = Stopwatch()
    for ago_ms in (500_000, 400_000, 300_000, 200_000, 100_000):
        watch.tries.refused(CODE, ago_ms)
    assert watch.tries.wait_ms(CODE) == LOCK_MS - 100_000
