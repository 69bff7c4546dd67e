"""What the eye would say of the passenger's page, measured: in every state, both sizes and both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, expect

from tests.till.axe import violations
from tests.till.passenger_screens import SIZES, Seat, seat, visited
from tests.till.photographs import LANGUAGES
from tests.till.test_screens import MEASURED

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

TEXT_PX: Final = 24
AMOUNT_PX: Final = 48
SHAPE: Final = "() => [...document.querySelectorAll('body, body *')].map((part) => `${part.localName}#${part.id}`)"
LONG_NAMES: Final = "idle_with_long_names"
ONE_OF_EACH: Final = (
    "idle",
    "pays_for_three",
    "paid",
    "balance_too_low",
    "one_card_only",
    "driver_signed_on",
    "stopped",
)
"""One state of each screen."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_every_state_is_readable_whole(
    browser: Browser, tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    faults: dict[str, Any] = {}
    shapes: set[tuple[str, ...]] = set()
    async with seat(browser, tmp_path, size, language) as found:
        async for name in visited(found):
            if wrong := await _faults(found, name):
                faults[name] = wrong
            shapes.add(tuple(await found.page.evaluate(SHAPE)))
        assert found.troubles == []
    assert faults == {}
    assert len(shapes) == 1, "the same elements for everybody"


async def _faults(found: Seat, name: str) -> dict[str, Any]:
    measured: dict[str, Any] = await found.page.evaluate(MEASURED)
    wrong = {key: measured[key] for key in ("cut", "outside", "wide", "long") if measured[key]}
    if name == LONG_NAMES:  # a name that is too long ends in dots
        wrong.pop("cut", None)
    small = measured["text_px"] < TEXT_PX or measured["amount_px"] < AMOUNT_PX
    return wrong | ({"small": measured} if small else {})


async def test_axe_finds_nothing_and_no_screen_is_told_by_colour_alone(browser: Browser, tmp_path: Path) -> None:
    faults: dict[str, list[str]] = {}
    marks: set[str] = set()
    async with seat(browser, tmp_path, (800, 480), "zh") as found:
        for name in ONE_OF_EACH:
            await found.in_state(name)
            faults[name] = await violations(found.page)
            marks.add(await found.page.inner_text("#mark"))
    assert {state: told for state, told in faults.items() if told} == {}
    assert len(marks) == len(ONE_OF_EACH)


async def test_an_answer_gives_way_once_its_card_has_left(browser: Browser, tmp_path: Path) -> None:
    async with seat(browser, tmp_path, (800, 480), "zh") as found:
        await found.in_state("paid")
        found.terminal.broadcast.publish("card_left")
        await expect(found.page.locator("body")).to_have_attribute("data-screen", "idle", timeout=10_000)
