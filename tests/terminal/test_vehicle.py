"""A terminal opened as ``onecard run`` opens it, with an announcer and a display that its configuration names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from edge.control.client import connect
from edge.domain.entry import Kind, Remark
from edge.domain.errors import RemoteProtocolError
from edge.ports import Signal
from edge.terminal.drive_verbs import DriveVerbs
from edge.terminal.outcome import Outcome
from edge.till.passenger import passenger_view
from edge.wiring_virtual import virtual_announcer, virtual_display
from sync.wire import decode_entry
from tests.cli.terminal_folder import enrolled
from tests.scenarios.running_line import Ended, onecard
from tests.terminal.served_terminal import serving, until


async def test_configured_announcer_and_display_are_served(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    announcer = virtual_announcer(link=tmp_path / "announcer")
    display = virtual_display(link=tmp_path / "display")
    told = f'\n[announcer]\npath = "{announcer.port.path}"\nlines = ["K5"]\n[display]\npath = "{display.port.path}"\n'
    folder.config.write_text(folder.config.read_text("utf-8") + told, "utf-8")
    async with announcer.port, display.port, AsyncExitStack() as stack:
        service = await serving(folder.config, stack)
        vehicle = service.vehicle
        assert vehicle is not None
        await until(lambda: _spoken(announcer.device.say, lambda: vehicle.book.duty.driver == "1042"))
        service.broadcast.show(Signal("green", "accepted", "accepted", fen=200, balance_fen=4400))
        await until(lambda: display.device.lines == ["刷卡成功", "收 2.00  余 44.00"])
        bodies = [decode_entry(packed).body for packed in await service.journal.page(1, 100, Kind.SHIFT)]
        assert [body.subject for body in bodies if isinstance(body, Remark)] == ["duty.signed_on"]
        status = await service.status()
        assert {"place", "display"} <= status["ports"].keys()


def _spoken(say: Callable[..., None], heard: Callable[[], bool]) -> bool:
    """Say it again until it was heard: what was said before the port is open is lost, as on a real line."""
    if not heard():
        say("PBUSN", "1042", "B17", "K5", "up")
    return heard()


async def test_a_keypad_on_a_line_of_its_own_arms_the_next_tap(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    keypad = virtual_announcer(link=tmp_path / "keypad")
    told = f'\n[keypad]\npath = "{keypad.port.path}"\narmed_ms = 60000\n'
    folder.config.write_text(folder.config.read_text("utf-8") + told, "utf-8")
    async with keypad.port, AsyncExitStack() as stack:
        service = await serving(folder.config, stack)
        vehicle = service.vehicle
        assert vehicle is not None
        await until(lambda: _spoken(keypad.device.say, lambda: vehicle.book.duty.driver == "1042"))
        keypad.device.say("PBUSK", "pay_for", "3")
        await until(lambda: vehicle.message()["armed"] is not None)
        assert service.supervisor.line.boardings is not None
        assert service.supervisor.line.boardings.left_ms() > 10_000
        assert (await service.status())["ports"]["keypad"]["frames"] >= 2


async def test_the_page_is_told_where_the_bus_is_and_what_was_answered(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    async with AsyncExitStack() as stack:
        service = await serving(folder.config, stack)
        verbs = DriveVerbs(service.vehicle)
        await verbs.move({"turn": "sign_on", "driver": "1042", "line": "K5", "direction": "up"})
        await verbs.press({"key": "pay_for", "riders": 2})
        service.note_outcome(Outcome(True, Signal("green", "accepted", "accepted", 200, 4_400), b"12345678"))
        async with connect(folder.config.parent / "sockets" / "till.sock") as client:
            told = await client.call("ride.state")
        assert (told["line"], told["direction"], told["armed"]["riders"]) == ("K5", "up", 2)
        assert told["shown"]["fen"] == 200
        assert passenger_view(told)["screen"] == "paid"
        assert "1042" not in str(told)


@pytest.mark.line
async def test_a_driver_without_a_keypad_types(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    async with AsyncExitStack() as stack:
        service = await serving(folder.config, stack)

        async def drive(*words: str) -> Ended:
            return await onecard("drive", *words, "--config", str(folder.config), "--json")

        refused = await drive("pay-for", "3")
        assert (refused.code, "no driver is signed on" in refused.err) == (70, True)
        on = await drive("sign-on", "1042", "--line", "K5")
        assert (on.facts["driver"], on.facts["line"]) == ("1042", "K5")
        assert (await drive("stop", "03")).facts["station"] == "03"
        armed = (await drive("pay-for", "3")).facts["armed"]
        assert (armed["riders"], armed["companion"]) == (3, False)
        assert (await drive("cancel")).facts["armed"] is None
        assert (await drive("sign-off")).facts["driver"] == ""
        kinds = (Kind.SHIFT, Kind.STAFF)
        bodies = [decode_entry(packed).body for kind in kinds for packed in await service.journal.page(1, 100, kind)]
        assert [body.subject for body in bodies if isinstance(body, Remark)] == [
            "duty.signed_on",
            "duty.stop",
            "duty.signed_off",
            "driver.armed",
            "driver.disarmed",
        ]


@pytest.mark.parametrize(
    "words",
    [
        {"turn": "fly"},
        {"turn": "sign_on"},
        {"turn": "line", "line": "K" * 33},
        {"key": "pay_for", "riders": 1},
        {"key": "pay_for", "riders": "3"},
        {"key": "dance"},
    ],
    ids=["no such turn", "nobody signs on", "a line too long", "one rider", "riders in words", "no such key"],
)
async def test_what_no_keypad_can_mean_is_refused(tmp_path: Path, words: dict[str, object]) -> None:
    folder = enrolled(tmp_path)
    async with AsyncExitStack() as stack:
        service = await serving(folder.config, stack)
        verbs = DriveVerbs(service.vehicle)
        with pytest.raises(RemoteProtocolError, match=r"[`a-z]") as refused:
            await (verbs.press(words) if "key" in words else verbs.move(words))
        assert refused.value.code == "CONTROL_MALFORMED"
        assert (await verbs.state({}))["driver"] == ""
