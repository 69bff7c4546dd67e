"""Each rung of the recovery ladder is reached by one fault, and counted under its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.port_counters import Rung
from drivers.virtual.pn532 import VirtualPn532
from edge.domain.errors import ReaderError
from tests.drivers.reader_bench import (
    QUICK,
    Bench,
    cut_last,
    damage_last,
    gemcore_bench,
    lose_everything,
    lose_last,
    on_virtual_time,
    pn532_bench,
)


class PowerSwitch:
    """The power-cycle hook, and whether it was used."""

    def __init__(self) -> None:
        self.cycled = False

    async def cycle(self) -> None:
        self.cycled = True


def a_lost_command(bench: Bench, _power: PowerSwitch) -> None:
    bench.faulty.plan.append(lose_everything)


def a_damaged_answer(bench: Bench, _power: PowerSwitch) -> None:
    bench.faulty.plan.append(damage_last)


def an_answer_cut_short(bench: Bench, _power: PowerSwitch) -> None:
    bench.faulty.plan.append(cut_last)


def a_lost_answer(bench: Bench, _power: PowerSwitch) -> None:
    bench.faulty.plan.append(lose_last)


def a_chip_asleep(bench: Bench, _power: PowerSwitch) -> None:
    assert isinstance(bench.faulty.device, VirtualPn532)
    bench.faulty.device.asleep = True


def a_port_that_must_be_opened_anew(bench: Bench, _power: PowerSwitch) -> None:
    opens = bench.count("reconnects")
    bench.faulty.deaf = lambda: bench.count("reconnects") == opens


def another_line_rate(bench: Bench, _power: PowerSwitch) -> None:
    bench.faulty.deaf = lambda: bench.link.baud != 921600


def a_reader_without_power(bench: Bench, power: PowerSwitch) -> None:
    bench.faulty.deaf = lambda: not power.cycled


Arrange = Callable[[Bench, PowerSwitch], None]


@pytest.mark.parametrize(
    ("arrange", "rung"),
    [
        (a_lost_command, Rung.RESEND),
        (a_damaged_answer, Rung.NACK),
        (an_answer_cut_short, Rung.NACK),
        (a_lost_answer, Rung.ABORT),
        (a_chip_asleep, Rung.WAKE),
        (a_port_that_must_be_opened_anew, Rung.REOPEN),
        (another_line_rate, Rung.OTHER_BAUD),
        (a_reader_without_power, Rung.POWER_CYCLE),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Rung) else value.__name__,
)
def test_a_reader_is_brought_back_by_the_gentlest_means_that_works(arrange: Arrange, rung: Rung) -> None:
    async def scene() -> None:
        power = PowerSwitch()
        bench, pn532 = pn532_bench(power_cycle=power.cycle)
        await bench.channel.open()
        arrange(bench, power)
        await bench.channel.run(pn532.probe())
        assert bench.count("ladder_rung") == rung
        assert bench.count(f"ladder_{rung.name.lower()}") == 1 + (rung is Rung.OTHER_BAUD)
        await bench.channel.run(pn532.probe())
        assert bench.count("ladder_rung") == rung

    on_virtual_time(scene())


def test_a_reader_that_nothing_brings_back_is_a_fault() -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench()
        await bench.channel.open()
        bench.faulty.deaf = lambda: True
        with pytest.raises(ReaderError) as caught:
            await bench.channel.run(pn532.probe())
        assert caught.value.code == "READER_FAULT"
        assert bench.count("ladder_rung") == Rung.FAULT

    on_virtual_time(scene())


def test_a_fault_free_exchange_climbs_nothing() -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench()
        await bench.channel.open()
        for _ in range(3):
            await bench.channel.run(pn532.probe())
        assert bench.count("ladder_rung") == 0
        assert bench.count("resyncs") == 0

    on_virtual_time(scene())


def test_a_sam_reader_has_the_same_ladder_without_nack() -> None:
    async def scene() -> None:
        bench, ccid = gemcore_bench()
        await bench.channel.open()
        bench.faulty.plan.append(damage_last)
        await bench.channel.run(ccid.probe())
        assert (bench.count("ladder_resend"), bench.count("nacks")) == (1, 0)
        opens = bench.count("reconnects")
        bench.faulty.deaf = lambda: bench.count("reconnects") == opens
        await bench.channel.run(ccid.probe())
        assert bench.count("ladder_rung") == Rung.REOPEN

    on_virtual_time(scene())


def test_a_reader_left_at_another_rate_by_an_earlier_run_is_opened() -> None:
    async def scene() -> None:
        bench, pn532 = pn532_bench(replace(QUICK, other_bauds=(921600,)))
        bench.faulty.deaf = lambda: bench.link.baud != 921600
        await bench.channel.open()
        await bench.channel.run(pn532.probe())
        assert bench.link.baud == 921600

    on_virtual_time(scene())
