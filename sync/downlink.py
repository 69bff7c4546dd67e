"""Reference data down: editions are fetched, verified and staged as finished files; the terminal puts one in force."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final, Protocol

from edge.crypto.signing import PublicKey, coded_errors, make_folder, sync_folder, write_durably
from edge.domain.errors import PolicyError, RemoteProtocolError, UplinkError
from edge.domain.exchange import EDITION, Edition, Part, SegmentRef
from sync.artifact import ARTIFACT_BYTES_MAX, open_artifact, read_list_body
from sync.list_parts import PartStore, PieceLink, flush_files, is_part, link_file, write_file
from sync.paths import ARTIFACT_TYPE, manifest_path, segment_path, time_path
from sync.reply import Reply
from sync.signed_time import TIME_BYTES_MAX, open_time
from sync.wire import decode

OK: Final = 200
UNCHANGED: Final = 304
ABSENT: Final = 404
EDITIONS_KEPT: Final = 3
MANIFEST_BYTES_MAX: Final = 256 * 1024


class TaggedReply(Reply, Protocol):
    """A reply that names what it holds."""

    @property
    def etag(self) -> str:
        """Return the header's text, empty where absent."""
        ...


class Link(PieceLink, Protocol):
    """Fetches files and ranges of them; raises ``CENTRE_UNREACHABLE`` or ``CENTRE_IMPOSTOR``."""

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> TaggedReply:
        """Return the answer, whatever its status; its body has at most ``limit`` bytes."""
        ...


class Downlink:
    """Stages editions under ``<state>/editions/N``: ``manifest`` and ``segments/<sha256>``, as they were signed.

    What an earlier edition has is linked, not written again. A list's parts are fetched piece by piece into
    ``<state>/sync/partial``; a try that is cut short goes on there.

    What the centre last showed is remembered in ``<state>/sync/etag`` with the edition that the terminal took by it: a
    terminal that fell back to an earlier edition is shown the newest one again. What is staged and damaged since is
    fetched again. With its ``terminal``'s name the centre shows what is staged to the terminal's group. What a manifest
    names may be signed by a key that the centre ``ever`` had.
    """

    def __init__(
        self, link: Link, centre_key: PublicKey, state: Path, terminal: str = "", ever: PublicKey | None = None
    ) -> None:
        self._link = link
        self._centre_key = centre_key
        self._ever = centre_key if ever is None else ever
        self._editions = state / "editions"
        self._etag = state / "sync" / "etag"
        self._offered_etag = ""
        self._terminal = terminal
        self._parts = PartStore(link, self._editions, state / "sync" / "partial")

    async def newer(self, wait_s: int) -> bool:
        """Wait until the centre has another manifest than it last showed, at most ``wait_s``; say whether it has."""
        if not self._offered_etag:
            return False
        path = manifest_path(self._terminal, wait_s)
        reply = await self._link.get(path, etag=self._offered_etag, limit=MANIFEST_BYTES_MAX)
        return reply.status == OK and reply.content_type == ARTIFACT_TYPE

    async def signed_time(self, nonce: str) -> bytes | None:
        """Return the centre's time, signed for a nonce in hexadecimal; None where the centre signs none yet.

        Raises UplinkError, ``CENTRE_IMPOSTOR`` for what it did not sign. Whether it is the answer, the terminal checks.
        """
        reply = await self._link.get(time_path(nonce, self._terminal), limit=TIME_BYTES_MAX)
        if reply.status == ABSENT:
            return None
        try:
            open_time(reply.body, self._centre_key)
        except RemoteProtocolError as error:
            raise UplinkError("CENTRE_IMPOSTOR", f"status {reply.status}, {error.args[0]}") from error
        return reply.body

    async def stage(self, in_force: int) -> int | None:
        """Return the number of a newer edition, staged and verified; None when there is none.

        Raises UplinkError, StoreError, or PolicyError for an artifact that cannot be trusted: then nothing has changed.
        """
        known = self._read_etag(in_force)
        reply = await self._link.get(manifest_path(self._terminal), etag=known, limit=MANIFEST_BYTES_MAX)
        if reply.status in (UNCHANGED, ABSENT):
            self._offered_etag = known
            return None
        manifest = _artifact(reply)
        header, body = open_artifact(manifest, self._centre_key, kind=EDITION)
        if header.version < in_force:
            raise PolicyError("ARTIFACT_ROLLED_BACK", f"edition {header.version} below {in_force}")
        self._offered_etag = reply.etag
        if header.version == in_force:
            self.taken(in_force)
            return None
        staged, edition = self._editions / str(header.version), _edition(body)
        if staged.exists() and not await self._is_whole(staged, manifest, edition):
            with coded_errors(staged):
                shutil.rmtree(staged)
        if not staged.exists():
            await self._build(header.version, manifest, edition)
        return header.version

    def refused(self, in_force: int) -> None:
        """Note that the terminal refused the offered edition for good: it is not shown again before a newer one."""
        self._note(in_force)

    def taken(self, edition: int) -> None:
        """Note that the terminal has put the offered edition into force; editions long past are removed."""
        self._note(edition)
        numbers = sorted(int(path.name) for path in self._editions.iterdir() if path.name.isdecimal())
        past = [number for number in numbers if number < edition]
        with coded_errors(self._editions):
            for number in past[: -(EDITIONS_KEPT - 1)]:
                shutil.rmtree(self._editions / str(number))

    async def _build(self, number: int, manifest: bytes, edition: Edition) -> None:
        """Write everything beside its place, flush, and move it there in one step."""
        make_folder(self._editions)
        building = self._editions / f"{number}.new"
        segments = building / "segments"
        with coded_errors(building):
            for unfinished in [path for path in sorted(self._editions.glob("*.new")) if path.is_dir()]:
                shutil.rmtree(unfinished)
            segments.mkdir(parents=True)
        wanted: list[Part] = []
        for reference in edition.segments:
            wanted += await self._bring_artifact(reference, segments)
        self._parts.forget(part.sha256 for part in wanted)
        for part in wanted:
            await self._parts.bring(part, segments)
        write_file(building / "manifest", manifest)
        flush_files(segments)
        flush_files(building)
        with coded_errors(building):
            building.rename(self._editions / str(number))
        sync_folder(self._editions)
        self._parts.forget()

    async def _bring_artifact(self, reference: SegmentRef, folder: Path) -> tuple[Part, ...]:
        """Have one artifact in ``folder``, from an edition that has it or from the centre; returns its parts."""
        name = reference.sha256.hex()
        for path in sorted(self._editions.glob(f"*/segments/{name}")):
            content = path.read_bytes()
            if hashlib.sha256(content).digest() == reference.sha256:
                parts = self._parts_of(reference, content)
                link_file(path, folder / name)
                return parts
        content = _artifact(await self._link.get(segment_path(reference.sha256), limit=ARTIFACT_BYTES_MAX))
        if hashlib.sha256(content).digest() != reference.sha256:
            raise PolicyError("ARTIFACT_DAMAGED", f"{reference.name}: not the file that the edition names")
        parts = self._parts_of(reference, content)
        write_file(folder / name, content)
        return parts

    def _parts_of(self, reference: SegmentRef, content: bytes) -> tuple[Part, ...]:
        """Check one artifact file and return the parts that it names."""
        header, body = open_artifact(content, self._ever, kind=reference.kind)
        if (header.name, header.version) != (reference.name, reference.version):
            raise PolicyError("ARTIFACT_FOREIGN", f"{header.name} {header.version} in place of {reference.name}")
        listed = read_list_body(body)
        return listed.parts if listed else ()

    async def _is_whole(self, folder: Path, manifest: bytes, edition: Edition) -> bool:
        """Say whether a staged edition is still what was staged."""
        if not _holds(folder / "manifest", hashlib.sha256(manifest).digest()):
            return False
        for reference in edition.segments:
            path = folder / "segments" / reference.sha256.hex()
            if not _holds(path, reference.sha256):
                return False
            for part in self._parts_of(reference, path.read_bytes()):
                if not await is_part(folder / "segments" / part.sha256.hex(), part):
                    return False
        return True

    def _note(self, edition: int) -> None:
        make_folder(self._etag.parent)
        write_durably(self._etag, f"{edition} {self._offered_etag}".encode())

    def _read_etag(self, in_force: int) -> str:
        """Return the tag of the edition in force; empty where the newest one taken is another."""
        noted = self._etag.read_bytes().decode("ascii", "replace") if self._etag.exists() else ""
        edition, _, etag = noted.partition(" ")
        return etag if in_force and edition == str(in_force) and etag.isprintable() and etag.isascii() else ""


def _artifact(reply: TaggedReply) -> bytes:
    if reply.status != OK or reply.content_type != ARTIFACT_TYPE:
        raise UplinkError("CENTRE_IMPOSTOR", f"status {reply.status}, {reply.content_type}, in place of an artifact")
    return reply.body


def _holds(path: Path, sha256: bytes) -> bool:
    """Say whether a small file is there and has this hash."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).digest() == sha256


def _edition(body: bytes) -> Edition:
    try:
        return decode(Edition, body)
    except RemoteProtocolError as error:
        raise PolicyError("ARTIFACT_DAMAGED", "the body of an edition is not a list of segments") from error
