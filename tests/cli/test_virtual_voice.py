"""``onecard virtual voice`` as a process: a terminal's driver runs its program, and it says what sounded."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from drivers.signals.tones import tones
from drivers.signals.voice import AlsaVoice, VoiceSettings
from edge.cli.doctor_report import Finding, Level
from edge.cli.doctor_voice import check_voice
from edge.config import load_config
from edge.domain.errors import ReaderError
from tests.cli.terminal_folder import enrolled
from tests.cli.test_virtual import served

TONE = tones()["again"]


@pytest.mark.line
async def test_what_a_terminal_plays_is_told_and_what_it_breaks_off_too(tmp_path: Path) -> None:
    program = tmp_path / "aplay"
    async with served("voice", "--link", str(program)) as device:
        assert device.path == program
        loudspeaker = AlsaVoice(VoiceSettings(str(program)))
        await loudspeaker.play([TONE])
        begun = await device.event("sounding")
        assert begun == {
            "event": "sounding",
            "device": "default",
            "sounds": [{"sha256": hashlib.sha256(TONE).hexdigest(), "ms": 250}],
        }
        await device.event("sounded")
        await device.order(do="hang")
        sounding = asyncio.create_task(loudspeaker.play([TONE]))
        await device.event("sounding")
        sounding.cancel()
        await device.event("silenced")
        await loudspeaker.close()
        await device.order(do="unplug")
        with pytest.raises(ReaderError):
            await loudspeaker.play([TONE])


def findings(folder: Path, settings: str, counters: dict[str, float], *cards: str) -> list[Finding]:
    config = enrolled(folder).config
    config.write_text(config.read_text("utf-8") + settings, "utf-8")
    devices = folder / "snd"
    devices.mkdir()
    for card in cards:
        (devices / card).touch()
    return list(check_voice(load_config(config), counters, devices=devices))


PLAYER = '\n[voice]\ndevice = "default"\nplayer = "/bin/true"\n'
COUNTERS = {"frames": 12.0, "cut": 3.0, "failures": 0.0}
DOCTOR = {
    "a silent terminal is not asked": ("", {}, (), None, ""),
    "no player": (PLAYER.replace("true", "no-such-player"), {}, (), Level.WARN, "no such program"),
    "no sound card": (PLAYER, {}, (), Level.WARN, "no sound card"),
    "a card that records alone": (PLAYER, {}, ("pcmC0D0c",), Level.WARN, "no sound card"),
    "a card that plays": (PLAYER, {}, ("pcmC0D0p",), Level.OK, "1 outputs"),
    "it sounds": (PLAYER, COUNTERS, (), Level.OK, "12 sounded, 3 broken off by the next, 0 failed"),
    "it fails": (PLAYER, {**COUNTERS, "failures": 2.0}, (), Level.WARN, "2 failed"),
}


@pytest.mark.parametrize(("settings", "counters", "cards", "level", "cause"), DOCTOR.values(), ids=DOCTOR)
def test_the_doctor_finds(
    tmp_path: Path, settings: str, counters: dict[str, float], cards: tuple[str, ...], level: Level | None, cause: str
) -> None:
    found = findings(tmp_path, settings, counters, *cards)
    assert [(each.check, each.level) for each in found] == ([] if level is None else [("voice", level)])
    assert all(cause in each.cause for each in found)
