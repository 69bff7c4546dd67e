"""A terminal's state folder as enrolment and a few taps leave it; keys and cards are invented."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.crypto.signing import SigningKey
from edge.domain.debit import Verdict
from edge.domain.decision import Charge, Line
from edge.domain.entry import DeclinedTap, Draft, Kind, Posted, Remark, Settled, Torn
from edge.domain.exchange import Grant
from edge.domain.policy import State
from edge.domain.tap import TimeQuality
from edge.store.journal import SqliteJournal, open_journal
from edge.store.settings import JournalSettings
from sync.grant import grant_hash, seal_grant
from tests.domain.samples import NOON_MS, PLACE, PURSE, TOKEN, intent

CENTRE = SigningKey(b"\x01" * 32)
TERMINAL = SigningKey(b"\x02" * 32)
SETTINGS = JournalSettings(floor_bytes=0, reserve_bytes=0, wal_bytes=65_536)

PAID, TORN, REFUSED, TWIN = (bytes([number]) * 8 for number in (0xA1, 0xB2, 0xC3, 0xA2))
"""Tap ids: one paid, one torn and settled later, one refused, and one whose id begins like the first."""

PRICED = (
    Line("purse.type", applied=True, reason="passed"),
    Line("flat-2026", applied=True, reason="flat fare", fen=100),
)
FARE = Charge(list_fen=100, surcharge_fen=0, payer_fen=100)

CONFIG = """profile = "bus-validator-virtual"
[place]
city = "4520"
operator = "qingdao-bus"
[journal]
floor_bytes = 0
reserve_bytes = 0
wal_bytes = 65536
warn_percent = 99
"""


@dataclass(frozen=True)
class Folder:
    """The paths of one invented terminal."""

    root: Path

    @property
    def config(self) -> Path:
        """Return its configuration."""
        return self.root / "terminal.toml"

    @property
    def state(self) -> Path:
        """Return its state folder."""
        return self.root / "state"

    @property
    def grant(self) -> bytes:
        """Return its grant's file."""
        return seal_grant(CENTRE, Grant("bus-07", 3, b"", TERMINAL.public, NOON_MS, spare=False))

    async def open_journal(self) -> SqliteJournal:
        """Open its journal."""
        return await open_journal(
            self.state / "journal.db",
            terminal="bus-07",
            epoch=3,
            grant_hash=grant_hash(self.grant),
            settings=SETTINGS,
        )


def enrolled(root: Path) -> Folder:
    """Return a terminal that is enrolled and has no journal yet."""
    folder = Folder(root)
    keys, credentials = folder.state / "keys", root / "credentials"
    keys.mkdir(parents=True)
    credentials.mkdir()
    folder.config.write_text(CONFIG, "utf-8")
    (folder.state / "grant").write_bytes(folder.grant)
    TERMINAL.write(keys / "terminal.key")
    (keys / "centre.pub").write_bytes(CENTRE.public)
    (keys / "clearing-1.pub").write_bytes(b"\x03" * 32)
    secret = credentials / "token-key-1"
    secret.write_bytes(b"\x04" * 32)
    secret.chmod(0o600)
    return folder


async def with_taps(root: Path) -> Folder:
    """Return a terminal with eight entries: a note, a paid tap, a torn one settled later, a refusal, and a twin."""
    folder = enrolled(root)
    journal = await folder.open_journal()
    try:
        for draft in drafts():
            await journal.append(draft)
    finally:
        await journal.close()
    return folder


async def add_older(folder: Folder, epoch: int, entries: list[Draft]) -> SqliteJournal:
    """Leave the closed journal of an earlier epoch in a terminal's folder, with its grant; returns it."""
    grant = seal_grant(CENTRE, Grant("bus-07", epoch, b"", TERMINAL.public, NOON_MS, spare=False))
    (folder.state / f"grant-{epoch}").write_bytes(grant)
    journal = await open_journal(
        folder.state / f"journal-{epoch}.db",
        terminal="bus-07",
        epoch=epoch,
        grant_hash=grant_hash(grant),
        settings=SETTINGS,
    )
    try:
        for each in entries:
            await journal.append(each)
    finally:
        await journal.close()
    return journal


def drafts() -> list[Draft]:
    """Return the drafts of those entries."""
    ordered = intent(FARE, PRICED)
    settled = Settled(Verdict.POSTED, "log_record_is_ours", b"", b"", mac2_unchecked=True, free_passage=True)
    lines = (
        Line("purse.type", applied=True, reason="passed"),
        Line("lists.not_denied", applied=False, reason="deny_listed"),
    )
    refusal = DeclinedTap("purse", TOKEN, 1, "deny_listed", PURSE.facts(), PLACE, lines, State(listed=True))
    return [
        draft(Kind.NOTE, b"", 0, Remark("started", (("version", "0.1.0"),))),
        draft(Kind.INTENT, PAID, 0, ordered),
        draft(
            Kind.POSTED,
            PAID,
            2,
            Posted(b"\x01\x02\x03\x04", b"\x05" * 4, mac2_unchecked=False, balance_after_fen=4_500),
        ),
        draft(Kind.INTENT, TORN, 0, ordered),
        draft(Kind.TORN, TORN, 4, Torn("card_left")),
        draft(Kind.SETTLED, TORN, 4, settled),
        draft(Kind.DECLINED, REFUSED, 0, refusal),
        draft(Kind.DECLINED, TWIN, 0, refusal),
    ]


def draft(kind: Kind, tap_id: bytes, ref_seq: int, body: object) -> Draft:
    """Return a draft at noon."""
    return Draft(kind, NOON_MS, TimeQuality.TRUSTED, 7, tap_id, ref_seq, body)  # type: ignore[arg-type]  # any body
