"""What becomes of entries that were set aside, on every store.

A test class inherits :class:`QuarantineCases` and provides the fixture ``store``, a fresh store.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Settled, Torn
from edge.domain.errors import ConfigError, RemoteProtocolError
from sync.central import intake
from sync.central.artifacts import Publication
from sync.central.booking import TIME_MS_MAX
from sync.central.books.aside_list import Aside, ended_aside_work, one_aside_work, open_aside_work
from sync.central.books.reconciling import Named
from sync.central.books.set_aside import Bar, End, How, earned_work, end_work, judge_work
from sync.central.books.torn_answers import Result
from sync.central.centre import Centre
from sync.central.exports.results import Answer, take_in
from sync.central.exports.taps import taps_work
from sync.central.store.port import CentralStore
from sync.wire import decode_entry
from tests.books.cases import gates
from tests.books.town import LONE_FEN, Medium, publish, trip_fen
from tests.conformance.central_store import centre_on, enrolled, send
from tests.sync.builders import INTENT, NOON_MS, PAID, POSTED, TERMS, Ledger

ODD = TIME_MS_MAX + 7
ISSUER = f"tunion/{bytes(8).hex()}"
EARNED = {("issuer", ISSUER): 100, ("funder", "district"): 50, ("operator", "qingdao-bus"): -150}
OLGA, OTTO = "olga", "otto"


async def balances(centre: Centre) -> dict[tuple[str, str], int]:
    """Return what every account stands at; nothing that is even."""
    status = await centre.bookkeeping.status()
    return {(account, party): fen for account, party, fen in status.balances if fen}


async def open_seqs(centre: Centre) -> list[int]:
    """Return the numbers of what waits for somebody."""
    return [one.seq for one in await centre.read(partial(open_aside_work, 50))]


async def bar_of(centre: Centre, ledger: Ledger, seq: int) -> Bar:
    """Return what stands against taking an entry."""
    return (await centre.read(partial(judge_work, (ledger.terminal, ledger.epoch, seq)))).bar


async def ride_of_an_odd_clock(centre: Centre) -> Ledger:
    """Send a ride that a terminal dated beyond all sense: its order to debit and the proof are set aside."""
    ledger = await enrolled(centre)
    intent = ledger.add(INTENT, tap=1, time_ms=ODD)
    ledger.add(POSTED, ref_seq=intent, tap=1)
    await send(centre, ledger)
    await centre.bookkeeping.run()
    return ledger


def older(_raw: bytes) -> Entry:
    """Read an entry as a release does that does not know it."""
    raise RemoteProtocolError("WIRE_VERSION", "version 99")


class QuarantineCases:
    """The cases; each claim is in its test's name."""

    @pytest.fixture
    def centre(self, store: CentralStore) -> Centre:
        return centre_on(store)

    async def end(self, centre: Centre, ledger: Ledger, seq: int, how: How, who: str = OLGA, why: str = "seen") -> End:
        return await centre.bookkeeping.end_aside((ledger.terminal, ledger.epoch, seq), how, who, why)

    async def test_a_ride_set_aside_is_earned_once_somebody_stands_for_it(self, centre: Centre) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        assert await balances(centre) == {("suspense", "quarantine"): -150, ("unproven", ISSUER): 150}
        assert [await bar_of(centre, ledger, seq) for seq in (1, 2)] == [Bar.RULES, Bar.TAP_ASIDE]
        await self.end(centre, ledger, 1, How.VOUCHED)
        assert await bar_of(centre, ledger, 2) == Bar.NOTHING
        await self.end(centre, ledger, 2, How.ACCEPTED)
        assert await balances(centre) == EARNED
        assert await open_seqs(centre) == []
        reconciled = await centre.bookkeeping.reconcile()
        assert reconciled.differences == ()
        told = [(row.name, row.about, row.fen, row.told) for row in reconciled.explanations]
        about, words = f"BUS-1/{ledger.epoch}", "by olga: seen on 20260601"
        assert told == [
            ("repaired", f"{about}/1", 0, f"vouched {words}"),
            ("repaired", f"{about}/2", 300, f"accepted {words}"),
        ]

    async def test_an_issuer_is_asked_for_what_was_taken_and_may_decline_it(self, centre: Centre) -> None:
        await centre.publish([Publication("tariff", "tariff", b"t"), Publication("deny_list", "d", b"")])
        ledger = await ride_of_an_odd_clock(centre)
        order, proof = ("BUS-1", ledger.epoch, 1), ("BUS-1", ledger.epoch, 2)
        assert await centre.read(partial(earned_work, proof)) is None
        for (*_, seq), how in ((order, How.VOUCHED), (proof, How.ACCEPTED)):
            await self.end(centre, ledger, seq, how)
        assert await centre.read(partial(taps_work, [proof])) == [(ledger.raws[0], ledger.raws[1])]
        answer = Answer("row 1", order, Result.DECLINED, 0, "stolen")
        assert await take_in(centre, [answer]) == {"results": {"declined": 1}, "known": 0}
        others = {key: fen for key, fen in EARNED.items() if key != ("issuer", ISSUER)}
        assert await balances(centre) == {**others, ("holder", ""): 100}
        assert await take_in(centre, [answer]) == {"results": {}, "known": 1}
        assert (await centre.bookkeeping.reconcile()).differences == ()

    async def test_a_torn_debit_that_was_set_aside_is_torn_first_and_then_settled(self, centre: Centre) -> None:
        ledger = await enrolled(centre)
        intent = ledger.add(INTENT, tap=1, time_ms=ODD)
        ledger.add(Torn("card_left"), ref_seq=intent, tap=1)
        ledger.add(Settled(Verdict.POSTED, "rule", b"", b"", False, False), ref_seq=intent, tap=1)
        await send(centre, ledger)
        assert [await bar_of(centre, ledger, seq) for seq in (2, 3)] == [Bar.TAP_ASIDE] * 2
        await self.end(centre, ledger, 1, How.VOUCHED)
        assert [await bar_of(centre, ledger, seq) for seq in (2, 3)] == [Bar.NOTHING, Bar.UNTORN]
        with pytest.raises(ConfigError, match="it cannot be vouched: untorn"):
            await self.end(centre, ledger, 3, How.VOUCHED)
        await self.end(centre, ledger, 2, How.ACCEPTED)
        assert await balances(centre) == {("suspense", "torn"): -150, ("unproven", ISSUER): 150}
        await self.end(centre, ledger, 3, How.ACCEPTED)
        assert await balances(centre) == EARNED
        assert (await centre.bookkeeping.reconcile()).differences == ()

    async def test_what_is_written_off_leaves_nothing_in_suspense(self, centre: Centre) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        await self.end(centre, ledger, 2, How.WRITTEN_OFF)
        assert await balances(centre) == {}
        assert await open_seqs(centre) == [1]
        reconciled = await centre.bookkeeping.reconcile()
        assert reconciled.differences == ()
        assert [(row.name, row.fen) for row in reconciled.explanations] == [("written_off", 150)]

    async def test_a_tap_without_a_write_is_taken_as_it_stands(self, centre: Centre) -> None:
        ledger = await enrolled(centre)
        ledger.add(PAID, tap=1, time_ms=ODD)
        await send(centre, ledger)
        await self.end(centre, ledger, 1, How.VOUCHED)
        others = {key: fen for key, fen in EARNED.items() if key != ("issuer", ISSUER)}
        assert await balances(centre) == {**others, ("issuer", "unionpay"): 100}

    async def test_what_an_older_release_could_not_read_is_accepted_by_a_newer_one(
        self, centre: Centre, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ledger = await enrolled(centre)
        ledger.ride(1)
        monkeypatch.setattr(intake, "decode_entry", older)
        await send(centre, ledger)
        monkeypatch.setattr(intake, "decode_entry", decode_entry)
        await centre.bookkeeping.run()
        assert await balances(centre) == {}
        await self.end(centre, ledger, 1, How.ACCEPTED)
        await self.end(centre, ledger, 2, How.ACCEPTED)
        assert await balances(centre) == EARNED
        assert (await centre.bookkeeping.reconcile()).differences == ()

    async def test_a_way_out_that_is_taken_later_prices_the_whole_ride(
        self, store: CentralStore, centre: Centre, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await publish(centre)
        way_in, way_out = await gates(centre)
        card = Medium("bank_card", b"B" * 16)
        way_in.tap(card, NOON_MS)
        way_out.tap(card, NOON_MS + 600_000)
        await way_in.upload(centre)
        monkeypatch.setattr(intake, "decode_entry", older)
        await way_out.upload(centre)
        monkeypatch.setattr(intake, "decode_entry", decode_entry)
        tomorrow = centre_on(store, NOON_MS + 86_400_000)
        await tomorrow.bookkeeping.close(20260601)
        assert (await balances(centre))["issuer", "unionpay"] == LONE_FEN
        await tomorrow.bookkeeping.end_aside((way_out.name, way_out.epoch, 1), How.ACCEPTED, OLGA, "upgraded")
        fare, stands = trip_fen("S0", "S3"), await balances(centre)
        assert stands["operator", "town-transport"] == -fare
        assert stands["issuer", "unionpay"] + stands.get(("credit", ""), 0) == fare
        day_after = centre_on(store, NOON_MS + 2 * 86_400_000)
        assert (await day_after.bookkeeping.close(20260602)).is_balanced
        assert (await day_after.bookkeeping.reconcile()).differences == ()

    async def test_the_same_word_again_changes_nothing_and_another_one_is_refused(self, centre: Centre) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        first = await self.end(centre, ledger, 2, How.WRITTEN_OFF)
        assert await self.end(centre, ledger, 2, How.WRITTEN_OFF) == first
        for who, how, why in ((OTTO, How.WRITTEN_OFF, "seen"), (OLGA, How.WRITTEN_OFF, "other")):
            with pytest.raises(ConfigError, match="olga has ended it before: written_off"):
                await self.end(centre, ledger, 2, how, who, why)
        assert await balances(centre) == {}

    async def test_of_two_people_at_once_one_is_heard(self, centre: Centre) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        both = await asyncio.gather(
            self.end(centre, ledger, 2, How.WRITTEN_OFF, OLGA),
            self.end(centre, ledger, 2, How.WRITTEN_OFF, OTTO),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in both) == ["ConfigError", "End"]
        assert await balances(centre) == {}
        assert (await centre.bookkeeping.reconcile()).differences == ()

    async def test_a_decision_that_the_books_did_not_hear_of_is_followed_by_their_worker(
        self, store: CentralStore, centre: Centre
    ) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        asked = End((ledger.terminal, ledger.epoch, 2), How.WRITTEN_OFF, OLGA, "seen", NOON_MS)
        await store.write(partial(end_work, asked))
        assert await balances(centre) != {}
        for _ in range(2):
            await centre.bookkeeping.run()
            assert await balances(centre) == {}

    async def test_an_end_before_the_books_reached_its_entry_is_booked_with_it(self, centre: Centre) -> None:
        ledger = await enrolled(centre)
        ledger.add(PAID, tap=1, time_ms=ODD)
        await send(centre, ledger)
        await self.end(centre, ledger, 1, How.WRITTEN_OFF)
        assert await balances(centre) == {}

    async def test_what_nobody_may_stand_for_can_be_written_off_alone(self, centre: Centre) -> None:
        ledger = await enrolled(centre)
        ledger.raws.append(b"poison")
        lies = ledger.add(replace(INTENT, debit=replace(TERMS, amount_fen=99)), tap=2)
        proof = ledger.ride(3)
        again = ledger.add(POSTED, ref_seq=proof - 1, tap=3)
        ledger.add(POSTED, ref_seq=0, tap=4)
        await send(centre, ledger)
        bars = {1: Bar.UNREADABLE, lies: Bar.NO_CHARGE, again: Bar.TAKEN, again + 1: Bar.NO_CHARGE}
        assert {seq: await bar_of(centre, ledger, seq) for seq in bars} == bars
        for seq in bars:
            for how in (How.ACCEPTED, How.VOUCHED):
                with pytest.raises(ConfigError, match="it cannot be"):
                    await self.end(centre, ledger, seq, how)
            await self.end(centre, ledger, seq, How.WRITTEN_OFF)
        assert await balances(centre) == EARNED
        assert (await centre.bookkeeping.reconcile()).differences == ()

    @pytest.mark.parametrize("reason", ["", " ", "x" * 201, "a\nb", "1" * 16], ids=len)
    async def test_a_reason_says_something_and_no_number(self, centre: Centre, reason: str) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        with pytest.raises(ConfigError, match="reason"):
            await self.end(centre, ledger, 2, How.WRITTEN_OFF, OLGA, reason)

    async def test_what_was_never_set_aside_has_no_end(self, centre: Centre) -> None:
        ledger = await enrolled(centre)
        ledger.ride(1)
        await send(centre, ledger)
        with pytest.raises(ConfigError, match="no entry BUS-1"):
            await self.end(centre, ledger, 1, How.WRITTEN_OFF)
        with pytest.raises(ConfigError, match="no entry BUS-1"):
            await centre.read(partial(one_aside_work, (ledger.terminal, ledger.epoch, 1)))

    async def test_lists_and_figures_tell_what_is_open_and_what_has_ended(self, centre: Centre) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        assert [one.suspense_fen for one in await centre.read(partial(open_aside_work, 50))] == [0, 150]
        assert (await centre.read(partial(open_aside_work, 1)))[0].seq == 1
        after = (ledger.terminal, ledger.epoch, 1)
        assert [one.seq for one in await centre.read(partial(open_aside_work, 50, after))] == [2]
        await self.end(centre, ledger, 2, How.WRITTEN_OFF)
        ended: list[Aside] = await centre.read(partial(ended_aside_work, 50))
        assert [(one.seq, one.how, one.who, one.reason, one.ended_ms) for one in ended] == [
            (2, "written_off", OLGA, "seen", NOON_MS)
        ]
        assert ended == [await centre.read(partial(one_aside_work, ended[0].identity))]
        assert await centre.read(partial(ended_aside_work, 50, (ended[0].ended_ms, ended[0].identity))) == []
        assert [(row[2], row[3]) for row in (await centre.books()).quarantined] == [("ENTRY_INVALID", 1)]

    async def test_a_day_with_ends_closes_and_names_them(self, store: CentralStore) -> None:
        ledger = await ride_of_an_odd_clock(centre_on(store))
        await self.end(centre_on(store), ledger, 1, How.VOUCHED)
        await self.end(centre_on(store), ledger, 2, How.ACCEPTED)
        closing = await centre_on(store, NOON_MS + 86_400_000).bookkeeping.close(20260601)
        assert closing.is_balanced
        totals = {(total.account, total.party): total.fen for total in closing.totals if total.fen}
        assert totals == EARNED
        reconciled = await centre_on(store).bookkeeping.reconcile()
        assert not [row for row in reconciled.differences if row.name == Named.CLEARED_OTHERWISE]
