"""A loudspeaker behind ALSA: each sound is a short run of ``aplay``, which reads it from memory.

A process of its own, because a sound card may hang in the kernel for as long as it likes: nobody here waits for it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from subprocess import DEVNULL, Popen
from typing import Final

from edge.domain.errors import ReaderError
from edge.domain.frozen import frozen
from edge.domain.voice import length_ms

MARGIN_MS: Final = 2_000
"""A player that takes this much longer than its sounds last hangs."""
END_MS: Final = 300
"""So long a killed player is waited for: one that holds the sound card would silence the next."""


@frozen
class VoiceSettings:
    """``player`` is ``aplay`` or what takes its options; ``device`` an ALSA device, ``default`` the system's own."""

    player: str = "aplay"
    device: str = "default"


class AlsaVoice:
    """Implements :class:`edge.ports.voice.Loudspeaker`."""

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings
        self._ending: set[asyncio.Task[None]] = set()
        self._whole = 0
        self._cut = 0
        self._failures = 0

    async def play(self, sounds: Sequence[bytes]) -> None:
        """Sound WAV files one after another."""
        try:
            await self._played(sounds)
        except asyncio.CancelledError:
            self._cut += 1
            raise
        except ReaderError:
            self._failures += 1
            raise
        self._whole += 1

    async def _played(self, sounds: Sequence[bytes]) -> None:
        await self._quiet()
        player = self._started(sounds)
        try:
            async with asyncio.timeout((sum(map(length_ms, sounds)) + MARGIN_MS) / 1000):
                await _ended(player)
        except TimeoutError as error:
            raise ReaderError("VOICE_FAILED", f"{self._settings.player} hangs") from error
        finally:
            if player.poll() is None:
                self._end(player)
        if player.returncode:
            raise ReaderError("VOICE_FAILED", f"{self._settings.player} ended with {player.returncode}")

    def _started(self, sounds: Sequence[bytes]) -> Popen[bytes]:
        """Start the player over files that have no name: nothing is written to a disk, and nothing stays behind."""
        with ExitStack() as stack:
            files = [stack.enter_context(os.fdopen(os.memfd_create("sound"), "wb", buffering=0)) for _ in sounds]
            for file, sound in zip(files, sounds, strict=True):
                file.write(sound)
            numbers = [file.fileno() for file in files]
            words = [self._settings.player, "-q", "-D", self._settings.device, *(f"/dev/fd/{each}" for each in numbers)]
            try:
                return Popen(  # noqa: S603 - the words are the terminal's own configuration, and no shell reads them
                    words, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, pass_fds=numbers
                )
            except OSError as error:
                raise ReaderError("VOICE_FAILED", f"{self._settings.player}: {error.strerror}") from error

    def _end(self, player: Popen[bytes]) -> None:
        """Kill a player; it is buried when it is gone, however long its sound card holds it."""
        player.kill()
        ending = asyncio.create_task(_ended(player))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _quiet(self) -> None:
        """Wait a moment for a player that was killed."""
        if self._ending:
            await asyncio.wait(self._ending, timeout=END_MS / 1000)

    async def close(self) -> None:
        """Fall silent; a player that does not die is left to the system."""
        await self._quiet()
        for ending in self._ending:
            ending.cancel()

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port."""
        return {"voice_frames": self._whole, "voice_cut": self._cut, "voice_failures": self._failures}


async def _ended(player: Popen[bytes]) -> None:
    """Wait until a process has ended, without a thread and without a signal: by its descriptor (pidfd_open(2))."""
    if player.poll() is not None:
        return
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    descriptor = os.pidfd_open(player.pid)
    loop.add_reader(descriptor, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    player.poll()
