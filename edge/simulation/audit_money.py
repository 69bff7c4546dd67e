"""The auditor's last word: every debit of every card found again at the centre, once, or explained entry by entry."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import field
from enum import StrEnum

from edge.domain.debit import Verdict
from edge.domain.entry import Intent, Kind, PaidTap, Posted, Settled
from edge.domain.frozen import mutable
from edge.simulation.audit_facts import CardDebit, CentreTruth, Kept
from edge.simulation.auditor import Auditor

Identity = tuple[str, int, int]


class Fate(StrEnum):
    """Where the money of a debit is at the end."""

    EARNED = "earned"
    TORN = "torn: in suspense until the issuer's file"
    CONFLICT = "forked journal: kept whole at the centre, in suspense"
    ON_DISK = "forked journal: still on the terminal, the centre refuses it"
    SET_ASIDE = "poison: the centre refused the result, kept whole, in suspense"
    LOST = "gone with a disk that was replaced by an old image"
    MISSING = "missing"


@mutable
class Reckoning:
    """Taps and fen of the cards by fate, and what is in suspense without a debit."""

    taps: Counter[Fate] = field(default_factory=Counter)
    fen: Counter[Fate] = field(default_factory=Counter)
    by_card: dict[bytes, Counter[Fate]] = field(default_factory=lambda: defaultdict(Counter))
    undebited_taps: int = 0
    undebited_fen: int = 0


@mutable
class _Centre:
    """What the centre holds, by identity, and what became of each intent there."""

    held: dict[Identity, bytes] = field(default_factory=dict)
    conflict: set[bytes] = field(default_factory=set)
    aside: set[Identity] = field(default_factory=set)
    results: dict[Identity, list[Kind]] = field(default_factory=lambda: defaultdict(list))
    earned: Counter[Identity] = field(default_factory=Counter)


def reckon(auditor: Auditor, truth: CentreTruth, now_ms: int) -> Reckoning:
    """Follow every debit to its end; adds a violation for each that is missing, doubled or invented."""
    centre = _centre(auditor, truth)
    reckoning = Reckoning()
    debited: set[Identity] = set()
    for debit in auditor.debits:
        fate, identity = _fate(auditor, centre, debit)
        if identity is not None:
            debited.add(identity)
        _count(reckoning, debit, fate)
        if fate is Fate.MISSING:
            words = f"a debit of {debit.amount_fen} fen, counter {debit.counter}, is accounted for nowhere"
            auditor.violate("I9", words, "centre", now_ms, auditor.label_of(debit.token))
    for kept in auditor.paid():
        _count_paid(auditor, centre, reckoning, kept, now_ms)
    _find_invented(auditor, centre, debited, now_ms)
    _count_undebited(reckoning, auditor, centre, debited)
    _hold_streams(auditor, truth, now_ms)
    _hold_suspense(auditor, truth, reckoning, now_ms)
    for problem in truth.problems:
        auditor.violate("I9", f"the centre's books do not add up: {problem}", "centre", now_ms)
    return reckoning


def _centre(auditor: Auditor, truth: CentreTruth) -> _Centre:
    centre = _Centre()
    for row in truth.rows:
        if row.place == "conflict":
            centre.conflict.add(row.raw)
            continue
        identity = (row.terminal, row.epoch, row.seq)
        centre.held[identity] = row.raw
        kept = auditor.raws.get(row.raw)
        if kept is None:
            continue
        ref = (row.terminal, row.epoch, kept.entry.ref_seq)
        if row.place == "quarantine":
            centre.aside.add(ref)
            continue
        if kept.entry.ref_seq:
            centre.results[ref].append(kept.entry.kind)
        if _earns(kept):
            centre.earned[ref] += 1
    return centre


def _earns(kept: Kept) -> bool:
    body = kept.entry.body
    return isinstance(body, Posted) or (isinstance(body, Settled) and body.verdict is Verdict.POSTED)


def _fate(auditor: Auditor, centre: _Centre, debit: CardDebit) -> tuple[Fate, Identity | None]:
    """Find the intent that ordered a debit, and where it ended."""
    intents = [kept for kept in auditor.intents.get((debit.psam_number, debit.psam_sequence), []) if _fits(kept, debit)]
    for kept in intents:
        identity = (kept.entry.terminal, kept.entry.epoch, kept.seq)
        if centre.held.get(identity) == kept.raw:
            if centre.earned[identity] == 1:
                return Fate.EARNED, identity
            results = centre.results[identity]
            if results == [Kind.TORN]:
                return Fate.TORN, identity
            if identity in centre.aside:
                return Fate.SET_ASIDE, identity
    for kept in intents:
        if kept.raw in centre.conflict:
            return Fate.CONFLICT, None
        if kept.raw in auditor.lost:
            return Fate.LOST, None
        if auditor.is_forked(kept.entry.terminal, kept.entry.epoch):
            return Fate.ON_DISK, None
    return Fate.MISSING, None


def _fits(kept: Kept, debit: CardDebit) -> bool:
    body = kept.entry.body
    if not isinstance(body, Intent) or body.token != debit.token:
        return False
    return (body.debit.counter + 1, body.debit.amount_fen) == (debit.counter, debit.amount_fen)


def _count(reckoning: Reckoning, debit: CardDebit, fate: Fate) -> None:
    reckoning.taps[fate] += 1
    reckoning.fen[fate] += debit.amount_fen
    reckoning.by_card[debit.token][fate] += debit.amount_fen


def _count_paid(auditor: Auditor, centre: _Centre, reckoning: Reckoning, kept: Kept, now_ms: int) -> None:
    """Follow a tap that needed no write: its entry is the payment, and has to be somewhere."""
    entry, body = kept.entry, kept.entry.body
    if not isinstance(body, PaidTap):
        raise TypeError(f"entry {kept.seq} is no payment")
    if centre.held.get((entry.terminal, entry.epoch, kept.seq)) == kept.raw:
        fate = Fate.EARNED
    elif kept.raw in centre.conflict:
        fate = Fate.CONFLICT
    elif kept.raw in auditor.lost:
        fate = Fate.LOST
    else:
        fate = Fate.ON_DISK if auditor.is_forked(entry.terminal, entry.epoch) else Fate.MISSING
    reckoning.taps[fate] += 1
    reckoning.fen[fate] += body.charge.payer_fen
    reckoning.by_card[body.token][fate] += body.charge.payer_fen
    if fate is Fate.MISSING:
        words = f"a payment of {body.charge.payer_fen} fen is accounted for nowhere"
        auditor.violate("I9", words, "centre", now_ms, auditor.label_of(body.token))


def _find_invented(auditor: Auditor, centre: _Centre, debited: set[Identity], now_ms: int) -> None:
    for identity, times in centre.earned.items():
        terminal, epoch, seq = identity
        if times > 1:
            auditor.violate("I5", f"intent {seq} of epoch {epoch} earned {times} times", terminal, now_ms)
        if identity not in debited:
            words = f"intent {seq} of epoch {epoch} earned its fare, but no card was debited for it"
            auditor.violate("I9", words, terminal, now_ms)


def _count_undebited(reckoning: Reckoning, auditor: Auditor, centre: _Centre, debited: set[Identity]) -> None:
    for kept in _all_intents(auditor):
        identity = (kept.entry.terminal, kept.entry.epoch, kept.seq)
        body = kept.entry.body
        if centre.held.get(identity) != kept.raw or identity in debited or not isinstance(body, Intent):
            continue
        if centre.results[identity] == [Kind.TORN]:
            reckoning.undebited_taps += 1
            reckoning.undebited_fen += body.charge.payer_fen


def _all_intents(auditor: Auditor) -> Iterable[Kept]:
    seen: set[bytes] = set()
    for intents in auditor.intents.values():
        for kept in intents:
            if kept.raw not in seen:
                seen.add(kept.raw)
                yield kept


def _hold_streams(auditor: Auditor, truth: CentreTruth, now_ms: int) -> None:
    """Hold every journal against what the centre has of it: the same bytes under the same numbers, up to its mark."""
    held = {(row.terminal, row.epoch, row.seq): row.raw for row in truth.rows if row.place != "conflict"}
    poison = {raw for raw, kept in auditor.raws.items() if kept.is_poison}
    quarantined = Counter(row.terminal for row in truth.rows if row.place == "quarantine" and row.raw not in poison)
    for model in auditor.models.values():
        if auditor.is_forked(model.terminal, model.epoch):
            continue
        for seq in range(1, model.last + 1):
            if held.get((model.terminal, model.epoch, seq)) != model.kept[seq].raw:
                words = f"the centre holds other bytes, or none, for entry {seq} of epoch {model.epoch}"
                auditor.violate("I9", words, model.label, now_ms)
                break
    for terminal, count in quarantined.items():
        auditor.violate("I12", f"{count} sound entries were set aside at the centre", terminal, now_ms)
    for row in truth.rows:
        if row.place == "entry" and row.raw in poison:
            auditor.violate("I9", f"entry {row.seq} names no edition and was booked", row.terminal, now_ms)


def _hold_suspense(auditor: Auditor, truth: CentreTruth, reckoning: Reckoning, now_ms: int) -> None:
    """Hold the centre's suspense for refused entries against what the cards gave for them."""
    held, given = truth.accounts.get("suspense:quarantine", 0), reckoning.fen[Fate.SET_ASIDE]
    if held != given:
        words = f"{held} fen are in suspense for refused entries, the cards gave {given} fen"
        auditor.violate("I9", words, "centre", now_ms)
