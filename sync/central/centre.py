"""The centre's operations, whoever asks: receive, enrol, publish, reconcile. HTTP and commands are thin around this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import TypeVar

from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import ACK_PURPOSE, Ack, SignedTime
from edge.domain.frozen import frozen
from edge.domain.revocation import Flag, Revocation
from edge.domain.tap import TERMINAL_NAME
from sync.artifact import PART_BYTES_MAX
from sync.batch import batch_hash, decode_batch, encode_ack
from sync.central.artifacts import (
    EVERYBODY,
    Publication,
    edition_work,
    list_work,
    newest_edition_work,
    news_work,
    offers_work,
    segment_size_work,
    segment_work,
)
from sync.central.books.bookkeeping import Bookkeeping
from sync.central.claims import DayClaims, claims_work, flags_work
from sync.central.clearing import DayDues, dues_work
from sync.central.debts import Refusal, check_apart, debt_list_work, debts_renewed_work, refused_work
from sync.central.deny_lists import HeldSnapshot, deny_publication
from sync.central.device_reports import report_work
from sync.central.enrol import adopt_work, check_request, enrol_work, token_work
from sync.central.facts import CENTRE_EPOCH, fact_work
from sync.central.figures import Figures, figures_work
from sync.central.guards import DayFlags, day_flags_work
from sync.central.intake import Opened, Verdict, open_entries
from sync.central.keys import CentreKeys
from sync.central.leases import LeaseRequest, lease_list_work, lease_work
from sync.central.parking import Parking
from sync.central.receive import answered, receive_work, rejected_work, take_terminal
from sync.central.reconcile import Books, books_work
from sync.central.resigning import signed_by_now
from sync.central.restoring import declared_work
from sync.central.rollout import Signing, publish_work
from sync.central.squeeze import inflate
from sync.central.store import statements as sql
from sync.central.store.port import CentralStore, Query, Work
from sync.central.trust import Trust
from sync.deny_form import DENY_KIND, EXACT, SNAPSHOT
from sync.kit import SECRET_BYTES, EnrolmentToken, decode_request, fingerprint_of, seal_kit
from sync.signed_time import seal_time
from sync.wire import statement

R = TypeVar("R")


@frozen
class Receipt:
    """The verdict on a batch and the signed ack that says it; ``device`` is what the terminal says of its health."""

    verdict: Verdict
    ack: Ack
    signed: bytes
    device: Mapping[str, object] = field(default_factory=dict)


class Centre:
    """One city's centre over one store.

    ``now_ms`` is milliseconds UTC, ``random_bytes`` fit for keys; both are given by the wiring. ``parking`` is
    where one waits for a publication.
    """

    def __init__(
        self,
        store: CentralStore,
        keys: CentreKeys,
        now_ms: Callable[[], int],
        random_bytes: Callable[[int], bytes],
        trust: Trust | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._now_ms = self.now_ms = now_ms
        self.random_bytes = random_bytes
        self.trust = trust or Trust(store, now_ms)
        self.bookkeeping = Bookkeeping(store, now_ms)
        self._newest = 0
        self.parking = Parking()

    async def receive(self, terminal: str, packed: bytes, *, carried: bool = False) -> Receipt:
        """Receive one compressed batch; the receipt exists only after the commit.

        One that was ``carried`` by hand says nothing of when its terminal was last heard of.
        Raises ``WIRE_*``, ``CHAIN_BROKEN``, ``SIGNATURE_WRONG``, ``TERMINAL_UNKNOWN`` or StoreError.
        """
        batch = decode_batch(inflate(packed))
        if batch.span.terminal != terminal or not TERMINAL_NAME.fullmatch(terminal):
            raise RemoteProtocolError("TERMINAL_UNKNOWN", "the batch was posted under another terminal's name, or none")
        opened = open_entries(batch)
        now_ms = self._now_ms()
        return await self._store.write(lambda: self._receive(opened, packed, now_ms, carried=carried))

    def _receive(self, opened: Opened, packed: bytes, now_ms: int, *, carried: bool) -> Work[Receipt]:
        span = opened.batch.span
        yield from take_terminal(span.terminal, 0 if carried else now_ms)
        verdict = yield from receive_work(opened, packed, now_ms)
        yield from report_work(opened, verdict, now_ms, carried=carried)
        held = yield from rejected_work(span)
        acked, expected, rejected = answered(verdict, span.last_seq, held)
        centre_epoch = yield from fact_work(CENTRE_EPOCH, 1)
        offers = yield from offers_work(span.terminal)
        ack = Ack(
            span.terminal,
            span.epoch,
            span.first_seq,
            span.last_seq,
            batch_hash(span),
            centre_epoch,
            acked,
            expected,
            rejected,
            now_ms,
            offers,
        )
        signed = encode_ack(ack, self.keys.signing.sign(statement(ACK_PURPOSE, ack)))
        return Receipt(verdict, ack, signed, opened.batch.device)

    async def enrol(self, packed: bytes) -> bytes:
        """Return the sealed kit for a packed request with a good token; raises ``WIRE_*`` or ``ENROLMENT_REFUSED``."""
        request = decode_request(packed)
        check_request(request)
        asked, now_ms = request.transport_request, self._now_ms()
        issued = self.trust.issue(asked, request.terminal) if asked and self.trust.issues else None
        keys = self.keys
        kit = await self._store.write(lambda: enrol_work(request, keys, now_ms, issued))
        return seal_kit(keys.signing, kit, request.box_key)

    async def adopt(self, grant_file: bytes, shown_by: str = "") -> None:
        """Take back a forgotten grant of our own; ``shown_by`` is whose certificate was shown (empty: nobody's).

        Raises ``WIRE_MALFORMED``, ``SIGNATURE_WRONG``, or ``CERTIFICATE_REFUSED`` for another terminal's grant.
        """
        now_ms = self._now_ms()
        await self._store.write(lambda: adopt_work(grant_file, self._keys, now_ms, shown_by))

    async def let_in(self, terminal: str, reason: str) -> list[str]:
        """Let a terminal in again that was shut out, and receive what was kept of it; returns what became of it."""
        await self.trust.rule(terminal, reason, revoked=False)
        kept = await self.trust.kept(terminal)
        receipts = [await self.receive(terminal, envelope, carried=True) for envelope in kept]
        return [type(receipt.verdict).__name__.lower() for receipt in receipts]

    async def new_token(self, terminal: str) -> EnrolmentToken:
        """Return a fresh one-time token for a terminal."""
        secret, now_ms = self.random_bytes(SECRET_BYTES), self._now_ms()
        await self._store.write(lambda: token_work(terminal, secret, now_ms))
        return EnrolmentToken(terminal, secret, fingerprint_of(self.keys.signing.public))

    async def publish(self, publications: Sequence[Publication], audience: str = EVERYBODY) -> int:
        """Put publications into force as a new edition, with the debts as they stand now; returns its number.

        With an ``audience`` they are staged to that group of terminals alone, and nothing else changes.
        Raises ``POLICY_MISSING`` where a part that every terminal needs is missing, ``DEBT_TWICE``.
        """
        own = await self._store.read(debts_renewed_work)
        check_apart(publications, own)
        named = {(publication.kind, publication.name) for publication in publications}
        renewed = [each for each in own if (each.kind, each.name) not in named and audience == EVERYBODY]
        prepared = [await self._prepared(publication) for publication in (*publications, *renewed)]
        return await self.roll_out(lambda by: publish_work(prepared, by, audience))

    async def roll_out(self, work: Callable[[Signing], Work[int]]) -> int:
        """Do what changes which edition is for whom, and wake all who wait; returns the edition's number."""
        by = Signing(self.keys, self._now_ms())
        number = await self._store.write(lambda: work(by))
        self.parking.wake()
        return number

    async def write(self, work: Callable[[int], Work[R]]) -> R:
        """Do one piece of work at the time of now, ms UTC."""
        now_ms = self._now_ms()
        return await self._store.write(lambda: work(now_ms))

    async def read(self, work: Callable[[], Work[R]]) -> R:
        """Read one thing."""
        return await self._store.read(work)

    async def look_for_news(self) -> None:
        """Wake who waits for a publication, where another process published it; raises StoreError."""
        newest = await self._store.read(news_work)
        if newest != self._newest:
            self._newest = newest
            self.parking.wake()

    async def _prepared(self, publication: Publication) -> Publication:
        """Return a deny list in the form in which it is shipped; everything else as it is."""
        if publication.kind != DENY_KIND or publication.files:
            return publication
        held = await self._store.read(lambda: list_work(publication.kind, publication.name))
        exact = next((part for part in held.parts if part.role == EXACT), None) if held else None
        file = await self.segment(exact.sha256) if exact is not None else None
        parts = tuple(part for part in held.parts if part.role in SNAPSHOT) if held else ()
        return await deny_publication(publication, None if file is None else HeldSnapshot(parts, file))

    async def manifest(self, terminal: str = "") -> tuple[bytes, bytes] | None:
        """Return file and SHA-256 of the newest edition for a terminal; without a name, for everybody."""
        found = await self._store.read(lambda: edition_work(terminal))
        return None if found is None else signed_by_now(found[2], found[1], self.keys)

    async def signed_time(self, nonce: bytes, terminal: str = "") -> bytes:
        """Return the time, and the number of the newest edition, signed for whoever made up ``nonce``."""
        edition = await self._store.read(lambda: newest_edition_work(terminal))
        return seal_time(self.keys.signing, SignedTime(nonce, self._now_ms(), edition))

    async def segment(self, sha256: bytes, start: int = 0, count: int = PART_BYTES_MAX) -> bytes | None:
        """Return ``count`` bytes from ``start`` on of an artifact or of a part of a list, by its hash."""
        return await self._store.read(lambda: segment_work(sha256, start, count))

    async def segment_size(self, sha256: bytes) -> int:
        """Return how many bytes an artifact or a part of a list has, by its hash."""
        return await self._store.read(lambda: segment_size_work(sha256))

    async def books(self) -> Books:
        """Return the books of all that was received."""
        return await self._store.read(books_work)

    async def lease(self, requests: Sequence[LeaseRequest]) -> tuple[list[str], int]:
        """Give leases where they can be given, and publish all; returns a word for each, and the edition's number."""
        now_ms = self._now_ms()
        answers = [await self._store.write(partial(lease_work, request, now_ms)) for request in requests]
        listed = await self._store.read(lambda: lease_list_work(now_ms))
        return answers, await self.publish([listed])

    async def refuse(self, refusals: Sequence[Refusal]) -> tuple[list[bool], int]:
        """Turn taps that were refused later into debts, and publish all debts; returns which of them were taps here."""
        known = [await self._refused(refusal) for refusal in refusals]
        await self.bookkeeping.decline(refusal.entry for refusal in refusals)
        listed = await self._store.read(debt_list_work)
        return known, await self.publish([listed])

    async def _refused(self, refusal: Refusal) -> bool:
        billed_fen = await self.bookkeeping.billed(refusal.entry)
        return await self._store.write(partial(refused_work, refusal, billed_fen))

    async def flagged(self, day: int) -> DayFlags:
        """Return what guards of meal subsidies found on a business day."""
        return await self._store.read(lambda: day_flags_work(day))

    async def claims(self, day: int) -> DayClaims:
        """Return the merged claims on the periods that a business day touches."""
        return await self._store.read(lambda: claims_work(day))

    async def revoked(self, revocations: Sequence[Revocation], keep_fen: int) -> tuple[Flag, ...]:
        """Return the grants that rested on evidence revoked since; at most ``keep_fen`` of relief is left alone."""
        return await self._store.read(lambda: flags_work(revocations, keep_fen))

    async def dues(self, day: int) -> DayDues:
        """Return what is to be collected for the taps of a business day that needed no write."""
        return await self._store.read(lambda: dues_work(day))

    async def restored(self, after: int = 0, *, clock_is_right: bool = False) -> int:
        """Say that the store came from a backup: terminals resend what it lacks. Returns the new centre epoch.

        Raises ``CONFIG_VALUE`` where the clock cannot be right by what the backup holds, unless somebody has looked.
        """
        now_ms = self._now_ms()
        return await self._store.write(lambda: declared_work(now_ms, after, clock_is_right=clock_is_right))

    @property
    def keys(self) -> CentreKeys:
        """Return the keys, with the one that signs now; raises ``KEY_UNUSABLE``."""
        return self._keys.at(self._now_ms())

    async def figures(self) -> Figures:
        """Return how fleet and books stand, as numbers."""
        now_ms = self._now_ms()
        return await self._store.read(lambda: figures_work(now_ms))

    async def pulse(self) -> None:
        """Ask the store for a sign of life; raises StoreError."""
        await self._store.read(_pulse)


def _pulse() -> Work[None]:
    yield Query(sql.PULSE)
