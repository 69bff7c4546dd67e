"""A risk policy as people write it: what it means, what is refused, and that a terminal refuses the same."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest

import sync.central
from edge.domain.errors import ConfigError, PolicyError
from edge.domain.limits import Ceilings, DebtRule, FamilyCeilings, Limits, ListThreshold, Media, Tier
from edge.domain.limits_bounds import problems_of
from edge.domain.policy import Limits as Shipped
from edge.store.edition import open_edition
from sync.central.limits_document import limits_of
from sync.wire import decode, encode, pack
from tests.store.editions import CENTRE, artifact, deny, tariff, write_edition

REFERENCE: Final = Path(sync.central.__path__[0]) / "LIMITS.md"


def document(text: str) -> dict[str, Any]:
    return tomllib.loads('kind = "limits"\n' + text)


def test_the_example_of_the_reference_is_a_policy_and_shows_every_key() -> None:
    text = re.search(r"```toml\n(.*?)```", REFERENCE.read_text("utf-8"), re.DOTALL)
    assert text is not None
    limits = limits_of(tomllib.loads(text.group(1)))
    assert [tier.name for tier in limits.tiers] == ["cautious", "local_only", "refuse"]
    assert limits.debt is DebtRule.RECOVER
    shown = {line.partition("=")[0].strip(" {") for line in text.group(1).splitlines() if "=" in line}
    assert shown >= {each.name for each in fields(Ceilings)} - {"unsent_count_max"}
    assert decode(Limits, encode(limits), older=True) == limits


def test_an_empty_document_is_what_terminals_are_shipped_with() -> None:
    assert limits_of({"kind": "limits"}) == Shipped()


def test_every_part_is_read() -> None:
    text = """
        velocity_window_s = 60
        debt = "block"
        ceilings = { tap_fen_max = 900 }
        family.code = { unsent_fen_max = 700 }
        tier = [{ name = "careful", media = "local", ages_s = { deny_list = 3600 }, clock_error_s = 60 }]
    """
    assert limits_of(document(text)) == Limits(
        velocity_window_s=60,
        debt=DebtRule.BLOCK,
        ceilings=Ceilings(tap_fen_max=900),
        families=(FamilyCeilings("code", Ceilings(unsent_fen_max=700)),),
        tiers=(Tier("careful", Media.LOCAL, (ListThreshold("deny_list", 3600),), 60),),
    )


REFUSED: dict[str, tuple[str, str]] = {
    "an unknown key": ("speed = 3", "unknown key speed"),
    "an unknown ceiling": ("ceilings = { tap_max = 3 }", "unknown key ceilings.tap_max"),
    "an unknown key of a tier": ('[[tier]]\nname = "a"\nage = 3', "unknown key tier 1.age"),
    "a number that is text": ('unsent_fen_max = "many"', "unsent_fen_max is not a whole number"),
    "a negative ceiling": ("ceilings = { tap_fen_max = -1 }", "ceilings.tap_fen_max is not a whole number"),
    "a word that is none": ('debt = "forgive"', "debt is tell or block or recover"),
    "tiers that are no array": ("tier = 3", "tier is an array of tables"),
    "a family that is none": ("family.cheque = { tap_fen_max = 3 }", "not a family of media"),
    "row 88: a fare of nothing": ("fare_fen_max = 0", "fare_fen_max is from 1 to"),
    "row 88: a cap of ten million yuan": ("unsent_fen_max = 1_000_000_000", "unsent_fen_max is from 1 to"),
    "row 88: a day of ten thousand taps": ("ceilings = { card_day_count_max = 10_000 }", "card_day_count_max is from"),
    "row 88: a window of a year": ("velocity_window_s = 31_536_000", "velocity_window_s is from 1 to 86400"),
    "row 88: a list too old after a second": (
        '[[tier]]\nname = "a"\nmedia = "none"\nages_s = { deny_list = 1 }',
        "ages_s.deny_list is from 60",
    ),
    "a tier that nothing brings about": ('[[tier]]\nname = "a"\nmedia = "none"', "nothing brings it about"),
    "a tier that changes nothing": ('[[tier]]\nname = "a"\nclock_unknown = true', "it changes nothing"),
    "a tier called normal": ('[[tier]]\nname = "normal"\nmedia = "none"\nclock_unknown = true', "and not normal"),
    "tiers out of order": (
        (
            '[[tier]]\nname = "a"\nmedia = "none"\nages_s = { deny_list = 900 }\n'
            '[[tier]]\nname = "b"\nmedia = "local"\nages_s = { deny_list = 800 }'
        ),
        "lets more media through than a",
    ),
    "thresholds out of order": (
        (
            '[[tier]]\nname = "a"\nmedia = "local"\nages_s = { deny_list = 900 }\n'
            '[[tier]]\nname = "b"\nmedia = "none"\nages_s = { deny_list = 800 }'
        ),
        "ages_s.deny_list does not lie above",
    ),
    "a name twice": (
        (
            '[[tier]]\nname = "a"\nmedia = "local"\nclock_error_s = 90\n'
            '[[tier]]\nname = "a"\nmedia = "none"\nclock_error_s = 80'
        ),
        "named twice",
    ),
}


@pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        limits_of(document(text))


def test_row_88_a_terminal_refuses_an_absurd_policy_even_where_it_is_signed(tmp_path: Path) -> None:
    absurd = Limits(fare_fen_max=0, unsent_fen_max=10**9)
    assert len(problems_of(absurd)) == 2
    files = [("tariff", 1, tariff(1)), ("deny_list", 1, deny(1)), ("limits", 1, artifact("limits", 1, encode(absurd)))]
    folder = write_edition(tmp_path, 1, files)
    with pytest.raises(PolicyError, match="LIMITS_INVALID"):
        open_edition(folder, CENTRE.public)


def test_limits_of_release_0_1_0_mean_what_they_meant(tmp_path: Path) -> None:
    body = pack([299, 5_000, 40, 7])
    files = [("tariff", 1, tariff(1)), ("deny_list", 1, deny(1)), ("limits", 1, artifact("limits", 1, body))]
    edition = open_edition(write_edition(tmp_path, 1, files), CENTRE.public)
    assert edition.policy.limits == Limits(299, 5_000, 40, 7)
    edition.close()
