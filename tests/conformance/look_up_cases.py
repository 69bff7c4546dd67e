"""One tap looked up, and the money of days, on every store.

A test class inherits :class:`LookUpCases` and provides the fixture ``store``, a fresh store.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from edge.crypto.signing import SigningKey
from edge.domain.entry import DeclinedTap
from edge.domain.errors import ConfigError
from sync.central.books.day_money import money_work
from sync.central.books.set_aside import How
from sync.central.centre import Centre
from sync.central.evidence import ABSENT, DIFFERS, Evidence
from sync.central.store.port import Cell, CentralStore, Query, Work
from sync.central.tap_look_up import Identity, LookedUp, candidates_work, look_up_work, totals_of
from tests.books.cases import gates
from tests.books.town import Medium, publish, trip_fen
from tests.conformance.central_store import centre_on, enrolled, send
from tests.conformance.quarantine_cases import EARNED, ISSUER, OLGA, ride_of_an_odd_clock
from tests.sync.builders import INTENT, NOON_MS, PAID, Ledger

DAY = 20260601
DAY_MS = 86_400_000
TAP = "00000000000000"
"""How the ids of the taps here begin: two digits follow."""


async def found(centre: Centre, asked: str) -> list[Identity]:
    """Return the taps that somebody may mean."""
    return await centre.read(partial(candidates_work, asked))


async def looked_up(centre: Centre, asked: str) -> LookedUp:
    """Return the one tap that is meant."""
    (identity,) = await found(centre, asked)
    return await centre.read(partial(look_up_work, identity))


def planted(sql: str, *cells: Cell) -> Work[None]:
    """Change a row behind the centre's back."""
    yield Query(sql, cells)


class LookUpCases:
    """The cases; each claim is in its test's name."""

    @pytest.fixture
    def centre(self, store: CentralStore) -> Centre:
        return centre_on(store)

    @pytest.fixture
    async def ledger(self, centre: Centre) -> Ledger:
        """Return a journal of two rides, a bank card and a refusal, which was received."""
        ledger = await enrolled(centre)
        ledger.ride(1)
        ledger.ride(2)
        ledger.add(PAID, tap=3)
        refusal = DeclinedTap("purse", INTENT.token, 1, "lists.not_denied", None, INTENT.place, (), INTENT.state)
        ledger.add(refusal, tap=4)
        await send(centre, ledger, 1, 3)
        await send(centre, ledger, 4)
        return ledger

    async def test_a_tap_is_found_by_its_id_by_its_beginning_and_by_its_entries(
        self, centre: Centre, ledger: Ledger
    ) -> None:
        names = {seq: ("BUS-1", ledger.epoch, seq) for seq in (1, 3, 5, 6)}
        assert await found(centre, f"{TAP}02") == [names[3]]
        assert await found(centre, f"{TAP}02".upper()) == [names[3]]
        assert await found(centre, TAP) == list(names.values())
        assert await found(centre, f"BUS-1/{ledger.epoch}/4") == [names[3]]
        assert await found(centre, f"{TAP}04") == [names[6]]
        for nobodys in (f"{TAP}05", f"BUS-1/{ledger.epoch}/99", "BUS-9/1/1"):
            assert await found(centre, nobodys) == []

    @pytest.mark.parametrize("asked", ["", "abc", "0011", "' OR 1=1", "BUS-1/1", "1" * 17, "BUS-1/x/1"])
    async def test_what_is_no_id_is_not_sought(self, centre: Centre, asked: str) -> None:
        with pytest.raises(ConfigError, match="hexadecimal digits of a tap"):
            await found(centre, asked)

    async def test_each_entry_is_proven_by_the_batch_it_came_in(self, centre: Centre, ledger: Ledger) -> None:
        tap = await looked_up(centre, f"{TAP}02")
        assert [(one.seq, one.code, one.evidence.flaw) for one in tap.entries] == [(3, "", ""), (4, "", "")]
        first, second = (one.evidence for one in tap.entries)
        assert (first.first_seq, first.last_seq, second.first_seq, second.last_seq) == (1, 3, 4, 6)
        assert [first.chain_sha256, second.chain_sha256] == [ledger.head(seq).hex() for seq in (3, 4)]

    async def test_what_was_changed_behind_its_back_is_told(
        self, store: CentralStore, centre: Centre, ledger: Ledger
    ) -> None:
        place = ("BUS-1", ledger.epoch)

        async def flaws() -> list[str]:
            return [one.evidence.flaw for one in (await looked_up(centre, f"{TAP}02")).entries]

        other = replace(INTENT, token=b"\x77" * 16)
        forged = Ledger(epoch=ledger.epoch, start=ledger.start, key=SigningKey(b"x" * 32))
        forged.ride(1)
        forged.add(other, tap=2)
        rename = "UPDATE entry SET raw = ? WHERE terminal_id = ? AND epoch = ? AND seq = 3"
        await store.write(partial(planted, rename, forged.raws[2], *place))
        assert await flaws() == [DIFFERS, ""]
        reseal = "UPDATE batch SET envelope = ? WHERE terminal_id = ? AND epoch = ? AND first_seq = 1"
        await store.write(partial(planted, reseal, forged.packed(1, 3), *place))
        assert await flaws() == ["SIGNATURE_WRONG", ""]
        await store.write(partial(planted, reseal, b"rubbish", *place))
        assert (await flaws())[0] == "WIRE_MALFORMED"
        lose = "UPDATE batch SET first_seq = 2 WHERE terminal_id = ? AND epoch = ? AND first_seq = 4"
        await store.write(partial(planted, lose, *place))
        gone = "UPDATE batch SET last_seq = 2 WHERE terminal_id = ? AND epoch = ?"
        await store.write(partial(planted, gone, *place))
        assert await flaws() == [ABSENT, ABSENT]

    async def test_a_tap_tells_its_lines_and_the_file_they_lie_in(self, store: CentralStore, ledger: Ledger) -> None:
        centre = centre_on(store, NOON_MS + DAY_MS)
        assert (await looked_up(centre, f"{TAP}01")).lines == ()
        await centre.bookkeeping.run()
        tap = await looked_up(centre, f"{TAP}01")
        assert dict(totals_of(tap.lines)) == EARNED
        assert {(line.about, line.day, line.file_day) for line in tap.lines} == {(f"BUS-1/{ledger.epoch}/2", DAY, 0)}
        await centre.bookkeeping.close(DAY)
        assert {line.file_day for line in (await looked_up(centre, f"{TAP}01")).lines} == {DAY}

    async def test_what_the_centre_decided_about_a_tap_stands_beside_its_lines(
        self, centre: Centre, ledger: Ledger
    ) -> None:
        await centre.bookkeeping.run()
        await centre.bookkeeping.waive(("BUS-1", ledger.epoch, 1))
        tap = await looked_up(centre, f"{TAP}01")
        assert {line.reason for line in tap.lines} == {"", "waived"}
        assert totals_of(tap.lines)["credit", ""] == -100
        assert {line.reason for line in (await looked_up(centre, f"{TAP}02")).lines} == {""}

    async def test_a_ride_of_two_gates_tells_its_journey_at_both_its_taps(self, centre: Centre) -> None:
        await publish(centre)
        way_in, way_out = await gates(centre)
        card = Medium("bank_card", b"B" * 16)
        taps = [way_in.tap(card, NOON_MS), way_out.tap(card, NOON_MS + 600_000)]
        for one in (way_in, way_out):
            await one.upload(centre)
        await centre.bookkeeping.run()
        found_taps = [await looked_up(centre, f"{one.terminal}/{one.epoch}/{one.seq}") for one in taps]
        journeys = [{line.reference for line in tap.lines if line.reason == "journey"} for tap in found_taps]
        assert journeys[0] == journeys[1] != set()
        fare = sum(
            line.fen for tap in found_taps for line in tap.lines if line.account == "operator" and not line.reason
        )
        whole = fare + sum(
            line.fen for line in found_taps[0].lines if (line.account, line.reason) == ("operator", "journey")
        )
        assert whole == -trip_fen("S0", "S3")

    async def test_what_was_set_aside_is_found_as_well_with_what_became_of_it(self, centre: Centre) -> None:
        ledger = await ride_of_an_odd_clock(centre)
        tap = await looked_up(centre, f"{TAP}01")
        assert tap == await looked_up(centre, f"BUS-1/{ledger.epoch}/2")
        assert [(one.seq, one.code, one.evidence.flaw) for one in tap.entries] == [
            (1, "ENTRY_INVALID", ""),
            (2, "ENTRY_INVALID", ""),
        ]
        assert dict(totals_of(tap.lines)) == {("suspense", "quarantine"): -150, ("unproven", ISSUER): 150}
        for seq, how in ((1, How.VOUCHED), (2, How.ACCEPTED)):
            await centre.bookkeeping.end_aside(("BUS-1", ledger.epoch, seq), how, OLGA, "seen")
        tap = await looked_up(centre, f"BUS-1/{ledger.epoch}/2")
        assert dict(totals_of(tap.lines)) == EARNED
        assert {line.reason for line in tap.lines} == {"", "repaired"}

    async def test_an_entry_that_nobody_can_read_has_its_evidence_all_the_same(self, centre: Centre) -> None:
        ledger = await enrolled(centre)
        ledger.raws.append(b"poison")
        await send(centre, ledger)
        tap = await looked_up(centre, f"BUS-1/{ledger.epoch}/1")
        (one,) = tap.entries
        assert (one.entry, one.code, one.evidence.flaw, tap.lines) == (None, "WIRE_MALFORMED", "", ())
        assert isinstance(one.evidence, Evidence)

    async def test_a_day_tells_its_money_by_medium_operator_and_funder_open_and_closed(
        self, store: CentralStore, ledger: Ledger
    ) -> None:
        centre = centre_on(store, NOON_MS + DAY_MS)
        assert (await centre.read(partial(money_work, DAY, 3))).behind == ledger.last
        await centre.bookkeeping.run()
        await centre.bookkeeping.waive(("BUS-1", ledger.epoch, 1))
        open_days = await centre.read(partial(money_work, DAY, 3))
        await centre.bookkeeping.close(DAY)
        closed_days = await centre.read(partial(money_work, DAY, 3))
        assert [one.day for one in closed_days.days] == [20260530, 20260531, DAY]
        assert [one.is_closed for one in (*open_days.days, *closed_days.days)] == [False] * 3 + [True] * 3
        for money in (open_days, closed_days):
            day = money.days[-1]
            assert (day.collected(), day.earned_fen) == ({"tunion": 200, "unionpay": 100}, 350)
            assert {key: fen for key, fen in day.balances.items() if fen} == {
                ("credit", ""): -100,
                ("funder", "district"): 150,
                ("issuer", ISSUER): 200,
                ("issuer", "unionpay"): 100,
                ("operator", "qingdao-bus"): -350,
            }
        assert (await centre.read(partial(money_work, DAY + 1, 1))).days[0].balances == {}
