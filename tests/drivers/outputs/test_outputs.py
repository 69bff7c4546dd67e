"""A relay board in memory and a GPIO chip at the library's seam, both by the suite of switched outputs."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any, Final

import gpiod
import pytest
from gpiod.line import Direction, Value
from hypothesis import given
from hypothesis import strategies as st

from drivers.links.memory import MemoryLine
from drivers.outputs import gpio_chip
from drivers.outputs.gpio_lines import GpioLines
from drivers.outputs.relay_board import RelayBoard, order
from drivers.virtual.gpio_chip import VirtualGpioChip
from drivers.virtual.relay_board import VirtualRelayBoard
from edge.domain.errors import ReaderError
from edge.ports.outputs import Outputs
from tests.conformance.outputs import OutputsConformance

RELAYS: Final = (1, 2)


@dataclass
class BoardRig:
    """A relay board on a line in memory."""

    device: VirtualRelayBoard = field(default_factory=lambda: VirtualRelayBoard(lambda _event: None))
    line: MemoryLine = field(init=False)
    outputs: Outputs = field(init=False)

    def __post_init__(self) -> None:
        self.line = MemoryLine("relays", self.device)
        self.outputs = RelayBoard(self.line.link(), RELAYS, "relay")

    def on(self) -> set[int]:
        return self.device.on

    def leave_on(self) -> None:
        self.device.on.add(2)

    def unplug(self) -> None:
        self.line.unplug()
        self.device.power_cycle()

    def plug(self) -> None:
        self.line.plug()


@dataclass
class ChipRig:
    """A GPIO chip in memory."""

    chip: VirtualGpioChip = field(default_factory=lambda: VirtualGpioChip(RELAYS))
    outputs: Outputs = field(init=False)

    def __post_init__(self) -> None:
        self.outputs = GpioLines("/dev/gpiochip0", self.chip.take, "lamp")

    def on(self) -> set[int]:
        return set(self.chip.active)

    def leave_on(self) -> None:
        self.chip.active = frozenset({2})

    def unplug(self) -> None:
        self.chip.unplug()

    def plug(self) -> None:
        self.chip.plug()


class TestRelayBoard(OutputsConformance):
    """The suite on a relay board."""

    @pytest.fixture
    def rig(self) -> BoardRig:
        return BoardRig()


class TestGpioLines(OutputsConformance):
    """The suite on a GPIO chip."""

    @pytest.fixture
    def rig(self) -> ChipRig:
        return ChipRig()


PUBLISHED: Final = [
    pytest.param(1, True, "a00101a2", id="the sellers' example: on"),
    pytest.param(1, False, "a00100a1", id="the sellers' example: off"),
    pytest.param(8, True, "a00801a9", id="the last relay of a board of eight"),
]


@pytest.mark.parametrize(("relay", "on", "sent"), PUBLISHED)
def test_orders_are_those_that_the_boards_sellers_publish(relay: int, on: bool, sent: str) -> None:  # noqa: FBT001 - a table's column
    assert order(relay, on=on).hex() == sent


@given(noise=st.binary(max_size=6).filter(lambda noise: b"\xa0" not in noise), cut=st.integers(0, 10))
def test_a_board_obeys_an_order_after_noise_in_any_division(noise: bytes, cut: int) -> None:
    device, stream = VirtualRelayBoard(lambda _event: None), noise + order(3, on=True)
    device.receive(stream[:cut])
    device.receive(stream[cut:])
    assert device.on == {3}


async def test_two_cannot_hold_one_chip() -> None:
    rig = ChipRig()
    await rig.outputs.open()
    with pytest.raises(ReaderError) as busy:
        await GpioLines("/dev/gpiochip0", rig.chip.take, "relay").open()
    assert busy.value.code == "LINK_BUSY"
    await rig.outputs.close()


class HeldRequest:
    """What libgpiod's request is told: a chip is not to be had without the kernel's gpio-sim."""

    def __init__(self) -> None:
        self.told: list[dict[int, Value]] = []
        self.released = 0

    def set_values(self, values: dict[int, Value]) -> None:
        self.told.append(values)

    def release(self) -> None:
        self.released += 1


def test_the_library_is_asked_for_inactive_outputs_and_told_all_of_them_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}
    held, wanted = HeldRequest(), inspect.signature(gpiod.request_lines)

    def request(*given: object, **named: object) -> HeldRequest:
        asked.update(wanted.bind(*given, **named).arguments)
        return held

    monkeypatch.setattr(gpiod, "request_lines", request)
    lines = gpio_chip.take_lines("/dev/gpiochip0", (17, 27), active_low=True)
    ((offsets, settings),) = asked["config"].items()
    assert (asked["path"], asked["consumer"], offsets) == ("/dev/gpiochip0", "onecard", (17, 27))
    assert (settings.direction, settings.output_value, settings.active_low) == (Direction.OUTPUT, Value.INACTIVE, True)
    lines.put({27})
    assert held.told == [{17: Value.INACTIVE, 27: Value.ACTIVE}]
    lines.free()
    assert held.released == 1


async def test_a_chip_that_is_not_there_is_named_by_the_library_itself() -> None:
    def take() -> Any:  # noqa: ANN401 - it raises
        return gpio_chip.take_lines("/dev/no-such-gpiochip", (1,), active_low=False)

    outputs = GpioLines("/dev/no-such-gpiochip", take, "lamp")
    with pytest.raises(ReaderError) as absent:
        await outputs.open()
    assert absent.value.code == "LINK_ABSENT"
    assert outputs.counters()["lamp_failures"] == 1
