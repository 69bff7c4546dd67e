"""What only a real tty shows: its settings, errors of the operating system, a flood, a hang-up without a busy loop."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.links.serial_port import SerialPort, SerialSettings, latency_timer_ms
from edge.domain.errors import ReaderError


class Terminal:
    """A pty whose far side the test holds itself."""

    def __init__(self) -> None:
        self.far, self.near = os.openpty()
        tty.setraw(self.far)
        tty.setraw(self.near)
        self.path = os.ttyname(self.near)

    def settings(self) -> tuple[int, int, int]:
        """Return control flags, input and output rate as the kernel has them."""
        attributes = termios.tcgetattr(self.near)
        return attributes[2], attributes[4], attributes[5]

    def hang_up(self) -> None:
        for end in (self.far, self.near):
            os.close(end)
        self.far = self.near = -1


HOLD_PORT = """
import sys, time
import serial
port = serial.Serial(sys.argv[1], exclusive=True)
print(port.is_open, flush=True)
time.sleep(60)
"""


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    if made.far >= 0:
        made.hang_up()


async def open_port(path: str, **changed: str | int | bool) -> SerialPort:
    port = SerialPort(SerialSettings(path, **changed))  # type: ignore[arg-type]  # each test names fields of its own
    await port.open()
    return port


def write_often(port: SerialPort, times: int) -> None:
    for _ in range(times):
        port.write(bytes(4096))


async def test_rate_parity_and_stop_bits_are_set(terminal: Terminal) -> None:
    port = await open_port(terminal.path, baud=9600, stop_bits=2)
    flags, rate_in, rate_out = terminal.settings()
    assert (rate_in, rate_out) == (termios.B9600, termios.B9600)
    assert flags & termios.CSTOPB
    assert flags & termios.CSIZE == termios.CS8
    await port.set_baud(115200)
    assert terminal.settings()[1] == termios.B115200
    await port.close()


async def test_a_rate_that_does_not_exist_loses_the_line(terminal: Terminal) -> None:
    port = await open_port(terminal.path)
    with pytest.raises(ReaderError, match="LINK_LOST"):
        await port.set_baud(-1)


async def test_no_permission_is_told_apart(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, whom no mode keeps out: the kernel's answer is given for it."""

    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("serial.serialposix.os.open", refused)
    with pytest.raises(ReaderError) as caught:
        await open_port(terminal.path)
    assert caught.value.code == "LINK_DENIED"


async def test_a_file_is_not_a_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(ReaderError) as caught:
        await open_port(str(path))
    assert caught.value.code == "LINK_ABSENT"


async def test_a_far_side_that_takes_nothing_is_lost_above_the_bound_not_waited_for(terminal: Terminal) -> None:
    port = await open_port(terminal.path, pending_bytes_max=20_000)
    with pytest.raises(ReaderError, match="takes no more bytes"):
        write_often(port, 100)
    started = asyncio.get_running_loop().time()
    await port.close()
    assert asyncio.get_running_loop().time() - started < 0.1


async def test_what_the_line_does_not_take_at_once_goes_out_later_in_order(terminal: Terminal) -> None:
    port = await open_port(terminal.path)
    sent = bytes(byte for _ in range(60) for byte in range(256))
    port.write(sent)
    received = b""
    os.set_blocking(terminal.far, False)
    while len(received) < len(sent):
        try:
            received += os.read(terminal.far, 65536)
        except BlockingIOError:
            await asyncio.sleep(0.001)
    assert received == sent
    await port.close()


async def test_a_hang_up_closes_the_descriptor_and_leaves_the_loop_idle(terminal: Terminal) -> None:
    port = await open_port(terminal.path)
    terminal.hang_up()
    await asyncio.sleep(0.05)
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1

    loop = asyncio.get_running_loop()
    select = loop._selector.select  # type: ignore[attr-defined]  # noqa: SLF001 - counts the loop's turns

    def counted(timeout: float | None = None) -> object:
        turn()
        return select(timeout)

    loop._selector.select = counted  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    await asyncio.sleep(0.05)
    assert turns < 10
    with pytest.raises(ReaderError, match="LINK_LOST"):
        await port.read(10)


async def test_opening_and_hanging_up_often_leaks_no_descriptor() -> None:
    before = open_descriptors()
    for _ in range(200):
        terminal = Terminal()
        port = await open_port(terminal.path)
        terminal.hang_up()
        with pytest.raises(ReaderError):
            await port.read(1000)
        await port.close()
    assert open_descriptors() == before


async def test_a_failed_opening_leaks_no_descriptor(terminal: Terminal) -> None:
    holder = await open_port(terminal.path)
    before = open_descriptors()
    for _ in range(20):
        with pytest.raises(ReaderError, match="LINK_BUSY"):
            await open_port(terminal.path)
    assert open_descriptors() == before
    await holder.close()


async def test_a_killed_owner_leaves_a_pty_that_opens_again(terminal: Terminal) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD_PORT, terminal.path, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    assert await owner.stdout.readline() == b"True\n"
    with pytest.raises(ReaderError, match="LINK_BUSY"):
        await open_port(terminal.path)
    owner.kill()
    await owner.wait()
    await (await open_port(terminal.path)).close()


@pytest.mark.parametrize(("text", "found"), [("16\n", 16), ("1\n", 1), (None, None), ("often\n", None)])
def test_the_latency_timer_of_the_adapter_is_read_through_a_stable_link(
    tmp_path: Path, text: str | None, found: int | None
) -> None:
    device = tmp_path / "dev" / "ttyUSB0"
    folder = tmp_path / "sys" / "bus" / "usb-serial" / "devices" / "ttyUSB0"
    device.parent.mkdir()
    folder.mkdir(parents=True)
    device.touch()
    link = tmp_path / "reader"
    link.symlink_to(device)
    if text is not None:
        (folder / "latency_timer").write_text(text, "ascii")
    assert latency_timer_ms(str(link), tmp_path / "sys") == found


async def test_the_latency_timer_read_at_opening_is_in_the_port_s_health(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.links.serial_port.latency_timer_ms", lambda _path: 16)
    port = await open_port(terminal.path)
    assert port.health() == {"latency_timer_ms": 16}
    await port.close()


async def test_a_pty_has_no_latency_timer(terminal: Terminal) -> None:
    port = await open_port(terminal.path)
    assert port.health() == {}
    await port.close()
