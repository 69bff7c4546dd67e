"""A refused journal's exposure ends where the centre has said that it keeps the entries, and nowhere else.

Two real journals: the one that is refused, and the one in force beside it, whose taps count on.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import Ack, BatchSpan, RejectedEntry
from edge.domain.exposure import Horizon
from edge.store.journal import SqliteJournal, open_journal
from edge.terminal.line import with_older
from sync.batch import batch_hash
from tests.store import drafts
from tests.store.journals import SMALL, TERMINAL, ack_for, journal_at, opened

TAPS: Final = 6
FEN: Final = 200
LATER: Final = 9
CARD: Final = 1
HORIZON: Final = Horizon("purse", drafts.START_MS, 0, drafts.START_MS, drafts.START_MS + 86_400_000, 0)
BATCHES: Final = {"first": (1, 4), "second": (5, 8), "third": (9, 12)}
"""Two taps each, an intent and its proof."""


@dataclass
class Terminal:
    """A terminal whose earlier journal is refused; ``images`` are copies of its disk as a cut would leave it."""

    folder: Path
    refused: SqliteJournal
    in_force: SqliteJournal
    images: list[Path] = field(default_factory=list)

    async def owed(self) -> tuple[int, int, int]:
        """Return what the terminal has at risk in all: fen, count, and the fen of one card."""
        return await owed(self.refused, self.in_force)

    def cut(self) -> Path:
        """Return a copy of the refused journal with its log, as a cut leaves them."""
        image = self.folder / f"cut-{len(self.images)}"
        image.mkdir()
        for path in self.folder.glob("refused.db*"):
            shutil.copy(path, image / path.name)
        self.images.append(image)
        return image / "refused.db"


async def owed(refused: SqliteJournal, in_force: SqliteJournal) -> tuple[int, int, int]:
    """Add up two journals as a tap does."""
    state = with_older(
        await in_force.state_of(drafts.token_of(CARD), horizon=HORIZON),
        await refused.state_of(drafts.token_of(CARD), horizon=HORIZON),
    )
    assert state.exposure is not None
    assert (state.exposure.family_fen, state.exposure.family_count) == (state.unsent_fen, state.unsent_count)
    return state.unsent_fen, state.unsent_count, state.exposure.card_fen


@asynccontextmanager
async def terminal(folder: Path) -> AsyncIterator[Terminal]:
    """Have six taps of one card in the refused journal, and one in the journal in force."""
    async with journal_at(folder / "refused.db") as refused:
        for number in range(1, TAPS + 1):
            await tap(refused, number)
        in_force = await open_journal(
            folder / "in_force.db",
            terminal=TERMINAL,
            epoch=LATER,
            grant_hash=b"g" * 32,
            settings=SMALL,
            heir_of=refused,
        )
        try:
            await tap(in_force, TAPS + 1)
            yield Terminal(folder, refused, in_force)
        finally:
            await in_force.close()


async def tap(journal: SqliteJournal, number: int) -> None:
    """Write an accepted tap of the card."""
    ordered = await journal.append(drafts.intent(number, holder=CARD, fen=FEN))
    draft = drafts.posted(number, ordered.seq)
    await journal.append(draft, holder=drafts.holder_row(CARD, draft.numbered("", 0, 0)))


async def fence(journal: SqliteJournal, span: tuple[int, int], centre_epoch: int = 1) -> Ack:
    """Return the signed refusal of a batch: nothing of it is acked, all of it is kept aside."""
    refused = (RejectedEntry(span[0], "EPOCH_FENCED"),)
    return await ack_for(journal, *span, acked=0, expected=0, centre_epoch=centre_epoch, rejected=refused)


def at_risk(taps: int) -> tuple[int, int, int]:
    """Return what so many taps of the card come to."""
    return taps * FEN, taps, taps * FEN


def followed(heard: Sequence[str]) -> int:
    """Return of how many taps it is sure that the centre holds them: of those that follow without a gap."""
    reached = 0
    for name in heard:
        first, last = BATCHES[name]
        reached = max(reached, last) if first <= reached + 1 else reached
    return reached // 2


async def test_what_the_centre_keeps_aside_is_no_risk_any_more(tmp_path: Path) -> None:
    async with terminal(tmp_path) as device:
        assert await device.owed() == at_risk(TAPS + 1)
        for done, span in enumerate(BATCHES.values(), 1):
            assert await device.refused.apply_ack(await fence(device.refused, span)) == 0
            assert await device.owed() == at_risk(TAPS + 1 - 2 * done)
        assert device.refused.position().fence == "EPOCH_FENCED"
        assert (device.refused.position().unsent_count, device.refused.position().acked) == (0, 0)
        await device.in_force.apply_ack(await whole_ack(device.in_force))
        assert await device.owed() == at_risk(0)


async def whole_ack(journal: SqliteJournal) -> Ack:
    """Return the ack of everything in the journal in force."""
    part = await journal.slice(1, 10, 1 << 20)
    assert part is not None
    span = BatchSpan(TERMINAL, LATER, 1, 2, part.previous_hash, part.head.head_hash)
    return replace(await ack_for(journal, 1, 2), epoch=LATER, batch_hash=batch_hash(span))


@pytest.mark.parametrize("order", list(permutations(BATCHES)), ids=" ".join)
async def test_in_whatever_order_and_how_often_the_answers_come_no_less_is_said_than_the_centre_lacks(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    """And after each of them the power may go: the journal that is opened again says the same."""
    async with terminal(tmp_path) as device:
        heard: list[str] = []
        for name in (*order, *order, *BATCHES):
            await device.refused.apply_ack(await fence(device.refused, BATCHES[name]))
            heard.append(name)
            lacking = TAPS - 2 * len({*heard})
            assert device.refused.position().unsent_count == TAPS - followed(heard) >= lacking
            assert await device.refused.verify() == []
            again = await opened(device.cut())
            assert again.position() == device.refused.position()
            assert await owed(again, device.in_force) == await device.owed()
            assert await again.verify() == []
            await again.close()
        assert await device.owed() == at_risk(1), "shown once more in order, all of it is held"


async def test_a_gap_before_what_is_kept_aside_stays_at_risk(tmp_path: Path) -> None:
    async with terminal(tmp_path) as device:
        await device.refused.apply_ack(await fence(device.refused, BATCHES["second"]))
        assert await device.owed() == at_risk(TAPS + 1)
        await device.refused.apply_ack(await ack_for(device.refused, 1, 4))
        assert await device.owed() == at_risk(TAPS + 1 - 2)
        await device.refused.apply_ack(await fence(device.refused, BATCHES["second"]))
        assert await device.owed() == at_risk(TAPS + 1 - 4)


async def test_what_is_written_after_it_was_kept_aside_counts(tmp_path: Path) -> None:
    async with terminal(tmp_path) as device:
        for span in BATCHES.values():
            await device.refused.apply_ack(await fence(device.refused, span))
        torn = await device.refused.append(drafts.intent(7, holder=CARD, fen=FEN))
        await device.refused.append(drafts.torn(7, torn.seq))
        await device.refused.append(drafts.settled(7, torn.seq))
        assert await device.owed() == at_risk(2)
        await device.refused.apply_ack(await fence(device.refused, (13, 15)))
        assert await device.owed() == at_risk(1)


async def test_a_centre_from_a_backup_may_have_lost_what_it_kept_aside_and_is_believed_only_anew(
    tmp_path: Path,
) -> None:
    async with terminal(tmp_path) as device:
        before = [await fence(device.refused, span) for span in BATCHES.values()]
        for answer in before:
            await device.refused.apply_ack(answer)
        await device.refused.apply_ack(await fence(device.refused, BATCHES["first"], centre_epoch=2))
        assert await device.owed() == at_risk(TAPS + 1 - 2)
        for answer in before:
            with pytest.raises(RemoteProtocolError, match="ACK_FOREIGN"):
                await device.refused.apply_ack(answer)
        assert await device.owed() == at_risk(TAPS + 1 - 2)
        assert await device.refused.verify() == []
        for span in BATCHES.values():
            await device.refused.apply_ack(await fence(device.refused, span, centre_epoch=2))
        assert await device.owed() == at_risk(1)


async def test_a_restored_centre_that_asks_for_entries_takes_back_what_it_said(tmp_path: Path) -> None:
    async with terminal(tmp_path) as device:
        await device.refused.apply_ack(await ack_for(device.refused, 1, 4))
        await device.refused.apply_ack(await fence(device.refused, BATCHES["second"]))
        gap = await ack_for(device.refused, 5, 8, acked=2, expected=3, centre_epoch=2)
        await device.refused.apply_ack(gap)
        assert (device.refused.position().send_from, device.refused.position().acked) == (3, 4)
        assert await device.owed() == at_risk(TAPS + 1 - 2)
