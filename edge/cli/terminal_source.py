"""Where a command gets its answers: from the running terminal by its control socket, else from the terminal's files.

With the terminal down the command takes ``journal.lock`` and opens the journal itself, as the terminal would; a
terminal that starts meanwhile is told that the journal is held.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from edge.cli.locate import Located
from edge.control.client import ControlClient, open_client
from edge.control.messages import SLICE_ENTRIES_MAX, Message, members_of, to_bytes
from edge.domain.entry import Entry
from edge.domain.errors import RemoteProtocolError, StoreError
from sync.wire import decode_entry


class TerminalSource(Protocol):
    """One terminal that can be asked."""

    async def status(self) -> Message:
        """Return the message of :class:`edge.control.status.Status`."""
        ...

    async def limits(self) -> Message:
        """Return what may be risked, what is used of it, and the tier."""
        ...

    async def clock(self) -> Message:
        """Return what the clock knows of itself."""
        ...

    async def page(self, first: int, count: int) -> list[Entry]:
        """Return up to ``count`` entries from number ``first`` on, fewer where they end."""
        ...

    async def tap_entries(self, prefix: bytes) -> list[Entry]:
        """Return the entries of every tap whose id begins with ``prefix``, in order."""
        ...

    async def verify(self) -> list[str]:
        """Check the whole journal and return its problems in words."""
        ...

    async def check_receipt(self, code: str) -> Message:
        """Hold a receipt's code against the journal it names."""
        ...


class RunningTerminal:
    """A terminal asked over its control socket."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    async def status(self) -> Message:
        """Return its status."""
        return await self._told("status")

    async def limits(self) -> Message:
        """Return what may be risked."""
        return await self._told("limits")

    async def clock(self) -> Message:
        """Return what its clock knows."""
        return await self._told("clock")

    async def _told(self, verb: str, **members: object) -> Message:
        answer = await self._client.call(verb, **members)
        return members_of(answer)

    async def page(self, first: int, count: int) -> list[Entry]:
        """Ask in slices that fit one line."""
        found: list[Entry] = []
        while len(found) < count:
            start = found[-1].seq + 1 if found else first
            wanted = min(count - len(found), SLICE_ENTRIES_MAX)
            part = _entries(await self._client.call("journal.page", **{"from": start, "max": wanted}))
            found += part
            if not part:
                break
        return found

    async def tap_entries(self, prefix: bytes) -> list[Entry]:
        """Ask for one tap."""
        return _entries(await self._client.call("why", tap=prefix.hex()))

    async def verify(self) -> list[str]:
        """Let the terminal check its journal between taps."""
        return [str(problem) for problem in (await self._client.call("journal.verify")).get("problems", [])]

    async def check_receipt(self, code: str) -> Message:
        """Let the terminal look into its journals."""
        return await self._told("receipt.check", code=code)


@asynccontextmanager
async def open_source(located: Located) -> AsyncIterator[TerminalSource]:
    """Connect to the running terminal, or open its files.

    Raises ``CONTROL_ABSENT`` where it runs and cannot be reached, else what opening the files raises.
    """
    async with AsyncExitStack() as stack:
        yield await _open(located, stack)


async def _open(located: Located, stack: AsyncExitStack) -> TerminalSource:
    try:
        client = await open_client(located.technician_socket)
    except RemoteProtocolError as absent:
        from edge.cli.stopped_terminal import open_stopped  # noqa: PLC0415 - a running terminal spares SQLite and keys

        try:
            return await stack.enter_async_context(open_stopped(located))
        except StoreError as error:
            if error.code == "STORE_LOCKED":
                raise absent from error
            raise
    return RunningTerminal(await stack.enter_async_context(client))


def _entries(answer: Message) -> list[Entry]:
    texts = answer.get("entries")
    if not isinstance(texts, list):
        raise RemoteProtocolError("CONTROL_MALFORMED", "an answer without entries")
    return [decode_entry(to_bytes(text)) for text in texts]
