"""Speaks the passenger's signals: a tone, then the prompt's clip, in a task of its own. No tap waits for any of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from edge.domain.errors import OneCardError
from edge.domain.frozen import mutable
from edge.domain.voice import Voice
from edge.ports import Values
from edge.ports.voice import Loudspeaker
from edge.terminal.events import Broadcast
from edge.terminal.outcome import OUT_OF_SERVICE
from edge.terminal.spared import Spared


@mutable
class VoiceLine:
    """One loudspeaker. A signal breaks off whichever sounds: the newest is what the passenger has to hear.

    ``values`` give the clips of the edition in force; without a clip a prompt has its tone alone, and neither says who
    somebody is: they are chosen by the signal's keys.
    """

    loudspeaker: Loudspeaker
    broadcast: Broadcast
    report: Callable[[OneCardError], None]
    values: Values
    tones: Mapping[str, bytes]
    language: str
    _spared: Spared = field(init=False)

    def __post_init__(self) -> None:
        """Tell of failures once."""
        self._spared = Spared(self.report)

    @property
    def port(self) -> Loudspeaker:
        """Return the port it serves."""
        return self.loudspeaker

    async def serve(self) -> None:
        """Serve until cancelled; a loudspeaker that fails is reported once, and tried again at the next signal."""
        events = self.broadcast.listen()
        sounding: asyncio.Task[None] | None = None
        try:
            while True:
                sounds = self.sounds_of(await self._newest(events))
                await _broken_off(sounding)
                sounding = asyncio.create_task(self._sound(sounds)) if sounds else None
        finally:
            self.broadcast.leave(events)
            await _broken_off(sounding)

    async def _newest(self, events: asyncio.Queue[dict[str, Any]]) -> dict[str, Any]:
        """Wait for an answer to somebody; of several that came, return the newest."""
        found: dict[str, Any] | None = None
        while found is None or not events.empty():
            event = await events.get()
            found = event if _answers_somebody(event) else found
        return found

    def sounds_of(self, signal: Mapping[str, Any]) -> tuple[bytes, ...]:
        """Return what a signal sounds like: none of its keys tells one person from another."""
        voice = self.values.value(Voice)
        clip = b"" if voice is None else voice.clip_of(str(signal["prompt"]), self.language)
        return tuple(filter(None, (self.tones.get(str(signal["tone"]), b""), clip)))

    async def _sound(self, sounds: tuple[bytes, ...]) -> None:
        with self._spared.trying():
            await self.loudspeaker.play(sounds)


def _answers_somebody(event: Mapping[str, Any]) -> bool:
    """Say whether a signal follows a tap: that nothing is sold stands on the screens, and is said again and again."""
    return bool(event["event"] == "signal" and event["prompt"] != OUT_OF_SERVICE.prompt)


async def _broken_off(sounding: asyncio.Task[None] | None) -> None:
    """Fall silent, where something sounds; a defect of the task is raised here."""
    if sounding is None:
        return
    sounding.cancel()
    await asyncio.wait([sounding])
    if not sounding.cancelled():
        sounding.result()
