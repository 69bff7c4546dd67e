"""Registered codes: what a row may hold, which keys find it, and who typed a PIN that is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.domain.diners import PROXIES_MAX, Collector, DinerRecord, Proxy, collector_of, unshared
from edge.domain.errors import PolicyError
from edge.domain.tap import Token
from edge.ports.editions import finished
from edge.store.keyed_rows import DinerList
from sync.row_form import Row, rows_part
from tests.store.row_lists import segment

CODE: Final = b"c" * 16
HERS: Final = b"d" * 16
PROXY: Final = Proxy(HERS, b"p" * 32, from_ms=100, until_ms=200)
DINER: Final = DinerRecord(CODE, b"h" * 16, b"s" * 16, b"o" * 32, from_ms=50, until_ms=300, proxies=(PROXY,))
OWN: Final = Collector(DINER)
RELATIVE: Final = Collector(DINER, Token(HERS))

TYPED: Final = {
    "the diner": (CODE, DINER.hash, 150, OWN),
    "a relative with the diner's code": (CODE, PROXY.hash, 150, RELATIVE),
    "a relative with the own code": (HERS, PROXY.hash, 150, RELATIVE),
    "the diner's PIN with a relative's code": (HERS, DINER.hash, 150, None),
    "a wrong PIN": (CODE, b"x" * 32, 150, None),
    "before the registration begins": (CODE, DINER.hash, 49, None),
    "when it begins": (CODE, DINER.hash, 50, OWN),
    "when it has ended": (CODE, DINER.hash, 300, None),
    "a relative whose time has ended": (CODE, PROXY.hash, 200, None),
    "a relative of a diner whose time has ended": (CODE, PROXY.hash, 300, None),
    "where no time is trusted": (CODE, DINER.hash, 0, OWN),
}


@pytest.mark.parametrize(("typed", "found", "now_ms", "who"), TYPED.values(), ids=TYPED.keys())
def test_who_typed_a_pin(typed: bytes, found: bytes, now_ms: int, who: Collector | None) -> None:
    assert collector_of(DINER, typed, found, now_ms) == who


Bend = Callable[[], DinerRecord]
UNSOUND: Final[dict[str, tuple[Bend, str]]] = {
    "a short code": (lambda: replace(DINER, code=b"c"), "a token has 16 bytes"),
    "no holder": (lambda: replace(DINER, holder=b""), "a token has 16 bytes"),
    "a short salt": (lambda: replace(DINER, salt=b"s"), "a salt has 16 bytes"),
    "a short hash": (lambda: replace(DINER, hash=b"o"), "a hash 32"),
    "a relative with the diner's PIN": (lambda: with_proxy(hash=DINER.hash), "one PIN"),
    "a relative with the diner's code": (lambda: with_proxy(token=CODE), "stands twice"),
    "a time that ends before it begins": (lambda: replace(DINER, until_ms=50), "ends before it begins"),
    "a relative's time that ends before it begins": (lambda: with_proxy(until_ms=100), "ends before it begins"),
    "too many relatives": (lambda: replace(DINER, proxies=tuple(map(relative, range(PROXIES_MAX + 1)))), "at most 4"),
}


def with_proxy(**changes: bytes | int) -> DinerRecord:
    """Return the diner with a relative that departs from the sound one."""
    return replace(DINER, proxies=(replace(PROXY, **changes),))  # type: ignore[arg-type]  # fields of a relative


def relative(number: int) -> Proxy:
    """Return one relative of several."""
    return Proxy(bytes([number]) * 16, bytes([number]) * 32)


@pytest.mark.parametrize(("bend", "why"), UNSOUND.values(), ids=UNSOUND.keys())
def test_what_no_row_may_hold(bend: Bend, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        bend()


def test_a_relative_of_two_is_found_by_neither_and_each_diner_by_the_own_code() -> None:
    other = replace(DINER, code=b"e" * 16, proxies=(PROXY, relative(7)))
    keys = dict(zip(("first", "other"), (keys for keys, _ in unshared([DINER, other])), strict=True))
    assert keys == {"first": (CODE,), "other": (b"e" * 16, b"\7" * 16)}
    with pytest.raises(ValueError, match="stands twice"):
        list(unshared([DINER, DINER]))


def test_a_list_with_a_row_that_cannot_be_is_refused_when_it_is_read(tmp_path: Path) -> None:
    rows: list[Row] = list(unshared([DINER]))
    sound = rows_part(rows)
    damaged = sound.replace(DINER.hash, PROXY.hash)
    assert finished(DinerList(segment(tmp_path, sound, 1, kind="diners")).reading()) is None
    with pytest.raises(PolicyError) as found:
        finished(DinerList(segment(tmp_path, damaged, 1, kind="diners")).reading())
    assert found.value.code == "ARTIFACT_DAMAGED"
