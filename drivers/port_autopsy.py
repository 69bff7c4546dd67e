"""Says of a serial port what can be known without opening the box: who answers, or why nobody can be understood."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.port_probe import Attempt, Candidate, MakeLink, Piece, TappedLink, ask, candidates, every_rate, probe_port
from edge.domain.frozen import frozen

LISTEN_MS: Final = 300.0
FRAMINGS: Final = (("N", 1), ("N", 2), ("E", 1))
"""Parity and stop bits that readers are delivered with."""
LATENCY_MS_MAX: Final = 2.0


@frozen
class Autopsy:
    """``cause`` is answered, alien_firmware, speaks_unasked, echo, garbled or silent; ``cure`` is for a technician.

    ``framings`` are those the reader answers in. ``noise_bytes`` came before anything was asked. ``latency_ms`` is the
    adapter's timer, below zero where it has none.
    """

    cause: str
    cure: str
    found: Attempt | None
    framings: tuple[str, ...]
    noise_bytes: int
    garbled_bauds: tuple[int, ...]
    latency_ms: float
    trace: tuple[Piece, ...]


CURES: Final = {
    "answered": "nothing: put protocol, rate and firmware into the configuration",
    "alien_firmware": "the protocol is known, the model is not: compare its firmware with `onecard reader list`",
    "speaks_unasked": "another master, or a floating line: stop ModemManager and getty, check ground and shield",
    "echo": "what is sent comes back: TX and RX are joined, or a two-wire adapter echoes; check the wiring",
    "garbled": "bytes come and make no frame: another rate, parity or protocol, or a bad ground",
    "silent": "nothing comes at any rate: check power and wiring (swap TX/RX or A/B)",
}


async def examine(path: str, within_s: float, link: MakeLink = SerialPort) -> Autopsy:
    """Listen, ask in every protocol, and try the framings of who answers; raises link errors."""
    noise, latency_ms = await _listen(path, link)
    found = await probe_port(path, within_s, link)
    if found is not None:
        cause = "answered" if found.certain else "alien_firmware"
        framings = await _framings(found, link)
        return Autopsy(cause, CURES[cause], found, framings, noise, (), latency_ms, found.trace)
    attempts = await _first_rates(path, link)
    cause = _cause(noise, attempts)
    heard = tuple(sorted({each.line.baud for each in attempts if each.heard_bytes}))
    loudest = max(attempts, key=lambda each: each.heard_bytes)
    return Autopsy(cause, CURES[cause], None, (), noise, heard, latency_ms, loudest.trace)


async def _listen(path: str, link: MakeLink) -> tuple[int, float]:
    """Return how many bytes came unasked, and the adapter's latency timer."""
    tapped = TappedLink(link(SerialSettings(path)))
    await tapped.open()
    try:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + LISTEN_MS / 1000
        while (left_ms := (until_s - loop.time()) * 1000) > 0:
            await tapped.read(left_ms)
        return tapped.heard_bytes, tapped.health().get("latency_timer_ms", -1.0)
    finally:
        await tapped.close()


async def _framings(found: Attempt, link: MakeLink) -> tuple[str, ...]:
    """Return the framings in which the reader gives its name again."""
    heard: list[str] = []
    for parity, stop_bits in FRAMINGS:
        line = replace(found.line, parity=parity, stop_bits=stop_bits)
        if (await ask(found.candidate, line, link)).identity == found.identity:
            heard.append(f"8{parity}{stop_bits}")
    return tuple(heard)


async def _first_rates(path: str, link: MakeLink) -> list[Attempt]:
    """Ask one model of each rate again, for what comes back although nobody is understood."""
    by_baud: dict[int, Candidate] = {}
    for candidate, baud in every_rate(candidates()):
        by_baud.setdefault(baud, candidate)
    return [await ask(candidate, candidate.line(path, baud), link) for baud, candidate in by_baud.items()]


def _cause(noise_bytes: int, attempts: list[Attempt]) -> str:
    heard = [each for each in attempts if each.heard_bytes]
    if noise_bytes:
        return "speaks_unasked"
    if not heard:
        return "silent"
    return "echo" if all(each.echoed for each in heard) else "garbled"
