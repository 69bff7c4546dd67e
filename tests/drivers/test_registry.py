"""Readers and card applications are found by name; unknown and doubled names are refused."""

from __future__ import annotations

import pytest

from drivers.cards.epurse import PurseSettings
from drivers.registry import by_name, card_applications, contactless_model, contactless_models, sam_model, sam_models
from edge.domain.errors import ConfigError


def test_known_names_are_found() -> None:
    assert contactless_model("pn532").name == "pn532"
    assert sam_model("gemcore").stop_bits == 2
    assert not sam_model("gemcore").raise_rts
    found = card_applications(["epurse"], [PurseSettings(home_city="4520")])
    assert [application.name for application in found] == ["epurse"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("pn533", "nearest known: `pn532`"), ("gemcore", "no reader protocol `gemcore`")],
    ids=["a slip of the keyboard", "a SAM reader is no contactless reader"],
)
def test_an_unknown_reader_names_the_nearest_known_one(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        contactless_model(name)
    assert caught.value.code == "CONFIG_VALUE"


def test_an_unknown_card_application_is_refused() -> None:
    with pytest.raises(ConfigError, match="nearest known: `epurse`"):
        card_applications(["purse"], [PurseSettings()])


def test_a_card_application_that_is_listed_and_not_set_up_is_refused() -> None:
    with pytest.raises(ConfigError, match="`bankcard` is listed and not set up"):
        card_applications(["epurse", "bankcard"], [PurseSettings()])


def test_the_readers_shipped_have_names_of_their_own() -> None:
    assert "pn532" in contactless_models()
    assert "gemcore" in sam_models()


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two files define the reader protocol `pn532`"):
        by_name([("pn532", 1), ("gemcore", 2), ("pn532", 3)], "reader protocol")
