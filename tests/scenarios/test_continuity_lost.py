"""A journal that its PSAM does not continue: the doubt holds across restarts, and no other stop hides it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Never

import pytest

from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from edge.control.messages import to_text
from edge.crypto.signing import SigningKey
from edge.domain.entry import Intent
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import ACK_PURPOSE, Ack, BatchSpan, RejectedEntry
from edge.store.space import Room, SpaceReport
from edge.terminal.verbs import SyncVerbs
from sync.batch import batch_hash, encode_ack, open_ack
from sync.wire import statement
from tests.scenarios.tap_bench import NOON_MS, TERMINAL, Bench, another_card, play, write_fare
from tests.store.editions import CENTRE

pytestmark = pytest.mark.line

SLOT = 1
OTHER_PSAM = bytes.fromhex("452001219999")
"""What the image of another terminal's disk finds in the slot."""
ACK = Ack(TERMINAL, 1, 1, 1, b"", 1, 1, 2, (), NOON_MS, ())


@pytest.fixture(autouse=True)
def _reference(tmp_path: Path) -> None:
    write_fare(tmp_path)


async def on_another_machine(bench: Bench, card: PurseCard) -> None:
    """Start the terminal's disk beside another PSAM, and let somebody tap: continuity is lost by that."""
    await bench.ride(card)
    await bench.stop()
    bench.psam = Psam(OTHER_PSAM)
    bench.sams.insert(SLOT, bench.psam)
    await bench.start()
    await bench.ride(another_card())
    assert bench.service.supervisor.line.service.continuity == "lost"


def test_row_60_a_restart_does_not_prove_what_was_lost(tmp_path: Path) -> None:
    """Regression: the first intent written in doubt made the other PSAM the journal's own."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await on_another_machine(bench, card)
            for _ in range(2):
                await bench.restart()
                assert (await bench.ride(card)).accepted
                assert bench.service.supervisor.line.service.continuity == "lost"
            states = [entry.body.state.cautious for entry in await bench.entries() if isinstance(entry.body, Intent)]
            assert states == [False, True, True, True]

    play(scene())


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    measured = Room.report

    def full(room: Room, journal_bytes: int) -> SpaceReport:
        return replace(measured(room, journal_bytes), warn=True, stop=True)

    with monkeypatch.context() as patched:
        patched.setattr(Room, "report", full)
        yield


def test_a_disk_that_was_full_for_a_while_does_not_lift_the_fence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: making room again put a terminal back into service that waited for a new grant."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await on_another_machine(bench, card)
            await bench.service.acked(ACK)
            with full_disk(monkeypatch):
                await bench.service.refresh()
            await bench.service.refresh()
            assert (await bench.ride(card)).signal.prompt == "continuity_lost"

    play(scene())


def test_row_60_starts_without_a_tap_make_no_room_for_the_taps_of_another_disk(tmp_path: Path) -> None:
    """Regression: every start allowed one tap more, so an old image only had to be started often enough."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await bench.ride(card)
            await bench.stop()
            image = (tmp_path / "journal.db").read_bytes()
            await bench.start()
            for _ in range(3):
                await bench.ride(card)
            await bench.stop()
            (tmp_path / "journal.db").write_bytes(image)
            await bench.start()
            for _ in range(4):
                await bench.restart()
            await bench.ride(another_card())
            assert bench.supervisor.line.service.continuity == "lost"

    play(scene())


def test_two_cuts_in_a_row_between_a_mac1_and_its_intent_are_no_other_disk(tmp_path: Path) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await bench.ride(card)
            for _ in range(2):
                await cut_before_the_intent(bench, card)
            assert (await bench.ride(card)).accepted
            assert bench.supervisor.line.service.continuity == "proven"

    play(scene())


async def cut_before_the_intent(bench: Bench, card: PurseCard) -> None:
    """Start, hold a card to the reader, and cut the power when the PSAM has given its MAC1."""
    await bench.restart()
    given = asyncio.Event()

    async def never(_draft: object) -> Never:
        given.set()
        await asyncio.Event().wait()
        raise AssertionError

    bench.journal.append = never  # type: ignore[assignment]  # the write that the cut comes before
    bench.field.present(card)
    await given.wait()
    await bench.stop()
    bench.field.remove()
    await bench.start()


def test_a_journal_that_the_centre_refuses_sells_nothing_until_the_next_epoch(tmp_path: Path) -> None:
    """Regression: nobody told the terminal, and it went on selling into suspense."""

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await bench.ride(card)
            sync = sync_verbs(bench)
            with pytest.raises(RemoteProtocolError, match="SIGNATURE_WRONG"):
                await sync.ack({"bytes": to_text(await refusal(bench, SigningKey(b"\x09" * 32)))})
            assert (await bench.ride(card)).accepted
            await sync.ack({"bytes": to_text(await refusal(bench, CENTRE))})
            assert (await bench.ride(card)).signal.prompt == "continuity_lost"
            await bench.restart()
            assert (await bench.ride(card)).signal.prompt == "continuity_lost"
            assert bench.supervisor.line.service.continuity == "lost"
            await bench.stop()
            (tmp_path / "journal.db").rename(tmp_path / "journal-1.db")
            bench.epoch = 2
            await bench.start()
            assert (await bench.ride(card)).accepted

    play(scene())


def sync_verbs(bench: Bench) -> SyncVerbs:
    """Return the sync role's verbs on a bench, without its slices."""
    service = bench.service
    return SyncVerbs(
        lambda: list(service.streams()),
        lambda _head: b"",
        lambda packed: open_ack(packed, CENTRE.public),
        service.editions.install,
        service.acked,
    )


async def refusal(bench: Bench, key: SigningKey) -> bytes:
    """Return the signed answer to the journal's first two entries where a centre holds others."""
    part = await bench.journal.slice(1, 2, 1 << 20)
    assert part is not None
    span = BatchSpan(TERMINAL, 1, 1, 2, part.previous_hash, part.head.head_hash)
    fork = (RejectedEntry(1, "CHAIN_FORK"),)
    ack = Ack(TERMINAL, 1, 1, 2, batch_hash(span), 1, 0, 0, fork, NOON_MS, ())
    return encode_ack(ack, key.sign(statement(ACK_PURPOSE, ack)))


def test_a_full_disk_stops_the_sale_until_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            with full_disk(monkeypatch):
                await bench.service.refresh()
                assert (await bench.ride(card)).signal.prompt == "store_full"
            await bench.service.refresh()
            assert (await bench.ride(card)).accepted

    play(scene())
