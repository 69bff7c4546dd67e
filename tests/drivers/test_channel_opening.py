"""Opening: patience, backoff, noise, errors told apart; a lost line comes back under its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from drivers.channel import ChannelSettings
from drivers.firmware import FirmwareWanted
from drivers.framing import Procedure
from drivers.readers.pn532.frames import encode
from edge.domain.errors import ReaderError
from tests.drivers.reader_bench import (
    QUICK,
    Bench,
    gemcore_bench,
    in_steps,
    lose_everything,
    on_virtual_time,
    pn532_bench,
)
from tests.drivers.reader_vectors import load

ACK_AND_VERSION = bytes.fromhex("0000ff00ff00") + encode(0xD5, bytes.fromhex("0332010607"))


def now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000


async def raised(bench: Bench, procedure: Procedure[object] | None = None) -> str:
    with pytest.raises(ReaderError) as caught:
        await (bench.channel.open() if procedure is None else bench.channel.run(procedure))
    return caught.value.code


def test_opening_wakes_and_configures_the_reader() -> None:
    async def scene() -> None:
        bench, _ = pn532_bench()
        await bench.channel.open()
        assert bench.channel.is_open
        by_name = {vector.name: vector.frame for vector in load("pn532")}
        woken = ("sam configuration wakeup 55", "get firmware version", "set parameters auto rats")
        assert bench.faulty.heard[:3] == [by_name[name] for name in woken]
        assert bench.faulty.heard[3:] == [encode(0xD4, bytes.fromhex("3205000101"))]

    on_virtual_time(scene())


def test_opening_through_the_noise_of_a_modem_probe_takes_patience() -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench()
        probing = asyncio.create_task(probe_as_modem_manager(bench, seconds=10))
        bench.faulty.deaf = lambda: now_ms() < 10_000
        await bench.channel.open()
        await probing
        assert 10_000 < now_ms() < 15_500
        await bench.channel.run(pn532.probe())

    on_virtual_time(scene())


async def probe_as_modem_manager(bench: Bench, seconds: int) -> None:
    for _ in range(seconds * 2):
        bench.line.pump.noise(b"AT\r")
        await asyncio.sleep(0.5)


def test_a_reader_that_is_not_there_is_given_up_when_patience_ends() -> None:
    async def scene() -> None:
        bench, _ = pn532_bench()
        bench.line.unplug()
        assert await raised(bench) == "LINK_ABSENT"
        assert 15_000 <= now_ms() < 20_100

    on_virtual_time(scene())


def test_without_patience_the_first_error_is_the_answer() -> None:
    async def scene() -> None:
        bench, _ = pn532_bench(replace(QUICK, open_patience_ms=0))
        bench.line.unplug()
        assert await raised(bench) == "LINK_ABSENT"
        assert now_ms() == 0

    on_virtual_time(scene())


def test_pauses_double_up_to_their_limit() -> None:
    async def scene() -> None:
        bench, _ = pn532_bench()
        bench.line.unplug()
        tries: list[float] = []
        opening = bench.link.open

        async def counted() -> None:
            tries.append(now_ms())
            await opening()

        bench.link.open = counted  # type: ignore[method-assign]  # only counts, then opens
        await raised(bench)
        pauses = [round(later - earlier) for earlier, later in pairwise(tries)]
        assert pauses == [200, 300, 600, 1200, 2400, 3750, 3750, 3750]

    on_virtual_time(scene())


def test_another_chip_is_not_waited_for() -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench()
        pn532.settings = replace(pn532.settings, ic=0x33)
        assert await raised(bench) == "READER_IDENTITY"
        assert now_ms() < 1000

    on_virtual_time(scene())


@pytest.mark.parametrize(
    ("make", "found"),
    [(pn532_bench, "'PN532 1.6'"), (gemcore_bench, "'GemCorePOSPro-EMU V1.00'")],
    ids=["a PN532", "a GemCore"],
)
def test_another_firmware_is_refused_by_what_was_found(
    make: Callable[[ChannelSettings], tuple[Bench, object]], found: str
) -> None:
    async def scene() -> None:
        bench, _ = make(replace(QUICK, firmware=FirmwareWanted("V9.99")))
        with pytest.raises(ReaderError, match=f"found {found}, the profile wants 'V9.99'") as caught:
            await bench.channel.open()
        assert caught.value.code == "READER_IDENTITY"
        assert now_ms() < 1000

    on_virtual_time(scene())


def test_an_unplugged_reader_is_lost_at_once_and_found_again_when_it_is_back() -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench()
        await bench.channel.open()
        bench.faulty.plan.append(lose_everything)
        running = asyncio.ensure_future(bench.channel.run(pn532.poll()))
        await asyncio.sleep(0.005)
        bench.line.unplug()
        pulled_ms = now_ms()
        with pytest.raises(ReaderError, match="LINK_LOST"):
            await running
        assert now_ms() - pulled_ms < 100
        assert await raised(bench, pn532.probe()) == "LINK_LOST"
        asyncio.get_running_loop().call_later(3, bench.line.plug)
        await bench.channel.open()
        assert now_ms() - pulled_ms < 6000
        await bench.channel.run(pn532.probe())
        assert bench.count("reconnects") == 1

    on_virtual_time(scene())


@pytest.mark.parametrize("byte", range(20))
def test_a_cable_pulled_at_any_byte_of_an_exchange_loses_the_line_at_once(byte: int) -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench()
        await bench.channel.open()
        bench.faulty.plan.append(in_steps(1, every_ms=1))
        running = asyncio.ensure_future(bench.channel.run(pn532.probe()))
        await asyncio.sleep(byte / 1000)
        bench.line.unplug()
        pulled_ms = now_ms()
        await asyncio.wait([running])
        if byte < len(ACK_AND_VERSION):
            with pytest.raises(ReaderError, match="LINK_LOST"):
                running.result()
        assert now_ms() - pulled_ms < 100
        bench.line.plug()
        await bench.channel.open()
        await bench.channel.run(pn532.probe())

    on_virtual_time(scene())


def test_closing_is_idempotent_and_a_closed_channel_says_so() -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench()
        await bench.channel.close()
        await bench.channel.open()
        await bench.channel.close()
        await bench.channel.close()
        assert await raised(bench, pn532.probe()) == "LINK_LOST"

    on_virtual_time(scene())
