"""Passes of technicians: what covers a piece of work, and everything that does not, told in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.crypto.signing import SigningKey
from edge.domain.errors import ConfigError
from edge.domain.staff import Technician, TechnicianRoster, Trade
from edge.domain.work_pass import AHEAD_MS, HOUR_MS, PASS_HOURS_MAX, Work, WorkPass
from sync.work_pass import PREFIX, Watch, admit, read_pass, seal_pass

KEY: Final = SigningKey(b"\x21" * 32)
OTHER_KEY: Final = SigningKey(b"\x22" * 32)
NOW_MS: Final = 1_800_000_000_000
PASS: Final = WorkPass("t-7", "bus-101", Work.SERVICE, NOW_MS, NOW_MS + 8 * HOUR_MS, b"\1" * 8)
FITTER: Final = Technician("t-7", Trade.FITTER, KEY.public)
WATCH: Final = Watch("bus-101", TechnicianRoster((FITTER,)), NOW_MS, NOW_MS)


@dataclass(frozen=True)
class Shown:
    """A pass, the key it is signed with, and what it is shown to."""

    given: WorkPass = PASS
    key: SigningKey = KEY
    watch: Watch = WATCH
    work: Work = Work.SERVICE


def by(technician: Technician) -> Watch:
    """Return a watch whose roster has one technician."""
    return replace(WATCH, roster=TechnicianRoster((technician,)))


def at(known_ms: int, trusted_ms: int) -> Watch:
    """Return a watch at another time."""
    return replace(WATCH, known_ms=known_ms, trusted_ms=trusted_ms)


ADMITTED: Final[dict[str, Shown]] = {
    "at once": Shown(),
    "in its last millisecond": Shown(watch=at(PASS.until_ms - 1, PASS.until_ms - 1)),
    "by a clock a little behind that of whoever signed": Shown(watch=at(NOW_MS - AHEAD_MS, NOW_MS - AHEAD_MS)),
    "long before its time where no time is trusted": Shown(watch=at(NOW_MS - 90 * HOUR_MS, 0)),
    "for a wipe": Shown(replace(PASS, work=Work.WIPE), work=Work.WIPE),
    "for a week": Shown(replace(PASS, until_ms=NOW_MS + PASS_HOURS_MAX * HOUR_MS)),
}
REFUSED: Final[dict[str, tuple[Shown, str]]] = {
    "for another terminal": (Shown(replace(PASS, terminal="bus-102")), "for the terminal bus-102"),
    "for service where a wipe is asked for": (Shown(work=Work.WIPE), "for the work `service`"),
    "for a wipe where service is asked for": (Shown(replace(PASS, work=Work.WIPE)), "for the work `wipe`"),
    "whose time has surely passed": (Shown(watch=at(PASS.until_ms, 0)), "its time is over"),
    "made in a trusted future": (
        Shown(watch=at(NOW_MS - AHEAD_MS - 1, NOW_MS - AHEAD_MS - 1)),
        "its time has not come",
    ),
    "signed by another key": (Shown(key=OTHER_KEY), "not signed by the key on the roster"),
    "of nobody on the roster": (Shown(replace(PASS, technician="t-8")), "not on the roster"),
    "of somebody who has left": (Shown(watch=by(replace(FITTER, until_ms=NOW_MS))), "no longer"),
    "of somebody who has left, though no time is trusted": (
        Shown(watch=replace(by(replace(FITTER, until_ms=NOW_MS)), trusted_ms=0)),
        "no longer",
    ),
    "of somebody who is yet to begin": (Shown(watch=by(replace(FITTER, from_ms=NOW_MS + 1))), "not on the roster"),
}
NO_PASSES: Final = {
    "nothing": "",
    "a sentence": "let me in",
    "a beginning alone": PREFIX,
    "no base64": PREFIX + "?",
    "a pass cut short": seal_pass(KEY, PASS)[:-8],
    "more than a line": PREFIX + "A" * 2_000,
    "another value": PREFIX + "wA",
}
OUT_OF_BOUNDS: Final[dict[str, Callable[[], WorkPass]]] = {
    "a name": lambda: replace(PASS, technician="Li Lei"),
    "no terminal": lambda: replace(PASS, terminal=""),
    "an end before its beginning": lambda: replace(PASS, until_ms=NOW_MS),
    "more than a week": lambda: replace(PASS, until_ms=NOW_MS + PASS_HOURS_MAX * HOUR_MS + 1),
    "a short nonce": lambda: replace(PASS, nonce=b""),
}


@pytest.mark.parametrize("case", list(ADMITTED))
def test_a_pass_is_good(case: str) -> None:
    shown = ADMITTED[case]
    assert admit(seal_pass(shown.key, shown.given), shown.watch, shown.work) == FITTER


@pytest.mark.parametrize("case", list(REFUSED))
def test_a_pass_is_refused(case: str) -> None:
    shown, words = REFUSED[case]
    with pytest.raises(ConfigError, match=f"PASS_REFUSED.*{words}"):
        admit(seal_pass(shown.key, shown.given), shown.watch, shown.work)


@pytest.mark.parametrize("case", list(NO_PASSES))
def test_what_is_no_pass_is_told_as_that(case: str) -> None:
    with pytest.raises(ConfigError, match="PASS_REFUSED"):
        admit(NO_PASSES[case], WATCH, Work.SERVICE)


@pytest.mark.parametrize("case", list(OUT_OF_BOUNDS))
def test_no_pass_says(case: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        OUT_OF_BOUNDS[case]()


def test_a_pass_reads_as_it_was_signed() -> None:
    assert read_pass(f"  {seal_pass(KEY, PASS)}\n") == PASS


@given(st.data())
def test_one_altered_letter_never_lets_anybody_in(drawn: st.DataObject) -> None:
    text = seal_pass(KEY, PASS)
    place = drawn.draw(st.integers(0, len(text) - 2))  # the last letter has bits that mean nothing
    letter = drawn.draw(st.sampled_from(sorted(set("ABab01-_") - {text[place]})))
    with pytest.raises(ConfigError, match="PASS_REFUSED"):
        admit(text[:place] + letter + text[place + 1 :], WATCH, Work.SERVICE)
