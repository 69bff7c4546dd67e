"""Unix sockets inside the loop: the product's control server and client on them, and what a power cut leaves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge.control.client import connect
from edge.control.messages import Message
from edge.domain.errors import OneCardError
from edge.simulation.disk import Disk
from edge.simulation.process import SimulatedProcess
from edge.simulation.run import run
from edge.terminal.control import ControlServer
from edge.terminal.events import Broadcast


async def hello(_message: Message) -> Message:
    return {"terminal": "bus-1"}


async def serve(folder: Path, broadcast: Broadcast) -> None:
    server = ControlServer(folder, {"hello": hello}, broadcast)
    await server.start()
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await server.close()


def test_requests_are_answered_and_refused_in_the_loop(tmp_path: Path) -> None:
    async def main() -> tuple[Message, str]:
        serving = asyncio.create_task(serve(tmp_path, Broadcast({})))
        await asyncio.sleep(1)
        async with connect(tmp_path / "read.sock") as client:
            answer = await client.call("hello")
            with pytest.raises(OneCardError) as refused:
                await client.call("entries", epoch=1)
        serving.cancel()
        return answer, refused.value.code

    assert run(main, 1).value == ({"ok": True, "terminal": "bus-1"}, "CONTROL_REFUSED")


def test_events_come_in_the_order_in_which_they_were_published(tmp_path: Path) -> None:
    async def main() -> list[int]:
        broadcast = Broadcast({})
        serving = asyncio.create_task(serve(tmp_path, broadcast))
        await asyncio.sleep(1)
        heard: list[int] = []
        async with connect(tmp_path / "sync.sock") as client:
            events = client.events()
            first = asyncio.ensure_future(anext(events))
            await asyncio.sleep(1)
            for number in range(20):
                broadcast.publish("tap", number=number)
            heard.append((await first)["number"])
            heard += [(await anext(events))["number"] for _ in range(19)]
        serving.cancel()
        return heard

    for seed in range(5):
        assert run(main, seed).value == list(range(20))


def test_a_power_cut_ends_the_conversation_and_nobody_listens_any_more(tmp_path: Path) -> None:
    async def main() -> list[str]:
        process = SimulatedProcess("bus-1", Disk(tmp_path / "disk"))
        process.start(lambda: serve(tmp_path / "disk", Broadcast({})))
        await asyncio.sleep(1)
        codes = []
        async with connect(tmp_path / "disk" / "read.sock") as client:
            process.cut()
            for _ in range(2):
                with pytest.raises(OneCardError) as absent:
                    await client.call("hello")
                codes.append(absent.value.code)
        with pytest.raises(OneCardError) as nobody:
            async with connect(tmp_path / "disk" / "read.sock"):
                pass
        return [*codes, nobody.value.code]

    assert run(main, 1).value == ["CONTROL_ABSENT"] * 3
