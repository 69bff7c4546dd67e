"""Every code has one family, a recovery and a hint; an undocumented code cannot be raised."""

from __future__ import annotations

import pytest

from edge.domain.error_codes import CODES
from edge.domain.errors import ConfigError, OneCardError, ReaderError, Recovery

FAMILIES = {family.family: family for family in OneCardError.__subclasses__()}


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_raised_by_its_family(code: str) -> None:
    family, recovery, hint = CODES[code]
    error = FAMILIES[family](code, "what happened")
    assert (error.code, error.recovery, error.hint) == (code, Recovery(recovery), hint)
    assert str(error) == f"{code}: what happened"


@pytest.mark.parametrize("code", CODES)
def test_every_hint_is_one_line_that_fits_a_small_screen(code: str) -> None:
    _, _, hint = CODES[code]
    assert hint.strip() == hint
    assert "\n" not in hint
    assert len(hint) <= 100


def test_an_unlisted_code_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        ReaderError("NO_SUCH_CODE", "x")


def test_a_code_of_another_family_cannot_be_raised() -> None:
    with pytest.raises(KeyError, match="belongs to reader"):
        ConfigError("LINK_LOST", "x")
