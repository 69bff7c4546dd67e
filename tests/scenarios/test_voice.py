"""A terminal that speaks: real processes, from a card at the reader to the bytes that a player got."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.signals.tones import tones
from drivers.virtual.player import VirtualPlayer
from edge.demo.cards import DENIED
from edge.demo.processes import run_for_json, run_to_end
from edge.demo.stage import Stage
from tests.domain.sounds import wav

pytestmark = pytest.mark.line

CLIP: Final = wav(120)
VOICE: Final = """kind = "voice"
[[clip]]
prompts = ["accepted"]
language = "zh"
file = "{file}"
"""
SETTINGS: Final = """
[voice]
device = "plughw:0,0"
player = "{player}"
"""
PATIENCE_S: Final = 20


class SpeakingStage(Stage):
    """A bus whose terminal has a loudspeaker, and whose edition brings one clip."""

    async def enrol(self) -> None:
        clip, document = self.folder / "accepted.wav", self.folder / "voice.toml"
        clip.write_bytes(CLIP)
        document.write_text(VOICE.format(file=clip), "utf-8")
        await run_to_end("central", "publish", str(document), *self.central)
        await super().enrol()


def digest(sound: bytes) -> str:
    return hashlib.sha256(sound).hexdigest()


async def test_a_tap_is_heard_as_its_tone_and_the_editions_clip_and_a_broken_player_stops_no_tap(
    tmp_path: Path,
) -> None:
    heard: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    async def next_run(event: str) -> list[str]:
        async with asyncio.timeout(PATIENCE_S):
            while (found := await heard.get())["event"] != event:
                pass
        return [sound["sha256"] for sound in found["sounds"]]

    async with VirtualPlayer(heard.put_nowait) as player:
        settings = SETTINGS.format(player=player.path)
        async with SpeakingStage(tmp_path / "bus", card_time=False, settings=settings) as stage:
            first, second = list(stage.cards)[:2]
            assert (await stage.present(first))["accepted"]
            assert await next_run("sounded") == [digest(tones()["accepted"]), digest(CLIP)]
            assert not (await stage.present(DENIED))["accepted"]
            assert await next_run("sounded") == [digest(tones()["refused"])]
            player.mode = "break"
            assert (await stage.present(second))["accepted"]
            await next_run("broken")
            status = await run_for_json("status", "--config", str(stage.config))
            assert status["ports"]["voice"]["frames"] == 2
