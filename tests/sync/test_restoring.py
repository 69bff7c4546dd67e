"""No number is given twice, though stores are lost and backups restored: in a minute, in any order, by any clock."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from edge.clock import SystemIds
from edge.domain.errors import ConfigError, RemoteProtocolError
from sync.central.artifacts import Publication
from sync.central.centre import Centre
from sync.central.restoring import BACKUP_AGE_MAX_DAYS
from sync.central.store.sqlite import open_sqlite
from sync.grant import open_grant
from tests.conformance.central_store import KEYS, enrol, enrolled, send
from tests.store import drafts
from tests.store.journals import SMALL, ack_for, journal_at
from tests.sync.builders import NOON_MS

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
PARTS: Final = [Publication("tariff", "tariff", b"one"), Publication("deny_list", "d", b"")]


@dataclass
class City:
    """A centre whose store is lost again and again, and every number that any of its stores has ever given."""

    folder: Path
    epochs: list[int] = field(default_factory=list)
    editions: list[int] = field(default_factory=list)
    centre_epochs: list[int] = field(default_factory=list)

    @asynccontextmanager
    async def at(self, now_ms: int) -> AsyncIterator[Centre]:
        """Open what is left of the store."""
        store = await open_sqlite(self.folder / "central.db")
        try:
            yield Centre(store, KEYS, lambda: now_ms, SystemIds().random_bytes)
        finally:
            await store.close()

    async def backed_up(self, now_ms: int) -> None:
        """Give some numbers, and make the backup."""
        await self.used(now_ms)
        shutil.copy(self.folder / "central.db", self.folder / "backup.db")

    async def restored(self, now_ms: int) -> None:
        """Lose the store, put the backup into its place, and declare it."""
        shutil.copy(self.folder / "backup.db", self.folder / "central.db")
        async with self.at(now_ms) as centre:
            self.centre_epochs.append(await centre.restored())

    async def used(self, now_ms: int) -> None:
        """Enrol a box that knows nothing, under the one name, and publish."""
        async with self.at(now_ms) as centre:
            kit = await enrol(centre)
            self.epochs += [open_grant(grant, kit.centre_key).epoch for grant in (kit.grant, kit.spare)]
            self.editions.append(await centre.publish(PARTS))

    def rising(self) -> bool:
        """Say whether every number that was given lies above all before it."""
        return all(given == sorted(set(given)) for given in (self.epochs, self.editions, self.centre_epochs))


HISTORIES: Final = {
    "twice in a minute": [(0, 1), (20, 1)],
    "twice in a minute, with a burst of enrolments in between": [(0, 9), (30, 3)],
    "three times in a minute, each used at once": [(0, 1), (3, 1), (6, 2)],
    "after an afternoon of one enrolment in ten seconds": [(0, 60), (600, 1)],
    "twice in a year": [(0, 2), (31_536_000 // 6, 2)],
}
"""When the backup is restored, in s, and how often the store is then used, every three seconds, before it is lost."""


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
async def test_a_backup_restored_gives_no_number_again(tmp_path: Path, history: list[tuple[int, int]]) -> None:
    city = City(tmp_path)
    await city.backed_up(NOON_MS)
    for restored_s, uses in history:
        restored_ms = NOON_MS + MINUTE_MS + restored_s * SECOND_MS
        await city.restored(restored_ms)
        for use in range(uses):
            await city.used(restored_ms + 3 * use * SECOND_MS)
    assert city.rising()


ODD_CLOCKS: Final = {
    "before the backup": (NOON_MS - 1, "lies before it"),
    "in the year of its making": (946_684_800_000, "lies before it"),
    "years ahead": (NOON_MS + (BACKUP_AGE_MAX_DAYS + 1) * DAY_MS, "days after it"),
}


@pytest.mark.parametrize(("now_ms", "told"), ODD_CLOCKS.values(), ids=ODD_CLOCKS.keys())
async def test_a_clock_that_cannot_be_right_declares_nothing_until_somebody_has_looked(
    tmp_path: Path, now_ms: int, told: str
) -> None:
    city = City(tmp_path)
    await city.backed_up(NOON_MS)
    async with city.at(now_ms) as centre:
        with pytest.raises(ConfigError, match=told):
            await centre.restored()
        ledger = await enrolled(centre)
        ledger.ride(1)
        assert (await send(centre, ledger)).ack.centre_epoch == 1, "nothing was declared"
        assert await centre.restored(clock_is_right=True) == max(2, now_ms // 1000)


@pytest.mark.parametrize("after", [-1, 2**39], ids=["a negative one", "one that no clock gives"])
async def test_no_centre_epoch_is_passed_over_like(tmp_path: Path, after: int) -> None:
    async with City(tmp_path).at(NOON_MS) as centre:
        with pytest.raises(ConfigError, match="CONFIG_VALUE"):
            await centre.restored(after)


async def test_what_a_clock_gave_that_was_ahead_is_passed_over_by_name(tmp_path: Path) -> None:
    """A terminal that has heard of a centre of the year 2100 says so, and by which number it is served again."""
    city = City(tmp_path)
    await city.backed_up(NOON_MS)
    async with city.at(4_102_444_800_000) as centre:
        far = await centre.restored(clock_is_right=True)
    await city.restored(NOON_MS + DAY_MS)
    async with journal_at(tmp_path / "journal.db", SMALL) as journal, city.at(NOON_MS + DAY_MS) as centre:
        ledger = await enrolled(centre)
        ledger.ride(1)
        early = (await send(centre, ledger)).ack.centre_epoch
        await journal.append(drafts.declined(1))
        await journal.apply_ack(await ack_for(journal, 1, 1, centre_epoch=far))
        with pytest.raises(RemoteProtocolError, match=f"restored --after {far}"):
            await journal.apply_ack(await ack_for(journal, 1, 1, centre_epoch=early))
        again = await centre.restored(after=far)
        assert again == far + 1
        await journal.apply_ack(await ack_for(journal, 1, 1, centre_epoch=again))
