"""What every reader codec shares: frame events, commands to a reader, and procedures made of them.

A codec is sans-IO: bytes in, events out. ``send`` frames a command and remembers which answer fits it; bytes go in by
``receive_data``; ``next_event`` gives one event after the other, and :data:`NEED_DATA` when there is none. Timers,
retries and recovery live above, in :mod:`drivers.channel`.

A :data:`Procedure` is a generator of reader commands, as a card application is a generator of APDUs: it yields
:class:`ReaderCommand` or :class:`Settle`, is sent the answer's body, returns a value. Its errors are coded errors.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum, auto
from typing import Final, Literal, Protocol, TypeVar

from edge.domain.frozen import frozen, mutable

T = TypeVar("T")


class NeedData(Enum):
    """The type of :data:`NEED_DATA`."""

    NEED_DATA = auto()


NEED_DATA: Final = NeedData.NEED_DATA
"""There is no whole event in the bytes received so far."""


@frozen
class Acked:
    """The reader has taken the command; its answer follows."""


@frozen
class Answered:
    """The answer to the command sent last. Answers to anything else are dropped and counted by the codec."""

    body: bytes


@frozen
class Damaged:
    """A frame began and its checks failed; the codec hunts for the next one."""

    reason: str


@frozen
class ResendAsked:
    """The command arrived damaged at the reader and was not carried out."""


@frozen
class MoreTime:
    """The reader or its card is at work on the command and asks for patience."""


@frozen
class SlotMoved:
    """A card was put into the reader's slot, or taken out."""

    present: bool


@frozen
class Rejected:
    """The reader understood the frame and refuses its content."""

    reason: str


FrameEvent = Acked | Answered | Damaged | ResendAsked | MoreTime | SlotMoved | Rejected


@mutable
class FrameCounters:
    """What a codec has seen. ``strangers`` are sound frames that answer nothing we asked."""

    frames: int = 0
    checksum_errors: int = 0
    dropped_bytes: int = 0
    strangers: int = 0


@frozen
class ReaderCommand:
    """One command to the reader, without its envelope.

    ``timeout_ms`` bounds the wait for the answer. ``repeatable``: carrying it out twice does no harm; where it is
    false the command is never sent a second time unless the reader says that the first one did not arrive.
    ``lead_in`` goes before the frame (wake-up bytes).
    """

    body: bytes
    timeout_ms: float
    repeatable: bool = True
    step: str = ""
    lead_in: bytes = b""


@frozen
class Settle:
    """Wait ``wait_ms``; with ``drain``, then discard what has come in. The procedure is sent ``b""``."""

    wait_ms: float
    drain: bool = False


Procedure = Generator[ReaderCommand | Settle, bytes, T]


class Codec(Protocol):
    """A reader protocol's frames."""

    @property
    def acknowledges(self) -> bool:
        """Say whether the reader acknowledges a command before it answers."""
        ...

    @property
    def answer_bytes_min(self) -> int:
        """Return the fewest bytes in which a command can be answered, its acknowledgement included."""
        ...

    @property
    def counters(self) -> FrameCounters:
        """Return the running counters."""
        ...

    @property
    def partial(self) -> bool:
        """Say whether the bytes received end inside a frame."""
        ...

    def send(self, command: ReaderCommand) -> bytes:
        """Return the command's frame; from now on its answer is the one that is awaited."""
        ...

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line, however they were cut."""
        ...

    def next_event(self) -> FrameEvent | Literal[NeedData.NEED_DATA]:
        """Return the next event, or :data:`NEED_DATA`."""
        ...

    def give_up_partial(self) -> None:
        """Look for frames behind the start of one that does not end: noise may announce more than ever comes."""
        ...

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        ...

    def nack(self) -> bytes:
        """Return the frame that asks for the last answer again; empty where the protocol has none."""
        ...

    def abort(self) -> bytes:
        """Return the frame that stops the running command; empty where the protocol has none."""
        ...


class ReaderProtocol(Protocol):
    """What the channel must know of a reader to bring it back: its codec, how to start it, how to test the line."""

    @property
    def codec(self) -> Codec:
        """Return the codec of this reader's line."""
        ...

    def wake(self) -> Procedure[None]:
        """Bring the reader from any state to readiness."""
        ...

    def probe(self) -> Procedure[None]:
        """Ask for something harmless whose answer cannot be taken for another one."""
        ...

    def identify(self) -> Procedure[str]:
        """Return what model and firmware the reader calls itself; harmless, and understood from any state."""
        ...
