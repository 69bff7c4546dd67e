"""Receipts between real processes: the terminal writes to a kernel pty, and a virtual printer reads it onto paper."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from edge.control.client import connect
from edge.control.messages import Message
from edge.demo.processes import run_for_json
from tests.cli.test_virtual import Served, served
from tests.till.till_stage import ELDER, TillStage

pytestmark = [pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

PUBLIC: Final = "Li, local purse"
SETTINGS: Final = """
[printer]
path = "printer.pty"
heading = "市北社区食堂"
"""


class Canteen:
    """The till of real processes, and its printer."""

    def __init__(self, stage: TillStage, printer: Served) -> None:
        self.stage, self.printer = stage, printer

    async def ask(self, verb: str, **members: object) -> Message:
        async with connect(self.stage.config.parent / "sockets" / "till.sock") as client:
            return await client.call(f"till.{verb}", staff="s1", **members)

    async def sell(self, who: str, **meal: object) -> Message:
        await self.ask("offer", **(meal or {"menu": "set_a"}))
        answer = await self.stage.present(who)
        assert answer["prompt"] == "accepted"
        return answer

    async def slip(self) -> list[str]:
        """Return the next slip that comes out."""
        lines = (await self.printer.event("slip"))["lines"]
        assert isinstance(lines, list)
        return lines

    async def printer_is(self, state: str) -> None:
        async def holds() -> bool:
            return bool((await self.ask("state"))["printer"]["state"] == state)

        await self.stage.until(f"the printer is {state}", holds)

    async def verified(self, slip: list[str]) -> dict[str, Any]:
        code = slip[-1].split()[-1]
        return await run_for_json("receipt", "verify", code, "--config", str(self.stage.config))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canteen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Canteen]:
    folder: Path = tmp_path_factory.mktemp("printing")
    link = folder / "printer.pty"
    async with (
        served("printer", "--link", str(link)) as printer,
        TillStage(folder, card_time=False, settings=SETTINGS.replace("printer.pty", str(link))) as stage,
    ):
        found = Canteen(stage, printer)
        await found.ask("shift.open")
        await found.printer_is("ready")
        yield found


async def test_a_paid_meal_comes_out_on_paper_and_its_code_is_genuine(canteen: Canteen) -> None:
    answer = await canteen.sell(ELDER)
    slip = await canteen.slip()
    assert slip[0].strip() == "市北社区食堂"
    assert "套餐 A x1                ￥12.00" in slip
    assert "区补贴                   -￥4.00" in slip
    assert "实付 (电子钱包)           ￥8.00" in slip
    told = await canteen.verified(slip)
    assert (told["finding"], told["receipt"]["payer_fen"]) == ("genuine", answer["fen"])


async def test_sales_go_on_without_paper_and_the_receipts_follow_the_new_roll(canteen: Canteen) -> None:
    await canteen.printer.order(do="paper", lines=0)
    await canteen.printer_is("no_paper")
    for who in (ELDER, PUBLIC):
        await canteen.sell(who)
    assert (await canteen.ask("state"))["printer"]["waiting"] == 2
    await canteen.printer.order(do="paper")
    slips = [await canteen.slip(), await canteen.slip()]
    assert [await canteen.verified(slip) for slip in slips]
    assert not any("补打" in line for slip in slips for line in slip)
    await canteen.printer_is("ready")


async def test_a_printer_unplugged_and_plugged_in_again_prints_what_waited(canteen: Canteen) -> None:
    await canteen.printer.order(do="unplug")
    await canteen.printer_is("absent")
    await canteen.sell(ELDER, unit_fen=300)
    await canteen.printer.order(do="replug")
    assert "实付 (电子钱包)           ￥3.00" in await canteen.slip()


async def test_a_terminal_killed_in_a_slip_prints_it_again_as_a_copy_when_asked(canteen: Canteen) -> None:
    await canteen.printer.order(do="slow", line_ms=100)
    answer = await canteen.sell(PUBLIC, unit_fen=500)
    await canteen.printer.event("line")
    await canteen.stage.terminal.kill()
    first = await canteen.slip()
    await canteen.printer.order(do="slow", line_ms=0)
    await canteen.stage.restart_terminal()
    await canteen.printer_is("ready")
    assert (await canteen.ask("state"))["printer"]["waiting"] == 0
    await canteen.ask("receipt", tap=answer["tap"])
    again = await canteen.slip()
    assert [line.strip() for line in again if line not in first] == ["* 补打 *"]
    assert (await canteen.verified(again))["finding"] == "genuine"


async def test_the_printer_understood_every_byte(canteen: Canteen) -> None:
    canteen.printer.say("slips")
    told = await canteen.printer.event("slips")
    assert told["unknown"] == []
