"""The terminal's reader joined: cards come and go, two at once, removal, lamp, counters."""

from __future__ import annotations

import asyncio

import pytest

from drivers.virtual.purse import PurseCard
from edge.domain.debit import DebitProof
from edge.domain.errors import ReaderError, SamError
from edge.domain.medium import PurseSnapshot, UnknownSnapshot
from edge.ports import Signal, Trouble
from tests.drivers.reader_bench import lose_everything, on_virtual_time
from tests.drivers.terminal_bench import ORDER, opened


def now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000


def test_a_tap_moves_the_money_once() -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        outcome = await card.debit(prepared)
        assert isinstance(outcome, DebitProof)
        assert outcome.mac2_checked
        assert (bench.balance_fen, outcome.balance_after_fen) == (4800, 4800)
        assert prepared.psam_number == bench.reader.psam_number()
        assert bench.reader.counters()["reader_ladder_rung"] == 0

    on_virtual_time(scene())


def test_waiting_for_a_card_polls_every_50_ms() -> None:
    async def scene() -> None:
        bench = await opened()
        before = len(bench.faulty.heard)
        waiting = asyncio.ensure_future(bench.reader.next_card())
        await asyncio.sleep(2)
        polls = len(bench.faulty.heard) - before
        assert 20 < polls <= 40
        bench.field.present(bench.purse)
        await waiting

    on_virtual_time(scene())


def test_two_cards_are_reported_once_and_the_last_one_left_is_taken() -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        bench.field.present(PurseCard(uid=bytes.fromhex("08D4E5F6")))
        assert await bench.reader.next_card() is Trouble.TWO_CARDS
        waiting = asyncio.ensure_future(bench.reader.next_card())
        await asyncio.sleep(1)
        assert not waiting.done()
        bench.field.remove()
        bench.field.present(bench.purse)
        card = await asyncio.wait_for(waiting, 1)
        assert not isinstance(card, Trouble)
        assert isinstance(await card.snapshot(), PurseSnapshot)

    on_virtual_time(scene())


def test_two_cards_again_later_are_reported_again() -> None:
    async def scene() -> None:
        bench = await opened()
        for _ in range(2):
            bench.field.present(bench.purse)
            bench.field.present(PurseCard(uid=bytes.fromhex("08D4E5F6")))
            assert await bench.reader.next_card() is Trouble.TWO_CARDS
            bench.field.remove()
            waiting = asyncio.ensure_future(bench.reader.next_card())
            await asyncio.sleep(0.5)
            waiting.cancel()
            await asyncio.wait([waiting])

    on_virtual_time(scene())


def test_a_card_that_stays_is_not_removed_and_one_that_goes_is_within_half_a_second() -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        card = await bench.card()
        assert not await card.removed(300)
        bench.field.remove()
        gone_ms = now_ms()
        assert await card.removed(5000)
        assert now_ms() - gone_ms < 500

    on_virtual_time(scene())


def test_one_missed_question_is_not_a_removal() -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        card = await bench.card()
        presence, answers = bench.chip.initiator.presence_status, iter([0x01, 0x01])
        bench.chip.initiator.presence_status = lambda: next(answers, None) or presence()  # type: ignore[method-assign]  # two misses, then the truth
        assert not await card.removed(400)

    on_virtual_time(scene())


def test_a_random_uid_changes_nothing_of_who_the_card_is() -> None:
    async def scene() -> None:
        bench = await opened()
        seen = []
        for uid in ("08A1B2C3", "08D4E5F6"):
            bench.purse.uid = bytes.fromhex(uid)
            bench.field.present(bench.purse)
            card = await bench.card()
            seen.append(await card.snapshot())
            bench.field.remove()
            await card.removed(1000)
        assert seen[0] == seen[1]

    on_virtual_time(scene())


def test_a_card_without_any_listed_application_is_unknown() -> None:
    async def scene() -> None:
        bench = await opened(applications=())
        bench.field.present(bench.purse)
        assert await (await bench.card()).snapshot() == UnknownSnapshot()

    on_virtual_time(scene())


def test_a_signal_lights_the_pins_and_goes_out_by_itself() -> None:
    async def scene() -> None:
        bench = await opened()
        await bench.reader.show(Signal(lamp="green", tone="ok", prompt="accepted"))
        assert bench.chip.ports["P3"] & 0b11 == 0b01
        waiting = asyncio.ensure_future(bench.reader.next_card())
        await asyncio.sleep(0.8)
        assert bench.chip.ports["P3"] & 0b11 == 0b01
        await asyncio.sleep(0.5)
        assert bench.chip.ports["P3"] & 0b11 == 0
        waiting.cancel()
        await asyncio.wait([waiting])

    on_virtual_time(scene())


def test_a_signal_that_fails_is_counted_and_not_raised() -> None:
    async def scene() -> None:
        bench = await opened()
        bench.chip_line.unplug()
        await bench.reader.show(Signal(lamp="green", tone="ok", prompt="accepted"))
        assert bench.reader.counters()["reader_lamp_failures"] == 1

    on_virtual_time(scene())


def test_a_lost_line_is_raised_and_opening_again_serves_the_next_card() -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        bench.faulty.plan.append(lose_everything)
        waiting = asyncio.ensure_future(bench.reader.next_card())
        await asyncio.sleep(0.01)
        bench.chip_line.unplug()
        with pytest.raises(ReaderError, match="LINK_LOST"):
            await waiting
        bench.chip_line.plug()
        await bench.reader.open()
        assert isinstance(await (await bench.card()).snapshot(), PurseSnapshot)

    on_virtual_time(scene())


def test_a_sam_line_lost_between_taps_is_raised_at_once_not_waited_for() -> None:
    async def scene() -> None:
        bench = await opened(patience_ms=15_000)
        waiting = asyncio.ensure_future(bench.reader.next_card())
        await asyncio.sleep(0.5)
        bench.sam_line.unplug()
        lost_ms = now_ms()
        with pytest.raises(ReaderError, match="LINK_LOST"):
            await waiting
        assert now_ms() - lost_ms < 500

    on_virtual_time(scene())


def test_a_mute_sam_fails_the_tap_and_is_started_anew_at_the_next_opening() -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        card = await bench.card()
        await card.snapshot()
        bench.sams.set_mute(1, mute=True)
        with pytest.raises(SamError, match="SAM_MUTE"):
            await card.prepare(ORDER)
        bench.sams.set_mute(1, mute=False)
        await bench.reader.open()
        prepared = await card.prepare(ORDER)
        assert isinstance(await card.debit(prepared), DebitProof)

    on_virtual_time(scene())


def test_a_sam_pulled_during_the_tap_is_absent() -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        card = await bench.card()
        await card.snapshot()
        bench.sams.withdraw(1)
        with pytest.raises(SamError, match="SAM_ABSENT"):
            await card.prepare(ORDER)

    on_virtual_time(scene())


def test_closing_is_idempotent_and_opening_after_it_works() -> None:
    async def scene() -> None:
        bench = await opened()
        await bench.reader.close()
        await bench.reader.close()
        assert bench.reader.psam_number() == b""
        await bench.reader.open()
        assert bench.reader.psam_number() != b""

    on_virtual_time(scene())
