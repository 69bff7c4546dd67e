"""The printer's port: what it makes of answers, late answers, no answers, and a line that goes away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import pytest

from drivers.links.memory import MemoryLine
from drivers.printers.port import PrinterPort
from drivers.printers.settings import PrinterSettings
from drivers.printers.status import is_barrier, is_status, state_of
from drivers.virtual.device import Reply, Unsolicited, nobody
from edge.domain.slip import Slip
from edge.ports.printer import PrinterState
from tests.drivers.reader_bench import on_virtual_time

SLIP = Slip(())


class Scripted:
    """A printer that answers from a script: bytes received -> (delay in ms, answer)."""

    def __init__(self, script: Mapping[bytes, tuple[float, bytes]]) -> None:
        self.script = dict(script)
        self.on_unsolicited: Unsolicited = nobody

    def receive(self, incoming: bytes) -> list[Reply]:
        delay_ms, answer = self.script.get(incoming, (0.0, b""))
        return [Reply(delay_ms, answer)]


WELL = {b"\x10\x04\x01": (0.0, b"\x12"), b"\x10\x04\x02": (0.0, b"\x12"), b"\x10\x04\x04": (0.0, b"\x12")}
SENT = b"slip\x1dr\x01"


def played(
    script: Mapping[bytes, tuple[float, bytes]],
    scene: Callable[[PrinterPort, MemoryLine, Scripted], Awaitable[None]],
    settings: PrinterSettings | None = None,
) -> None:
    device = Scripted(script)
    line = MemoryLine("printer", device)
    port = PrinterPort(line.link(), settings or PrinterSettings(), lambda _slip: b"slip")

    async def whole() -> None:
        await scene(port, line, device)
        await port.close()

    on_virtual_time(whole())


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        pytest.param({1: 0x12, 2: 0x12, 4: 0x12}, PrinterState.READY, id="all is well"),
        pytest.param({1: 0x16, 2: 0x12, 4: 0x12}, PrinterState.READY, id="the drawer is open"),
        pytest.param({4: 0x1E}, PrinterState.PAPER_LOW, id="paper near its end"),
        pytest.param({1: 0x1A, 2: 0x32, 4: 0x7E}, PrinterState.NO_PAPER, id="no paper"),
        pytest.param({1: 0x1A, 2: 0x32}, PrinterState.NO_PAPER, id="stopped at the paper's end, no sensor asked"),
        pytest.param({1: 0x1A, 2: 0x16, 4: 0x12}, PrinterState.COVER_OPEN, id="the cover is open"),
        pytest.param({1: 0x1A, 2: 0x52, 4: 0x12}, PrinterState.FAULT, id="the cutter is jammed"),
        pytest.param({1: 0x1A, 2: 0x12, 4: 0x12}, PrinterState.OFFLINE, id="offline, nobody knows why"),
        pytest.param({}, PrinterState.READY, id="never asked"),
    ],
)
def test_answers_mean_what_the_command_reference_says(answers: dict[int, int], state: PrinterState) -> None:
    assert state_of(answers) is state


def test_no_byte_is_an_answer_to_two_questions_and_flow_control_to_none() -> None:
    assert not [byte for byte in range(256) if is_status(byte) and is_barrier(byte)]
    assert not [byte for byte in b"\x11\x13" if is_status(byte) or is_barrier(byte)]


def test_an_answer_that_comes_too_late_is_none_to_the_next_question() -> None:
    """Its paper has ended; the answer to the first question, late, must not stand for the last."""

    async def scene(port: PrinterPort, _line: MemoryLine, device: Scripted) -> None:
        device.script[b"\x10\x04\x01"] = (700.0, b"\x12")
        assert await port.state() is PrinterState.SILENT
        device.script |= {**WELL, b"\x10\x04\x04": (0.0, b"\x7e")}
        await port.printed(300)
        assert await port.state() is PrinterState.NO_PAPER

    played(WELL, scene)


def test_a_slip_is_on_paper_when_the_printer_says_so_and_not_before() -> None:
    async def scene(port: PrinterPort, _line: MemoryLine, _device: Scripted) -> None:
        assert await port.state() is PrinterState.READY
        assert await port.send(SLIP)
        assert not await port.printed(1_000)
        assert await port.printed(1_500)

    played({**WELL, SENT: (2_000.0, b"\x00")}, scene)


def test_an_answer_among_flow_control_is_heard() -> None:
    async def scene(port: PrinterPort, _line: MemoryLine, _device: Scripted) -> None:
        await port.state()
        await port.send(SLIP)
        assert await port.printed(1_000)

    played({**WELL, SENT: (10.0, b"\x13\x11\x0c")}, scene)


def test_a_slip_whose_line_was_lost_is_never_on_paper_for_sure() -> None:
    async def scene(port: PrinterPort, line: MemoryLine, _device: Scripted) -> None:
        await port.state()
        await port.send(SLIP)
        line.unplug()
        assert not await port.printed(100)
        assert await port.state() is PrinterState.ABSENT
        line.plug()
        assert await port.state() is PrinterState.READY
        assert not await port.printed(5_000)
        assert await port.send(SLIP)
        assert await port.printed(5_000)
        counted = {"printer_reconnects": 1, "printer_failures": 1, "printer_frames": 8, "printer_slips": 2}
        assert port.counters() == counted

    played({**WELL, SENT: (50.0, b"\x00")}, scene)


def test_a_line_that_came_back_unseen_is_no_proof_either() -> None:
    async def scene(port: PrinterPort, line: MemoryLine, _device: Scripted) -> None:
        await port.state()
        await port.send(SLIP)
        line.unplug()
        line.plug()
        assert await port.state() is PrinterState.READY
        assert not await port.printed(100)

    played({}, scene, PrinterSettings(ask=(), confirm=False))


def test_a_line_that_nobody_holds_takes_no_slip() -> None:
    async def scene(port: PrinterPort, line: MemoryLine, _device: Scripted) -> None:
        line.unplug()
        assert await port.state() is PrinterState.ABSENT
        assert not await port.send(SLIP)
        assert not await port.printed(10)

    played(WELL, scene)


def test_a_printer_that_confirms_nothing_is_believed() -> None:
    async def scene(port: PrinterPort, _line: MemoryLine, _device: Scripted) -> None:
        assert await port.state() is PrinterState.READY
        assert await port.send(SLIP)
        assert await port.printed(10)

    played({}, scene, PrinterSettings(ask=(), confirm=False))
