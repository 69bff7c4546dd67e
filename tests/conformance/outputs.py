"""What every kind of switched outputs keeps to: a rig has two, 1 and 2, and can take them away and put them back."""

from __future__ import annotations

from typing import Protocol

import pytest

from edge.domain.errors import ReaderError
from edge.ports.outputs import Outputs


class Rig(Protocol):
    """Outputs with their virtual twin."""

    outputs: Outputs

    def on(self) -> set[int]:
        """Return what is on at the far end."""
        ...

    def leave_on(self) -> None:
        """Have something on at the far end, as a crash leaves it."""
        ...

    def unplug(self) -> None:
        """Take the far end away."""
        ...

    def plug(self) -> None:
        """Put it back."""
        ...


class OutputsConformance:
    """Subclass with a fixture ``rig``."""

    async def test_an_opening_switches_off_what_a_crash_left_on(self, rig: Rig) -> None:
        rig.leave_on()
        await rig.outputs.open()
        assert rig.on() == set()

    async def test_exactly_what_is_named_is_on(self, rig: Rig) -> None:
        await rig.outputs.open()
        for wanted in ({1}, {1, 2}, {2}, set[int]()):
            rig.outputs.switch(wanted)
            assert rig.on() == wanted

    async def test_a_second_opening_changes_nothing(self, rig: Rig) -> None:
        await rig.outputs.open()
        rig.outputs.switch({1})
        await rig.outputs.open()
        assert rig.on() == {1}

    async def test_a_close_switches_off_and_may_be_repeated(self, rig: Rig) -> None:
        await rig.outputs.open()
        rig.outputs.switch({1, 2})
        await rig.outputs.close()
        await rig.outputs.close()
        assert rig.on() == set()

    async def test_outputs_that_are_not_there_are_named_at_the_opening(self, rig: Rig) -> None:
        rig.unplug()
        with pytest.raises(ReaderError) as absent:
            await rig.outputs.open()
        assert absent.value.code == "LINK_ABSENT"
        await rig.outputs.close()

    async def test_outputs_that_go_are_lost_counted_and_opened_anew(self, rig: Rig) -> None:
        await rig.outputs.open()
        rig.unplug()
        with pytest.raises(ReaderError) as lost:
            rig.outputs.switch({1})
        assert lost.value.code == "LINK_LOST"
        await rig.outputs.close()
        rig.plug()
        await rig.outputs.open()
        rig.outputs.switch({2})
        assert rig.on() == {2}
        counted = {name.partition("_")[2]: value for name, value in rig.outputs.counters().items()}
        assert (counted["reconnects"], counted["failures"]) == (1, 1)
        assert counted["frames"] >= 2
        await rig.outputs.close()
