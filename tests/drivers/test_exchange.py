"""One command and its answer: what is sent twice, what never is, and which answer counts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.channel import ChannelSettings
from drivers.exchange import ExchangeTiming
from drivers.framing import Procedure, ReaderCommand
from drivers.readers.pn532.frames import encode
from edge.domain.errors import ReaderError
from tests.drivers.reader_bench import (
    Bench,
    Fault,
    after_ms,
    before,
    cut_last,
    damage_last,
    gemcore_bench,
    in_steps,
    instead,
    lose_everything,
    lose_first,
    lose_last,
    on_virtual_time,
    pn532_bench,
)

VERSION = bytes.fromhex("32010607")
ONCE = ReaderCommand(b"\x02", 200, repeatable=False, step="once")
READ = ReaderCommand(b"\x02", 200, repeatable=True, step="read")
ACK = bytes.fromhex("0000ff00ff00")


async def exchange(bench: Bench, command: ReaderCommand) -> bytes:
    return await bench.channel.run(one(command))


def one(command: ReaderCommand) -> Procedure[bytes]:
    return (yield command)


def sent(bench: Bench, command: ReaderCommand) -> int:
    return bench.faulty.heard.count(encode(0xD4, command.body))


async def ready() -> Bench:
    bench, _ = pn532_bench()
    await bench.channel.open()
    bench.faulty.heard.clear()
    return bench


@pytest.mark.parametrize(
    ("fault", "times"),
    [(after_ms(14), 1), (after_ms(16), 2), (lose_first, 1), (lose_everything, 2)],
    ids=["not for 14 ms", "for 16 ms", "not for a lost ACK when the answer comes", "for a lost command"],
)
def test_a_reading_command_is_sent_again(fault: Fault, times: int) -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(fault)
        assert await exchange(bench, READ) == VERSION
        assert sent(bench, READ) == times

    on_virtual_time(scene())


@pytest.mark.parametrize(
    "fault", [after_ms(16), after_ms(120), lose_first], ids=["ACK after 16 ms", "ACK after 120 ms", "lost ACK"]
)
def test_a_command_that_must_not_run_twice_is_sent_once_and_its_answer_is_awaited(fault: Fault) -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(fault)
        assert await exchange(bench, ONCE) == VERSION
        assert sent(bench, ONCE) == 1

    on_virtual_time(scene())


@pytest.mark.parametrize("fault", [lose_everything, lose_last], ids=["lost command", "lost answer"])
def test_a_command_that_must_not_run_twice_fails_when_no_answer_comes(fault: Fault) -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(fault)
        with pytest.raises(ReaderError) as caught:
            await exchange(bench, ONCE)
        assert caught.value.code == "READER_SILENT"
        assert sent(bench, ONCE) == 1
        assert await exchange(bench, READ) == VERSION

    on_virtual_time(scene())


@pytest.mark.parametrize("fault", [damage_last, cut_last], ids=["damaged", "cut short"])
def test_a_damaged_answer_is_asked_for_again_not_its_command(fault: Fault) -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(fault)
        assert await exchange(bench, ONCE) == VERSION
        assert (sent(bench, ONCE), bench.count("nacks")) == (1, 1)

    on_virtual_time(scene())


def test_an_old_answer_with_the_right_code_is_dropped_when_the_ack_follows_it() -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(before(encode(0xD5, b"\x03\xde\xad\xbe\xef")))
        assert await exchange(bench, ONCE) == VERSION
        assert bench.count("strangers") == 1

    on_virtual_time(scene())


def test_an_old_answer_lying_in_the_line_is_discarded_before_the_command() -> None:
    async def scene() -> None:
        bench = await ready()
        bench.line.pump.noise(ACK + encode(0xD5, b"\x03\xde\xad\xbe\xef"))
        assert await exchange(bench, ONCE) == VERSION
        assert bench.count("dropped_bytes") > 0

    on_virtual_time(scene())


def test_after_an_exchange_that_went_wrong_the_line_is_proved_before_the_next_command() -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(after_ms(16))
        await exchange(bench, READ)
        await exchange(bench, ONCE)
        assert bench.count("resyncs") == 1

    on_virtual_time(scene())


@pytest.mark.parametrize("noise", [b"AT\r", b"\x00\xff\x01", b"\xff" * 40], ids=["modem probe", "start", "break"])
def test_noise_before_the_answer_is_survived(noise: bytes) -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(before(noise))
        assert await exchange(bench, ONCE) == VERSION

    on_virtual_time(scene())


@pytest.mark.parametrize("size", [1, 2, 5, 62])
def test_bytes_that_come_in_steps_of_an_adapter_s_latency_timer_are_one_frame(size: int) -> None:
    async def scene() -> None:
        bench, _ = pn532_bench(ChannelSettings())
        await bench.channel.open()
        bench.faulty.plan.append(in_steps(size, every_ms=16))
        assert await exchange(bench, replace(ONCE, timeout_ms=500)) == VERSION
        assert bench.count("nacks") == 0

    on_virtual_time(scene())


def test_a_syntax_error_is_a_refusal_and_leaves_the_line_clean() -> None:
    async def scene() -> None:
        bench = await ready()
        bench.faulty.plan.append(instead(bytes.fromhex("0000ff01ff7f8100")))
        with pytest.raises(ReaderError) as caught:
            await exchange(bench, ONCE)
        assert caught.value.code == "READER_REFUSED"
        assert bench.count("resyncs") == 0

    on_virtual_time(scene())


def test_requests_for_time_extend_the_wait_up_to_a_limit() -> None:
    async def scene() -> None:
        bench, _ = gemcore_bench()
        await bench.channel.open()
        bench.faulty.plan.append(instead(b""))
        chatter = asyncio.create_task(ask_for_time(bench))
        started = asyncio.get_running_loop().time()
        with pytest.raises(ReaderError) as caught:
            await exchange(bench, ReaderCommand(bytes.fromhex("65000000000100000000"), 200, repeatable=False))
        waited_ms = (asyncio.get_running_loop().time() - started) * 1000
        chatter.cancel()
        assert caught.value.code == "READER_SILENT"
        assert 200 + ExchangeTiming().extended_ms_max == pytest.approx(waited_ms, abs=1)

    on_virtual_time(scene())


async def ask_for_time(bench: Bench) -> None:
    while True:
        await asyncio.sleep(0.1)
        bench.line.pump.noise(b"\x80")


def test_a_frame_that_arrived_damaged_at_the_reader_is_sent_again_even_if_it_must_not_run_twice() -> None:
    async def scene() -> None:
        bench, _ = gemcore_bench()
        await bench.channel.open()
        bench.faulty.plan.append(instead(bytes.fromhex("031516")))
        command = ReaderCommand(bytes.fromhex("65000000000100000000"), 200, repeatable=False)
        assert (await exchange(bench, command))[5] == 1
        assert bench.count("ladder_resend") == 1

    on_virtual_time(scene())
