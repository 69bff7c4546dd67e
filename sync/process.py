"""The sync process: drains every journal in order, fetches editions, and says on disk how it fares."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from edge.control.client import ControlClient, connect
from edge.crypto.signing import make_folder
from edge.domain.errors import OneCardError, PolicyError, ProtocolError, UplinkError
from edge.domain.frozen import frozen
from edge.ports import Clock
from sync.batch import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, Batch
from sync.device import device_of
from sync.downlink import Downlink
from sync.enrolment_files import grant_of
from sync.feed import Feed, TerminalState, kicks
from sync.key_following import KeyFollower
from sync.problem import REFUSALS
from sync.progress import Progress
from sync.uplink import Delivered, Delivery, Resume, Stopped, TooLarge, Unknown, Uplink

LOG: Final = logging.getLogger("onecard.sync")
OUT_OF_REACH: Final = REFUSALS | {"CENTRE_UNREACHABLE", "CENTRE_IMPOSTOR", "CENTRE_BUSY", "ACK_FOREIGN"}
"""Troubles that are over once the centre has answered."""


@frozen
class SyncSettings:
    """Limits of a batch; seconds between rounds, until a terminal that is down is looked for again, between probes.

    ``wait_s``: how long the centre may hold back its answer until there is a newer edition (0: it is not asked to).
    ``profile`` is what the terminal is made of, as the centre is told.
    """

    entries_max: int = BATCH_ENTRIES_MAX
    bytes_max: int = BATCH_BYTES_MAX
    interval_s: float = 30.0
    reconnect_s: float = 2.0
    probe_s: float = 3600.0
    wait_s: int = 0
    profile: str = ""


class SyncProcess:
    """Runs until cancelled. ``socket`` is the terminal's sync socket, ``state`` its state folder."""

    def __init__(
        self, socket: Path, state: Path, uplink: Uplink, downlink: Downlink, settings: SyncSettings, clock: Clock
    ) -> None:
        self._socket = socket
        self._state = state
        self._introduced: set[int] = set()
        self._uplink = uplink
        self._downlink = downlink
        self._settings = settings
        self._clock = clock
        self.keys: KeyFollower | None = None
        self._entries_max = settings.entries_max
        self._kicked = asyncio.Event()
        self._probe_due_ms: dict[int, float] = {}
        self._time_due_ms = 0.0
        self._shown: dict[int, int] = {}
        self.progress = Progress(state / "sync" / "status.json")
        self._tell = self.progress.tell

    async def run(self) -> None:
        """Serve the terminal whenever it is there."""
        make_folder(self.progress.path.parent)
        while True:
            try:
                async with self._connected() as feed:
                    self._time_due_ms = 0.0  # a terminal that has just started knows no time
                    while True:
                        await self.round(feed)
                        await self._rest()
            except ProtocolError as error:
                if error.code == "CONTROL_ABSENT":
                    LOG.info("the terminal is away: %s", error)
                else:
                    self.report(error)  # it does not take what the centre says
                self._kicked.clear()  # its last word was that it goes: nobody is there to be heard at once
                await self._idle(self._settings.reconnect_s)

    def report(self, error: OneCardError) -> None:
        """Note a failed try; said once, until it changes."""
        self._tell(error.code, str(error))

    def link_up(self) -> None:
        """Try again at once: the network has just come back."""
        self._uplink.link_up()
        self._kicked.set()

    async def round(self, feed: Feed) -> None:
        """Drain every journal, oldest epoch first, then look for a newer edition."""
        self._kicked.clear()
        if self.keys is not None and (error := await self.keys.look(feed, self.progress.trouble)) is not None:
            self.report(error)
        state = await feed.hello()
        for stream in state.streams:
            await self._drain(feed, stream.epoch)
        await self._probe(feed)
        await self._ask_time(feed)
        await self._refresh(feed, state)

    async def _drain(self, feed: Feed, epoch: int) -> None:
        """Send until nothing is left. The rest of a refused journal is shown too: the centre keeps it whole, aside."""
        going = True
        while going:
            state = await feed.hello()  # what goes with a batch is of this moment
            start, device = self._shown.get(epoch), self._device(state, epoch)
            batch = await feed.collect(state, epoch, self._entries_max, self._settings.bytes_max, device, start=start)
            going = batch is not None and await self._deliver(feed, batch)

    async def _probe(self, feed: Feed) -> None:
        """Send the last acked entry once more where no ack has come for long, or none since the start of this process.

        A centre restored from a backup then says what it lacks; else a terminal with nothing new to say would never
        hear of it.
        """
        state = await feed.hello()
        for stream in state.streams:
            due = self._clock.monotonic_ms() >= self._probe_due_ms.get(stream.epoch, 0.0)
            if stream.acked < 1 or not due or stream.epoch in self.progress.stopped:
                continue
            last = await feed.collect(state, stream.epoch, 1, 1, self._device(state, stream.epoch), start=stream.acked)
            if last is None or last.span.first_seq != stream.acked:
                self._proven(stream.epoch)  # pruned away: past the time from which a backup could come
            elif await self._deliver(feed, last):
                await self._drain(feed, stream.epoch)

    def _proven(self, epoch: int) -> None:
        """Put the next probe of a journal off."""
        self._probe_due_ms[epoch] = self._clock.monotonic_ms() + self._settings.probe_s * 1000

    async def _ask_time(self, feed: Feed) -> None:
        """Bring the terminal signed time where no ack has for as long as it takes to probe.

        One that has sent nothing yet, or whose entries are all pruned, has nothing to show for which an ack would come.
        """
        now_ms = self._clock.monotonic_ms()
        if now_ms < self._time_due_ms:
            return
        try:
            signed = await self._downlink.signed_time(await feed.time_question())
            if signed is not None:
                await feed.time(signed)
        except (UplinkError, ProtocolError) as error:
            if error.code != "ACK_FOREIGN" and not isinstance(error, UplinkError):
                raise
            self.report(error)  # too late, or not at all: asked again in the next round
            return
        self._time_due_ms = now_ms + self._settings.probe_s * 1000
        if self.progress.trouble in OUT_OF_REACH:
            self._tell("", "the centre answers")

    async def _deliver(self, feed: Feed, batch: Batch) -> bool:
        """Deliver one batch and act on the answer; returns whether to go on with this journal at once."""
        try:
            delivery = await self._uplink.deliver(batch)
        except UplinkError as error:
            self.report(error)  # refused without a signature: kept, and tried again in a later round
            return await self._show_key(feed, batch.span.epoch)
        return await self._follow(feed, batch, delivery)

    async def _follow(self, feed: Feed, batch: Batch, delivery: Delivery) -> bool:
        """Act on the centre's answer; returns whether to go on with this journal at once."""
        epoch, size = batch.span.epoch, len(batch.entries)
        match delivery:
            case Delivered(ack, signed):
                self._accept_again(epoch)
                await feed.ack(signed)
                self._entries_max = min(self._settings.entries_max, max(self._entries_max, size) * 2)
                self._introduced.discard(epoch)
                self._proven(epoch)
                self._time_due_ms = self._probe_due_ms[epoch]
                self.progress.last_ack_ms = self._clock.wall_ms()
                self._tell("", f"epoch {epoch} acked to {ack.acked_seq}, {len(ack.rejected)} rejected")
                return True
            case Resume() if epoch in self._shown:
                self._accept_again(epoch)  # it has forgotten what it kept aside; its ack speaks of the other tail
                return False
            case Resume(ack, signed):
                await feed.ack(signed)
                LOG.warning("epoch %s: the centre asks for %s", epoch, ack.expected_seq)
                return ack.expected_seq < batch.span.first_seq and await self._moved(feed, batch)
            case Stopped(code, signed):
                await feed.ack(signed)
                self.progress.stopped[epoch] = code
                self._shown[epoch] = batch.span.last_seq + 1
                self._tell(code, f"epoch {epoch} is refused from {batch.span.first_seq} on; everything is kept")
                return True
            case Unknown():
                return await self._introduce(epoch)
            case TooLarge():
                self._entries_max = max(1, size // 2)
                if size == 1:
                    self._tell("CENTRE_REFUSED", f"entry {batch.span.first_seq} alone is too large for the centre")
                return size > 1

    def _accept_again(self, epoch: int) -> None:
        """Take a journal for one that the centre accepts, until it says otherwise."""
        self._shown.pop(epoch, None)
        self.progress.stopped.pop(epoch, None)

    async def _introduce(self, epoch: int) -> bool:
        """Show the centre our grant of an epoch it does not know; returns whether to send again at once."""
        grant_file = grant_of(self._state, epoch)
        if epoch not in self._introduced and grant_file is not None and await self._uplink.introduce(grant_file):
            self._introduced.add(epoch)
            return True
        self._tell("TERMINAL_UNKNOWN", f"the centre knows no epoch {epoch} of this terminal; everything is kept")
        return False

    async def _show_key(self, feed: Feed, epoch: int) -> bool:
        """Show the newest grant, once, where an older journal was refused; returns whether to send again at once.

        That journal is signed by the newest key, which a centre from a backup may never have seen.
        """
        newest = (await feed.hello()).streams[-1].epoch
        return newest not in {epoch, *self._introduced} and await self._introduce(newest)

    async def _moved(self, feed: Feed, batch: Batch) -> bool:
        """Say whether the terminal went back to where the centre asked; else going on would ask for ever."""
        state = await feed.hello()
        places = {stream.epoch: stream.send_from for stream in state.streams}
        moved = places.get(batch.span.epoch) != batch.span.first_seq
        if not moved:
            told = f"the centre lacks entries before {batch.span.first_seq} and does not say that it was restored"
            self._tell("CENTRE_REFUSED", f"epoch {batch.span.epoch}: {told}; run `onecard central restored` there")
        return moved

    async def _refresh(self, feed: Feed, state: TerminalState) -> None:
        """Stage and offer a newer edition; a bad one changes nothing and is reported."""
        try:
            number = await self._downlink.stage(state.edition)
            if number is None:
                return
            self._downlink.taken(await feed.edition(f"editions/{number}"))
        except ProtocolError:
            raise
        except OneCardError as error:
            self.report(error)
            if error.code == "EDITION_REFUSED":
                self._downlink.refused(state.edition)

    async def _rest(self) -> None:
        """Rest until the next round: until the centre has news, the terminal calls, or the interval is over."""
        listening = asyncio.create_task(self._listen_for_news())
        try:
            await self._idle(self._settings.interval_s)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen_for_news(self) -> None:
        """Ask the centre to answer when there is a newer edition; a line that fails leaves it to the next round."""
        try:
            if self._settings.wait_s and await self._downlink.newer(self._settings.wait_s):
                self._kicked.set()
        except (UplinkError, PolicyError) as error:
            LOG.info("no news of editions: %s", error)

    def _device(self, state: TerminalState, epoch: int) -> dict[str, object]:
        return device_of(state, epoch, self._settings.profile, self._clock.wall_ms())

    async def _idle(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._kicked.wait()
        except TimeoutError:
            return  # nobody called: the regular round

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Feed]:
        async with connect(self._socket) as client, connect(self._socket) as ears:
            listening = asyncio.create_task(self._listen(ears))
            try:
                yield Feed(client)
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening

    async def _listen(self, ears: ControlClient) -> None:
        """Pass kicks on; when the terminal goes away, wake the round so that it notices too."""
        try:
            async for _ in kicks(ears):
                self._uplink.wake()
                self._kicked.set()
        except ProtocolError as error:
            LOG.info("no more events: %s", error)
            self._kicked.set()
