"""What every scanner codec shares: its events, its settings, and what the channel may ask of it.

A codec is sans-IO: bytes in, events out. Silence on the line is told to it (:meth:`ScanCodec.line_silent`), for in line
mode it ends a payload. What the protocol owes the engine (acknowledgements) is collected by ``bytes_to_send``. Payloads
are the bytes that the engine decoded; nothing here knows text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, Protocol

from drivers.framing import Damaged, FrameCounters, NeedData, ResendAsked
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen

PAYLOAD_BYTES_MAX: Final = 4096
"""Above the largest QR code (2953 bytes) with any prefix an engine puts before it."""

_PREFIXES: Final = re.compile(rb"(?:\][A-Za-z][0-9A-Za-z])?(?:\\[0-9]{6})?")
"""AIM symbology identifier (ISO/IEC 15424), then one ECI designator that leaks out of some engines."""


@frozen
class Scanned:
    """One code, without the prefixes of the engine."""

    payload: bytes


@frozen
class Answered:
    """The engine's answer to the command sent last."""

    accepted: bool
    body: bytes = b""


ScanEvent = Scanned | Answered | ResendAsked | Damaged


@frozen
class ScannerSettings:
    """How an engine is set up and how its codes end; each protocol takes what it knows.

    ``setup`` are volatile commands, carried out at each opening: text in line mode, hexadecimal bodies in framed
    protocols. In line mode each goes between ``setup_start`` and ``setup_end``, and ``answer_start`` begins its answer.
    ``terminator`` follows a code; with ``ends_by_silence`` it may stand inside as well, and only silence ends a code.
    ``trigger`` is the whole command that starts one reading in line mode; framed protocols have their own. ``identify``
    is a command like those of ``setup`` whose answer names the engine.
    """

    setup: tuple[str, ...] = ()
    setup_start: bytes = b""
    setup_end: bytes = b""
    answer_start: bytes = b""
    terminator: bytes = b"\r"
    ends_by_silence: bool = False
    trigger: bytes = b""
    payload_bytes_max: int = PAYLOAD_BYTES_MAX
    identify: str = ""

    @property
    def commands(self) -> tuple[str, ...]:
        """Return every command that the codec will have to frame."""
        return (*self.setup, self.identify) if self.identify else self.setup


class ScanCodec(Protocol):
    """One engine's line."""

    @property
    def counters(self) -> FrameCounters:
        """Return the running counters."""
        ...

    @property
    def partial(self) -> bool:
        """Say whether something has begun that silence would end."""
        ...

    def command(self, step: str) -> bytes:
        """Return the bytes of one set-up command; its answer is the one that is awaited from now on."""
        ...

    def trigger(self) -> bytes:
        """Return the bytes that start one reading; empty where the engine has no such command."""
        ...

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line, however they were cut."""
        ...

    def line_silent(self) -> None:
        """Take note that nothing has come for as long as an engine never pauses inside a code."""
        ...

    def next_event(self) -> ScanEvent | Literal[NeedData.NEED_DATA]:
        """Return the next event, or NEED_DATA."""
        ...

    def bytes_to_send(self) -> bytes:
        """Return what the protocol owes the engine, once."""
        ...

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        ...


@frozen
class ScannerModel:
    """A protocol under the name that profiles use.

    ``build`` raises ``CONFIG_VALUE`` for set-up commands that it cannot frame or that would write the engine's flash.
    ``unsafe`` returns why binary codes cannot come through with these settings; empty where they can. ``questions`` are
    settings whose ``identify`` an engine of this protocol answers and no other device minds.
    """

    name: str
    build: Callable[[ScannerSettings], ScanCodec]
    unsafe: Callable[[ScannerSettings], str]
    questions: tuple[ScannerSettings, ...] = ()


def without_prefixes(scanned: bytes) -> bytes:
    """Return a code without AIM identifier and ECI designator, at the start and once each."""
    found = _PREFIXES.match(scanned)
    return scanned[found.end() :] if found else scanned


def cut_by_terminator(settings: ScannerSettings) -> str:
    """Return why codes that are not framed are unsafe; empty where silence alone ends them."""
    if settings.ends_by_silence or not settings.terminator:
        return ""
    return f"a code that contains {settings.terminator.hex(' ').upper()} is cut there: let silence end it"


def refuse_flash(step: str) -> ConfigError:
    """Return the error for a set-up command that an engine would keep: its flash wears out."""
    return ConfigError(
        "CONFIG_VALUE", f"the scanner set-up `{step}` would be written to flash; only volatile ones are sent"
    )


def body_of(step: str) -> bytes:
    """Return a set-up command written in hexadecimal; raises ``CONFIG_VALUE``."""
    try:
        return bytes.fromhex(step)
    except ValueError:
        raise ConfigError("CONFIG_VALUE", f"the scanner set-up `{step}` is not hexadecimal") from None
