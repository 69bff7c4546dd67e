"""``why`` a tap ended as it did: its entries in words, and what can be computed again from them.

Where the edition of a decision is still on the device, the whole decision is computed again from what the entry wrote
down, and compared part by part; what cannot be compared is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from edge.domain.boarding import Boarding
from edge.domain.charge import ChargePart
from edge.domain.decision import Charge, Line
from edge.domain.entry import CLOSING, Body, DeclinedTap, Entry, Intent, PaidTap, Posted
from edge.domain.frozen import frozen
from edge.domain.money import yuan
from edge.domain.policy import Policy, State
from edge.domain.replay import Decided, differences, is_undecided, medium_of, replay
from edge.domain.shown import MediumFacts
from edge.explaining.entry_text import Facts, facts_of, moment, paid, said
from edge.explaining.terminal_results import results_as_facts, results_in_words
from edge.explaining.words import both, pair

PolicyOf = Callable[[int], Policy | None]
"""Returns the policy of an edition, None where it is not on the device any more."""

STATE_RULES: Final = {
    "terminal.in_service": lambda state: not state.stop,
    "purse.mac2_trusted": lambda state: not state.suspect,
    "lists.not_denied": lambda state: not state.listed,
}
"""Checks whose answer follows from the recorded state alone."""


@frozen
class Compared:
    """One thing computed again: its name, whether it agrees, and the figures."""

    name: str
    agrees: bool
    figures: str


def compare(entries: Sequence[Entry], policy_of: PolicyOf) -> list[Compared]:
    """Compute again what the entries of one tap allow."""
    found: list[Compared] = []
    for entry in entries:
        found += _replayed(entry, policy_of)
        if isinstance(entry.body, Intent):
            found += _compare_intent(entry.body)
            found += _compare_results(entry, entry.body, entries)
        if isinstance(entry.body, PaidTap):
            found += _compare_paid(entry.body)
        if isinstance(entry.body, DeclinedTap):
            found += _compare_refusal(entry.body)
    return found


def _replayed(entry: Entry, policy_of: PolicyOf) -> Iterator[Compared]:
    """Decide again under the edition that the entry names."""
    policy = policy_of(entry.edition)
    decision = replay(entry, policy) if policy is not None else None
    if decision is not None:
        differing = differences(entry, decision)
        told = f"differs in {', '.join(differing)}" if differing else f"edition {entry.edition}"
        yield Compared("decision_replayed", not differing, told)


def not_compared(entries: Sequence[Entry], policy_of: PolicyOf) -> list[str]:
    """Name what could not be computed again, and why."""
    decisions = [entry for entry in entries if isinstance(entry.body, Decided)]
    gone = sorted({entry.edition for entry in decisions if policy_of(entry.edition) is None})
    refusals = [entry.body for entry in decisions if isinstance(entry.body, DeclinedTap)]
    unread = any(medium_of(body) is None or is_undecided(body) for body in refusals)
    return [f"the decision: edition {number} is not on the device any more" for number in gone] + (
        ["the decision: the medium was not read, or failed before one was made"] if unread else []
    )


def _compare_intent(body: Intent) -> Iterator[Compared]:
    charge, terms = body.charge, body.debit
    yield _compare_charge(charge)
    same = terms.amount_fen == charge.payer_fen
    yield Compared("debit_is_payer_part", same, f"{yuan(terms.amount_fen)} = {yuan(charge.payer_fen)}")
    yield _compare_state(body.explanation, body.state)
    covered = terms.balance_fen >= terms.amount_fen
    yield Compared("balance_covered", covered, f"{yuan(terms.balance_fen)} >= {yuan(terms.amount_fen)}")


def _compare_paid(body: PaidTap) -> Iterator[Compared]:
    yield _compare_charge(body.charge)
    yield _compare_state(body.explanation, body.state)
    rounds = body.medium.bank_card.rounds if body.medium.bank_card else ()
    if len(rounds) > 1:
        signed, payer = rounds[-1].amount_fen, body.charge.payer_fen
        yield Compared("amount_signed", signed == payer, f"{yuan(signed)} = {yuan(payer)}")


def _compare_charge(charge: Charge) -> Compared:
    total, parts = charge.total_fen, charge.payer_fen + charge.relief_fen
    return Compared("charge_adds_up", total == parts, f"{yuan(total)} = {yuan(parts)}")


def _compare_results(intent: Entry, body: Intent, entries: Sequence[Entry]) -> Iterator[Compared]:
    results = [entry for entry in entries if entry.ref_seq == intent.seq and entry.kind in CLOSING]
    yield Compared("one_result", len(results) == 1, f"{len(results)}")
    for entry in results:
        if isinstance(entry.body, Posted):
            due, is_now = body.debit.balance_fen - body.debit.amount_fen, entry.body.balance_after_fen
            yield Compared("balance_after", due == is_now, f"{yuan(due)} = {yuan(is_now)}")


def _compare_refusal(body: DeclinedTap) -> Iterator[Compared]:
    lines = body.explanation
    yield _compare_state(lines, body.state)


def _compare_state(lines: Sequence[Line], state: State) -> Compared:
    wrong = [line.rule for line in lines if line.rule in STATE_RULES and STATE_RULES[line.rule](state) != line.applied]
    return Compared("state_allows", not wrong, ", ".join(wrong) or "stop, suspect, listed")


def explain(entries: Sequence[Entry], policy_of: PolicyOf) -> Facts:
    """Return everything about one tap as JSON facts."""
    return {
        "tap": entries[0].tap_id.hex(),
        "ended": entries[-1].kind.name.lower(),
        "entries": [_entry_facts(entry) for entry in entries],
        "compared": [
            {"name": part.name, "agrees": part.agrees, "figures": part.figures, **pair("compared", part.name)}
            for part in compare(entries, policy_of)
        ],
        "not_compared": not_compared(entries, policy_of),
    }


def _entry_facts(entry: Entry) -> Facts:
    """Return an entry with the words of its kind and, of a bank card, of the terminal's results."""
    shown = _shown_in(entry.body)
    card = None if shown is None else shown.bank_card
    results: Facts = {} if card is None else {"terminal_results": results_as_facts(card.tvr, card.tsi)}
    return {**facts_of(entry), "words": pair("kind", entry.kind.name.lower()), **results}


def _shown_in(body: Body) -> MediumFacts | None:
    """Return what an entry keeps of a medium without a write."""
    match body:
        case PaidTap(medium=medium):
            return medium
        case DeclinedTap(other=other):
            return other
        case _:
            return None


def explain_in_words(entries: Sequence[Entry], policy_of: PolicyOf) -> Iterator[str]:
    """Yield the lines that people read."""
    last = entries[-1]
    yield f"tap {last.tap_id.hex()}: {both('kind', last.kind.name.lower())}"
    for entry in entries:
        yield f"{entry.seq:>7}  {moment(entry.time_ms)}  {both('kind', entry.kind.name.lower())}: {said(entry)}"
        if isinstance(entry.body, Decided):
            yield from _decision(entry, entry.body)
    yield "再次核对 · computed again:"
    for part in compare(entries, policy_of):
        yield f"         {_mark(part.agrees)} {both('compared', part.name)} ({part.figures})"
    for left_out in not_compared(entries, policy_of):
        yield f"         - not compared: {left_out}"


def _decision(entry: Entry, body: Decided) -> Iterator[str]:
    state = body.state
    yield f"         edition {entry.edition}, {body.place.mode} of {body.place.operator} in {body.place.city}"
    for line in body.explanation:
        change = f" {yuan(line.fen)}" if line.fen else ""
        why = "" if line.applied and line.reason == "passed" else f" ({both('reason', line.reason)})"
        yield f"         {_mark(line.applied)} {both('rule', line.rule)}{why}{change}"
    if isinstance(body, Intent | PaidTap):
        yield f"         {paid(body.charge)}"
        if body.boarding is not None:
            yield f"         {_riders(body.boarding, body.pricing.parts)}"
        if body.pricing.uncertain:
            exposure = yuan(body.pricing.exposure_fen)
            yield f"         uncertain: {', '.join(body.pricing.uncertain)}, exposure {exposure} yuan"
    if (shown := _shown_in(body)) is not None:
        yield from _shown(shown)
    if isinstance(body, Intent):
        terms = body.debit
        yield f"         card counter {terms.counter} -> {terms.counter + 1}, balance before {yuan(terms.balance_fen)}"
        yield f"         PSAM {terms.psam_number.hex().upper()} sequence {terms.psam_sequence}"
    yield f"         state read: {_state(state)}"


def _riders(boarding: Boarding, parts: Sequence[ChargePart]) -> str:
    """Return who boarded by a driver's key, and what each of them pays."""
    fares = ", ".join(f"{part.name} {yuan(part.charge.payer_fen)}" for part in parts)
    return f"by the key of driver {boarding.driver}: {fares}"


def _shown(medium: MediumFacts) -> Iterator[str]:
    """Yield what was read of a medium without a write: what it was proven by, and what identifies this tap of it."""
    if (card := medium.bank_card) is not None:
        verdict = card.refusal or "authentic"
        yield f"         {card.application} {card.scheme} {card.method.upper() or 'no method'}: {verdict}"
        for each in card.rounds:
            given = each.cryptogram_type or "nothing"
            yield f"         signed {yuan(each.amount_fen)}: {given}, counter {each.counter}"
        currency = f", card currency {card.currency}" if card.currency else ""
        yield f"         terminal results TVR {card.tvr.hex().upper()}, TSI {card.tsi.hex().upper()}{currency}"
        for words in results_in_words(card.tvr, card.tsi):
            yield f"           {words}"
    if (code := medium.code) is not None:
        verdict = code.refusal or "authentic"
        yield f"         code {code.code.hex()} of {code.issuer} ({code.scheme}): {verdict}"
        yield f"         made {moment(code.made_ms)}, until {moment(code.valid_until_ms)}"
    if (identity := medium.identity) is not None:
        yield f"         identity valid from {identity.valid_from or '-'} until {identity.valid_until or '-'}"
    if (manual := medium.manual) is not None:
        who = f"a relative {manual.proxy.hex()}" if manual.proxy else "the diner"
        yield f"         by hand: {manual.authentication} of {who}, paid by {manual.pays or 'nothing'}"
        yield f"         by hand today: {manual.person_today} of this person, {manual.till_today} at this till"


def _state(state: State) -> str:
    last = f"last tap {moment(state.last.time_ms)} for {yuan(state.last.payer_fen)}" if state.last else "no tap before"
    flags = [name for name in ("listed", "cautious", "suspect", "code_used") if getattr(state, name)]
    stopped = [f"stopped: {state.stop}"] if state.stop else []
    return ", ".join([last, f"unsent {state.unsent_count} taps {yuan(state.unsent_fen)}", *flags, *stopped])


def _mark(passed: bool) -> str:  # noqa: FBT001 - a mark for one boolean
    return "✓" if passed else "✗"
