"""What a clip may be: short linear PCM with one channel, whole, for prompts that say nothing of a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.voice import CLIP_MS_MAX, CLIPS_BYTES_MAX, Voice, VoiceClip, length_ms, unfit
from tests.domain.sounds import wav

FIT = {
    "16 bits at 8 kHz": wav(),
    "8 bits": wav(width=1),
    "48 kHz": wav(rate=48_000),
    "the longest": wav(CLIP_MS_MAX),
}
UNFIT = {
    "no WAV": b"MThd",
    "nothing": b"",
    "a torn file": wav()[:-10],
    "a header alone": wav(0),
    "too long": wav(CLIP_MS_MAX + 1),
    "two channels": wav(channels=2),
    "24 bits": wav(width=3),
    "too slow": wav(rate=4_000),
    "a compressed form": wav().replace(b"\x01\x00\x01\x00", b"\x11\x00\x01\x00", 1),
}


@pytest.mark.parametrize("sound", FIT.values(), ids=FIT)
def test_a_clip_may_be(sound: bytes) -> None:
    assert unfit(sound) == ""


@pytest.mark.parametrize("sound", UNFIT.values(), ids=UNFIT)
def test_a_clip_is_never(sound: bytes) -> None:
    assert unfit(sound) != ""
    with pytest.raises(ValueError, match="clip 1"):
        Voice((VoiceClip(("accepted",), "zh", sound),))


@given(st.integers(0, len(wav(5))), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=6))
def test_whatever_is_wrong_with_a_file_is_said_and_not_raised(length: int, changes: list[tuple[int, int]]) -> None:
    sound = bytearray(wav(5)[:length])
    for at, byte in changes:
        if at < len(sound):
            sound[at] = byte
    assert isinstance(unfit(bytes(sound)), str)


def test_a_length_is_rounded_up() -> None:
    assert (length_ms(wav(100)), length_ms(wav(1, rate=48_000))) == (100, 1)


def test_one_clip_may_speak_several_prompts_of_its_language() -> None:
    clip = VoiceClip(("accepted", "low_balance"), "zh", wav())
    voice = Voice((clip, VoiceClip(("accepted",), "en", wav(200))))
    assert voice.clip_of("low_balance", "zh") == clip.wav
    assert voice.clip_of("low_balance", "en") == b""
    assert voice.clip_of("accepted", "en") == wav(200)


REFUSED = {
    "another language": (VoiceClip(("accepted",), "fr", wav()),),
    "a prompt spoken twice": (VoiceClip(("accepted",), "zh", wav()), VoiceClip(("accepted",), "zh", wav(200))),
    "more than an edition carries": tuple(
        VoiceClip((f"p{number}",), "zh", wav(CLIP_MS_MAX)) for number in range(CLIPS_BYTES_MAX // 96_000 + 1)
    ),
}


@pytest.mark.parametrize("clips", REFUSED.values(), ids=REFUSED)
def test_no_edition_brings(clips: tuple[VoiceClip, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Voice(clips)


def test_a_prompt_of_a_later_release_is_carried() -> None:
    assert Voice((VoiceClip(("of_tomorrow",), "zh", wav()),)).not_shown() == ["of_tomorrow"]
