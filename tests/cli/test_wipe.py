"""``onecard wipe``: nothing that the centre lacks goes, two people sign for it, and a cut one is finished."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from edge.cli import wiping
from edge.cli.main import EXIT_FINE, main
from edge.clock import SystemClock
from edge.crypto.signing import SigningKey
from edge.domain.entry import Entry, Remark
from edge.domain.errors import ConfigError, StoreError
from edge.domain.exchange import Ack, BatchSpan
from edge.domain.staff import Technician, TechnicianRoster, Trade
from edge.domain.work_pass import HOUR_MS, Work, WorkPass
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from sync.batch import batch_hash, decode_batch
from sync.courier_stick import open_stick
from sync.wire import decode_entry, encode
from sync.work_pass import seal_pass
from tests.cli.terminal_folder import CENTRE, Folder, drafts, with_taps
from tests.domain.samples import NOON_MS
from tests.store.list_editions import Shipped, snapshot

ENTRIES: Final = len(drafts())
KEYS: Final = {"anna": SigningKey(b"\x31" * 32), "bo": SigningKey(b"\x32" * 32), "chen": SigningKey(b"\x33" * 32)}
TRADES: Final = {"anna": Trade.INSPECTOR, "bo": Trade.FITTER, "chen": Trade.FITTER}
ROSTER: Final = TechnicianRoster(tuple(Technician(name, TRADES[name], KEYS[name].public) for name in KEYS))


@dataclass
class Site:
    """A terminal to wipe, a stick, and technicians who sign."""

    folder: Folder

    @property
    def stick(self) -> Path:
        return self.folder.root / "stick"

    def passes(self, *names: str, work: Work = Work.WIPE) -> list[str]:
        """Return the options that show passes of these technicians."""
        now_ms = SystemClock().wall_ms()
        words: list[str] = []
        for name in names:
            file = self.folder.root / f"{name}.pass"
            given = WorkPass(name, "bus-07", work, now_ms, now_ms + HOUR_MS, b"\1" * 8)
            file.write_text(seal_pass(KEYS[name], given), "ascii")
            words += ["--pass", str(file)]
        return words

    def to_stick(self) -> list[str]:
        return ["--to", str(self.stick)]

    def wipe(self, *words: str) -> int:
        return main(["wipe", "--config", str(self.folder.config), "--json", *words])

    def have_roster(self) -> None:
        """Put an edition into force that names the technicians."""
        edition = Shipped(
            1, {"purse": snapshot([])}, key=CENTRE, extra={("technicians", "technicians"): encode(ROSTER)}
        )
        with FileReference(self.folder.state / "editions", CENTRE.public) as reference:
            reference.start()
            reference.install(edition.write(self.folder.state))

    async def send_all(self) -> None:
        """Let the centre have all there is."""
        journal = await self.folder.open_journal()
        try:
            last = journal.last_seq
            part = await journal.slice(1, last, 1 << 20)
            assert part is not None
            span = BatchSpan("bus-07", 3, 1, last, part.previous_hash, part.head.head_hash)
            await journal.apply_ack(Ack("bus-07", 3, 1, last, batch_hash(span), 1, last, last + 1, (), NOON_MS, ()))
        finally:
            await journal.close()

    def on_stick(self) -> list[Entry]:
        """Return all entries on the stick."""
        stick = open_stick(self.stick, CENTRE.public, fill=False)
        batches = [decode_batch(gzip.decompress(stick.read_batch(span))) for span in stick.batches()]
        return [decode_entry(entry) for batch in batches for entry in batch.entries]

    def left(self) -> set[str]:
        return {path.name for path in self.folder.state.iterdir()} - {"journal.lock"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a terminal with unsent entries whose edition names the technicians."""
    there = Site(asyncio.run(with_taps(tmp_path)))
    there.stick.mkdir()
    there.have_roster()
    return there


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - the command's JSON
    return json.loads(capsys.readouterr().out)


def test_two_technicians_wipe_a_terminal_and_its_unsent_entries_lie_on_the_stick(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.wipe(*site.to_stick(), *site.passes("bo", "anna")) == EXIT_FINE
    found = told(capsys)
    assert (found["terminal"], found["exported"], found["left"]) == ("bus-07", ENTRIES + 1, [])
    entries = site.on_stick()
    assert [entry.seq for entry in entries] == list(range(1, ENTRIES + 2))
    assert entries[-1].body == Remark("technician", (("action", "wipe"), ("technician", "bo"), ("technician", "anna")))
    assert site.left() == set()
    assert list((site.folder.root / "credentials").iterdir()) == []


REFUSED: Final[dict[str, tuple[list[str], bool, Work, str]]] = {
    "nowhere to put what is unsent": (["anna", "bo"], False, Work.WIPE, "8 entries wait"),
    "nobody signs": ([], True, Work.WIPE, "passes of 2 technicians, not 0"),
    "one signs": (["anna"], True, Work.WIPE, "passes of 2 technicians, not 1"),
    "one signs twice": (["anna", "anna"], True, Work.WIPE, "passes of 2 technicians, not 1"),
    "no inspector signs": (["bo", "chen"], True, Work.WIPE, "has to be an inspector"),
    "the passes are for service": (["anna", "bo"], True, Work.SERVICE, "for the work `service`"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_nothing_is_removed_where(site: Site, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    names, with_stick, work, words = REFUSED[case]
    before = site.left()
    assert site.wipe(*(site.to_stick() if with_stick else []), *site.passes(*names, work=work)) == ConfigError.exit_code
    assert words in capsys.readouterr().err
    assert site.left() == before
    assert [entry.body for entry in asyncio.run(all_entries(site.folder))][-1] == drafts()[-1].body


async def all_entries(folder: Folder) -> list[Entry]:
    journal = await folder.open_journal()
    try:
        return [decode_entry(packed) for packed in await journal.page(1, 100)]
    finally:
        await journal.close()


def test_where_the_centre_has_everything_one_technician_is_enough(site: Site) -> None:
    asyncio.run(site.send_all())
    assert site.wipe() == ConfigError.exit_code
    assert site.wipe(*site.passes("chen")) == EXIT_FINE
    assert site.left() == set()


def test_without_a_roster_the_terminals_name_is_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = Site(asyncio.run(with_taps(tmp_path)))
    site.stick.mkdir()
    assert site.wipe(*site.to_stick(), "--terminal", "bus-07") == ConfigError.exit_code
    assert "no roster says whose passes count" in capsys.readouterr().err
    asyncio.run(site.send_all())
    assert site.wipe("--terminal", "bus-08") == ConfigError.exit_code
    assert "--terminal bus-07" in capsys.readouterr().err
    assert site.wipe("--terminal", "bus-07") == EXIT_FINE
    assert site.left() == set()


def test_a_terminal_that_runs_is_not_wiped(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    before = site.left()
    with JournalLock(site.folder.state / "journal.lock"):
        assert site.wipe(*site.to_stick(), *site.passes("anna", "bo")) == StoreError.exit_code
    assert "STORE_LOCKED" in capsys.readouterr().err
    assert site.left() == before


def test_what_serving_and_upgrading_leave_goes_too(site: Site) -> None:
    (site.folder.state / "journal.reserve").write_bytes(bytes(64))
    (site.folder.state / "proven").write_text("0.1.0\n", "utf-8")
    (site.folder.state / "upgrade-check").mkdir()
    assert site.wipe(*site.to_stick(), *site.passes("anna", "bo")) == EXIT_FINE
    assert site.left() == set()


def test_what_no_part_of_ours_made_is_left_and_named(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (site.folder.state / "notes.txt").write_text("by the depot", "utf-8")
    assert site.wipe(*site.to_stick(), *site.passes("anna", "bo")) == EXIT_FINE
    assert told(capsys)["left"] == ["notes.txt"]


class PowerCutError(Exception):
    """The power went."""


@pytest.mark.parametrize("removed", range(8))
def test_a_wipe_that_was_cut_is_finished_without_passes(
    site: Site, removed: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unlink, done = Path.unlink, [0]

    def cut(path: Path, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - as pathlib has it
        if (site.folder.state / wiping.MARK).exists():
            if done[0] == removed:
                raise PowerCutError
            done[0] += 1
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", cut)
        with pytest.raises(PowerCutError):
            site.wipe(*site.to_stick(), *site.passes("anna", "bo"))
    assert len(site.on_stick()) == ENTRIES + 1
    capsys.readouterr()
    assert site.wipe() == EXIT_FINE
    assert told(capsys)["left"] == []
    assert site.left() == set()


def test_a_batch_that_the_stick_lost_stops_the_wipe(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = site.left()
    monkeypatch.setattr("sync.courier_stick.Stick.keep", lambda *_: True)  # a stick that says it wrote
    assert site.wipe(*site.to_stick(), *site.passes("anna", "bo")) == StoreError.exit_code
    assert "STICK_DAMAGED" in capsys.readouterr().err
    assert site.left() == before
