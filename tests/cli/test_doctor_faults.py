"""Faults planted in a terminal's files, ports and settings: ``onecard doctor`` names each one, and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from edge.cli.main import main
from edge.clock import SystemClock
from edge.domain.entry import Draft, Kind, Torn
from edge.store.lock import JournalLock
from tests.architecture.source_tree import ROOT
from tests.cli.terminal_folder import TORN, Folder, draft, drafts, enrolled

DAY_MS: Final = 86_400_000
INTENT: Final = 2
"""The number of the first intent in a journal that begins with a note."""


@dataclass
class Ward:
    """One terminal with everything in order, and where to break it."""

    folder: Folder

    def set(self, section: str, line: str) -> None:
        """Add a setting."""
        head, text = f"[{section}]\n", self.folder.config.read_text("utf-8")
        changed = text.replace(head, f"{head}{line}\n") if head in text else f"{text}{head}{line}\n"
        self.folder.config.write_text(changed, "utf-8")

    def write(self, *entries: Draft) -> None:
        """Append entries to the journal."""

        async def append() -> None:
            journal = await self.folder.open_journal()
            try:
                for entry in entries:
                    await journal.append(entry)
            finally:
                await journal.close()

        asyncio.run(append())

    def sync_says(self, **said: object) -> None:
        """Leave what a sync process says of itself."""
        file = self.folder.state / "sync" / "status.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"trouble": "", "stopped": {}, **said}), "utf-8")

    def found(self, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
        """Return what doctor finds wrong or worth watching, by the name of the check."""
        main(["doctor", "--config", str(self.folder.config), "--json"])
        checks = json.loads(capsys.readouterr().out)["checks"]
        return {check["check"]: check for check in checks if check["level"] != "ok"}


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """Return a terminal that was stopped a moment ago, with two free ports."""
    ends = [os.openpty(), os.openpty()]
    there = Ward(enrolled(tmp_path))
    for section, (_, near) in zip(("reader", "sam"), ends, strict=True):
        (tmp_path / section).symlink_to(os.ttyname(near))
        there.set(section, f'path = "{tmp_path / section}"')
    there.write(drafts()[0])
    there.sync_says()
    yield there
    for end in ends:
        for descriptor in end:
            os.close(descriptor)


def unplug(ward: Ward) -> None:
    (ward.folder.root / "reader").unlink()


def mistake_a_file_for_the_port(ward: Ward) -> None:
    (ward.folder.root / "sam").unlink()
    (ward.folder.root / "sam").touch()


def let_all_read_the_token_key(ward: Ward) -> None:
    (ward.folder.root / "credentials" / "token-key-1").chmod(0o644)


def lose_the_token_key(ward: Ward) -> None:
    (ward.folder.root / "credentials" / "token-key-1").unlink()


def lose_the_grant(ward: Ward) -> None:
    (ward.folder.state / "grant").unlink()


def swap_the_terminals_key(ward: Ward) -> None:
    (ward.folder.state / "keys" / "terminal.key").write_bytes(b"\x09" * 32)


def overwrite_the_journal(ward: Ward) -> None:
    journal = ward.folder.state / "journal.db"
    journal.write_bytes(b"not a database, whatever its name" * 200)


def lose_room(ward: Ward) -> None:
    text = ward.folder.config.read_text("utf-8").replace("floor_bytes = 0", "floor_bytes = 1000000000000")
    ward.folder.config.write_text(text.replace("[journal]\n", "[journal]\nbytes_max = 1000000000000\n"), "utf-8")


def write_tomorrow(ward: Ward) -> None:
    later = replace(drafts()[6], time_ms=SystemClock().system_ms() + DAY_MS)
    ward.write(later)


def be_refused_by_the_centre(ward: Ward) -> None:
    ward.sync_says(stopped={"3": "CHAIN_FORK"})


def be_cut_off(ward: Ward) -> None:
    ward.sync_says(trouble="CENTRE_UNREACHABLE")


def tear_a_debit(ward: Ward) -> None:
    ward.write(drafts()[3], draft(Kind.TORN, TORN, INTENT, Torn("card_left")))


def name_a_printer_that_is_not_there(ward: Ward) -> None:
    ward.set("place", 'mode = "till"')
    ward.set("printer", f'path = "{ward.folder.root / "printer"}"')


def name_an_announcer_that_is_not_there(ward: Ward) -> None:
    ward.set("announcer", f'path = "{ward.folder.root / "announcer"}"')


FAULTS: Final[dict[str, tuple[Callable[[Ward], None], str, str]]] = {
    "the reader is unplugged": (unplug, "port.reader", "ENOENT"),
    "the path of the SAM is a file": (mistake_a_file_for_the_port, "port.sam", "not a serial port"),
    "everybody can read the token key": (let_all_read_the_token_key, "keys.token-key-1", "mode 644"),
    "the token key is lost": (lose_the_token_key, "keys.token", "no token key"),
    "the grant is lost": (lose_the_grant, "enrolment", "NOT_ENROLLED"),
    "the terminal's key is another one": (swap_the_terminals_key, "enrolment", "given to another key"),
    "the journal is no database": (overwrite_the_journal, "journal", "STORE_"),
    "there is less room than the floor": (lose_room, "disk", "below the floor"),
    "the clock is behind the newest entry": (write_tomorrow, "clock", "before the newest entry"),
    "the centre refuses the journal": (be_refused_by_the_centre, "sync", "CHAIN_FORK"),
    "the network is gone": (be_cut_off, "sync", "CENTRE_UNREACHABLE"),
    "a debit is torn": (tear_a_debit, "debits", "1 torn"),
    "the printer is not there": (name_a_printer_that_is_not_there, "port.printer", "ENOENT"),
    "the announcer is not there": (name_an_announcer_that_is_not_there, "port.announcer", "ENOENT"),
}


@pytest.mark.parametrize("case", list(FAULTS))
def test_doctor_names_the_fault_where(ward: Ward, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    plant, check, words = FAULTS[case]
    before = set(ward.found(capsys))
    plant(ward)
    found = ward.found(capsys)
    assert words in found[check]["cause"]
    assert found[check]["cure"]
    assert check not in before


def test_nothing_is_wrong_with_the_terminal_before(ward: Ward, capsys: pytest.CaptureFixture[str]) -> None:
    assert {name for name, check in ward.found(capsys).items() if check["level"] == "fault"} == set()


def test_a_journal_that_another_process_holds_is_told_as_that(ward: Ward, capsys: pytest.CaptureFixture[str]) -> None:
    with JournalLock(ward.folder.state / "journal.lock"):
        assert "CONTROL_ABSENT" in ward.found(capsys)["journal"]["cause"]


def test_every_finding_links_to_words_that_the_readme_has(ward: Ward, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--config", str(ward.folder.config), "--json"])
    links = {check["link"] for check in json.loads(capsys.readouterr().out)["checks"]}
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [link for link in links if f'<a id="{link.partition("#")[2]}">' not in readme] == []
    main(["doctor", "--config", str(ward.folder.config)])
    assert "(README.md#doctor-" in capsys.readouterr().out
