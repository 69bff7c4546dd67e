"""The scanner's channel: set-up at every opening, a line that goes and comes back, codes ended by silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from drivers.firmware import FirmwareWanted
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.registry import scanner_model
from drivers.scanner import Scanner, ScannerIdentity, ScannerTiming
from drivers.scanning import ScannerSettings
from drivers.virtual.scanner import TONGUES, VirtualScanner
from drivers.virtual.scanner_line import LineTongue
from drivers.virtual.scanner_ssi import packet
from edge.domain.errors import ConfigError, ReaderError
from edge.wiring_virtual import virtual_scanner
from tests.drivers.reader_bench import FaultyDevice, instead, lose_everything, on_virtual_time
from tests.drivers.scanners.engine_side import NEWLAND, STEPS

PROTOCOLS = sorted(TONGUES)
every = pytest.mark.parametrize("protocol", PROTOCOLS)


@dataclass(frozen=True, slots=True)
class Bench:
    """A virtual engine on a line in memory, and the scanner that reads it."""

    engine: VirtualScanner
    faulty: FaultyDevice
    line: MemoryLine
    scanner: Scanner


def bench(protocol: str, timing: ScannerTiming | None = None, *, setup: bool = True, by_silence: bool = False) -> Bench:
    settings = ScannerSettings(
        setup=(STEPS[protocol],) if setup else (),
        setup_start=NEWLAND.setup_start,
        setup_end=NEWLAND.setup_end,
        answer_start=NEWLAND.answer_start,
        trigger=NEWLAND.trigger,
        ends_by_silence=by_silence,
    )
    engine = VirtualScanner(TONGUES[protocol]())
    faulty = FaultyDevice(engine)
    line = MemoryLine("scanner", faulty)
    codec = scanner_model(protocol).build(settings)
    return Bench(engine, faulty, line, Scanner(line.link(), codec, settings.setup, timing))


WHO = {
    "gm65": ("0700E201", FirmwareWanted("6E"), FirmwareWanted("64")),
    "line": ("QRYSYS", FirmwareWanted("NLS-EM20-85", "1.05"), FirmwareWanted("NLS-EM20-85", "1.10")),
    "zebra_ssi": ("A300", FirmwareWanted("SE4750"), FirmwareWanted("SE4710")),
}
"""The question for the engine's name, what the virtual one passes for, and what it does not."""


@every
def test_an_engine_is_asked_who_it_is_and_another_one_is_refused_by_name(protocol: str) -> None:
    command, right, wrong = WHO[protocol]

    async def scene() -> None:
        rig = bench(protocol)
        settings = replace(NEWLAND, setup=(STEPS[protocol],), identify=command)
        codec = scanner_model(protocol).build(settings)
        link = rig.line.link()
        await Scanner(link, codec, settings.setup, identity=ScannerIdentity(command, right)).open()
        assert link.is_open
        await link.close()
        other = Scanner(link, codec, settings.setup, identity=ScannerIdentity(command, wrong))
        with pytest.raises(ReaderError, match=f"found '.*{right.like}.*', the profile wants '{wrong.like}'") as caught:
            await other.open()
        assert (caught.value.code, link.is_open) == ("READER_IDENTITY", False)

    on_virtual_time(scene())


@every
def test_a_question_that_cannot_be_framed_is_refused_before_it_is_sent(protocol: str) -> None:
    with pytest.raises(ConfigError, match="!!"):
        scanner_model(protocol).build(replace(NEWLAND, setup=(), identify="!!"))


async def raised(waiting: Coroutine[object, object, object]) -> str:
    with pytest.raises(ReaderError) as caught:
        await waiting
    return caught.value.code


def later(seconds: float, act: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(seconds, act)


@every
def test_it_sets_up_at_opening_and_yields_codes_one_after_the_other(protocol: str) -> None:
    async def scene() -> None:
        rig = bench(protocol)
        await rig.scanner.open()
        for code in (b"ONE", b"TWO"):
            later(1.0, partial(rig.engine.scan, code))
            assert await rig.scanner.next_payload() == code
        await rig.scanner.open()
        assert (len(rig.engine.tongue.setups), rig.engine.tongue.flash_writes) == (1, 0)

    on_virtual_time(scene())


@every
def test_a_pulled_plug_ends_the_waiting_at_once_and_the_engine_is_set_up_again(protocol: str) -> None:
    async def scene() -> None:
        rig = bench(protocol)
        await rig.scanner.open()
        later(1.0, rig.line.unplug)
        assert await raised(rig.scanner.next_payload()) == "LINK_LOST"
        assert asyncio.get_running_loop().time() < 1.2
        assert not rig.scanner.is_open
        assert await raised(rig.scanner.next_payload()) == "LINK_LOST"
        assert await raised(rig.scanner.open()) == "LINK_ABSENT"
        rig.line.plug()
        rig.engine.power_cycle()
        await rig.scanner.open()
        later(1.0, lambda: rig.engine.scan(b"BACK"))
        assert await rig.scanner.next_payload() == b"BACK"
        assert len(rig.engine.tongue.setups) == 1
        counters = rig.scanner.counters()
        assert (counters["reconnects"], counters["failures"]) == (1, 2)

    on_virtual_time(scene())


@every
def test_whoever_gives_up_waiting_loses_no_code(protocol: str) -> None:
    async def scene() -> None:
        rig = bench(protocol)
        await rig.scanner.open()
        later(1.0, lambda: rig.engine.scan(b"KEPT"))
        for _ in range(300):
            waiting = asyncio.create_task(rig.scanner.next_payload())
            await asyncio.sleep(0.007)
            if waiting.done():
                assert await waiting == b"KEPT"
                return
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        pytest.fail("the code was lost")

    on_virtual_time(scene())


@every
def test_a_code_that_stays_before_the_engine_is_one_presentation(protocol: str) -> None:
    async def scene() -> None:
        rig = bench(protocol)
        await rig.scanner.open()
        for number in range(6):
            later(0.5 * number, lambda: rig.engine.scan(b"SAME"))
        later(5.0, lambda: rig.engine.scan(b"SAME"))
        assert await rig.scanner.next_payload() == b"SAME"
        assert await rig.scanner.next_payload() == b"SAME"
        assert 5.0 <= asyncio.get_running_loop().time() < 5.2
        assert rig.scanner.counters()["repeats"] == 5

    on_virtual_time(scene())


@every
def test_a_triggered_engine_is_triggered_while_somebody_waits(protocol: str) -> None:
    async def scene() -> None:
        rig = bench(protocol, ScannerTiming(trigger_ms=1000.0))
        await rig.scanner.open()
        await asyncio.sleep(10.0)
        assert rig.engine.tongue.triggers == 0
        later(3.5, lambda: rig.engine.scan(b"SEEN"))
        assert await rig.scanner.next_payload() == b"SEEN"
        assert rig.engine.tongue.triggers == 4

    on_virtual_time(scene())


def test_an_engine_that_does_not_answer_its_set_up_is_said_to_be_silent() -> None:
    async def scene() -> None:
        rig = bench("gm65")
        rig.faulty.deaf = lambda: True
        assert await raised(rig.scanner.open()) == "READER_SILENT"
        assert len(rig.faulty.heard) == 3
        assert not rig.scanner.is_open

    on_virtual_time(scene())


def test_a_set_up_answer_that_was_lost_is_asked_for_again() -> None:
    async def scene() -> None:
        rig = bench("zebra_ssi")
        rig.faulty.plan.append(lose_everything)
        await rig.scanner.open()
        assert len(rig.engine.tongue.setups) == 2

    on_virtual_time(scene())


def test_a_set_up_that_arrived_damaged_at_the_engine_is_sent_again_at_once() -> None:
    async def scene() -> None:
        rig = bench("zebra_ssi")
        rig.faulty.plan.append(instead(packet(0xD1, 0, b"\x01")))
        await rig.scanner.open()
        assert asyncio.get_running_loop().time() < 0.1
        assert len(rig.faulty.heard) == 2

    on_virtual_time(scene())


def test_a_set_up_that_the_engine_does_not_know_is_refused() -> None:
    async def scene() -> None:
        rig = bench("line")
        tongue = rig.engine.tongue
        assert isinstance(tongue, LineTongue)
        tongue.known_tags.clear()
        assert await raised(rig.scanner.open()) == "READER_REFUSED"

    on_virtual_time(scene())


@every
@pytest.mark.parametrize("baud", [9_600, 115_200])
def test_the_largest_code_comes_through_at_the_line_s_rate(protocol: str, baud: int) -> None:
    async def scene() -> None:
        rig = bench(protocol, ScannerTiming(silence_ms=400.0), setup=False, by_silence=True)
        rig.line.pump.baud = baud
        await rig.scanner.open()
        code = (bytes(range(255, -1, -1)) * 12)[:2953]
        rig.engine.scan(code)
        assert await rig.scanner.next_payload() == code
        assert asyncio.get_running_loop().time() > 10 * len(code) / baud

    on_virtual_time(scene())


def test_a_pause_of_a_latency_timer_ends_no_code_and_silence_does() -> None:
    async def scene() -> None:
        rig = bench("line", setup=False, by_silence=True)
        rig.line.pump.baud = 115200
        rig.line.pump.latency_ms = 16.0
        await rig.scanner.open()
        code = bytes(range(256)) * 11
        rig.engine.scan(code)
        assert await rig.scanner.next_payload() == code

    on_virtual_time(scene())


@every
@pytest.mark.line
async def test_codes_come_through_a_real_port_that_is_unplugged_in_between(protocol: str, tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    settings = ScannerSettings(ends_by_silence=True)
    served = virtual_scanner(protocol, prefix=b"]Q1", link=link)
    port = SerialPort(SerialSettings(str(link)))
    patient = ScannerTiming(silence_ms=500.0)  # a busy machine must not make a false silence
    scanner = Scanner(port, scanner_model(protocol).build(settings), timing=patient)
    code = bytes(range(256)) * 4
    async with asyncio.timeout(20), served.port:
        await scanner.open()
        served.device.scan(code)
        assert await scanner.next_payload() == code
        served.port.replug()
        served.device.power_cycle()
        assert await raised(scanner.next_payload()) == "LINK_LOST"
        await scanner.open()
        served.device.scan(code[1:])
        assert await scanner.next_payload() == code[1:]
        await scanner.close()
