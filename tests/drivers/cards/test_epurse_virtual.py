"""The conversations against a card and a PSAM that compute: whole rides, torn ones, and cards that cheat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.cards.epurse.rules import IssuerRules
from drivers.conversation import CardLeft
from drivers.virtual.psam import Psam
from drivers.virtual.psam_memory import PsamMemory
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_deviation import BalanceHabit, Deviation
from drivers.virtual.purse_files import Personalisation
from edge.domain.debit import DebitProof, Prepared, RefusedDebit, TornDebit, TornReason, Verdict, judge
from edge.domain.errors import CardError, CardRefused, SamError
from tests.drivers.cards.purse_bench import Bench, ride
from tests.drivers.cards.purse_script import ORDER

ELSEWHERE = "452099000003"


def prepared_ride(bench: Bench) -> Prepared:
    return bench.prepare(bench.read())


def test_a_ride_debits_once_and_its_proof_is_the_cards_own() -> None:
    bench = Bench(PurseCard(5000, seq=8))
    outcome = bench.debit(prepared_ride(bench))
    assert isinstance(outcome, DebitProof)
    assert (bench.card.balance_fen, outcome.balance_after_fen, outcome.mac2_checked) == (4800, 4800, True)
    assert [(debit.tac, debit.mac2) for debit in bench.card.debits] == [(outcome.tac, outcome.mac2)]


def test_the_card_logs_what_the_evidence_will_look_for() -> None:
    bench = Bench(PurseCard(5000, seq=8))
    prepared = prepared_ride(bench)
    bench.debit(prepared)
    newest = bench.read().log[0]
    assert (newest.sequence, newest.terminal, newest.amount_fen) == (9, prepared.psam_number, 200)
    assert (newest.time, newest.kind) == (ORDER.time, prepared.kind)


VARIANTS: dict[str, Callable[[], Bench]] = {
    "a plain purchase": lambda: Bench(PurseCard(5000), rules=IssuerRules(compound=False)),
    "a PSAM that is not told the issuer": lambda: Bench(PurseCard(5000, issuer_level=False), names_issuer=False),
    "a card whose balance has bit 31 set": lambda: Bench(
        PurseCard(5000, deviation=Deviation(balance=BalanceHabit.TOP_BIT))
    ),
    "a card that refuses its overdraft limit": lambda: Bench(
        PurseCard(5000, deviation=Deviation(balance=BalanceHabit.NO_LIMIT))
    ),
}


@pytest.mark.parametrize("lay_out", VARIANTS.values(), ids=VARIANTS)
def test_the_debit_goes_through_with(lay_out: Callable[[], Bench]) -> None:
    bench = lay_out()
    purse = bench.read()
    assert purse.balance_fen == 5000
    assert isinstance(bench.debit(bench.prepare(purse)), DebitProof)
    assert bench.card.balance_fen == 4800


def test_a_metro_entry_debits_nothing_and_is_proven_all_the_same() -> None:
    bench = Bench(PurseCard(5000))
    outcome = bench.debit(bench.prepare(bench.read(), replace(ORDER, amount_fen=0)))
    assert isinstance(outcome, DebitProof)
    assert (bench.card.balance_fen, bench.card.counter) == (5000, 1)


def test_an_overdraft_counts_for_the_card_and_not_on_the_display() -> None:
    bench = Bench(PurseCard(100, overdraft_fen=1000))
    assert bench.read().balance_fen == 100


def test_a_card_without_money_refuses_initialize_with_9401() -> None:
    bench = Bench(PurseCard(199))
    with pytest.raises(CardRefused) as refused:
        prepared_ride(bench)
    assert refused.value.status == 0x9401


STEPS_OF_PREPARE = 2
READS = 7
"""Commands of a snapshot to the card: SELECT, file 15, two balances, file 17, one log record; then INITIALIZE."""


@pytest.mark.parametrize("executed", [False, True], ids=["before the card works", "after the card worked"])
@pytest.mark.parametrize("step", range(1, READS + STEPS_OF_PREPARE))
def test_a_card_torn_before_debit_loses_nothing_and_can_ride_at_once(step: int, executed: bool) -> None:  # noqa: FBT001 - a table's column
    bench = Bench(PurseCard(5000), tear_at=step, executed=executed)
    with pytest.raises(CardLeft):
        prepared_ride(bench)
    assert (bench.card.balance_fen, bench.card.counter, bench.card.debits) == (5000, 0, ())
    bench.tear_at = None
    assert isinstance(bench.debit(prepared_ride(bench)), DebitProof)


def torn(*, executed: bool, card: PurseCard | None = None) -> tuple[Bench, Prepared]:
    bench = Bench(card or PurseCard(5000, seq=8), executed=executed)
    prepared = prepared_ride(bench)
    bench.tear_at = bench.sent + 1
    assert bench.debit(prepared) == TornDebit(TornReason.CARD_LEFT)
    return bench, prepared


def test_a_debit_torn_after_the_card_worked_is_posted_with_its_proof() -> None:
    bench, prepared = torn(executed=True)
    evidence = bench.evidence(prepared, session_alive=True)
    assert judge(prepared, evidence)[0] is Verdict.POSTED
    assert (evidence.tac, evidence.mac2_checked) == (bench.card.debits[0].tac, True)


def test_a_debit_torn_before_the_card_worked_is_voided() -> None:
    bench, prepared = torn(executed=False)
    evidence = bench.evidence(prepared, session_alive=True)
    assert judge(prepared, evidence) == (Verdict.VOIDED, "counter_unchanged")
    assert bench.card.debits == ()


def test_a_reset_psam_is_not_asked_for_a_session_it_lost() -> None:
    bench, prepared = torn(executed=True)
    bench.psam.reset()
    evidence = bench.evidence(prepared, session_alive=False)
    assert (evidence.mac2_checked, bench.psam.error_counter) == (False, PsamMemory().error_limit)
    assert judge(prepared, evidence)[0] is Verdict.POSTED


AFTERWARDS = {
    "at once": (0, Verdict.POSTED, Verdict.VOIDED),
    "after a ride elsewhere": (1, Verdict.POSTED, Verdict.VOIDED),
    "after nine rides elsewhere": (9, Verdict.POSTED, Verdict.VOIDED),
    "after ten rides elsewhere our record has rolled out": (10, Verdict.UNDECIDED, Verdict.VOIDED),
    "after eleven rides elsewhere nothing is left to see": (11, Verdict.UNDECIDED, Verdict.UNDECIDED),
}


@pytest.mark.parametrize(("rides", "if_executed", "if_not"), AFTERWARDS.values(), ids=AFTERWARDS)
def test_a_torn_debit_that_comes_back(rides: int, if_executed: Verdict, if_not: Verdict) -> None:
    for executed, verdict in ((True, if_executed), (False, if_not)):
        bench, prepared = torn(executed=executed)
        for _ in range(rides):
            assert isinstance(ride(bench.card, ELSEWHERE), DebitProof)
        assert judge(prepared, bench.evidence(prepared, session_alive=False))[0] is verdict


@pytest.mark.parametrize(("executed", "verdict"), [(True, Verdict.POSTED), (False, Verdict.UNDECIDED)])
def test_a_top_up_in_between_moves_the_balance_and_proves_nothing(executed: bool, verdict: Verdict) -> None:  # noqa: FBT001 - a table's column
    bench, prepared = torn(executed=executed)
    bench.card.top_up(200, bytes.fromhex("452088000004"), "20250601083600")
    assert judge(prepared, bench.evidence(prepared, session_alive=False))[0] is verdict


def test_another_card_does_not_settle_the_debit() -> None:
    bench, prepared = torn(executed=True)
    bench.tear_at = None
    purse = bench.read()
    bench.card = PurseCard(5000, personalisation=Personalisation(serial="3104930499900000055"))
    with pytest.raises(CardError) as swapped:
        bench.evidence(prepared, session_alive=False, purse=purse)
    assert swapped.value.code == "CARD_SWAPPED"


def test_a_card_swapped_before_initialize_cannot_be_debited() -> None:
    bench = Bench(PurseCard(5000))
    purse = bench.read()
    bench.card = PurseCard(5000, personalisation=Personalisation(serial="3104930499900000055"))
    bench.read()
    assert bench.debit(bench.prepare(purse)) == RefusedDebit(0x9302)
    assert bench.card.debits == ()


def test_a_card_swapped_between_initialize_and_debit_refuses() -> None:
    bench = Bench(PurseCard(5000))
    prepared = prepared_ride(bench)
    bench.card = PurseCard(5000)
    assert isinstance(bench.debit(prepared), RefusedDebit)
    assert bench.card.debits == ()


def test_a_replayed_card_with_a_constant_mac_is_torn_by_mac2() -> None:
    bench = Bench(PurseCard(5000, deviation=Deviation(constant_mac=True)))
    assert bench.debit(prepared_ride(bench)) == TornDebit(TornReason.MAC2_REFUSED)


def test_a_psam_that_locked_itself_over_replayed_cards_says_so() -> None:
    bench = Bench(PurseCard(5000, deviation=Deviation(constant_mac=True)), Psam(memory=PsamMemory(error_limit=2)))
    for _ in range(2):
        bench.debit(prepared_ride(bench))
    with pytest.raises(SamError) as locked:
        prepared_ride(bench)
    assert locked.value.code == "SAM_LOCKED"


def test_a_frozen_counter_shows_in_what_the_terminal_compares() -> None:
    bench = Bench(PurseCard(5000, seq=8, deviation=Deviation(frozen_counter=True)))
    counters = []
    for _ in range(2):
        prepared = prepared_ride(bench)
        bench.debit(prepared)
        counters.append(prepared.counter)
    assert counters == [8, 8]


def test_a_file_15_unlike_its_copy_is_seen() -> None:
    assert not Bench(PurseCard(5000, deviation=Deviation(file15_differs=True))).read().fci_agrees
