"""The virtual port on a real pty: clients that come and go, delays in order, and what a line can lose."""

from __future__ import annotations

import asyncio
import os
import termios
from pathlib import Path

import pytest

from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.port import VirtualPort
from tests.drivers.virtual.pty_client import PtyClient


class Echo:
    """Says every byte again after ``delay_ms``; 00 cancels, FF is answered with a flood."""

    def __init__(self, delay_ms: float = 0.0) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.delay_ms = delay_ms

    def receive(self, incoming: bytes) -> list[Reply]:
        return [self._reply(byte) for byte in incoming]

    def _reply(self, byte: int) -> Reply:
        if byte == 0xFF:
            return Reply(0.0, bytes(1 << 20))
        return Reply(self.delay_ms, b"" if byte == 0 else bytes([byte]), cancels=byte == 0)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_client_may_close_and_come_back() -> None:
    async with VirtualPort(Echo()) as port:
        for word in (b"one", b"two", b"three"):
            with PtyClient(port.path) as client:
                client.write(word)
                assert await client.read(len(word)) == word


async def test_every_byte_passes_unchanged() -> None:
    alphabet = bytes(range(1, 255))
    async with VirtualPort(Echo()) as port:
        with PtyClient(port.path) as client:
            client.write(alphabet)
            assert await client.read(len(alphabet)) == alphabet


async def test_the_clients_end_is_raw() -> None:
    async with VirtualPort(Echo()) as port:
        opened = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
        try:
            local = termios.tcgetattr(opened)[3]
        finally:
            os.close(opened)
    assert local & (termios.ECHO | termios.ICANON | termios.ISIG) == 0


async def test_unplugging_hangs_up_and_takes_the_link_away(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with VirtualPort(Echo(), link) as port:
        with PtyClient(port.path) as client:
            port.unplug()
            async with asyncio.timeout(5):
                await client.hung_up.wait()
        assert not link.is_symlink()
        assert not port.plugged


async def test_plugging_in_again_brings_another_pty_under_the_same_link(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with VirtualPort(Echo(), link) as port:
        with PtyClient(port.path) as old:
            port.replug()
            async with asyncio.timeout(5):
                await old.hung_up.wait()
            with PtyClient(port.path) as client:
                client.write(b"again")
                assert await client.read(5) == b"again"
    assert not link.is_symlink()


async def test_a_thousand_plugs_leave_no_descriptor_behind() -> None:
    port = VirtualPort(Echo())
    before = open_descriptors()
    for _ in range(1000):
        port.replug()
    port.unplug()
    port.unplug()
    assert open_descriptors() == before


async def test_an_unplugged_port_without_a_link_has_no_path() -> None:
    with pytest.raises(RuntimeError, match="not plugged in"):
        _ = VirtualPort(Echo()).path


async def test_replies_keep_their_order_and_their_delays() -> None:
    loop = asyncio.get_running_loop()
    async with VirtualPort(Echo(delay_ms=15)) as port:
        with PtyClient(port.path) as client:
            start = loop.time()
            client.write(b"ab")
            assert await client.read(2) == b"ab"
            assert loop.time() - start >= 0.030 - 0.002


async def test_a_cancelling_reply_drops_those_that_wait() -> None:
    async with VirtualPort(Echo(delay_ms=40)) as port:
        with PtyClient(port.path) as client:
            client.write(b"ab\x00c")
            assert await client.read(1) == b"c"


async def test_a_paced_line_takes_its_time() -> None:
    loop = asyncio.get_running_loop()
    async with VirtualPort(Echo(), baud=9600) as port:
        with PtyClient(port.path) as client:
            start = loop.time()
            client.write(b"x" * 48)
            await client.read(48)
            assert loop.time() - start >= 0.050 - 0.002


async def test_a_latency_timer_gives_bytes_at_its_own_steps() -> None:
    loop = asyncio.get_running_loop()
    async with VirtualPort(Echo()) as port:
        port.line.latency_ms = 50
        with PtyClient(port.path) as client:
            start = loop.time()
            for _ in range(3):  # the first waits for some step, each of the others for a whole one
                client.write(b"x")
                await client.read(1)
            assert loop.time() - start >= 0.100 - 0.002


async def test_a_client_at_another_rate_is_garbled_both_ways() -> None:
    async with VirtualPort(Echo(), device_bauds=lambda: (115200,)) as port:
        with PtyClient(port.path) as client:
            client.set_speed(termios.B9600)
            client.write(b"one")
            assert await client.read(3) != b"one"
            client.set_speed(termios.B115200)
            client.write(b"two")
            assert await client.read(3) == b"two"


async def test_what_a_line_can_lose() -> None:
    async with VirtualPort(Echo()) as port:
        with PtyClient(port.path) as client:
            port.line.lose_replies()
            port.line.drop_bytes()
            port.line.corrupt_bytes()
            client.write(b"abcd")
            assert await client.read(2) == bytes([ord("c") ^ 0xFF]) + b"d"


async def test_noise_and_silence() -> None:
    async with VirtualPort(Echo()) as port:
        with PtyClient(port.path) as client:
            port.line.silent = True
            port.line.feed(b"unheard")
            port.line.noise(b"AT\r")
            port.line.silent = False
            port.line.feed(b"heard")
            assert await client.read(8) == b"AT\rheard"


async def test_a_client_that_does_not_read_holds_nobody_back() -> None:
    async with VirtualPort(Echo()) as port:
        with PtyClient(port.path) as client:
            client.write(b"\xff")
            await client.read(1)
            assert port.overruns == 1
