"""The control server by itself: who is let in, who is let go, and a close that nobody hears as a defect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.control.client import ControlClient, open_client
from edge.control.messages import Message
from edge.domain.errors import ConfigError, OneCardError
from edge.terminal.control import CONNECTIONS_MAX, SOCKET_PATH_BYTES_MAX, ControlServer
from edge.terminal.events import Broadcast
from edge.terminal.verbs import OperatorVerbs

PATIENCE_S = 5.0


class Ears(Broadcast):
    """A broadcast that tells how many listen."""

    def __init__(self) -> None:
        super().__init__({})
        self.listening = 0

    def listen(self, role: str = "") -> asyncio.Queue[dict[str, Any]]:
        self.listening += 1
        return super().listen(role)

    def leave(self, queue: asyncio.Queue[dict[str, Any]]) -> None:
        self.listening -= 1
        super().leave(queue)


async def nothing() -> Message:
    return {}


async def no_entries(*_asked: object) -> list[bytes]:
    return []


async def no_card(timeout_ms: int) -> Message:
    return {"waited_ms": timeout_ms}


async def no_problems() -> list[str]:
    return []


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Ears]:
    """Serve; a defect that asyncio hears of fails the test."""
    unhandled: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unhandled.append(context))
    ears = Ears()
    people = OperatorVerbs(dict, nothing, no_entries, no_entries, no_problems, no_card, no_card, ears)
    server = ControlServer(folder, people.verbs(), ears)
    await server.start()
    try:
        yield ears
    finally:
        await server.close()
        await asyncio.sleep(0)
        assert unhandled == []


async def client_of(folder: Path, role: str) -> ControlClient:
    return await open_client(folder / f"{role}.sock")


async def test_a_close_under_waiting_clients_is_no_defect(tmp_path: Path) -> None:
    """Regression: asyncio of Python 3.11 logs a conversation that was cancelled as an exception in a callback."""
    async with serving(tmp_path):
        idle, listener = await client_of(tmp_path, "read"), await client_of(tmp_path, "till")
        await idle.call("hello")
        await listener.call("subscribe")
    for client in (idle, listener):
        await client.close()


async def test_a_folder_without_room_for_a_socket_is_refused_in_words(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * (SOCKET_PATH_BYTES_MAX - len(str(tmp_path)) - len("/" + "/technician.sock") + 1))
    with pytest.raises(ConfigError, match=r"CONFIG_VALUE: paths\.sockets is too long"):
        async with serving(deep):
            pass
    async with serving(deep.with_name(deep.name[1:])):
        pass


async def test_a_listener_that_went_away_is_forgotten_though_nothing_happens(tmp_path: Path) -> None:
    """Regression: it held its place until the next event, and a quiet night filled all of them."""
    async with serving(tmp_path) as ears, asyncio.timeout(PATIENCE_S):
        for _ in range(2 * CONNECTIONS_MAX):
            listener = await client_of(tmp_path, "sync")
            await listener.call("subscribe")
            await listener.close()
            while ears.listening:  # noqa: ASYNC110 - the server signals nothing
                await asyncio.sleep(0)


async def test_a_crowd_in_one_role_keeps_no_other_role_out(tmp_path: Path) -> None:
    async with serving(tmp_path):
        crowd = [await client_of(tmp_path, "read") for _ in range(CONNECTIONS_MAX)]
        for client in crowd:
            await client.call("hello")
        late = await client_of(tmp_path, "read")
        with pytest.raises(OneCardError, match="CONTROL_ABSENT"):
            await late.call("hello")
        sync = await client_of(tmp_path, "sync")
        assert (await sync.call("hello"))["ok"]
        for client in (*crowd, late, sync):
            await client.close()


ABSURD: dict[str, tuple[str, dict[str, object]]] = {
    "a page of minus one": ("journal.page", {"max": -1}),
    "a page of nothing": ("journal.page", {"max": 0}),
    "a page from beyond every journal": ("journal.page", {"from": 2**63}),
    "a page from before the first entry": ("journal.page", {"from": 0}),
    "a page from true": ("journal.page", {"from": True}),
    "an endless wait for a card": ("card.read", {"timeout_ms": 10**400}),
    "a wait that is over before it begins": ("card.read", {"timeout_ms": -1}),
}


@pytest.mark.parametrize(("verb", "members"), ABSURD.values(), ids=ABSURD)
async def test_numbers_out_of_range_are_refused(verb: str, members: dict[str, object], tmp_path: Path) -> None:
    """Regression: minus one asked SQLite for the whole journal at once; huge numbers broke the conversation."""
    async with serving(tmp_path):
        client = await client_of(tmp_path, "technician")
        with pytest.raises(OneCardError, match="CONTROL_MALFORMED"):
            await client.call(verb, **members)
        assert (await client.call("hello"))["ok"]
        await client.close()
