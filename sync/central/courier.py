"""The centre's side of a courier stick: batches in, exactly as over HTTP; acks and the newest edition out."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import field, replace
from typing import Any, Final

from edge.crypto.signing import PublicKey
from edge.domain.errors import OneCardError, ProtocolError, StoreError
from edge.domain.exchange import Edition, Part, SegmentRef
from edge.domain.frozen import frozen, mutable
from sync.artifact import ARTIFACT_BYTES_MAX, open_artifact, read_list_body
from sync.batch import decode_batch, open_ack
from sync.central.squeeze import inflate
from sync.courier_index import INDEX, missing_files, write_index
from sync.courier_stick import SpanFile, Stick, lies_in_the_file, place_of
from sync.paths import KEYS_PATH, MANIFEST_PATH, segment_path
from sync.wire import decode

Ask = Callable[[str, Mapping[str, object]], Awaitable[Mapping[str, Any]]]
"""Does one of the operator's verbs (:class:`sync.central.admin.Admin`), wherever the centre runs."""

SEGMENTS: Final = segment_path(b"").removeprefix("/").rstrip("/")


@mutable
class TakenIn:
    """What an import did: batches by verdict (accepted, duplicate, gap, forked), acks written anew, and troubles.

    ``refused`` maps a file's place to its error; ``missing`` are files that the stick's index names and that are gone.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    acks_written: int = 0
    terminals: set[str] = field(default_factory=set)
    refused: dict[str, OneCardError] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


@frozen
class TakeIn:
    """Receives every batch on a stick and leaves its signed ack beside it."""

    ask: Ask
    stick: Stick
    centre_key: PublicKey

    async def run(self) -> TakenIn:
        """Receive in order; what is torn or refused is told and stops nobody else.

        Raises ``STICK_UNUSABLE`` or ``STICK_FULL`` where an ack cannot be written: the batch is received all the same.
        """
        taken = TakenIn()
        try:
            taken.missing += missing_files(self.stick)
        except StoreError as error:
            if not lies_in_the_file(error):
                raise
            taken.refused[INDEX] = error
        for file in self.stick.batches():
            try:
                packed = self.stick.read_batch(file)
                terminal = decode_batch(inflate(packed)).span.terminal
                answer = await self._received(file, terminal, packed)
            except (ProtocolError, StoreError) as error:
                if not lies_in_the_file(error):
                    raise
                taken.refused[file.batch] = error
                continue
            taken.terminals.add(terminal)
            taken.verdicts[answer["verdict"]] += 1
            taken.acks_written += self._keep_ack(file, base64.b64decode(answer["ack"]))
        if taken.verdicts:
            write_index(self.stick)
        return taken

    async def _received(self, file: SpanFile, terminal: str, packed: bytes) -> Mapping[str, Any]:
        """Hand one batch in; a terminal or epoch that a backup did not hold is introduced by its grants first."""
        batch = {"terminal": terminal, "batch": base64.b64encode(packed).decode("ascii")}
        try:
            return await self.ask("receive", batch)
        except ProtocolError as unknown:
            grants = self.stick.grants(file.terminal)
            if unknown.code != "TERMINAL_UNKNOWN" or not grants:
                raise
        for grant in grants:
            await self.ask("adopt", {"grant": base64.b64encode(grant).decode("ascii")})
        return await self.ask("receive", batch)

    def _keep_ack(self, file: SpanFile, signed: bytes) -> bool:
        """Leave the ack, unless one that says the same is there: it was true then, and time alone is no news."""
        return not self._says(file, signed) and self.stick.keep(file.ack, signed)

    def _says(self, file: SpanFile, signed: bytes) -> bool:
        new = open_ack(signed, self.centre_key)
        try:
            old = open_ack(self.stick.read(file.ack) or b"", self.centre_key)
        except (ProtocolError, StoreError):
            return False  # none, or a torn one: it is written anew
        return replace(old, server_time_ms=new.server_time_ms, offers=new.offers) == new


@mutable
class Loaded:
    """What an export left on the stick: the number of the newest edition (0: none), its files, those written anew."""

    edition: int = 0
    files: int = 0
    written: int = 0


@frozen
class Load:
    """Writes the newest edition, whole: segments first, then the manifest that names them; and the centre's keys."""

    ask: Ask
    stick: Stick
    centre_key: PublicKey
    succession: bytes = b""

    async def run(self) -> Loaded:
        """Write what is not there yet; raises ``STICK_FULL``, ``STICK_UNUSABLE`` or ``STICK_DAMAGED``."""
        if self.succession:
            self.stick.keep(place_of(KEYS_PATH), self.succession)
        manifest = base64.b64decode((await self.ask("manifest", {}))["file"])
        if not manifest:
            return Loaded()
        header, body = open_artifact(manifest, self.centre_key, kind="edition")
        loaded = Loaded(header.version, files=1)
        places = set[str]()
        for segment in decode(Edition, body).segments:
            places.add(await self._keep(segment.sha256, loaded))
            for part in self._parts(segment):
                places.add(await self._keep(part.wire_sha256, loaded))
        loaded.written += self.stick.keep(place_of(MANIFEST_PATH), manifest)
        for place in self.stick.files():
            if place.startswith(SEGMENTS) and place not in places:
                self.stick.drop(place)
        write_index(self.stick)
        return loaded

    async def _keep(self, sha256: bytes, loaded: Loaded) -> str:
        place = place_of(segment_path(sha256))
        loaded.files += 1
        loaded.written += await self.stick.keep_list_file(place, sha256, self._pieces(sha256))
        return place

    def _parts(self, segment: SegmentRef) -> tuple[Part, ...]:
        """Return the files beside an artifact that hold a long list."""
        file = self.stick.read(place_of(segment_path(segment.sha256)), ARTIFACT_BYTES_MAX) or b""
        listed = read_list_body(open_artifact(file, self.centre_key, kind=segment.kind)[1])
        return listed.parts if listed else ()

    async def _pieces(self, sha256: bytes) -> AsyncIterator[bytes]:
        size = 0
        while piece := base64.b64decode((await self.ask("segment", {"sha256": sha256.hex(), "from": size}))["piece"]):
            size += len(piece)
            yield piece
