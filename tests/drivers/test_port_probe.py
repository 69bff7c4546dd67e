"""Who is on a port, and why nobody is: every virtual reader on a pty, and lines with one fault each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.engine_probe import Engine, probe_engine
from drivers.links.memory import MemoryLine
from drivers.port_autopsy import Autopsy, examine
from drivers.port_probe import HEAD_BYTES, candidates, every_rate, probe_port
from drivers.virtual.boxes import BOXES
from drivers.virtual.card_time import CardTime
from drivers.virtual.device import Reply, Unsolicited, VirtualDevice, nobody
from drivers.virtual.field import Field
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.psam import Psam
from drivers.virtual.scanner import TONGUES, VirtualScanner
from edge.domain.errors import ReaderError
from tests.drivers.reader_bench import on_virtual_time

pytestmark = pytest.mark.line
WITHIN_S = 60.0


def air() -> Field:
    return Field(card_time=CardTime(enabled=False))


def box(name: str) -> Callable[[], VirtualDevice]:
    return lambda: BOXES[name].build(air(), {BOXES[name].sam_slot: Psam()}, lambda _event: None)


READERS: dict[str, Callable[[], VirtualDevice]] = {
    "pn532": lambda: VirtualPn532(air()),
    "gemcore": lambda: VirtualGemCore({1: Psam()}),
    **{name: box(name) for name in BOXES},
}


class Talker:
    """A device that says the same whatever it hears; what it echoes of it comes first."""

    def __init__(self, says: bytes, *, echoes: bool = False) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self._says = says
        self._echoes = echoes

    def receive(self, incoming: bytes) -> list[Reply]:
        return [Reply(0.0, (incoming if self._echoes else b"") + self._says)]


@asynccontextmanager
async def on_pty(device: VirtualDevice, folder: Path) -> AsyncIterator[str]:
    async with VirtualPort(device, folder / "port") as port:
        yield str(port.path)


@pytest.mark.parametrize("name", sorted(READERS))
async def test_the_model_on_a_port_is_named_with_its_firmware(name: str, tmp_path: Path) -> None:
    async with on_pty(READERS[name](), tmp_path) as path:
        found = await probe_port(path, WITHIN_S)
        assert found is not None
        assert (found.candidate.name, found.certain) == (name, True)
        assert found.candidate.identity_like in found.identity


ENGINES = {"gm65": "3901", "line": "NLS-EM20-85 V1.08", "zebra_ssi": "VIRTUAL-SE4750 SIMULATION"}


@pytest.mark.parametrize(("protocol", "name"), ENGINES.items(), ids=ENGINES)
async def test_a_qr_engine_on_a_port_is_named_too(protocol: str, name: str, tmp_path: Path) -> None:
    async with on_pty(VirtualScanner(TONGUES[protocol]()), tmp_path) as path:
        assert await probe_engine(path, WITHIN_S) == Engine(protocol, 115200, name)


async def test_a_port_on_which_no_engine_answers_is_given_up(tmp_path: Path) -> None:
    async with on_pty(Talker(b""), tmp_path) as path:
        assert await probe_engine(path, 0.1) is None
    with pytest.raises(ReaderError, match="LINK_ABSENT"):
        await probe_engine(str(tmp_path / "nothing"), WITHIN_S)


@pytest.mark.parametrize(("name", "baud"), [("pn532", 921600), ("zlg", 38400), ("acr122s", 115200)])
async def test_a_reader_at_another_rate_is_found_at_that_rate(name: str, baud: int, tmp_path: Path) -> None:
    known = [each for each in candidates() if each.name == name]
    async with VirtualPort(READERS[name](), tmp_path / "port", device_bauds=lambda: (baud,)) as port:
        found = await probe_port(str(port.path), WITHIN_S, known=known)
    assert found is not None
    assert (found.certain, found.line.baud) == (True, baud)


async def test_a_model_that_calls_itself_otherwise_is_found_and_not_certain(tmp_path: Path) -> None:
    stranger = READERS["acr122s"]()
    stranger.firmware = b"ACR999X"  # type: ignore[attr-defined]  # the box is an ACR122
    async with on_pty(stranger, tmp_path) as path:
        report = await examine(path, 2.0)
    assert report.cause == "alien_firmware"
    assert report.found is not None
    assert report.found.identity == "ACR999X"


async def test_a_search_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async with on_pty(Talker(b""), tmp_path) as path:
        begun_s = asyncio.get_running_loop().time()
        assert await probe_port(path, 0.5) is None
        assert asyncio.get_running_loop().time() - begun_s < 3


async def test_a_port_that_is_not_there_is_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(ReaderError) as caught:
        await probe_port(str(tmp_path / "nothing"), WITHIN_S)
    assert caught.value.code == "LINK_ABSENT"


def test_every_model_is_asked_at_every_one_of_its_rates_the_likeliest_first() -> None:
    asked = list(every_rate(candidates()))
    assert asked[: len(candidates())] == [(each, each.bauds[0]) for each in candidates()]
    assert sorted((each.name, baud) for each, baud in asked) == sorted(
        (each.name, baud) for each in candidates() for baud in each.bauds
    )


CAUSES: dict[str, tuple[Callable[[], VirtualDevice], str]] = {
    "a line on which nothing comes": (lambda: Talker(b""), "silent"),
    "joined wires": (lambda: Talker(b"", echoes=True), "echo"),
    "a device of another protocol": (lambda: Talker(b"\xe5" * 7), "garbled"),
}


@pytest.mark.parametrize("case", CAUSES)
def test_an_autopsy_names(case: str) -> None:
    make, cause = CAUSES[case]
    line = MemoryLine("port", make())
    report = on_virtual_time(examine("port", 30.0, lambda _settings: line.link()))
    assert (report.cause, report.found) == (cause, None)
    assert report.cure


def test_an_autopsy_hears_a_line_that_speaks_unasked() -> None:
    line = MemoryLine("port", Talker(b""))

    async def scene() -> Autopsy:
        examining = asyncio.ensure_future(examine("port", 30.0, lambda _settings: line.link()))
        while not examining.done():
            line.pump.noise(b"AT\r")
            await asyncio.sleep(0.05)
        return await examining

    report = on_virtual_time(scene())
    assert report.cause == "speaks_unasked"
    assert report.noise_bytes > 0


def test_a_silent_port_is_given_up_within_a_minute() -> None:
    line = MemoryLine("port", Talker(b""))

    async def scene() -> float:
        await examine("port", 30.0, lambda _settings: line.link())
        return asyncio.get_running_loop().time()

    assert on_virtual_time(scene()) < 60


async def test_an_autopsy_of_a_sound_reader_tells_framings_and_heads_alone(tmp_path: Path) -> None:
    async with on_pty(READERS["gemcore"](), tmp_path) as path:
        report = await examine(path, WITHIN_S)
    assert report.cause == "answered"
    assert "8N2" in report.framings
    assert report.latency_ms < 0
    assert report.trace
    assert all(0 < len(piece.head) <= HEAD_BYTES for piece in report.trace)
    assert b"GemCore" not in b"".join(piece.head for piece in report.trace)
