"""``onecard virtual printer`` as a process: paper as text, by order out of it, for a client that knows no product."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_virtual import served
from tests.drivers.virtual.pty_client import PtyClient

pytestmark = pytest.mark.line

HELLO = b"\x1b@\x1c&" + "您好\n".encode("gb18030") + b"\x1dV\x00"


async def test_what_is_written_to_the_port_comes_out_as_text(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    async with served("printer", "--link", str(link)) as device:
        assert device.path == link
        with PtyClient(link) as client:
            client.write(HELLO)
            assert (await device.event("slip"))["lines"] == ["您好"]
            client.write(b"\x10\x04\x04")
            assert await client.read(1) == b"\x12"
        await device.order(do="quit")
        assert await device.process.wait() == 0


async def test_a_printer_without_paper_says_so_and_prints_on_the_next_roll() -> None:
    async with served("printer", "--lines", "0") as device:
        with PtyClient(device.path) as client:
            client.write(b"\x10\x04\x04" + HELLO + b"\x1dr\x01")
            assert await client.read(1) == b"\x7e"
            device.say('{"do": "paper", "lines": 100}')
            assert (await device.event("slip"))["lines"] == ["您好"]
            assert await client.read(1) == b"\x00"


@pytest.mark.parametrize(
    ("order", "why"),
    [
        pytest.param({"do": "paper", "lines": -1}, "lines", id="less than no paper"),
        pytest.param({"do": "cover", "open": "yes"}, "true or false", id="a cover that is neither open nor closed"),
        pytest.param({"do": "slow", "line_ms": "100"}, "line_ms", id="a pace that is no number"),
        pytest.param({"do": "present"}, "present", id="a card"),
    ],
)
async def test_a_wrong_order_is_refused_with_a_reason(order: dict[str, object], why: str) -> None:
    async with served("printer") as device:
        refused = await device.order(**order)
        assert refused["event"] == "refused"
        assert why in str(refused["why"])
