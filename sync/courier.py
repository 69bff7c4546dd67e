"""The terminal's side of a courier stick: unsent batches out, acks in. Again, or with an old stick, it changes nothing.

Batches are cut and signed as for the uplink; the terminal itself checks every ack against its key and its own rows.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import field

from edge.crypto.signing import PublicKey
from edge.domain.errors import OneCardError, ProtocolError, StoreError
from edge.domain.frozen import frozen, mutable
from sync.batch import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, Batch, encode_batch, open_ack
from sync.courier_index import write_index
from sync.courier_stick import SpanFile, Stick, digest_of, lies_in_the_file
from sync.feed import Feed, StreamPosition, TerminalState


@mutable
class CarriedOut:
    """What an export left on the stick: batches and entries of this terminal, and how many files had to be written."""

    terminal: str
    batches: int = 0
    entries: int = 0
    written: int = 0


@mutable
class BroughtIn:
    """What an import of acks did: watermarks by epoch, how many acks were news or known, and what was refused, and why.

    ``refused`` maps the file's place to its error.
    """

    terminal: str
    acked: dict[int, int] = field(default_factory=dict)
    news: int = 0
    known: int = 0
    refused: dict[str, OneCardError] = field(default_factory=dict)


@frozen
class CarryOut:
    """Writes all that the centre lacks of one terminal. ``grant_of`` returns the grant file of an epoch."""

    feed: Feed
    stick: Stick
    grant_of: Callable[[int], bytes | None]
    entries_max: int = BATCH_ENTRIES_MAX
    bytes_max: int = BATCH_BYTES_MAX

    async def run(self) -> CarriedOut:
        """Write every journal, oldest epoch first; one that was cut short is finished when called again."""
        state = await self.feed.hello()
        carried = CarriedOut(state.terminal)
        for stream in state.streams:
            await self._carry(state, stream, carried)
        self._drop_torn(state.terminal)
        write_index(self.stick)
        return carried

    async def _carry(self, state: TerminalState, stream: StreamPosition, carried: CarriedOut) -> None:
        device: Mapping[str, object] = {"software": state.version}
        sizes, start = (self.entries_max, self.bytes_max), stream.send_from
        while (batch := await self.feed.collect(state, stream.epoch, *sizes, device, start=start)) is not None:
            if start == stream.send_from:
                carried.written += self._keep_grant(state.terminal, stream.epoch)
            carried.written += self._keep(batch)
            carried.batches += 1
            carried.entries += len(batch.entries)
            start = batch.span.last_seq + 1

    def _keep(self, batch: Batch) -> bool:
        span, content = batch.span, gzip.compress(encode_batch(batch), mtime=0)
        file = SpanFile(span.terminal, span.epoch, span.first_seq, span.last_seq, digest_of(content))
        return self.stick.keep(file.batch, content)

    def _drop_torn(self, terminal: str) -> None:
        """Take away what an earlier copy left half: by now it was copied anew, or the centre has it."""
        for file in self.stick.batches():
            if file.terminal == terminal and not self.stick.is_whole(file):
                self.stick.drop(file.batch)

    def _keep_grant(self, terminal: str, epoch: int) -> bool:
        """Send the grant along: a centre from a backup may not know the epoch."""
        grant_file = self.grant_of(epoch)
        return grant_file is not None and self.stick.keep(f"grants/{terminal}/{epoch:04}.grant", grant_file)


@frozen
class BringIn:
    """Hands the acks on a stick to their terminal. The stick is only read."""

    feed: Feed
    stick: Stick
    centre_key: PublicKey

    async def run(self) -> BroughtIn:
        """Hand over what the terminal does not know yet; raises ``CONTROL_ABSENT`` where it goes away.

        A file that is torn, forged or for another journal of this name is refused alone, and told.
        """
        state = await self.feed.hello()
        brought = BroughtIn(state.terminal, {stream.epoch: stream.acked for stream in state.streams})
        for file in self.stick.acks(state.terminal):
            if brought.acked.get(file.epoch, file.last_seq) >= file.last_seq:
                brought.known += 1  # also of a journal that is drained and gone
                continue
            try:
                await self._hand_over(file, brought)
            except (ProtocolError, StoreError) as error:
                if not lies_in_the_file(error):
                    raise
                brought.refused[file.ack] = error
        return brought

    async def _hand_over(self, file: SpanFile, brought: BroughtIn) -> None:
        signed = self.stick.read(file.ack) or b""
        ack = open_ack(signed, self.centre_key)
        before, after = brought.acked.get(ack.epoch, 0), await self.feed.ack(signed, carried=True)
        brought.acked[ack.epoch] = after
        brought.news += after > before
        brought.known += after <= before
