"""The client's side of a control socket: one request at a time, coded refusals raised again, events as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from edge.control.messages import LINE_BYTES_MAX, Message, decode_line, encode_line
from edge.domain.error_codes import CODES
from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.domain.meals.refusal import StaffRefused, Why


class ControlClient:
    """One connection to a control socket; see :func:`connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    async def call(self, verb: str, **members: object) -> Message:
        """Send one request and return its answer.

        Raises the refusal's own coded error, ``CONTROL_ABSENT`` when the terminal went away, ``CONTROL_MALFORMED``.
        """
        async with self._turn:
            answer = await self._exchange(encode_line({"verb": verb, **members}))
        if answer.get("ok") is not True:
            raise refused(answer)
        return answer

    async def events(self) -> AsyncIterator[Message]:
        """Subscribe and yield events until the terminal goes away; nothing else can be called on this connection."""
        await self.call("subscribe")
        while True:
            yield await self.event()

    async def event(self) -> Message:
        """Return the next event of a connection that has called ``subscribe``."""
        return decode_line(await self._line())

    async def close(self) -> None:
        """Close the connection; idempotent."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return  # the terminal closed it first: there is nothing left to close

    async def _exchange(self, line: bytes) -> Message:
        try:
            self._writer.write(line)
            await self._writer.drain()
        except OSError as error:
            raise RemoteProtocolError("CONTROL_ABSENT", "the terminal closed the control socket") from error
        return decode_line(await self._line())

    async def _line(self) -> bytes:
        try:
            line = await self._reader.readline()
        except OSError as error:
            raise RemoteProtocolError("CONTROL_ABSENT", "the terminal closed the control socket") from error
        except ValueError as error:
            raise RemoteProtocolError("CONTROL_MALFORMED", f"a line above {LINE_BYTES_MAX} bytes") from error
        if not line:
            raise RemoteProtocolError("CONTROL_ABSENT", "the terminal closed the control socket")
        return line

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def open_client(path: Path) -> ControlClient:
    """Connect to a control socket; raises ``CONTROL_ABSENT``."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=LINE_BYTES_MAX)
    except OSError as error:
        raise RemoteProtocolError("CONTROL_ABSENT", f"{path}: {error.strerror}") from error
    return ControlClient(reader, writer)


@asynccontextmanager
async def connect(path: Path) -> AsyncIterator[ControlClient]:
    """Connect for the length of a block; raises ``CONTROL_ABSENT``."""
    async with await open_client(path) as client:
        yield client


def refused(answer: Message) -> OneCardError:
    """Return the coded error of a refusal, in its own family."""
    code, message = answer.get("code"), str(answer.get("message", ""))
    if not isinstance(code, str) or code not in CODES:
        return RemoteProtocolError("CONTROL_MALFORMED", f"a refusal without a known code: {message}")
    if answer.get("why") in set(Why):
        return StaffRefused(Why(answer["why"]), message)
    if CODES[code][0] == RemoteProtocolError.family:
        return RemoteProtocolError(code, message)
    families = {family.family: family for family in OneCardError.__subclasses__()}
    return families[CODES[code][0]](code, message)
