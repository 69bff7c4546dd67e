"""What people ruled comes back to a store from a backup, or is named as lost to it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.errors import ConfigError
from sync.central.admin import Admin
from sync.central.centre import Centre
from sync.central.ruled import FOLDER, Rulings
from sync.central.store.sqlite import open_sqlite
from tests.books.acquirer import table
from tests.books.cases import DAY_MS, balances
from tests.books.town import FLAT_FEN, Device, Medium, device, publish
from tests.conformance.central_store import KEYS, centre_on
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre

RULED: Final[dict[str, dict[str, Any]]] = {
    "results": {"table": table(["BUS-1/1/2,adjusted,150,cap", "BUS-1/1/1,accepted,200,"])},
    "refused": {"table": "terminal,epoch,seq\nBUS-1,1,3\nBUS-1,1,99\n"},
    "books.waive": {"terminal": "BUS-1", "epoch": 1, "seq": 4},
    "terminal.revoke": {"terminal": "BUS-2", "reason": "stolen"},
}


class City:
    """A centre whose store is lost, with the folder of its state that is not."""

    def __init__(self, folder: Path) -> None:
        self.state, self.database = folder / "state", folder / "central.db"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Centre, Admin]]:
        """Open what is left of the store."""
        store = await open_sqlite(self.database)
        try:
            centre = centre_on(store, NOON_MS + DAY_MS)
            yield centre, Admin(centre, KEYS.token_key, Rulings(self.state, centre.bookkeeping, centre.now_ms))
        finally:
            await store.close()

    def kept(self, name: str) -> None:
        """Make a backup."""
        shutil.copy(self.database, self.database.with_name(name))

    def lost(self, name: str) -> None:
        """Put a backup into the place of the store."""
        shutil.copy(self.database.with_name(name), self.database)


async def bus_of(centre: Centre) -> Device:
    """Let four bank cards board."""
    await publish(centre)
    await device(centre, "BUS-2")
    bus = await device(centre, "BUS-1")
    for number in range(4):
        bus.tap(Medium("bank_card", bytes([number]) * 16), NOON_MS + number)
    return bus


async def lost_of(admin: Admin) -> list[str]:
    """Return what reconciliation names as lost."""
    told: dict[str, Any] = await admin.call("reconcile", {})
    lost = [one for one in told["differences"] if one["name"] == "lost_ruling"]
    assert told["balanced"] is not bool(lost)
    return [str(one["told"]).split()[0] for one in lost]


async def test_rulings_are_done_again_in_a_store_from_a_backup_and_named_until_their_taps_are_back(
    tmp_path: Path,
) -> None:
    city = City(tmp_path)
    async with city.opened() as (centre, _):
        bus = await bus_of(centre)
    city.kept("early")
    async with city.opened() as (centre, _):
        await bus.upload(centre)
        await centre.bookkeeping.run()
    city.kept("late")
    async with city.opened() as (centre, admin):
        for verb, arguments in RULED.items():
            await admin.call(verb, arguments)
        assert await lost_of(admin) == []
        wanted = await balances(centre.bookkeeping._store)  # noqa: SLF001 - what the books hold, as a whole
        assert wanted["holder", ""] == FLAT_FEN
    city.lost("late")
    async with city.opened() as (centre, admin):
        assert sorted(await lost_of(admin)) == sorted(RULED)
        told = await admin.call("restored", {})
        assert (told["ruled_again"], told["rulings_waiting"]) == (4, 0)
        assert await balances(centre.bookkeeping._store) == wanted  # noqa: SLF001 - as above
        assert await lost_of(admin) == []
    city.lost("early")
    async with city.opened() as (centre, admin):
        told = await admin.call("restored", {})
        assert (told["ruled_again"], told["rulings_waiting"]) == (1, 3)
        assert sorted(await lost_of(admin)) == ["books.waive", "refused", "results"]
        bus.sent = 0
        await bus.upload(centre)
        await admin.call("books.run", {})
        told = await admin.call("books.run", {})
        assert "ruled_again" not in told
        assert await balances(centre.bookkeeping._store) == wanted  # noqa: SLF001 - as above


async def test_of_a_terminal_the_last_word_alone_is_said_again(tmp_path: Path) -> None:
    city = City(tmp_path)
    async with city.opened() as (centre, admin):
        await bus_of(centre)
        await admin.call("terminal.revoke", RULED["terminal.revoke"])
    city.kept("shut out")
    async with city.opened() as (_, admin):
        await admin.call("terminal.restore", {"terminal": "BUS-2"})
        await admin.call("terminal.revoke", {**RULED["terminal.revoke"], "reason": "again"})
        await admin.call("terminal.restore", {"terminal": "BUS-2", "reason": "found"})
    city.lost("shut out")
    async with city.opened() as (_, admin):
        assert await lost_of(admin) == ["terminal.restore"]
        await admin.call("restored", {})
        assert [one["revoked"] for one in (await admin.call("terminal.list", {}))["terminals"]] == [False, False]  # type: ignore[attr-defined]  # of rows


async def test_what_was_refused_is_not_kept_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    city = City(tmp_path)
    async with city.opened() as (centre, admin):
        await publish(centre)
        with pytest.raises(ConfigError):
            await admin.call("results", {"table": table(["BUS-1/1/1,accepted,1,"])})
        assert not (city.state / FOLDER).exists()
        await admin.call("refused", {"table": "terminal,epoch,seq\n"})
        (file,) = (city.state / FOLDER).iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        file.write_text("{")
        with pytest.raises(ConfigError, match="damaged"):
            await admin.call("reconcile", {})
