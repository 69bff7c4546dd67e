"""The simulated loop: virtual time, seeded order, nothing of the machine, and no silent end."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest

from edge.simulation.failures import DeadlockError, RealWorldError, StepLimitError, UnhandledError
from edge.simulation.loop import simulation_loop
from edge.simulation.run import run

SEEDS = range(40)


async def order_of_three() -> str:
    order: list[str] = []

    async def step(name: str) -> None:
        await asyncio.sleep(1)
        order.append(name)

    await asyncio.gather(*(step(name) for name in "abc"))
    return "".join(order)


def test_time_is_virtual_and_jumps_to_the_next_timer() -> None:
    async def sleep_a_month() -> float:
        await asyncio.sleep(30 * 86_400)
        return asyncio.get_running_loop().time()

    began = time.perf_counter()
    result = run(sleep_a_month, 1)
    assert result.value == 30 * 86_400
    assert result.virtual_ms == 30 * 86_400_000
    assert time.perf_counter() - began < 5


def test_a_seed_fixes_the_order_and_seeds_differ() -> None:
    orders = [run(order_of_three, seed).value for seed in SEEDS]
    assert orders == [run(order_of_three, seed).value for seed in SEEDS]
    assert set(orders) == {"abc", "acb", "bac", "bca", "cab", "cba"}


def test_same_seed_gives_the_same_trace_and_other_seeds_another() -> None:
    traces = [run(order_of_three, seed).trace_hash for seed in SEEDS]
    assert traces == [run(order_of_three, seed).trace_hash for seed in SEEDS]
    assert len(set(traces)) > 1


def test_the_trace_hears_marks() -> None:
    async def mark(text: str) -> None:
        simulation_loop().trace.mark(text)

    assert run(lambda: mark("a"), 1).trace_hash != run(lambda: mark("b"), 1).trace_hash


def test_a_ready_step_waits_at_most_for_this_turn_and_the_next() -> None:
    async def longest_wait() -> int:
        loop, others, waits = simulation_loop(), 20, []

        async def spin() -> None:
            for _ in range(1_000):
                await asyncio.sleep(0)

        spinners = [asyncio.create_task(spin()) for _ in range(others)]
        for _ in range(200):
            before = loop.steps
            await asyncio.sleep(0)
            waits.append(loop.steps - before)
        for spinner in spinners:
            spinner.cancel()
        return max(waits)

    assert all(run(longest_wait, seed).value <= 2 * 21 for seed in range(5))


def test_timers_run_by_time_whatever_the_seed() -> None:
    async def fired() -> list[int]:
        loop, order = asyncio.get_running_loop(), list[int]()
        for delay in (3, 1, 2, 5, 4):
            loop.call_later(delay, order.append, delay)
        loop.call_later(2.5, order.append, 99).cancel()
        await asyncio.sleep(6)
        return order

    assert all(run(fired, seed).value == [1, 2, 3, 4, 5] for seed in SEEDS)


def test_many_cancelled_timers_are_swept_out() -> None:
    async def cancel_many() -> int:
        loop = simulation_loop()
        for _ in range(5_000):
            loop.call_later(3_600, print).cancel()
        await asyncio.sleep(0.1)
        return len(loop._timers)  # noqa: SLF001 - the sweep has no other sign

    assert run(cancel_many, 1).value < 5_000 - 1_000


def test_sets_of_tasks_are_walked_in_the_order_of_their_numbers() -> None:
    async def walk() -> list[str]:
        async def idle() -> None:
            await asyncio.sleep(1)

        tasks = {asyncio.create_task(idle(), name=f"{number}") for number in range(9)}
        done, _ = await asyncio.wait(tasks)
        futures = {asyncio.get_running_loop().create_future() for _ in range(3)}
        assert sorted(hash(future) for future in futures) == [hash(future) for future in futures]
        return [task.get_name() for task in done]

    assert run(walk, 3).value == [str(number) for number in range(9)]


async def through_executor() -> int:
    return await asyncio.get_running_loop().run_in_executor(None, threading.get_ident)


def test_executor_jobs_run_in_the_loop_and_take_virtual_time() -> None:
    result = run(through_executor, 1)
    assert result.value == threading.get_ident()
    assert result.virtual_ms > 0
    assert run(lambda: asyncio.to_thread(threading.get_ident), 1).value == threading.get_ident()


async def _from_another_thread() -> None:
    loop, raised = asyncio.get_running_loop(), list[BaseException]()

    def call() -> None:
        try:
            loop.call_soon_threadsafe(print)
        except RealWorldError as error:
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    raise raised[0]


async def _add_reader() -> None:
    asyncio.get_running_loop().add_reader(0, print)


async def _sleep_in_thread() -> None:
    time.sleep(0.01)  # noqa: ASYNC251 - the very thing that is refused


async def _random_bytes() -> None:
    os.urandom(4)


async def _random_uuid() -> None:
    uuid.uuid4()


async def _system_random() -> None:
    random.SystemRandom().random()


REAL_WORLD: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
    "a TCP connection": lambda: asyncio.open_connection("127.0.0.1", 9),
    "a TCP server": lambda: asyncio.start_server(print, "127.0.0.1", 0),
    "a name lookup": lambda: asyncio.get_running_loop().getaddrinfo("localhost", 80),
    "a raw socket": lambda: asyncio.get_running_loop().sock_recv(socket.socket.__new__(socket.socket), 1),
    "a child process": lambda: asyncio.create_subprocess_exec("/bin/true"),
    "a shell": lambda: asyncio.create_subprocess_shell("true"),
    "a file descriptor to wait for": _add_reader,
    "a call from another thread": _from_another_thread,
    "a sleep in the thread": _sleep_in_thread,
    "random bytes of the machine": _random_bytes,
    "a random uuid": _random_uuid,
    "the system's random numbers": _system_random,
}


@pytest.mark.parametrize("reach", REAL_WORLD.values(), ids=REAL_WORLD.keys())
def test_the_real_world_is_refused(reach: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    with pytest.raises(RealWorldError):
        run(reach, 1)


def test_time_and_the_shared_random_belong_to_the_run() -> None:
    async def read() -> tuple[float, float, float]:
        await asyncio.sleep(5)
        return time.time(), time.monotonic(), random.random()

    outside = random.getstate()
    assert run(read, 4).value == run(read, 4).value
    assert run(read, 4).value[1] == 5
    assert random.getstate() == outside
    assert time.time() < 1e10


def test_a_deadlock_names_who_waits_and_where() -> None:
    async def wait_for_nobody() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(DeadlockError, match=r"(?s)_inside#1 in .*wait_for_nobody \(simulation/test_loop.py"):
        run(wait_for_nobody, 1)


def test_a_run_without_end_is_stopped() -> None:
    async def spin() -> None:
        for _ in range(10**9):
            await asyncio.sleep(0)

    with pytest.raises(StepLimitError, match="more than 500 steps"):
        run(spin, 1, steps_max=500)


async def _fail() -> None:
    raise ValueError("nobody hears this")


async def _task_fails_unheard() -> None:
    await asyncio.gather(asyncio.create_task(asyncio.sleep(0)))
    asyncio.create_task(_fail())  # noqa: RUF006 - nobody keeps it, on purpose
    await asyncio.sleep(1)


async def _callback_fails() -> None:
    asyncio.get_running_loop().call_soon(int, "x")
    await asyncio.sleep(1)


@pytest.mark.parametrize("main", [_task_fails_unheard, _callback_fails], ids=["a task", "a callback"])
def test_a_failure_that_nobody_hears_fails_the_run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with pytest.raises(UnhandledError, match="ValueError"):
        run(main, 1)


def test_what_main_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="nobody hears this"):
        run(_fail, 1)


def test_tasks_left_over_are_cancelled_and_waited_for() -> None:
    ended: list[str] = []

    async def leave_one() -> None:
        async def stay() -> None:
            try:
                await asyncio.sleep(3_600)
            finally:
                await asyncio.sleep(1)
                ended.append("cleaned up")

        task = asyncio.create_task(stay())
        await asyncio.sleep(0.1)
        assert not task.done()

    assert run(leave_one, 1).virtual_ms < 3_600_000
    assert ended == ["cleaned up"]


def test_an_async_generator_left_half_way_is_closed_in_the_loop() -> None:
    closed: list[int] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            for number in range(5):
                yield number
        finally:
            closed.append(1)

    async def leave_half_way() -> None:
        async for _ in numbers():
            break
        await asyncio.sleep(1)

    run(leave_half_way, 1)
    assert closed == [1]


def test_wait_for_and_timeout_take_virtual_time() -> None:
    async def wait(awaitable: Callable[[], Awaitable[object]]) -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(awaitable(), 60)
        return asyncio.get_running_loop().time()

    assert run(lambda: wait(lambda: asyncio.sleep(3_600)), 1).value == 60
