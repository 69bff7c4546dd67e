"""The reader by bytes and the reader by function call pass one suite: what the simulation skips changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from drivers.virtual.psam import Psam
from edge.simulation.ids import SeededIds
from edge.simulation.pitch import Pitch
from edge.simulation.run import run
from edge.simulation.terminal_readers import AttendedReader, byte_reader, direct_reader, purses_alone
from tests.conformance.terminal_reader import CASES, Stand

HOME = "4520"
READERS: dict[str, Callable[[Pitch], AttendedReader]] = {
    "byte by byte": lambda pitch: byte_reader(pitch, purses_alone(HOME), SeededIds(Random(1))),
    "by function call": lambda pitch: direct_reader(pitch, HOME),
}


@pytest.mark.parametrize("build", READERS.values(), ids=READERS)
@pytest.mark.parametrize("case", CASES)
def test_a_terminal_reader(case: str, build: Callable[[Pitch], AttendedReader]) -> None:
    async def main() -> None:
        pitch = Pitch(Psam())
        await CASES[case](Stand(pitch, build(pitch)))

    run(main, 1)
