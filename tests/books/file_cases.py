"""What files of closed days must be, on every engine: inherit :class:`FileCases` and provide the fixture ``store``."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from edge.crypto.sealing import ClearingKey
from edge.domain.errors import ConfigError, RemoteProtocolError
from sync.central.admin import Admin
from sync.central.debts import positions_work
from sync.central.exports.clear_files import clear_day
from sync.central.exports.day_files import MANIFEST, SITES, export_day
from sync.central.store.port import CentralStore
from tests.books.acquirer import acquirer_answers, clearing_house_answers, rows_of, table
from tests.books.cases import DAY, DAY_MS, MINUTE_MS, gates
from tests.books.town import FLAT_FEN, Device, Medium, device, publish
from tests.conformance.central_store import KEYS, centre_on
from tests.sync.builders import NOON_MS
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

NEXT_DAY = DAY + 1
PANS = ("6214830000000000", "6214830000000001", "6214830000000002")
SERIALS = ("31049304000000000017", "31049304000000000018")
SEALING = ClearingKey(1, BOX_PUBLIC)


def sealed(family: str, number: int, clear: str) -> Medium:
    """Return a medium whose number is sealed to the fleet's clearing key."""
    return Medium(family, bytes([number]) * 16, box=SEALING.seal(clear.encode()))


class Town:
    """A centre that received a day: three bank cards, one purse and one torn, one code; a bus that comes late."""

    def __init__(self, store: CentralStore) -> None:
        self.centre = centre_on(store, NOON_MS + 3 * DAY_MS)
        self.ask = Admin(self.centre, KEYS.token_key).call
        self.late: Device | None = None

    async def live(self) -> Town:
        """Let the day happen, and close it."""
        await publish(self.centre)
        bus, self.late = await device(self.centre, "BUS-1"), await device(self.centre, "BUS-2")
        for number, pan in enumerate(PANS):
            bus.tap(sealed("bank_card", number, f"{pan}D30122010000000000000"), NOON_MS + number)
        bus.tap(sealed("purse", 10, SERIALS[0]), NOON_MS + 10)
        bus.tear(sealed("purse", 11, SERIALS[1]), NOON_MS + 11)
        bus.tap(sealed("code", 12, "31010012345678"), NOON_MS + 12)
        await bus.upload(self.centre)
        self.late.tap(sealed("bank_card", 0, PANS[0]), NOON_MS + 20)
        await self.centre.bookkeeping.close(DAY)
        return self

    async def balances(self) -> dict[tuple[str, str], int]:
        """Return what every party owes."""
        status = await self.centre.bookkeeping.status()
        return {(account, party): fen for account, party, fen in status.balances if fen}

    async def import_results(self, answers: list[str]) -> dict[str, Any]:
        """Take answers in."""
        return await self.ask("results", {"table": table(answers)})

    async def answered(self, folder: Path) -> list[str]:
        """Let the acquirer and the clearing house answer to the day's clear files."""
        await clear_day(self.ask, DAY, {1: BOX_PRIVATE}, folder)
        bank = acquirer_answers(folder / str(DAY), short_of_money={PANS[1]}, capped_fen=FLAT_FEN)
        bank[2] = bank[2].replace(f"accepted,{FLAT_FEN}", "adjusted,150")
        return bank + clearing_house_answers(folder / str(DAY), debited={SERIALS[1]})


def all_lines(folder: Path) -> list[dict[str, str]]:
    """Return the rows of all files of lines of one day."""
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob("*.csv")):
        if path.name != SITES:
            with path.open(encoding="utf-8", newline="") as file:
                rows += csv.DictReader(file)
    return rows


def bytes_in(folder: Path) -> dict[Path, bytes]:
    """Return the files below a folder, but for the store."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.suffix in (".csv", ".json")}


class FileCases:
    """The cases; each claim is in its test's name."""

    @pytest.fixture
    async def town(self, store: CentralStore) -> Town:
        return await Town(store).live()

    async def test_the_files_of_a_day_sum_to_its_closing_and_to_the_books(self, town: Town, tmp_path: Path) -> None:
        manifest = await export_day(town.ask, DAY, tmp_path)
        sums: dict[tuple[str, str], int] = {}
        for row in all_lines(tmp_path / str(DAY)):
            sums[row["account"], row["party"]] = sums.get((row["account"], row["party"]), 0) + int(row["fen"])
        assert manifest["balanced"]
        assert sums == await town.balances()
        assert sum(sums.values()) == 0
        for one in manifest["files"]:
            assert hashlib.sha256((tmp_path / str(DAY) / one["name"]).read_bytes()).hexdigest() == one["sha256"]

    async def test_a_second_run_gives_the_same_bytes(self, town: Town, tmp_path: Path) -> None:
        await export_day(town.ask, DAY, tmp_path / "a")
        await clear_day(town.ask, DAY, {1: BOX_PRIVATE}, tmp_path / "b")
        before = bytes_in(tmp_path)
        await export_day(town.ask, DAY, tmp_path / "a")
        await clear_day(town.ask, DAY, {1: BOX_PRIVATE}, tmp_path / "b")
        assert bytes_in(tmp_path) == before

    async def test_a_late_record_is_in_the_next_file_with_its_reference(self, town: Town, tmp_path: Path) -> None:
        assert town.late is not None
        await town.late.upload(town.centre)
        await town.centre.bookkeeping.close(NEXT_DAY)
        for day in (DAY, NEXT_DAY):
            await export_day(town.ask, day, tmp_path)
        late = {(row["day"], row["reference"]) for row in all_lines(tmp_path / str(NEXT_DAY)) if row["late"] == "1"}
        assert late == {(str(DAY), "BUS-2/1/1")}
        entries = [row["entry"] for day in (DAY, NEXT_DAY) for row in all_lines(tmp_path / str(day))]
        assert entries.count("BUS-2/1/1") == 2
        manifest = json.loads((tmp_path / str(NEXT_DAY) / MANIFEST).read_bytes())
        assert {one["late_rows"] for one in manifest["files"] if one["rows"] and one["name"] != SITES} == {1}

    async def test_a_day_that_is_open_has_no_files(self, town: Town, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="is not closed"):
            await export_day(town.ask, NEXT_DAY, tmp_path)

    async def test_every_tap_is_in_one_clear_file_with_its_number(self, town: Town, tmp_path: Path) -> None:
        manifest = await clear_day(town.ask, DAY, {1: BOX_PRIVATE}, tmp_path)
        folder = tmp_path / str(DAY)
        assert [row["number"] for row in rows_of(folder, "bank")] == list(PANS)
        assert [row["number"] for row in rows_of(folder, "purse")] == [SERIALS[0]]
        assert [row["number"] for row in rows_of(folder, "torn")] == [SERIALS[1]]
        assert [row["number"] for row in rows_of(folder, "code")] == ["31010012345678"]
        references = [row["reference"] for kind in ("bank", "purse", "torn", "code") for row in rows_of(folder, kind)]
        assert len(references) == len(set(references)) == 6
        issuers = sum(fen for (account, _), fen in (await town.balances()).items() if account == "issuer")
        assert manifest["fen"] == issuers == 5 * FLAT_FEN

    async def test_clear_files_are_their_owners_alone(self, town: Town, tmp_path: Path) -> None:
        await clear_day(town.ask, DAY, {1: BOX_PRIVATE}, tmp_path)
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / str(DAY)).iterdir()} == {0o600}
        assert (tmp_path / str(DAY)).stat().st_mode & 0o777 == 0o700

    async def test_another_key_opens_nothing_and_leaves_no_folder(self, town: Town, tmp_path: Path) -> None:
        with pytest.raises(RemoteProtocolError, match="not sealed to this key"):
            await clear_day(town.ask, DAY, {1: b"\7" * 32}, tmp_path)
        assert not bytes_in(tmp_path)

    async def test_answers_make_debts_fill_suspense_and_end_torn_debits(self, town: Town, tmp_path: Path) -> None:
        told = await town.import_results(await town.answered(tmp_path))
        assert told["results"] == {"accepted": 2, "adjusted": 1, "declined": 1, "settled": 1}
        balances = await town.balances()
        assert balances["holder", ""] == FLAT_FEN
        assert balances["suspense", "result"] == FLAT_FEN - 150
        assert ("suspense", "torn") not in balances
        assert sum(balances.values()) == 0
        assert (await town.centre.bookkeeping.position(bytes([1]) * 16)).owed_fen == FLAT_FEN
        assert not (await town.centre.bookkeeping.reconcile()).differences

    async def test_a_ride_by_two_gates_is_one_row_and_owed_whole_when_declined(
        self, store: CentralStore, tmp_path: Path
    ) -> None:
        town = Town(store)
        await publish(town.centre)
        way_in, way_out = await gates(town.centre)
        rider = sealed("bank_card", 1, f"{PANS[1]}D3012")
        way_in.tap(rider, NOON_MS)
        way_out.tap(rider, NOON_MS + 10 * MINUTE_MS)
        for gate in (way_in, way_out):
            await gate.upload(town.centre)
        await town.centre.bookkeeping.close(DAY)
        await clear_day(town.ask, DAY, {1: BOX_PRIVATE}, tmp_path)
        (row,) = rows_of(tmp_path / str(DAY), "bank")
        await town.import_results([f"{row['reference']},declined,0,51"])
        listed = await town.centre.bookkeeping.look(positions_work)
        assert int(row["fen"]) == (await town.centre.bookkeeping.position(rider.token)).owed_fen > 0
        assert [debt.fen for debt in listed[rider.token]] == [int(row["fen"])]

    async def test_answers_taken_in_twice_change_nothing(self, town: Town, tmp_path: Path) -> None:
        answers = await town.answered(tmp_path)
        await town.import_results(answers)
        before = await town.balances()
        assert await town.import_results(answers) == {"results": {}, "known": len(answers)}
        assert await town.balances() == before

    async def test_a_repeat_that_says_otherwise_is_refused_whole(self, town: Town, tmp_path: Path) -> None:
        answers = await town.answered(tmp_path)
        await town.import_results(answers[:1])
        before = await town.balances()
        changed = [answers[1], answers[0].replace("accepted", "declined")]
        with pytest.raises(ConfigError, match="answered before, otherwise"):
            await town.import_results(changed)
        assert await town.balances() == before

    async def test_what_issuers_answered_is_not_asked_of_them_again(self, town: Town, tmp_path: Path) -> None:
        await town.import_results(await town.answered(tmp_path))
        await town.centre.bookkeeping.close(NEXT_DAY)
        assert (await clear_day(town.ask, NEXT_DAY, {1: BOX_PRIVATE}, tmp_path))["files"] == []

    @pytest.mark.parametrize(
        ("row", "told"),
        [
            pytest.param("BUS-1/1,accepted,1,", "TERMINAL/EPOCH/SEQ", id="a reference names an entry"),
            pytest.param("BUS-1/1/1,lost,1,", "one of accepted", id="a result is one of five words"),
            pytest.param("BUS-1/1/99,accepted,1,", "no tap", id="a reference names a tap that was received"),
            pytest.param("BUS-1/1/1,settled,1,", "did not tear", id="only a debit that tore is settled"),
            pytest.param("BUS-1/1/6,declined,0,", "nothing was collected", id="a torn debit is not declined"),
        ],
    )
    async def test_a_row_that_cannot_be_is_refused(self, town: Town, row: str, told: str) -> None:
        with pytest.raises(ConfigError, match=told):
            await town.import_results([row])
