"""What every card application must do, found by the scan of its package: a new one has to do it as well."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Final

import pytest

import drivers.cards
from drivers.apdu import CARD, Response
from drivers.card_application import CardApplication
from drivers.cards.epurse import PurseSettings
from drivers.cards.identity import IdentitySettings
from drivers.conversation import CardLeft
from drivers.registry import card_applications
from edge.domain.errors import CardError, ConfigError
from edge.domain.medium import UnknownSnapshot
from tests.drivers.cards.bank_bench import bank_settings

SETTINGS: Final = (PurseSettings(), IdentitySettings(), bank_settings())
NAMES: Final = [module.name for module in pkgutil.iter_modules(drivers.cards.__path__)]
COMMANDS_MAX: Final = 30


@pytest.fixture(params=NAMES)
def application(request: pytest.FixtureRequest) -> CardApplication:
    (found,) = card_applications([request.param], SETTINGS)
    return found


def ended(application: CardApplication, answer: bytes) -> Any:  # noqa: ANN401 - the value of any conversation
    """Give every command the same answer; return the value, or raise what the conversation raises."""
    conversation = application.snapshot()
    try:
        command = next(conversation)
        for _ in range(COMMANDS_MAX):
            assert command.channel == CARD
            assert command.step
            command = conversation.send(Response.parse(answer))
    except StopIteration as finished:
        return finished.value
    raise AssertionError("the conversation does not end")


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_by_the_name_of_its_package(name: str) -> None:
    assert importlib.import_module(f"drivers.cards.{name}").Application.name == name


def test_a_card_without_it_is_unknown_and_tells_what_was_tried(application: CardApplication) -> None:
    found = ended(application, b"\x6a\x82")
    assert isinstance(found, UnknownSnapshot)
    assert found.tried


@pytest.mark.parametrize("answer", [b"\x6d\x00", b"\x6e\x00", b"\x69\x85", b"\x67\x00"])
def test_a_card_that_refuses_everything_has_not_got_it(application: CardApplication, answer: bytes) -> None:
    assert isinstance(ended(application, answer), UnknownSnapshot)


def test_a_card_pulled_away_at_once_has_left(application: CardApplication) -> None:
    conversation = application.snapshot()
    next(conversation)
    with pytest.raises(CardError) as caught:
        conversation.throw(CardLeft())
    assert caught.value.code == "CARD_LEFT"


@pytest.mark.parametrize("answer", [b"\x61\x10", b"\x6c\x10"])
def test_an_answer_that_does_not_end_is_malformed(application: CardApplication, answer: bytes) -> None:
    with pytest.raises(CardError) as caught:
        ended(application, answer)
    assert caught.value.code == "CARD_MALFORMED"


@pytest.mark.parametrize("name", NAMES)
def test_one_that_is_listed_needs_its_settings(name: str) -> None:
    own = importlib.import_module(f"drivers.cards.{name}").Application.settings_type
    others = [each for each in SETTINGS if not isinstance(each, own)]
    with pytest.raises(ConfigError, match=f"`{name}` is listed and not set up"):
        card_applications([name], others)
