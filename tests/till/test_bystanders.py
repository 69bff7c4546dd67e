"""What bystanders see and hear is the same for everybody whom a tariff tells apart: pages, prompts, lamps, sounds."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from drivers.signals.tones import tones
from drivers.virtual.voice import VirtualVoice
from edge.control.messages import Message
from edge.domain.display_text import lines_for
from edge.ports import NoValues
from edge.terminal.events import Broadcast
from edge.terminal.prompts import load_prompts
from edge.terminal.voice_line import VoiceLine
from edge.till.diner import diner_view
from tests.till.everybody import NOBODY, Met, diners_of, fares, meal_tariffs, met_aboard, met_at_till, riders_of
from tests.till.pictured_states import IDLE
from tests.till.scripted_terminal import ScriptedTerminal, scripted_till
from tests.till.sold_cases import SHELF

pytestmark = [pytest.mark.browser, pytest.mark.line]

PROMPTS: Final = load_prompts()
SHOWN_DOM: Final = """() => {
  const page = document.documentElement.cloneNode(true);
  const texts = document.createNodeIterator(page, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) text.data = text.data.replace(/[−-]?¥[0-9.]+/g, '¥').replace(/[0-9]+/g, '#');
  return page.outerHTML;
}"""  # noqa: E501 - one line of the script
"""Everything on the page but its amounts and counts: words, marks, attributes and elements."""
Everybody = Mapping[str, Mapping[str, Met]]


@pytest.fixture(scope="module")
def diners(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    """Return everybody who eats at a till, by tariff."""
    return {name: met_at_till(tmp_path_factory.mktemp("t"), name) for name in meal_tariffs()}


@pytest.fixture(scope="module")
def riders(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    """Return everybody who boards, by fare."""
    return {name: met_aboard(tmp_path_factory.mktemp("t"), name) for name in fares()}


def test_every_category_of_every_shipped_bundle_is_among_them() -> None:
    named = {
        category.rider_category_id
        for name in SHELF.ids()
        for version in SHELF.versions(name)
        for category in version.document.rider_categories
    }
    assert named <= {who for name in fares() for who in riders_of(name)}
    told_apart = {
        claim.category.partition("=")[0]
        for name in meal_tariffs()
        for claims in diners_of(name).values()
        for claim in claims
    }
    assert told_apart >= {
        "age",
        "hardship",
        "lowincome",
        "bed_contract",
        "disability_level",
        "target_group",
        "band",
        "group",
    }


def test_they_are_not_all_charged_alike(diners: Everybody, riders: Everybody) -> None:
    """Else the tests below would compare people whom nobody tells apart."""
    for name in ("qd-shibei-2024", "zengcheng-meal-2020"):
        assert len({met.signal.fen for met in diners[name].values()}) > 2, name
    assert {met.signal.fen for met in riders["qd-bus"].values()} == {0, 100}


@pytest.mark.parametrize("tariff", [*meal_tariffs(), *fares()])
def test_everybody_has_the_same_lamp_tone_and_prompt(tariff: str, diners: Everybody, riders: Everybody) -> None:
    people = {**diners, **riders}[tariff]
    assert len({(met.signal.lamp, met.signal.tone, met.signal.prompt) for met in people.values()}) == 1


@pytest.mark.parametrize("tariff", [*meal_tariffs(), *fares()])
async def test_everybody_reads_and_hears_the_same(tariff: str, diners: Everybody, riders: Everybody) -> None:
    people = {**diners, **riders}[tariff].values()
    assert len({heard(met) for met in people}) == 1
    assert len({read(met) for met in people}) == 1
    assert len({tuple(event) for event in [await pushed(met) for met in people]}) == 1


def heard(met: Met) -> Sequence[bytes]:
    """Return what the loudspeaker sounds for one of them."""
    line = VoiceLine(VirtualVoice(), Broadcast({}), lambda _error: None, NoValues(), tones(), "zh")
    return line.sounds_of({"tone": met.signal.tone, "prompt": met.signal.prompt})


def read(met: Met) -> Sequence[str]:
    """Return what stands on a text display for one of them, without its amounts."""
    text = PROMPTS[met.signal.prompt]["zh"]
    lines = lines_for(text, met.signal.fen, met.signal.balance_fen, 20, "zh")
    return tuple(re.sub(r"[0-9]+\.[0-9]+", "#", line) for line in lines)


async def pushed(met: Met) -> Sequence[tuple[str, object]]:
    """Return the event that screens get for one of them, without its amounts."""
    broadcast = Broadcast(PROMPTS)
    events = broadcast.listen()
    broadcast.show(met.signal)
    event: dict[str, Any] = await events.get()
    amounts = {"fen": event["fen"] >= 0, "balance_fen": event["balance_fen"] >= 0}
    return tuple((name, str(amounts.get(name, value))) for name, value in event.items())


@asynccontextmanager
async def diners_page(browser: Browser, folder: Path) -> AsyncIterator[tuple[ScriptedTerminal, Page]]:
    """Open the diner's page of a till."""
    async with scripted_till(folder) as (terminal, address):
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{address}/diner")
        yield terminal, page
        await context.close()


async def shown(terminal: ScriptedTerminal, page: Page, outcome: Message) -> str:
    """Show an outcome and return the page, without its amounts."""
    for state in (IDLE, {**IDLE, "outcome": outcome}):
        terminal.tell(state)
        await expect(page.locator("body")).to_have_attribute("data-screen", diner_view(state)["screen"])
    dom: str = await page.evaluate(SHOWN_DOM)
    return dom


@pytest.mark.asyncio(loop_scope="module")
async def test_the_diners_page_is_the_same_for_every_category(
    browser: Browser, tmp_path: Path, diners: Everybody
) -> None:
    async with diners_page(browser, tmp_path) as (terminal, page):
        for tariff, people in diners.items():
            doms = {who: await shown(terminal, page, met.told) for who, met in people.items()}
            differing = [who for who, dom in doms.items() if dom != doms[NOBODY]]
            assert differing == [], tariff
            assert "刷卡成功" in doms[NOBODY]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_word_too_many_would_be_noticed(browser: Browser, tmp_path: Path, diners: Everybody) -> None:
    """The comparison is of words and elements: another prompt is another page."""
    told = diners["qd-shibei-2024"][NOBODY].told
    async with diners_page(browser, tmp_path) as (terminal, page):
        plain = await shown(terminal, page, told)
        assert await shown(terminal, page, {**told, "prompt": "low_balance"}) != plain
        assert await shown(terminal, page, {**told, "payer_fen": 1}) == plain


def test_no_bundle_speaks_to_one_category_alone() -> None:
    """What a tariff has said aloud for a category is what everybody hears; only its driver's lamp may differ."""
    spoken = {
        (name, who): prompt.voice
        for name in fares()
        for version in SHELF.versions(name)
        for who, prompt in version.document.x_prompts.items()
        if who in riders_of(name)
    }
    assert spoken
    assert set(spoken.values()) == {PROMPTS["accepted"]["zh"]}
