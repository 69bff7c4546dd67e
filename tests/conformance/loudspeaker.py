"""What every loudspeaker does, real or virtual: one thing at a time, to its end, or broken off, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from edge.domain.errors import ReaderError
from edge.ports.voice import Loudspeaker
from tests.domain.sounds import wav

SHORT, LONG = wav(40), wav(5_000)


class Bench(Protocol):
    """A loudspeaker, and who hears it."""

    @property
    def loudspeaker(self) -> Loudspeaker:
        """Return the loudspeaker."""
        ...

    def break_it(self) -> None:
        """Let every further run fail."""
        ...

    async def heard(self, count: int) -> list[bool]:
        """Wait until so many runs have ended; returns of each whether it sounded to its end."""
        ...

    async def sounds(self) -> None:
        """Wait until a run has begun."""
        ...


class LoudspeakerContract:
    """Cases of the suite; whoever implements the port inherits it and gives a bench."""

    @asynccontextmanager
    async def bench(self) -> AsyncIterator[Bench]:
        raise NotImplementedError
        yield

    async def test_sounds_are_heard_one_after_another_to_their_end(self) -> None:
        async with self.bench() as bench:
            await bench.loudspeaker.play([SHORT, SHORT])
            await bench.loudspeaker.play([SHORT])
            assert await bench.heard(2) == [True, True]
            assert counted(bench) == {"voice_frames": 2, "voice_cut": 0, "voice_failures": 0}

    async def test_whoever_cancels_a_sound_breaks_it_off_at_once_and_the_next_is_heard(self) -> None:
        async with self.bench() as bench:
            sounding = asyncio.create_task(bench.loudspeaker.play([LONG]))
            await bench.sounds()
            sounding.cancel()
            await asyncio.wait([sounding], timeout=1)
            assert sounding.cancelled()
            await bench.loudspeaker.play([SHORT])
            assert await bench.heard(2) == [False, True]
            assert counted(bench) == {"voice_frames": 1, "voice_cut": 1, "voice_failures": 0}

    async def test_what_does_not_sound_is_a_coded_error_and_counted(self) -> None:
        async with self.bench() as bench:
            bench.break_it()
            with pytest.raises(ReaderError) as found:
                await bench.loudspeaker.play([SHORT])
            assert found.value.code == "VOICE_FAILED"
            assert counted(bench) == {"voice_frames": 0, "voice_cut": 0, "voice_failures": 1}

    async def test_closing_twice_is_closing_once(self) -> None:
        async with self.bench() as bench:
            await bench.loudspeaker.close()
            await bench.loudspeaker.close()


def counted(bench: Bench) -> Mapping[str, float]:
    """Return what the loudspeaker counts."""
    return dict(bench.loudspeaker.counters())
