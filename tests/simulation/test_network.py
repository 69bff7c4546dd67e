"""The road to the centre: each fault does what its words say, and is counted when it did."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge.domain.errors import UplinkError
from edge.simulation.disk import Disk
from edge.simulation.faults import FaultClass, Faults
from edge.simulation.loop import simulation_loop
from edge.simulation.network import (
    CAPTIVE_PORTAL,
    DELAY,
    DUPLICATE,
    LATE_DUPLICATE,
    LOST_ACK,
    LOST_REQUEST,
    NETWORK_FAULTS,
    OUTAGE,
    REORDER,
    TIMEOUT_MS,
    Destination,
    Line,
    Reply,
    Request,
)
from edge.simulation.process import SimulatedProcess
from edge.simulation.run import run
from sync import downlink, uplink


class Centre:
    """Answers each request with the number of requests before it, and remembers what arrived when."""

    def __init__(self, disk: Disk) -> None:
        self.arrived: list[tuple[bytes, float]] = []
        self.process = SimulatedProcess("centre", disk)
        self.process.start(self._stay_up)

    async def answer(self, request: Request) -> Reply:
        self.arrived.append((request.body, simulation_loop().time() * 1000))
        return Reply(200, "text/plain", str(len(self.arrived)).encode())

    async def _stay_up(self) -> None:
        await asyncio.get_running_loop().create_future()


def always(fault: FaultClass) -> FaultClass:
    return FaultClass(fault.name, 1.0, fault.words)


def line_to(centre: Centre, *faults: FaultClass, scale: float = 1.0) -> Line:
    counted = Faults(simulation_loop().streams, faults, scale=scale)
    return Line("bus-1", Destination(centre.process, centre.answer), counted)


async def post(line: Line, body: bytes) -> str:
    try:
        reply = await line.post("/v1/batches", body, "application/octet-stream")
    except UplinkError as error:
        return error.code
    return f"{reply.status} {reply.content_type} {reply.body[:6].decode()}"


UNREACHABLE = "CENTRE_UNREACHABLE"
ANSWERED = "200 text/plain 1"


@pytest.mark.parametrize(
    ("fault", "said", "arrivals_at_once", "arrivals_at_last"),
    [
        (None, ANSWERED, 1, 1),
        (LOST_REQUEST, UNREACHABLE, 0, 0),
        (LOST_ACK, UNREACHABLE, 1, 1),
        (DUPLICATE, ANSWERED, 1, 2),
        (LATE_DUPLICATE, ANSWERED, 1, 2),
        (REORDER, UNREACHABLE, 0, 1),
        (DELAY, ANSWERED, 1, 1),
        (OUTAGE, UNREACHABLE, 0, 0),
        (CAPTIVE_PORTAL, "200 text/html <html>", 0, 0),
    ],
    ids=lambda value: value.name if isinstance(value, FaultClass) else str(value),
)
def test_each_fault_does_what_its_words_say(
    fault: FaultClass | None, said: str, arrivals_at_once: int, arrivals_at_last: int, tmp_path: Path
) -> None:
    async def world() -> dict[str, int]:
        centre = Centre(Disk(tmp_path / str(seed)))
        line = line_to(centre, *([always(fault)] if fault else []))
        assert await post(line, b"batch") == said
        assert arrivals_at_once <= len(centre.arrived) <= arrivals_at_last
        await asyncio.sleep(86_400)
        assert len(centre.arrived) == arrivals_at_last
        return dict(line.faults.injected)

    for seed in range(20):
        assert run(world, seed).value == ({fault.name: 1} if fault else {})


def test_a_held_up_request_arrives_after_its_retry(tmp_path: Path) -> None:
    async def world() -> list[bytes]:
        centre = Centre(Disk(tmp_path / "centre"))
        line = line_to(centre, always(REORDER))
        assert await post(line, b"first") == UNREACHABLE
        assert asyncio.get_running_loop().time() * 1000 == TIMEOUT_MS
        line.faults.stop()
        await post(line, b"retry")
        await asyncio.sleep(86_400)
        return [body for body, _ in centre.arrived]

    assert run(world, 1).value == [b"retry", b"first"]


def test_an_outage_lasts_and_ends(tmp_path: Path) -> None:
    async def world() -> list[str]:
        line = line_to(Centre(Disk(tmp_path / "centre")), OUTAGE, scale=0)
        line.fail_for(3_600_000)
        said = [await post(line, b"now")]
        await asyncio.sleep(3_500)
        said.append(await post(line, b"later"))
        await asyncio.sleep(200)
        said.append(await post(line, b"after"))
        line.fail_for(3_600_000)
        line.recover()
        said.append(await post(line, b"recovered"))
        assert line.faults.injected == {"outage": 1}
        return said

    assert run(world, 1).value == [UNREACHABLE, UNREACHABLE, ANSWERED, "200 text/plain 2"]


def test_a_centre_that_is_down_does_not_answer_and_a_dying_one_neither(tmp_path: Path) -> None:
    async def world() -> list[str]:
        centre = Centre(Disk(tmp_path / "centre"))
        line = line_to(centre)

        async def slow(request: Request) -> Reply:
            await asyncio.sleep(5)
            return await centre.answer(request)

        line.destination.service = slow
        dying = asyncio.create_task(post(line, b"1"))
        await asyncio.sleep(3)
        centre.process.cut()
        return [await dying, await post(line, b"2"), str(len(centre.arrived))]

    assert run(world, 1).value == [UNREACHABLE, UNREACHABLE, "0"]


def test_a_fetch_carries_its_etag_and_its_answer_is_bounded(tmp_path: Path) -> None:
    async def world() -> None:
        line = line_to(Centre(Disk(tmp_path / "centre")))

        async def page(request: Request) -> Reply:
            return Reply(304, "", b"") if request.etag == "now" else Reply(200, "text/plain", bytes(100), etag="now")

        line.destination.service = page
        first = await line.get("/v1/manifest")
        assert (first.status, first.etag) == (200, "now")
        assert (await line.get("/v1/manifest", etag=first.etag)).status == 304
        with pytest.raises(UplinkError, match="CENTRE_IMPOSTOR"):
            await line.get("/v1/manifest", limit=99)

    run(world, 1)


def test_a_line_is_the_link_of_uplink_and_downlink(tmp_path: Path) -> None:
    async def world() -> int:
        line = line_to(Centre(Disk(tmp_path / "centre")))
        up: uplink.Link = line
        down: downlink.Link = line
        await up.post("/v1/batches", b"batch", "application/octet-stream")
        await down.get("/v1/manifest")
        return line.exchanges

    assert run(world, 1).value == 2


def test_a_request_travels_on_when_its_sender_dies(tmp_path: Path) -> None:
    async def world() -> int:
        centre = Centre(Disk(tmp_path / "centre"))
        line = line_to(centre)
        sender = SimulatedProcess("sync", Disk(tmp_path / "sync"))
        sender.start(lambda: line.post("/", b"last words", "text/plain"))
        await asyncio.sleep(0.001)
        sender.cut()
        await asyncio.sleep(60)
        return len(centre.arrived)

    assert run(world, 1).value == 1


def test_over_many_exchanges_every_class_of_fault_happens(tmp_path: Path) -> None:
    async def world() -> list[str]:
        line = line_to(Centre(Disk(tmp_path / "centre")), *NETWORK_FAULTS)
        for number in range(1_000):
            await post(line, str(number).encode())
            await asyncio.sleep(300)
        return line.faults.never_hit()

    result = run(world, 1)
    assert result.value == []


@pytest.mark.parametrize("others", [1, 3])
def test_another_client_does_not_shift_the_draws_of_the_first(others: int, tmp_path: Path) -> None:
    async def world(others: int) -> list[str]:
        centre = Centre(Disk(tmp_path / f"centre-{others}"))
        line = line_to(centre, *NETWORK_FAULTS)
        for number in range(others):
            other = Line(f"other-{number}", line.destination, line.faults)
            await post(other, b"x")
        return [(await post(line, b"y"))[:8] for _ in range(60)]

    alone, among = run(lambda: world(0), 9).value, run(lambda: world(others), 9).value
    assert alone == among
    assert UNREACHABLE[:8] in alone
