"""The passenger's page without a browser: the same picture for everybody, and a screen that comes back resumes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession, ClientTimeout

from edge.config import load_config
from edge.control.messages import Message
from edge.domain.errors import ConfigError, UplinkError
from edge.domain.prompts import KEYS
from edge.terminal.prompts import load_prompts
from edge.till.passenger import passenger_view
from edge.wiring_till import TillOptions, options_of, passenger_pages, served
from tests.till.passenger_screens import PAID, RIDING, STATES, RidingTerminal, answered

PATIENCE: Final = ClientTimeout(total=20)
WEIGHT_BYTES_MAX: Final = 32_000
PEOPLE: Final[dict[str, dict[str, Any]]] = {
    "an adult": {},
    "a student at half price": {"fen": 100},
    "an elder who rides free": {"fen": 0},
    "somebody with a bank card": {"balance_fen": -1},
    "somebody who owes nothing any more": {"prompt": "debt_recovered", "fen": 500},
}
SCREENS: Final = {
    "idle": "idle",
    "pays_for_three": "armed",
    "companion_next": "armed",
    "paid": "paid",
    "balance_too_low": "refused",
    "one_card_only": "again",
    "driver_signed_on": "noted",
    "card_read_for_a_technician": "noted",
    "tap_taken_back": "noted",
    "stopped": "stopped",
}


@pytest.mark.parametrize(("state", "screen"), SCREENS.items(), ids=SCREENS)
def test_each_state_has_its_screen(state: str, screen: str) -> None:
    assert passenger_view(STATES[state])["screen"] == screen
    assert passenger_view({"absent": True})["screen"] == "away"


@pytest.mark.parametrize("changes", PEOPLE.values(), ids=PEOPLE)
def test_everybody_sees_the_same_picture_with_other_amounts(changes: dict[str, Any]) -> None:
    shown = passenger_view(answered(**changes))
    assert list(shown) == list(passenger_view(RIDING))
    assert shown["screen"] == "paid"
    assert not [word for word in ("driver", "tap", "token", "relief", "category") if word in json.dumps(shown)]


def test_a_refusal_shows_what_is_left_at_most_and_gives_way_to_what_is_armed() -> None:
    armed = {"riders": 3, "companion": False, "left_ms": 1}
    refusal = {**PAID, "accepted": False, "prompt": "balance_too_low", "balance_fen": 50}
    shown = passenger_view({**RIDING, "armed": armed, "shown": refusal})
    assert (shown["screen"], shown["fen"], shown["balance_fen"]) == ("refused", -1, 50)
    assert (shown["then"]["screen"], shown["then"]["riders"]) == ("armed", 3)


def test_a_stopped_terminal_says_do_not_tap_instead_of_why_nobody_can() -> None:
    shown = {**PAID, "accepted": False, "prompt": "lists_stale"}
    assert passenger_view({**RIDING, "stop": "lists_stale", "shown": shown})["screen"] == "stopped"


def test_the_page_is_light_and_has_words_for_every_prompt() -> None:
    pages = passenger_pages()
    assert sum(len(page.content) for page in pages.values()) < WEIGHT_BYTES_MAX
    texts = json.loads(pages["texts.json"].content)
    assert texts["prompt"].keys() >= KEYS
    assert texts["prompt"] == load_prompts()
    assert not [name for name in pages if "staff" in name or "diner" in name]


def test_a_till_has_no_passenger_and_a_bus_no_till(tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    for mode, passenger in (("till", True), ("bus", False)):
        place = f'[place]\ncity = "4520"\noperator = "x"\nmode = "{mode}"\n'
        file.write_text(f'profile = "bus-validator"\n{place}', "utf-8")
        config = load_config(file)
        with pytest.raises(ConfigError, match=r"place\.mode"):
            options_of(config, "127.0.0.1", 0, passenger=passenger)
        assert options_of(config, "127.0.0.1", 0, passenger=not passenger).passenger is not passenger
        with pytest.raises(ConfigError, match="loopback"):
            options_of(config, "0.0.0.0", 0, passenger=not passenger)  # noqa: S104 - it is refused


@asynccontextmanager
async def riding(folder: Path) -> AsyncIterator[tuple[RidingTerminal, ClientSession]]:
    terminal = RidingTerminal(folder / "sockets")
    await terminal.server.start()
    options = TillOptions(folder / "sockets" / "till.sock", folder / "none.json", passenger=True)
    try:
        async with served(options) as address, ClientSession(address, timeout=PATIENCE) as client:
            yield terminal, client
    finally:
        await terminal.server.close()


@pytest.mark.line
async def test_pages_that_find_their_address_taken_say_so(tmp_path: Path) -> None:
    async with await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0) as other:
        port = int(other.sockets[0].getsockname()[1])
        options = TillOptions(tmp_path / "sockets" / "till.sock", tmp_path / "none.json", port=port, passenger=True)
        with pytest.raises(UplinkError, match=r"ADDRESS_TAKEN: --listen 127\.0\.0\.1:\d+: .*already in use"):
            async with served(options):
                raise AssertionError("two at one address")


async def pictures(client: ClientSession, last: str = "") -> AsyncIterator[tuple[str, Message]]:
    """Yield (id, picture) as the server pushes them."""
    headers = {"Last-Event-ID": last} if last else {}
    async with client.get("/events/passenger", headers=headers) as stream:
        number = ""
        async for line in stream.content:
            name, _, told = line.decode().strip().partition(": ")
            number = told if name == "id" else number
            if name == "data":
                yield number, json.loads(told)


async def until(client: ClientSession, screen: str, last: str = "") -> tuple[str, list[str]]:
    """Return the id of the first picture that shows a screen, and the screens before it."""
    before: list[str] = []
    async for number, picture in pictures(client, last):
        if picture["screen"] == screen:
            return number, before
        before.append(picture["screen"])
    raise AssertionError(screen)


@pytest.mark.line
async def test_a_screen_that_lost_its_line_is_told_what_it_missed(tmp_path: Path) -> None:
    async with riding(tmp_path) as (terminal, client):
        number, _ = await until(client, "idle")
        terminal.broadcast.publish("tap", tap="00", **PAID)
        terminal.broadcast.publish("tap", tap="01", **{**PAID, "accepted": False, "prompt": "passback"})
        _, before = await until(client, "refused", number)
        assert before == ["paid"]
        terminal.broadcast.publish("card_left")
        async for _, picture in pictures(client):
            if picture["gone"]:
                break


@pytest.mark.line
async def test_nobody_can_do_anything_at_a_passenger_s_screen(tmp_path: Path) -> None:
    async with riding(tmp_path) as (_, client):
        for path in ("/api/login", "/api/do/void", "/events/staff"):
            async with client.post(path, json={}) as answer:
                assert answer.status in (404, 405)
        async with client.get("/staff") as answer:
            assert answer.status == 404
        async with client.get("/", headers={"Host": "bus.example:80"}) as answer:
            assert answer.status == 421
