"""What the control sockets can ask of a running terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from edge.control.messages import SLICE_ENTRIES_MAX, SYNC, Message, to_bytes, to_text
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import Ack, SliceHead
from edge.domain.frozen import frozen
from edge.ports import JournalFeed
from edge.terminal.control import Verb
from edge.terminal.events import Broadcast

SLICE_BYTES_MAX = 20 * 1024
"""Room for base64 and names inside one 32 KiB line."""

SEQ_MAX = 2**63 - 1
"""The largest number that a journal can hold."""

READ_CARD_MS_MAX = 600_000


class Stream(Protocol):
    """One epoch's journal as the sync process sees it."""

    @property
    def epoch(self) -> int:
        """Return the epoch's number."""
        ...

    @property
    def feed(self) -> JournalFeed:
        """Return its feed."""
        ...

    def position(self) -> Message:
        """Return ``{"epoch", "acked", "last", "send_from"}``."""
        ...


class HearAck(Protocol):
    """Hears of an ack after it was applied."""

    async def __call__(self, ack: Ack, *, carried: bool) -> None:
        """``carried``: it came by hand, so that its time has long passed and the centre was not reached."""
        ...


@frozen
class SyncVerbs:
    """The verbs of the sync role: entries out, acks and editions in.

    ``streams`` are the journals, oldest epoch first; ``sign`` signs a slice head; ``open_ack``
    checks an ack's signature against the pinned centre key; ``install`` swaps an edition in between two taps.
    """

    streams: Callable[[], list[Stream]]
    sign: Callable[[SliceHead], bytes]
    open_ack: Callable[[bytes], Ack]
    install: Callable[[Path], Awaitable[int]]
    acked: HearAck

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"entries": self.entries, "ack": self.ack, "edition": self.edition}

    def _stream(self, epoch: object) -> Stream:
        for stream in self.streams():
            if stream.epoch == epoch:
                return stream
        raise RemoteProtocolError("CONTROL_MALFORMED", f"no journal of epoch {str(epoch)[:20]}")

    async def entries(self, message: Message) -> Message:
        """Return one signed slice from ``from`` on (null: where sending resumes)."""
        stream = self._stream(message.get("epoch"))
        asked = message if message.get("from") is not None else {**message, "from": stream.position()["send_from"]}
        first, count = _number(asked, "from", 1, SEQ_MAX), _number(message, "max", SLICE_ENTRIES_MAX, SEQ_MAX)
        part = await stream.feed.slice(first, min(count, SLICE_ENTRIES_MAX), SLICE_BYTES_MAX)
        if part is None:
            return {"entries": []}
        return {
            "first_seq": part.first_seq,
            "previous_hash": to_text(part.previous_hash),
            "last_seq": part.head.last_seq,
            "head_hash": to_text(part.head.head_hash),
            "signature": to_text(self.sign(part.head)),
            "entries": [to_text(entry) for entry in part.entries],
        }

    async def ack(self, message: Message) -> Message:
        """Check a signed ack and move the watermark, or fence the journal that it refuses; a bad one does neither."""
        ack = self.open_ack(to_bytes(message.get("bytes")))
        moved = await self._stream(ack.epoch).feed.apply_ack(ack)
        await self.acked(ack, carried=message.get("carried") is True)
        return {"acked": moved}

    async def edition(self, message: Message) -> Message:
        """Install the edition at ``path`` (relative to the state folder)."""
        path = message.get("path")
        if not isinstance(path, str) or Path(path).is_absolute() or ".." in Path(path).parts:
            raise RemoteProtocolError("CONTROL_MALFORMED", "`path` is relative to the state folder")
        return {"edition": await self.install(Path(path))}


@frozen
class OperatorVerbs:
    """The verbs of people: what is going on, and why."""

    hello: Callable[[], Message]
    status: Callable[[], Awaitable[Message]]
    page: Callable[[int, int], Awaitable[list[bytes]]]
    tap_entries: Callable[[bytes], Awaitable[list[bytes]]]
    verify: Callable[[], Awaitable[list[str]]]
    read_card: Callable[[int], Awaitable[Message]]
    test_tap: Callable[[int], Awaitable[Message]]
    broadcast: Broadcast

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "hello": self._hello,
            "status": self._status,
            "journal.page": self._page,
            "journal.verify": self._verify,
            "why": self._why,
            "card.read": self._read_card,
            "tap.test": self._test_tap,
            "sync.now": self._sync_now,
        }

    async def _hello(self, _message: Message) -> Message:
        return self.hello()

    async def _status(self, _message: Message) -> Message:
        return await self.status()

    async def _page(self, message: Message) -> Message:
        start, count = _number(message, "from", 1, SEQ_MAX), _number(message, "max", SLICE_ENTRIES_MAX, SEQ_MAX)
        return _entries(await self.page(start, min(count, SLICE_ENTRIES_MAX)))

    async def _verify(self, _message: Message) -> Message:
        return {"problems": await self.verify()}

    async def _why(self, message: Message) -> Message:
        tap = message.get("tap")
        try:
            prefix = bytes.fromhex(tap) if isinstance(tap, str) else b""
        except ValueError:
            prefix = b""
        if not prefix:
            raise RemoteProtocolError("CONTROL_MALFORMED", "`tap` is the tap's id in hexadecimal, or its beginning")
        return _entries(await self.tap_entries(prefix))

    async def _read_card(self, message: Message) -> Message:
        return await self.read_card(_number(message, "timeout_ms", 10_000, READ_CARD_MS_MAX, low=0))

    async def _test_tap(self, message: Message) -> Message:
        return await self.test_tap(_number(message, "timeout_ms", 10_000, READ_CARD_MS_MAX, low=0))

    async def _sync_now(self, _message: Message) -> Message:
        self.broadcast.publish("sync.kick")
        return {"heard": self.broadcast.heard_by(SYNC)}


def _number(message: Message, name: str, default: int, high: int, *, low: int = 1) -> int:
    """Return a member that is a number from ``low`` to ``high``, or the default where it is absent."""
    number = message.get(name, default)
    if type(number) is not int or not low <= number <= high:
        raise RemoteProtocolError("CONTROL_MALFORMED", f"`{name}` is an integer from {low} to {high}")
    return number


def _entries(entries: list[bytes]) -> Message:
    """Return as many entries as fit one line; ``more`` says that there are further ones."""
    taken: list[str] = []
    room = SLICE_BYTES_MAX
    for entry in entries:
        if len(entry) > room:
            break
        room -= len(entry)
        taken.append(to_text(entry))
    return {"entries": taken, "more": len(taken) < len(entries)}
