"""``onecard virtual`` as a process: its first line, its orders, its events and its end."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.virtual.pn532_frames import ACK, wrap
from edge.cli.main import main
from tests.drivers.virtual.pty_client import PtyClient

pytestmark = pytest.mark.line
PROGRAM = "from edge.cli.main import main; raise SystemExit(main())"
LIST_ONE = wrap(bytes.fromhex("D44A0100"))


class Served:
    """The running process, with the path it printed."""

    def __init__(self, process: Process, path: Path) -> None:
        self.process = process
        self.path = path

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    async def order(self, **order: object) -> Mapping[str, object]:
        """Give an order and return the event that answers it."""
        self.say(json.dumps(order))
        return await self.event("obeyed", "refused")

    async def event(self, *wanted: str) -> Mapping[str, object]:
        """Return the next event of these names."""
        assert self.process.stdout is not None
        async with asyncio.timeout(10):
            while True:
                line = await self.process.stdout.readline()
                assert line, "the process ended"
                event: dict[str, object] = json.loads(line)
                if event["event"] in wanted:
                    return event


@asynccontextmanager
async def served(*words: str) -> AsyncIterator[Served]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, "virtual", *words, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            path = Path((await process.stdout.readline()).decode().strip())
        yield Served(process, path)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_reader_serves_the_card_that_is_presented_and_ends_at_quit(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with served("reader", "--card", "epurse:balance=4600", "--link", str(link), "--no-card-time") as device:
        assert device.path == link
        with PtyClient(link) as client:
            client.write(LIST_ONE)
            assert await client.read(len(ACK)) == ACK
            assert await device.order(do="present") == {"event": "obeyed", "do": "present"}
            assert (await client.read(8))[5:8] == bytes.fromhex("D54B01")
        await device.order(do="quit")
        assert await device.process.wait() == 0
        assert device.process.stderr is not None
        assert b"SIMULATION" in await device.process.stderr.read()
    assert not link.is_symlink()


async def test_a_hold_on_a_step_reports_it_and_the_release_lets_it_go() -> None:
    async with served("reader", "--present", "--no-card-time") as device:
        with PtyClient(device.path) as client:
            client.write(LIST_ONE)
            await client.read(len(ACK) + 25)
            await device.order(do="hold", step="SELECT")
            client.write(wrap(bytes.fromhex("D4400100A4040008A000000632010105")))
            held = await device.event("apdu")
            assert (held["step"], held["phase"]) == ("SELECT", "executed")
            assert (await device.event("apdu"))["phase"] == "held"
            await device.order(do="release")
            answer = await client.read(len(ACK) + 9)
            assert answer[-4:] == bytes.fromhex("D541006F")


@pytest.mark.parametrize(
    ("order", "why"),
    [
        pytest.param({"do": "fly"}, "fly", id="an unknown order"),
        pytest.param({"verb": "present"}, "do", id="an order without do"),
        pytest.param({"do": "tear"}, "apdu", id="a tear without a moment"),
        pytest.param({"do": "hold", "step": "DEBBIT"}, "DEBIT", id="a hold on an unknown step"),
        pytest.param({"do": "noise", "hex": "zz"}, "hex", id="noise that is not hexadecimal"),
        pytest.param({"do": "second", "card": "epurse:x=1"}, "x=1", id="a card that cannot be"),
        pytest.param({"do": "present"}, "already", id="a card that is there"),
    ],
)
async def test_a_wrong_order_is_refused_with_a_reason_and_ends_nothing(order: dict[str, object], why: str) -> None:
    async with served("reader", "--present") as device:
        refused = await device.order(**order)
        assert refused["event"] == "refused"
        assert why in str(refused["why"])
        assert (await device.order(do="card"))["event"] == "obeyed"


async def test_every_order_to_a_line_and_a_card_is_obeyed() -> None:
    orders: list[dict[str, object]] = [
        {"do": "second"},
        {"do": "remove"},
        {"do": "tear", "apdu": 3, "executed": True},
        {"do": "present", "card": "epurse:balance=1"},
        {"do": "status", "hex": "2B"},
        {"do": "silence"},
        {"do": "silence", "on": False},
        {"do": "lose"},
        {"do": "drop", "count": 2},
        {"do": "corrupt"},
        {"do": "unplug"},
        {"do": "replug"},
        {"do": "noise", "hex": "4154"},
    ]
    async with served("reader", "--present") as device:
        for order in orders:
            assert (await device.order(**order))["event"] == "obeyed", order
        device.say("card")
        assert await device.event("card") == {"event": "card", "balance_fen": 1, "counter": 0, "debits": []}


async def test_a_sam_tells_its_state_and_ends_at_sigterm(tmp_path: Path) -> None:
    async with served("sam", "--number", "4520012100AA", "--state", str(tmp_path / "psam")) as device:
        for name in ("mute", "withdraw", "insert", "extend"):
            assert (await device.order(do=name))["event"] == "obeyed"
        device.say("sam")
        state = await device.event("sam_state")
        assert (state["number"], state["sequence"], state["locked"]) == ("4520012100aa", 0, False)
        device.process.terminate()
        assert await device.process.wait() == 0


@pytest.mark.parametrize("until_eof", [True, False], ids=["with --until-eof it ends", "without it goes on"])
async def test_the_end_of_input(*, until_eof: bool) -> None:
    async with served("sam", *(["--until-eof"] if until_eof else [])) as device:
        assert device.process.stdin is not None
        device.process.stdin.close()
        if not until_eof:
            with PtyClient(device.path) as client:
                client.write(bytes.fromhex("03066500000000000200000062"))
                assert len(await client.read(13)) == 13
            device.process.terminate()
        async with asyncio.timeout(10):
            assert await device.process.wait() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reader", "--card", "epurse:balence=1"], "balance"),
        (["sam", "--number", "12"], "six bytes"),
        (["sam", "--number", "xyz"], "hexadecimal"),
        (["reader", "--link", "/nonexistent/reader.pty"], "No such file or directory"),
    ],
)
def test_a_wrong_setting_ends_with_the_configuration_exit_code(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["virtual", *words]) == 80
    assert said in capsys.readouterr().err
