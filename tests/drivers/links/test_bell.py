"""A bell resumes the task that waits for it in the callback that rings, and never inside another task."""

from __future__ import annotations

import asyncio

import pytest

from drivers.links.bell import Bell


class Waiting:
    """A task that waits for a bell and tells when it goes on."""

    def __init__(self) -> None:
        self.bell = Bell(asyncio.get_running_loop())
        self.told: list[str] = []
        self.task = asyncio.create_task(self._wait())

    async def _wait(self) -> str:
        await self.bell
        self.told.append("resumed")
        return "done"

    def ring(self) -> None:
        self.told.append("ringing")
        self.bell.ring()
        self.told.append("rung")


async def test_the_task_goes_on_before_the_ringing_callback_ends() -> None:
    waiting = Waiting()
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(waiting.ring)
    assert await waiting.task == "done"
    assert waiting.told == ["ringing", "resumed", "rung"]


async def test_a_task_that_rings_is_not_interrupted() -> None:
    waiting = Waiting()
    await asyncio.sleep(0)
    waiting.ring()
    assert waiting.told == ["ringing", "rung"]
    assert await waiting.task == "done"


async def test_a_bell_that_rang_before_is_not_waited_for() -> None:
    waiting = Waiting()
    waiting.ring()
    assert await waiting.task == "done"


async def test_only_the_first_ring_is_heard() -> None:
    waiting = Waiting()
    await asyncio.sleep(0)
    for _ in range(2):
        asyncio.get_running_loop().call_soon(waiting.ring)
    await waiting.task
    await asyncio.sleep(0)
    assert waiting.told.count("resumed") == 1


async def test_a_cancelled_wait_ends_with_its_cancellation_and_hears_no_ring() -> None:
    waiting = Waiting()
    await asyncio.sleep(0)
    assert waiting.task.cancel("enough")
    waiting.bell.ring()
    with pytest.raises(asyncio.CancelledError):
        await waiting.task
    assert waiting.told == []


async def test_a_cancellation_comes_too_late_after_the_ring() -> None:
    waiting = Waiting()
    await asyncio.sleep(0)
    waiting.ring()
    assert not waiting.bell.cancel()
    assert await waiting.task == "done"


async def test_a_task_that_was_cancelled_before_it_waited_does_not_wait() -> None:
    waiting = Waiting()
    waiting.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting.task


async def test_a_wait_may_have_a_deadline() -> None:
    bell = Bell(asyncio.get_running_loop())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await bell


async def test_what_the_task_raises_is_its_own() -> None:
    bell = Bell(asyncio.get_running_loop())

    async def failing() -> None:
        await bell
        raise LookupError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(bell.ring)
    with pytest.raises(LookupError):
        await task
