"""What a terminal says aloud: a tone, then the prompt's clip; the newest is heard, and no tap waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import pytest

from drivers.virtual.voice import VirtualVoice
from edge.domain.errors import OneCardError
from edge.domain.voice import Voice, VoiceClip
from edge.ports import Signal
from edge.terminal.events import Broadcast
from edge.terminal.outcome import OUT_OF_SERVICE
from edge.terminal.voice_line import VoiceLine
from tests.domain.sounds import wav

V = TypeVar("V")

PAID = Signal("green", "accepted", "accepted", fen=200)
REFUSED = Signal("red", "refused", "balance_too_low")
TONES = {"accepted": wav(10), "refused": wav(20)}
SPOKEN, ENGLISH, LONG = wav(30), wav(40), wav(6_000)
CLIPS = Voice((VoiceClip(("accepted",), "zh", SPOKEN), VoiceClip(("accepted",), "en", ENGLISH)))


@dataclass
class OneValue:
    """An edition that may bring clips."""

    voice: Voice | None

    def value(self, wanted: type[V]) -> V | None:
        return self.voice if isinstance(self.voice, wanted) else None


@dataclass
class Spoken:
    """A served voice, what it sounds on and what it reports."""

    broadcast: Broadcast
    loudspeaker: VirtualVoice
    faults: list[OneCardError]
    edition: OneValue

    async def ended(self, count: int) -> list[tuple[bytes, ...]]:
        """Wait until so many runs have ended; returns their sounds."""
        async with asyncio.timeout(10):
            while self._ended() < count:  # noqa: ASYNC110 - the list has no event
                await asyncio.sleep(0.001)
        return [one.sounds for one in self.loudspeaker.played]

    def _ended(self) -> int:
        return sum(one.ended_ms >= 0 for one in self.loudspeaker.played)


@asynccontextmanager
async def speaking(clips: Voice | None = CLIPS, language: str = "zh") -> AsyncIterator[Spoken]:
    found = Spoken(Broadcast({}), VirtualVoice(), [], OneValue(clips))
    line = VoiceLine(found.loudspeaker, found.broadcast, found.faults.append, found.edition, TONES, language)
    serving = asyncio.create_task(line.serve())
    await asyncio.sleep(0)
    try:
        yield found
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


SAID = [
    pytest.param(PAID, CLIPS, "zh", (TONES["accepted"], SPOKEN), id="the tone, then the clip of its prompt"),
    pytest.param(PAID, CLIPS, "en", (TONES["accepted"], ENGLISH), id="in the terminal's language"),
    pytest.param(REFUSED, CLIPS, "zh", (TONES["refused"],), id="a prompt without a clip: the tone alone"),
    pytest.param(PAID, None, "zh", (TONES["accepted"],), id="an edition without clips: the tone alone"),
]


@pytest.mark.parametrize(("signal", "clips", "language", "sounds"), SAID)
async def test_a_signal_sounds_by_its_keys(
    signal: Signal, clips: Voice | None, language: str, sounds: tuple[bytes, ...]
) -> None:
    async with speaking(clips, language) as spoken:
        spoken.broadcast.publish("tap", tap="00")
        spoken.broadcast.show(signal)
        assert await spoken.ended(1) == [sounds]


async def test_the_newest_signal_breaks_off_whichever_sounds() -> None:
    async with speaking(Voice((VoiceClip(("accepted",), "zh", LONG),))) as spoken:
        spoken.broadcast.show(PAID)
        while not spoken.loudspeaker.played:  # noqa: ASYNC110 - the list has no event
            await asyncio.sleep(0)
        spoken.broadcast.show(REFUSED)
        await spoken.ended(2)
        assert [one.whole for one in spoken.loudspeaker.played] == [False, True]
        assert spoken.faults == []


async def test_a_terminal_out_of_service_does_not_drone_and_breaks_no_answer_off() -> None:
    async with speaking() as spoken:
        spoken.broadcast.show(PAID)
        for _ in range(3):
            spoken.broadcast.show(OUT_OF_SERVICE)
        assert await spoken.ended(1) == [(TONES["accepted"], SPOKEN)]
        assert spoken.loudspeaker.played[0].whole


async def test_of_several_that_wait_only_the_newest_is_heard() -> None:
    async with speaking() as spoken:
        for signal in (PAID, PAID, REFUSED):
            spoken.broadcast.show(signal)
        assert await spoken.ended(1) == [(TONES["refused"],)]


async def test_a_loudspeaker_that_fails_is_reported_once_counted_each_time_and_heard_again_when_it_works() -> None:
    async with speaking() as spoken:
        spoken.loudspeaker.broken = True
        for number in (1, 2):
            spoken.broadcast.show(REFUSED)
            await spoken.ended(number)
        assert [fault.code for fault in spoken.faults] == ["VOICE_FAILED"]
        assert spoken.loudspeaker.counters()["voice_failures"] == 2
        spoken.loudspeaker.broken = False
        spoken.broadcast.show(REFUSED)
        await spoken.ended(3)
        assert spoken.loudspeaker.played[-1].whole


async def test_a_new_edition_brings_its_clips_between_two_signals() -> None:
    async with speaking(None) as spoken:
        spoken.broadcast.show(PAID)
        await spoken.ended(1)
        spoken.edition.voice = CLIPS
        spoken.broadcast.show(PAID)
        assert (await spoken.ended(2))[1] == (TONES["accepted"], SPOKEN)


def test_signals_of_one_outcome_sound_alike_whatever_they_cost_and_leave() -> None:
    line = VoiceLine(VirtualVoice(), Broadcast({}), lambda _error: None, OneValue(CLIPS), TONES, "zh")
    heard = {
        line.sounds_of({"tone": "accepted", "prompt": "accepted", "fen": fen, "balance_fen": left})
        for fen in (0, 100, 1_500)
        for left in (-1, 4_400)
    }
    assert len(heard) == 1
