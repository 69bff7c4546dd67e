"""Batches up: one in flight, the same bytes on every try, and nothing but a signed ack counts. The door to tenacity."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import tenacity

from edge.crypto.signing import PublicKey
from edge.domain.errors import OneCardError, RemoteProtocolError, UplinkError
from edge.domain.exchange import Ack, fence_of
from edge.domain.frozen import frozen
from sync.batch import Batch, batch_hash, open_ack, packed_batch
from sync.paths import ACK_TYPE, BATCH_TYPE, GRANT_TYPE, GRANTS_PATH, batches_path
from sync.problem import PROBLEM_TYPE, problem_member
from sync.reply import Reply

OK: Final = 200
NO_CONTENT: Final = 204
CONFLICT: Final = 409
TOO_LARGE: Final = 413
BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
RETRY_AFTER_S_MAX: Final = 3600.0
UNREAD: Final = frozenset({"WIRE_VERSION", "WIRE_MALFORMED", "CHAIN_BROKEN"})
"""What a centre says of columns that it cannot read, or that do not make the entries of the signed head."""
SWALLOWED_MAX: Final = 4
"""After so many tries of one batch that nobody answered in time, a smaller one is tried."""


class PacedReply(Reply, Protocol):
    """A reply that may ask for patience."""

    @property
    def retry_after(self) -> str:
        """Return the header's text, empty where absent."""
        ...


class Link(Protocol):
    """Sends one request; raises ``CENTRE_UNREACHABLE`` or ``CENTRE_IMPOSTOR``."""

    async def post(self, path: str, body: bytes, content_type: str) -> PacedReply:
        """Send ``body`` and return the answer, whatever its status."""
        ...


@frozen
class Pace:
    """How tries are spaced, in seconds: the n-th wait is drawn below ``first_s * 2**n``, at most ``cap_s``."""

    first_s: float = 1.0
    cap_s: float = 300.0


@frozen
class Delivered:
    """The centre holds the batch; ``signed`` goes to the terminal."""

    ack: Ack
    signed: bytes


@frozen
class Resume:
    """The centre wants another place: it lacks entries before the batch. ``signed`` goes to the terminal."""

    ack: Ack
    signed: bytes


@frozen
class Stopped:
    """The centre refuses this journal for good: it keeps it aside and acknowledges nothing.

    ``signed`` goes to the terminal, which stops selling into it.
    """

    code: str
    signed: bytes


@frozen
class TooLarge:
    """The batch must be made smaller: the centre says so, or the way there swallows long requests (an MTU hole)."""


@frozen
class Unknown:
    """The centre does not know the terminal or its epoch (any more); see :meth:`Uplink.introduce`."""


@frozen
class NoColumns:
    """An older centre reads no columns, or does not find the entries in ours: they are sent as they are."""


Delivery = Delivered | Resume | Stopped | TooLarge | Unknown


class Uplink:
    """Delivers batches to one centre.

    ``jitter`` draws a wait between 0 and its argument, in seconds. ``report`` is told of every failed try. Where an ack
    is signed by no key that is believed, ``another_key`` is asked to follow the centre to its next one.
    """

    def __init__(
        self,
        link: Link,
        centre_key: PublicKey,
        pace: Pace,
        jitter: Callable[[float], float],
        report: Callable[[OneCardError], None],
    ) -> None:
        self._link = link
        self._centre_key = centre_key
        self._pace = pace
        self._jitter = jitter
        self._report = report
        self._in_columns = True
        self._failures = 0
        self._floor_s = 0.0
        self._swallowed = 0
        self._woken = asyncio.Event()
        self.another_key: Callable[[], Awaitable[bool]] = _no_other

    def wake(self) -> None:
        """End the present wait (not below the floor the centre asked for): somebody wants entries delivered."""
        self._woken.set()

    def link_up(self) -> None:
        """Begin the spacing anew: the network has just come back."""
        self._failures = 0
        self._woken.set()

    async def deliver(self, batch: Batch) -> Delivery:
        """Send until the centre itself has answered.

        Raises ``CENTRE_REFUSED`` where it refuses for good without a signature: the caller keeps everything and
        tries again much later.
        """
        delivery = await self._insist(batch)
        if isinstance(delivery, NoColumns):
            self._in_columns = False
            delivery = await self._insist(batch)
        if isinstance(delivery, NoColumns):
            raise UplinkError("CENTRE_REFUSED", "the centre reads none of our formats")
        self._failures = 0
        return delivery

    async def _insist(self, batch: Batch) -> Delivery | NoColumns:
        """Send the same bytes until there is an answer."""
        packed = packed_batch(batch, in_columns=self._in_columns)
        self._swallowed = 0
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(self._may_retry), wait=self._delay, sleep=self._pause, reraise=True
        )
        delivery: Delivery | NoColumns = await retrying(self._try_once, batch, packed)
        return delivery

    async def introduce(self, grant_file: bytes) -> bool:
        """Show the centre a grant that it signed and may have forgotten; returns whether it took it."""
        try:
            reply = await self._link.post(GRANTS_PATH, grant_file, GRANT_TYPE)
        except UplinkError as error:
            self._report(error)
            return False
        return reply.status == NO_CONTENT

    async def _try_once(self, batch: Batch, packed: bytes) -> Delivery | NoColumns:
        self._floor_s = 0.0
        if self._swallowed >= SWALLOWED_MAX and len(batch.entries) > 1:
            return TooLarge()
        reply = await self._link.post(batches_path(batch.span.terminal), packed, BATCH_TYPE)
        if reply.status == OK:
            return await self._delivered(reply, batch)
        if reply.status == CONFLICT:
            return await self._conflict(reply, batch)
        if reply.status == TOO_LARGE:
            return TooLarge()
        if reply.status in BUSY:
            self._floor_s = _floor_of(reply.retry_after)
            raise UplinkError("CENTRE_BUSY", f"status {reply.status}")
        if reply.content_type == PROBLEM_TYPE:
            if problem_member(reply.body, "code") == "TERMINAL_UNKNOWN":
                return Unknown()
            if self._in_columns and problem_member(reply.body, "code") in UNREAD:
                return NoColumns()
            raise UplinkError("CENTRE_REFUSED", f"status {reply.status}: {problem_member(reply.body, 'detail')}")
        raise UplinkError("CENTRE_IMPOSTOR", f"status {reply.status}, {reply.content_type}")

    async def _delivered(self, reply: PacedReply, batch: Batch) -> Delivered:
        if reply.content_type != ACK_TYPE:
            raise UplinkError("CENTRE_IMPOSTOR", f"status 200, but {reply.content_type}")
        ack = await self._signed_ack(reply.body, batch)
        if ack.acked_seq != batch.span.last_seq:
            raise UplinkError("CENTRE_IMPOSTOR", "the ack does not cover the batch, or more than the batch")
        return Delivered(ack, reply.body)

    async def _conflict(self, reply: PacedReply, batch: Batch) -> Resume | Stopped:
        try:
            signed = bytes.fromhex(problem_member(reply.body, "ack"))
        except ValueError:
            signed = b""
        ack = await self._signed_ack(signed, batch)
        fence = fence_of(ack)
        return Stopped(fence, signed) if fence else Resume(ack, signed)

    async def _signed_ack(self, signed: bytes, batch: Batch) -> Ack:
        """Return the ack where it is the centre's and names this very batch; everything else is an impostor."""
        try:
            ack = open_ack(signed, self._centre_key)
        except RemoteProtocolError as error:
            if error.code == "SIGNATURE_WRONG" and await self.another_key():
                return await self._signed_ack(signed, batch)
            raise UplinkError("CENTRE_IMPOSTOR", f"no ack of the centre: {error}") from error
        span = batch.span
        named = (ack.terminal, ack.epoch, ack.first_seq, ack.last_seq, ack.batch_hash)
        if named != (span.terminal, span.epoch, span.first_seq, span.last_seq, batch_hash(span)):
            raise UplinkError("CENTRE_IMPOSTOR", "the ack names another batch")
        return ack

    def _may_retry(self, error: BaseException) -> bool:
        if not isinstance(error, UplinkError):
            return False
        self._report(error)
        self._swallowed += isinstance(error.__cause__, TimeoutError)
        return error.code != "CENTRE_REFUSED"

    def _delay(self, _state: tenacity.RetryCallState) -> float:
        """Full jitter under a doubling ceiling (AWS Architecture Blog, "Exponential Backoff And Jitter")."""
        ceiling = min(self._pace.cap_s, self._pace.first_s * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return max(self._floor_s, self._jitter(ceiling))

    async def _pause(self, seconds: float) -> None:
        """Wait; what lies above the centre's floor and our own first step ends early when woken."""
        fixed_s = max(self._floor_s, min(seconds, self._pace.first_s))
        await asyncio.sleep(fixed_s)
        self._woken.clear()
        try:
            async with asyncio.timeout(seconds - fixed_s):
                await self._woken.wait()
        except TimeoutError:
            return  # waited to the end


async def _no_other() -> bool:
    """Know no other key, as long as nobody follows the centre."""
    return False


def _floor_of(retry_after: str) -> float:
    """Return the seconds of Retry-After; a date is not understood (our clock may be wrong), a huge number is cut."""
    return min(float(retry_after), RETRY_AFTER_S_MAX) if retry_after.isdecimal() else 0.0
