"""Two terminals with journals of their own and one centre, as a person meets them: only the cards are told.

Terminals hear of nothing but what is carried between them and the centre: editions down, batches up.
"""

from __future__ import annotations

import gzip
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from edge.crypto.signing import SigningKey
from edge.domain.card_number import CardNumber
from edge.domain.entry import Draft, Entry, Intent, Kind, Remark
from edge.domain.exchange import HEAD_PURPOSE, BatchSpan, Edition
from edge.domain.holder import Lease
from edge.domain.lease import RETURNED_SUBJECT, return_pairs
from edge.domain.tap import TimeQuality, Token
from edge.domain.tariff.flat import flat_tree
from edge.store.journal import SqliteJournal, open_journal
from edge.store.reference import FileReference
from sync.artifact import artifact_body, open_artifact, read_list_body
from sync.batch import Batch, encode_batch
from sync.central.artifacts import Publication
from sync.central.centre import Centre
from sync.central.leases import LeaseRequest
from sync.central.publications import bundle_publication, read_publication
from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from sync.grant import grant_hash, open_grant
from sync.wire import decode, statement
from tests.conformance.central_store import KEYS, enrol
from tests.domain.samples import NOON_MS
from tests.store.journals import SMALL
from tests.sync.builders import CENTRE_KEY
from tests.tariff.paper_line import PaperClock, PaperIdentity, PaperLine, purse

TODAY: Final = "2026-06-01"
PERSON: Final = KEYS.token_key.token("cid", CardNumber("370200200001010017"))
CARDS: Final = (1, 2)
"""Two purses of the same person."""
RELIEF_FEN: Final = 150


def tariff(mode: str = "grant_and_flag") -> dict[str, Any]:
    """Return two yuan; one and a half are the city's once a day and person."""
    quota = {"id": "free_today", "subject": "person", "measure": "count", "period": "calendar_day", "limit": 1}
    relief = {"id": "elder_part", "stage": "concession", "when": {"category": "elder60"}, "funder": "city"}
    return {
        **flat_tree("city", 200),
        "x_funders": ["city", "operator"],
        "rider_categories": [
            {"rider_category_id": "adult", "is_default_fare_category": 1},
            {"rider_category_id": "elder60", "x_priority": 30, "x_when": {"age": {"gte": 60}}},
        ],
        "x_counters": [{**quota, "offline": {"mode": mode, "max_open_per_person": 1}}],
        "x_adjustments": [{**relief, "op": {"kind": "amount_off", "fen": RELIEF_FEN}, "uses": ["free_today"]}],
    }


def roster() -> Publication:
    """Return the person's entitlement, known behind both cards."""
    media = " ".join(f"tunion:{purse(number).number.reveal()}" for number in CARDS)
    text = f"holder,media,category,from,evidence\ntoken:{PERSON.hex()},{media},elder60,2020-01-01,SHD-1\n"
    return read_publication(text, KEYS.token_key)


class KeyedIdentity(PaperIdentity):
    """Tokens by the centre's own key: what its lists hold."""

    def token(self, scheme: str, number: CardNumber) -> Token:
        return KEYS.token_key.token(scheme, number)


@dataclass
class Site:
    """One terminal: its journal, its reference data, and what it has sent."""

    name: str
    folder: Path
    key: SigningKey
    epoch: int
    grant_hash: bytes
    line: PaperLine
    sent: int = 0

    async def board(self, card: int, at_ms: int) -> Entry:
        """Let a card of the person board at a moment; returns the intent."""
        self.line.clock.now_ms = at_ms
        return await self.line.tap(purse(card), after_s=0)

    async def give_back(self, lease: Lease) -> None:
        """Write down that this terminal will not use its lease."""
        note = Remark(RETURNED_SUBJECT, return_pairs(PERSON, lease))
        now_ms = self.line.clock.now_ms
        await self.line.journal.append(Draft(Kind.NOTE, now_ms, TimeQuality.TRUSTED, 1, b"", 0, note))

    async def note(self, at_ms: int) -> None:
        """Write any entry at a trusted moment."""
        await self.line.journal.append(Draft(Kind.NOTE, at_ms, TimeQuality.TRUSTED, 1, b"", 0, Remark("boot")))

    async def close(self) -> None:
        """Close whichever journal is open by now."""
        await self.line.journal.close()

    async def restart(self) -> None:
        """Close the journal and open it again, as after a cut between two transactions."""
        await self.line.journal.close()
        journal = await opened(self.folder, self.name, self.epoch, self.grant_hash)
        self.line.journal, self.line.line = journal, replace(self.line.line, journal=journal)

    async def batch(self, count: int = 500) -> bytes:
        """Return the next entries as they go over the wire, and take them as sent."""
        part = await self.line.journal.slice(self.sent + 1, count, 1 << 20)
        assert part is not None
        span = BatchSpan(
            self.name, self.epoch, part.first_seq, part.head.last_seq, part.previous_hash, part.head.head_hash
        )
        self.sent = part.head.last_seq
        signed = Batch(span, self.key.sign(statement(HEAD_PURPOSE, part.head)), part.entries, {})
        return gzip.compress(encode_batch(signed), mtime=0)


@dataclass
class Town:
    """A centre and its sites; closes all of them."""

    folder: Path
    stack: AsyncExitStack
    store: CentralStore
    now_ms: int = NOON_MS - 6 * 3_600_000
    sites: dict[str, Site] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counter = iter(range(1, 1000))
        self.centre = Centre(self.store, KEYS, lambda: self.now_ms, lambda count: next(counter).to_bytes(count, "big"))

    async def site(self, name: str) -> Site:
        """Enrol a terminal with a journal of its own."""
        key = SigningKey(name.encode().ljust(32, b"."))
        kit = await enrol(self.centre, name, key)
        epoch, hashed = open_grant(kit.grant, kit.centre_key).epoch, grant_hash(kit.grant)
        folder = self.folder / name
        folder.mkdir()
        line = PaperLine(folder, await opened(folder, name, epoch, hashed), PaperClock(self.now_ms))
        line.reference = FileReference(folder / "editions", CENTRE_KEY.public)
        line.line = replace(line.line, identity=KeyedIdentity(), reference=line.reference)
        found = Site(name, folder, key, epoch, hashed, line)
        self.stack.callback(line.reference.close)
        self.stack.push_async_callback(found.close)
        self.sites[name] = found
        return found

    async def publish(self, *more: Publication, mode: str = "grant_and_flag") -> None:
        """Publish tariff, deny list and roster."""
        parts = [bundle_publication([tariff(mode)]), Publication("deny_list", "deny_list", b""), roster(), *more]
        await self.centre.publish(parts)

    async def lease(self, site: str, until_ms: int = NOON_MS + 6 * 3_600_000, counter: str = "free_today") -> str:
        """Ask for the lease of today's quota of the person; returns what became of it."""
        (answer,), _ = await self.centre.lease([LeaseRequest(PERSON, counter, TODAY, site, until_ms)])
        return answer

    async def carry_down(self, *names: str) -> None:
        """Put the newest edition into force at some sites."""
        for name in names:
            site = self.sites[name]
            site.line.reference.install(await staged(self.centre, site.folder))

    async def carry_up(self, name: str, count: int = 500) -> None:
        """Bring what a site has not sent to the centre."""
        receipt = await self.centre.receive(name, await self.sites[name].batch(count))
        assert receipt.ack.rejected == ()


async def opened(folder: Path, name: str, epoch: int, hashed: bytes) -> SqliteJournal:
    """Open a site's journal."""
    return await open_journal(folder / "journal.db", terminal=name, epoch=epoch, grant_hash=hashed, settings=SMALL)


async def opened_town(folder: Path, stack: AsyncExitStack, store: CentralStore | None = None) -> Town:
    """Open a centre without sites, on a store of its own where none is given."""
    store = store or await open_sqlite(folder / "central.db")
    stack.push_async_callback(store.close)
    return Town(folder, stack, store)


async def staged(centre: Centre, state: Path) -> Path:
    """Write the newest edition of a centre as its files lie on a terminal."""
    found = await centre.manifest()
    assert found is not None
    manifest, _ = found
    header, body = open_artifact(manifest, CENTRE_KEY.public, kind="edition")
    edition = decode(Edition, body)
    folder = state / "editions" / str(header.version)
    (folder / "segments").mkdir(parents=True)
    (folder / "manifest").write_bytes(manifest)
    for reference in edition.segments:
        file = await centre.segment(reference.sha256)
        assert file is not None
        (folder / "segments" / reference.sha256.hex()).write_bytes(file)
        listed = read_list_body(artifact_body(file))
        for part in listed.parts if listed else ():
            content = await centre.segment(part.sha256)
            assert content is not None
            (folder / "segments" / part.sha256.hex()).write_bytes(content)
    return folder


def priced(entry: Entry) -> Intent:
    """Return the body of an intent."""
    assert isinstance(entry.body, Intent)
    return entry.body
