"""Bugs planted in the tap line and its decision."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from edge.domain.authorize import authorize
from edge.domain.debit import DebitOutcome, DebitProof, Evidence, Prepared, Verdict
from edge.domain.decision import Approved, Decision
from edge.domain.entry import Draft, Entry, Kind
from edge.domain.medium import CardNumber
from edge.domain.policy import Policy, State
from edge.domain.tap import Tap
from edge.ports import HolderRow, PsamTrail
from edge.simulation.sealed import SimulatedIdentity
from edge.store.journal import SqliteJournal
from edge.terminal import continuity, outcome, tap_loop, torn
from edge.terminal.drafts import intent
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome
from tests.simulation.planted.planting import Planted, Replacement

DAY_MS = 86_400_000
WRITING: list[asyncio.Task[Any]] = []


def green_before_durable() -> list[Replacement]:
    book = tap_loop.book

    async def hasty(
        line: TapLine, tap: Tap, decision: Approved, prepared: Prepared, ordered: Entry, result: DebitOutcome
    ) -> Outcome:
        if not isinstance(result, DebitProof):
            return await book(line, tap, decision, prepared, ordered, result)
        WRITING.append(asyncio.create_task(book(line, tap, decision, prepared, ordered, result)))
        return outcome.accepted(tap, decision.charge.payer_fen, result.balance_after_fen, decision.prompt)

    return [(tap_loop, "book", hasty)]


def debit_before_intent() -> list[Replacement]:
    append = SqliteJournal.append

    async def later(
        self: SqliteJournal, draft: Draft, *, holder: HolderRow | None = None, durable: bool = True
    ) -> Entry:
        if draft.kind is not Kind.INTENT:
            return await append(self, draft, holder=holder, durable=durable)
        expected = draft.numbered(self.terminal, self.epoch, self.last_seq + 1)
        asyncio.get_running_loop().call_later(0.02, lambda: WRITING.append(asyncio.create_task(append(self, draft))))
        return expected

    return [(SqliteJournal, "append", later)]


def torn_taps_forgotten() -> list[Replacement]:
    async def nothing(_line: TapLine, _tap: Tap, _card: object) -> None:
        return None

    return [(tap_loop, "settle_torn", nothing)]


def torn_judged_by_counter() -> list[Replacement]:
    def by_counter(debit: Prepared, evidence: Evidence) -> tuple[Verdict, str]:
        moved = evidence.counter > debit.counter
        return (Verdict.POSTED if moved else Verdict.VOIDED), "counter"

    return [(torn, "judge", by_counter)]


def deciding(change: Callable[[Tap, Policy, State], Decision]) -> list[Replacement]:
    def again(_approved: Approved, _before: tuple[Tap, State], tap: Tap, policy: Policy, state: State) -> Decision:
        return change(tap, policy, state)

    return [(tap_loop, "authorize", change), (tap_loop, "authorize_again", again)]


def decides_by_another_clock() -> list[Replacement]:
    return deciding(
        lambda tap, policy, state: authorize(replace(tap, time_ms=tap.time_ms + 400 * DAY_MS), policy, state)
    )


def forgets_the_deny_list() -> list[Replacement]:
    return deciding(lambda tap, policy, state: authorize(tap, policy, replace(state, listed=False)))


def ignores_its_limits() -> list[Replacement]:
    return deciding(lambda tap, policy, state: authorize(tap, policy, replace(state, unsent_count=0, unsent_fen=0)))


def forgets_what_a_card_has_at_risk() -> list[Replacement]:
    return deciding(lambda tap, policy, state: authorize(tap, policy, replace(state, exposure=None)))


def charges_a_fen_less() -> list[Replacement]:
    def careless(tap: Tap, policy: Policy, state: State) -> Decision:
        decision = authorize(tap, policy, state)
        if not isinstance(decision, Approved):
            return decision
        charge = decision.charge
        less = replace(charge, list_fen=charge.list_fen - 1, payer_fen=charge.payer_fen - 1)
        return replace(decision, charge=less)

    return deciding(careless)


def names_another_edition() -> list[Replacement]:
    def renamed(
        line: TapLine, tap: Tap, policy: Policy, state: State, approved: Approved, prepared: Prepared, box: bytes
    ) -> Draft:
        return replace(intent(line, tap, policy, state, approved, prepared, box), edition=policy.edition + 1)

    return [(tap_loop, "intent", renamed)]


def box_left_open() -> list[Replacement]:
    def plain(_self: SimulatedIdentity, number: CardNumber) -> bytes:
        return number.reveal().encode()

    return [(SimulatedIdentity, "seal", plain)]


def any_psam_will_do() -> list[Replacement]:
    def always(_trail: PsamTrail, _prepared: Prepared) -> bool:
        return True

    return [(continuity, "continues", always)]


BUGS = (
    Planted("green before the entry is durable", frozenset({"I1"}), green_before_durable),
    Planted("the debit goes out before its intent is durable", frozenset({"I2"}), debit_before_intent),
    Planted(
        "torn taps are not settled when the card returns",
        frozenset({"I5"}),
        torn_taps_forgotten,
        seeds=4,
        only=frozenset({"torn_debit_unanswered"}),
        scale=4,
    ),
    Planted(
        "a torn debit is judged by the card's counter alone",
        frozenset({"I9"}),
        torn_judged_by_counter,
        seeds=6,
        only=frozenset({"torn_debit_unheard", "ride_elsewhere"}),
        scale=4,
    ),
    Planted("the decision asks another clock", frozenset({"I6"}), decides_by_another_clock, seeds=6, terminals=6),
    Planted("the deny list is not asked", frozenset({"I6"}), forgets_the_deny_list, seeds=6),
    Planted(
        "offline limits are not kept",
        frozenset({"I10"}),
        ignores_its_limits,
        seeds=4,
        only=frozenset({"outage"}),
        scale=30,
        taps=120,
        terminals=2,
    ),
    Planted(
        "the ceiling of a card is not kept",
        frozenset({"I10"}),
        forgets_what_a_card_has_at_risk,
        seeds=6,
        only=frozenset({"outage"}),
        scale=30,
        taps=120,
        terminals=2,
    ),
    Planted("a fen less is charged than the tariff says", frozenset({"I9"}), charges_a_fen_less),
    Planted("an entry names another edition than the one that decided", frozenset({"I7"}), names_another_edition),
    Planted("a card number stands in clear in an entry", frozenset({"I11"}), box_left_open),
    Planted(
        "a copied journal goes on under another PSAM",
        frozenset({"I3"}),
        any_psam_will_do,
        seeds=6,
        only=frozenset({"copied_disk"}),
        scale=25,
    ),
)
