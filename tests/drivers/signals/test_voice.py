"""A loudspeaker behind a player process, and its twin in memory: both keep the same contract."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers.signals.tones import NOTES, tones
from drivers.signals.voice import AlsaVoice, VoiceSettings
from drivers.virtual.player import VirtualPlayer
from drivers.virtual.voice import VirtualVoice
from edge.domain.errors import ReaderError
from edge.domain.voice import unfit
from tests.conformance.loudspeaker import Bench, LoudspeakerContract
from tests.domain.sounds import wav

PATIENCE_S = 10


class InMemory:
    """The twin in memory."""

    def __init__(self) -> None:
        self.loudspeaker = VirtualVoice()

    def break_it(self) -> None:
        self.loudspeaker.broken = True

    async def heard(self, count: int) -> list[bool]:
        assert len(self.loudspeaker.played) == count
        return [one.whole for one in self.loudspeaker.played]

    async def sounds(self) -> None:
        while not self.loudspeaker.played:  # noqa: ASYNC110 - the list has no event
            await asyncio.sleep(0)


class BehindProcess:
    """The driver, with a program in the place of ``aplay``."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.player = VirtualPlayer(self.events.append)
        self.loudspeaker = AlsaVoice(VoiceSettings(str(self.player.path), "plughw:1,0"))

    def break_it(self) -> None:
        self.player.mode = "break"

    async def heard(self, count: int) -> list[bool]:
        def ended() -> list[str]:
            return [event["event"] for event in self.events if event["event"] != "sounding"]

        await self._until(lambda: len(ended()) >= count)
        return [event == "sounded" for event in ended()]

    async def sounds(self) -> None:
        await self._until(lambda: any(event["event"] == "sounding" for event in self.events))

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110 - the far end's list has no event
                await asyncio.sleep(0.005)


class TestVirtualVoice(LoudspeakerContract):
    @asynccontextmanager
    async def bench(self) -> AsyncIterator[Bench]:
        yield InMemory()


@pytest.mark.line
class TestAlsaVoice(LoudspeakerContract):
    @asynccontextmanager
    async def bench(self) -> AsyncIterator[Bench]:
        bench = BehindProcess()
        async with bench.player:
            yield bench
            await bench.loudspeaker.close()


@pytest.mark.line
async def test_the_player_is_told_the_device_and_given_the_very_bytes() -> None:
    bench, sound = BehindProcess(), wav(30)
    async with bench.player:
        await bench.loudspeaker.play([sound, sound])
        await bench.heard(1)
    begun = bench.events[0]
    assert begun["device"] == "plughw:1,0"
    assert [each["ms"] for each in begun["sounds"]] == [30, 30]


async def test_a_player_that_is_not_there_is_a_coded_error() -> None:
    loudspeaker = AlsaVoice(VoiceSettings("/nowhere/aplay"))
    with pytest.raises(ReaderError) as found:
        await loudspeaker.play([wav()])
    assert found.value.code == "VOICE_FAILED"
    assert loudspeaker.counters()["voice_failures"] == 1


@pytest.mark.line
async def test_a_player_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.signals.voice.MARGIN_MS", 50)
    bench = BehindProcess()
    bench.player.mode = "hang"
    async with bench.player:
        with pytest.raises(ReaderError, match="hangs"):
            await bench.loudspeaker.play([wav(30)])
        await bench.loudspeaker.close()
    assert bench.loudspeaker.counters() == {"voice_frames": 0, "voice_cut": 0, "voice_failures": 1}


def test_every_tone_is_a_fit_sound_that_begins_and_ends_in_silence() -> None:
    assert set(tones()) == {"accepted", "refused", "again"}
    for name, sound in tones().items():
        assert unfit(sound) == ""
        with wave.open(io.BytesIO(sound)) as opened:
            frames = opened.readframes(opened.getnframes())
        assert abs(int.from_bytes(frames[:2], "little", signed=True)) < 100
        assert abs(int.from_bytes(frames[-2:], "little", signed=True)) < 1_000
        assert any(frames), name


def test_tones_differ_in_rhythm_and_not_in_pitch_alone() -> None:
    assert len({tuple(ms for _, ms in notes) for notes in NOTES.values()}) == len(NOTES)
