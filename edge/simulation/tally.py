"""The table at the end of a run: what the cards gave, what the journals say, what the centre holds, what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field

from edge.domain.debit import Verdict
from edge.domain.entry import Intent, PaidTap, Posted, Settled
from edge.domain.frozen import mutable
from edge.domain.money import yuan
from edge.simulation.audit_facts import CentreTruth, Kept, Violation
from edge.simulation.audit_money import Fate, Reckoning, reckon
from edge.simulation.auditor import Auditor
from edge.simulation.run import Result
from edge.simulation.town import Plan, Town


@mutable
class Column:
    """Taps and fen, by sort of card."""

    taps: Counter[str] = field(default_factory=Counter)
    fen: Counter[str] = field(default_factory=Counter)
    seen: set[bytes] = field(default_factory=set)

    def once(self, raw: bytes, sort: str, fen: int) -> None:
        """Count something that may be met twice."""
        if raw not in self.seen:
            self.seen.add(raw)
            self.add(sort, fen)

    def add(self, sort: str, fen: int, taps: int = 1) -> None:
        """Count something."""
        self.taps[sort] += taps
        self.fen[sort] += fen


@mutable
class Report:
    """What a run came to. ``violations`` empty and ``balanced``: every promise held."""

    plan: Plan
    cards: Column
    journals: Column
    centre: Column
    reckoning: Reckoning
    violations: list[Violation]
    injected: dict[str, int]
    entries: dict[str, int]
    boardings: dict[str, int]
    by_sort: dict[str, int]
    by_bytes: dict[str, int]
    power_cuts: int
    only_at_centre: int
    only_in_journals: int
    story: list[str] = field(default_factory=list)

    @property
    def taps(self) -> int:
        """Return how many boardings there were."""
        return sum(self.boardings.values())

    @property
    def byte_boardings(self) -> int:
        """Return how many of them were at terminals whose readers speak byte by byte."""
        return sum(self.by_bytes.values())

    @property
    def balanced(self) -> bool:
        """Say whether cards, journals and centre agree up to what is explained, and no promise was broken."""
        explained = sum(fen for fate, fen in self.reckoning.fen.items() if fate not in (Fate.EARNED, Fate.MISSING))
        cards, centre = self.cards.fen.total(), self.centre.fen.total()
        return not self.violations and cards == centre + explained and self.reckoning.fen[Fate.EARNED] == centre


def report_of(town: Town, truth: CentreTruth) -> Report:
    """Reckon and sum up."""
    auditor = town.auditor
    whole = not auditor.violations
    reckoning = reckon(auditor, truth, town.now_ms()) if whole else Reckoning()
    accepted = _accepted(auditor)
    booked = {row.raw for row in truth.rows if row.place == "entry" and _earns(auditor.raws[row.raw])}
    report = Report(
        town.plan,
        _on_cards(auditor),
        _in_journals(auditor),
        _at_centre(auditor, truth),
        reckoning,
        auditor.violations,
        dict(town.faults.injected),
        dict(auditor.kinds),
        dict(sorted(town.endings.items())),
        dict(sorted(town.boardings.items())),
        dict(sorted(town.byte_boardings.items())),
        sum(machine.process.cuts for machine in town.machines) + town.centre.process.cuts,
        len(booked - accepted),
        len(accepted - booked),
    )
    if auditor.violations:
        first = auditor.violations[0]
        report.story = list(town.chronicle.story(first.time_ms, first.who, first.card))
    return report


def _on_cards(auditor: Auditor) -> Column:
    column = Column()
    for debit in auditor.debits:
        column.add(auditor.cards[debit.token].sort, debit.amount_fen)
    for kept in auditor.paid():
        if isinstance(kept.entry.body, PaidTap):
            column.add(auditor.cards[kept.entry.body.token].sort, kept.entry.body.charge.payer_fen)
    return column


def _in_journals(auditor: Auditor) -> Column:
    """Fold what every journal accepted; the same entry on two disks counts once."""
    column = Column()
    for model in auditor.models.values():
        for kept in model.kept.values():
            intent = kept if isinstance(kept.entry.body, PaidTap) else model.kept.get(kept.entry.ref_seq)
            if _earns(kept) and intent is not None and isinstance(intent.entry.body, Intent | PaidTap):
                order = intent.entry.body
                column.once(kept.raw, auditor.cards[order.token].sort, order.charge.payer_fen)
    return column


def _accepted(auditor: Auditor) -> set[bytes]:
    return {kept.raw for model in auditor.models.values() for kept in model.kept.values() if _earns(kept)}


def _earns(kept: Kept) -> bool:
    body = kept.entry.body
    return isinstance(body, Posted | PaidTap) or (isinstance(body, Settled) and body.verdict is Verdict.POSTED)


def _at_centre(auditor: Auditor, truth: CentreTruth) -> Column:
    column = Column()
    for token, (taps, fen) in truth.by_token.items():
        column.add(auditor.cards[token].sort, fen, taps)
    return column


def table(report: Report) -> Iterator[str]:
    """Yield the lines that an operator reads; amounts in yuan."""
    yield f"{'medium':22}{'on the cards':>20}{'in the journals':>20}{'at the centre':>20}"
    yield f"{'':22}" + f"{'taps':>8}{'yuan':>12}" * 3
    columns = (report.cards, report.journals, report.centre)
    for sort in sorted({sort for column in columns for sort in column.taps}):
        yield f"{sort:22}" + "".join(_cell(column.taps[sort], column.fen[sort]) for column in columns)
    yield f"{'all':22}" + "".join(_cell(column.taps.total(), column.fen.total()) for column in columns)
    yield from _difference(report)
    yield ""
    yield "what the cards gave, by where it is now"
    for fate in Fate:
        if report.reckoning.taps[fate]:
            yield f"  {_cell(report.reckoning.taps[fate], report.reckoning.fen[fate])}  {fate.value}"
    if report.reckoning.taps:
        yield f"  {_cell(report.reckoning.taps.total(), report.reckoning.fen.total())}  together: what was on the cards"
    if report.reckoning.undebited_taps:
        words = "besides: in suspense as torn, the card gave nothing and never came back"
        yield f"  {_cell(report.reckoning.undebited_taps, report.reckoning.undebited_fen)}  {words}"
    yield ""
    yield from _happened(report)
    for violation in report.violations[:10]:
        yield f"VIOLATION {violation}"
    yield f"balanced: {'true' if report.balanced else 'false'}"


def _difference(report: Report) -> Iterator[str]:
    """Say why the journals that are left and the centre differ, where they do."""
    only_there, only_here = report.only_at_centre, report.only_in_journals
    if only_there:
        yield f"  {only_there} taps at the centre lie in no journal any more: their disk was replaced by an old image"
    if only_here:
        yield f"  {only_here} taps in the journals are not booked at the centre: forked or refused, see below"


def facts(result: Result[Report]) -> dict[str, object]:
    """Return the report as plain values with stable keys; amounts in fen."""
    report = result.value
    columns = {"cards": report.cards, "journals": report.journals, "centre": report.centre}
    return {
        "balanced": report.balanced,
        "violations": [str(violation) for violation in report.violations],
        "story": report.story,
        "media": {
            name: {sort: [column.taps[sort], column.fen[sort]] for sort in sorted(column.taps)}
            for name, column in columns.items()
        },
        "fates": {fate.name.lower(): [report.reckoning.taps[fate], report.reckoning.fen[fate]] for fate in Fate},
        "torn_without_debit": [report.reckoning.undebited_taps, report.reckoning.undebited_fen],
        "boardings": report.boardings,
        "byte_by_byte": report.byte_boardings,
        "media_byte_by_byte": {sort: [report.by_bytes[sort], count] for sort, count in report.by_sort.items()},
        "entries": report.entries,
        "power_cuts": report.power_cuts,
        "faults": report.injected,
        "steps": result.steps,
        "trace_hash": result.trace_hash,
    }


def _happened(report: Report) -> Iterator[str]:
    share = 100 * report.byte_boardings / max(report.taps, 1)
    shares = ", ".join(f"{sort} {100 * report.by_bytes[sort] / count:.1f} %" for sort, count in report.by_sort.items())
    endings = ", ".join(f"{count} {name}" for name, count in report.boardings.items())
    yield f"{report.taps} boardings ({endings})"
    yield f"{share:.1f} % of them byte by byte over reader, SAM and scanner lines ({shares})"
    yield "entries: " + ", ".join(f"{count} {kind}" for kind, count in sorted(report.entries.items()))
    yield f"{report.power_cuts} power cuts, faults injected:"
    names = sorted(report.injected)
    for at in range(0, len(names), 3):
        yield "  " + "".join(f"{name:26}{report.injected[name]:>6}  " for name in names[at : at + 3]).rstrip()
    missed = [name for name in names if not report.injected[name]]
    if missed:
        yield f"never happened here, the city is too small: {', '.join(missed)}"


def _cell(taps: int, fen: int) -> str:
    return f"{taps:>8}{yuan(fen):>12}"
