"""The terminal as the sync process sees it, over its control socket: entries out, acks and editions in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import field
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from edge.control.client import ControlClient
from edge.control.messages import SLICE_ENTRIES_MAX, Message, to_bytes, to_text
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import BatchSpan
from edge.domain.frozen import frozen
from sync.batch import Batch

T = TypeVar("T")
P = ParamSpec("P")

KICK: Final = "sync.kick"
WORTH_ASKING: Final = 10


@frozen
class StreamPosition:
    """How one epoch's journal stands: acked by the centre, last written, and where sending resumes."""

    epoch: int
    acked: int
    last: int
    send_from: int


@frozen
class TerminalState:
    """Answer to hello: ``edition`` in force (0: none), the journals, oldest epoch first, and the lists in force.

    ``lists`` maps kind and name of each to its version and its age in s. ``stop`` is the word for which nothing is
    sold, ``faults`` how often each error code was met since the start; both empty where an older release does not say.
    """

    terminal: str
    edition: int
    version: str
    streams: tuple[StreamPosition, ...]
    lists: Mapping[str, object] = field(default_factory=dict)
    stop: str = ""
    faults: Mapping[str, object] = field(default_factory=dict)


class Caller(Protocol):
    """Whoever answers the verbs of the sync role: a running terminal over its socket, or its files."""

    async def call(self, verb: str, **members: object) -> Message:
        """Do one verb and return its answer."""
        ...


class Feed:
    """Requests to the terminal. All raise ``CONTROL_ABSENT`` when it goes away, and its own coded refusals."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    async def hello(self) -> TerminalState:
        """Return how the terminal stands."""
        answer = await self._client.call("hello")
        return _checked(_state, answer)

    async def collect(
        self,
        state: TerminalState,
        epoch: int,
        entries_max: int,
        bytes_max: int,
        device: Mapping[str, object],
        start: int | None = None,
    ) -> Batch | None:
        """Join consecutive slices from ``start`` on (None: where sending resumes) into one batch; None: none wait.

        The first slice is always taken, however large; another one only where it fits.
        """
        parts: list[_Slice] = []
        size, count = 0, 0
        while wanted := min(SLICE_ENTRIES_MAX, entries_max - count, _that_fit(bytes_max, size, count)):
            answer = await self._client.call("entries", epoch=epoch, max=wanted, **{"from": start})
            part = _checked(_slice, answer)
            if part is None or (parts and size + part.size > bytes_max):
                break
            parts.append(part)
            size, count, start = size + part.size, count + len(part.entries), part.last_seq + 1
        if not parts:
            return None
        first, last = parts[0], parts[-1]
        span = BatchSpan(state.terminal, epoch, first.first_seq, last.last_seq, first.previous_hash, last.head_hash)
        return Batch(span, last.signature, tuple(entry for part in parts for entry in part.entries), device)

    async def ack(self, signed: bytes, *, carried: bool = False) -> int:
        """Hand over a signed ack; returns the watermark. ``carried``: by hand, so that its time is an old one."""
        answer = await self._client.call("ack", bytes=to_text(signed), carried=carried)
        return _checked(_number, answer, "acked")

    async def time_question(self) -> str:
        """Return the nonce, in hexadecimal, for which the terminal wants the time signed."""
        return _checked(_text, await self._client.call("time.ask"), "nonce")

    async def time(self, signed: bytes) -> int:
        """Hand over the signed time for the last nonce; returns it, ms UTC."""
        return _checked(_number, await self._client.call("time", bytes=to_text(signed)), "time_ms")

    async def keys(self, succession: bytes) -> int:
        """Hand over what the centre publishes of its keys; returns how many the terminal knows now."""
        return _checked(_number, await self._client.call("keys", bytes=to_text(succession)), "keys")

    async def edition(self, path: str) -> int:
        """Offer a staged edition, relative to the state folder; returns the number now in force."""
        answer = await self._client.call("edition", path=path)
        return _checked(_number, answer, "edition")


async def kicks(client: ControlClient) -> AsyncIterator[None]:
    """Yield whenever the terminal wants to be heard: entries wait, or a technician says so."""
    async for event in client.events():
        if event.get("event") == KICK:
            yield


def _that_fit(bytes_max: int, size: int, count: int) -> int:
    """Return how many entries more are worth asking for, by the size of those that are there.

    A slice that does not fit is read, told and thrown away; a short one is a question for little.
    """
    if not count:
        return SLICE_ENTRIES_MAX
    more = max(0, bytes_max - size) * count // max(1, size)
    return more if more >= WORTH_ASKING else 0


@frozen
class _Slice:
    first_seq: int
    last_seq: int
    previous_hash: bytes
    head_hash: bytes
    signature: bytes
    entries: tuple[bytes, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.entries))


def _slice(answer: Mapping[str, Any]) -> _Slice | None:
    entries = tuple(to_bytes(entry) for entry in answer["entries"])
    if not entries:
        return None
    return _Slice(
        int(answer["first_seq"]),
        int(answer["last_seq"]),
        to_bytes(answer["previous_hash"]),
        to_bytes(answer["head_hash"]),
        to_bytes(answer["signature"]),
        entries,
    )


def _state(answer: Mapping[str, Any]) -> TerminalState:
    streams = tuple(
        StreamPosition(int(item["epoch"]), int(item["acked"]), int(item["last"]), int(item["send_from"]))
        for item in answer["streams"]
    )
    return TerminalState(
        str(answer["terminal"]),
        int(answer["edition"]),
        str(answer["version"]),
        streams,
        dict(answer.get("lists", {})),
        str(answer.get("stop", "")),
        dict(answer.get("faults", {})),
    )


def _number(answer: Mapping[str, Any], name: str) -> int:
    return int(answer[name])


def _text(answer: Mapping[str, Any], name: str) -> str:
    return str(answer[name])


def _checked(read: Callable[P, T], *parts: P.args, **named: P.kwargs) -> T:
    try:
        return read(*parts, **named)
    except (KeyError, TypeError, ValueError) as error:
        raise RemoteProtocolError("CONTROL_MALFORMED", f"an answer of the terminal lacks {error}") from error
