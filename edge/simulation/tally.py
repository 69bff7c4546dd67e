"""The table at the end of a run: what the cards gave, what the journals say, what the centre holds, what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from edge.domain.debit import Verdict
from edge.domain.entry import Intent, Posted, Settled
from edge.domain.money import yuan
from edge.simulation.audit_facts import CentreTruth, Violation
from edge.simulation.audit_money import Fate, Reckoning, reckon
from edge.simulation.auditor import Auditor
from edge.simulation.run import Result
from edge.simulation.town import Plan, Town


@dataclass(slots=True)
class Column:
    """Taps and fen, by sort of card."""

    taps: Counter[str] = field(default_factory=Counter)
    fen: Counter[str] = field(default_factory=Counter)

    def add(self, sort: str, fen: int, taps: int = 1) -> None:
        """Count something."""
        self.taps[sort] += taps
        self.fen[sort] += fen


@dataclass(slots=True)
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
    byte_boardings: int
    power_cuts: int
    story: list[str] = field(default_factory=list)

    @property
    def taps(self) -> int:
        """Return how many boardings there were."""
        return sum(self.boardings.values())

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
        town.byte_boardings,
        sum(machine.process.cuts for machine in town.machines) + town.centre.process.cuts,
    )
    if auditor.violations:
        first = auditor.violations[0]
        report.story = list(town.chronicle.story(first.time_ms, first.who, first.card))
    return report


def _on_cards(auditor: Auditor) -> Column:
    column = Column()
    for debit in auditor.debits:
        column.add(auditor.cards[debit.token].sort, debit.amount_fen)
    return column


def _in_journals(auditor: Auditor) -> Column:
    """Fold what every journal accepted; the same entry on two disks counts once."""
    column = Column()
    seen: set[bytes] = set()
    for model in auditor.models.values():
        for kept in model.kept.values():
            body = kept.entry.body
            earns = isinstance(body, Posted) or (isinstance(body, Settled) and body.verdict is Verdict.POSTED)
            intent = model.kept.get(kept.entry.ref_seq)
            if earns and intent is not None and kept.raw not in seen and isinstance(intent.entry.body, Intent):
                seen.add(kept.raw)
                order = intent.entry.body
                column.add(auditor.cards[order.token].sort, order.charge.payer_fen)
    return column


def _at_centre(auditor: Auditor, truth: CentreTruth) -> Column:
    column = Column()
    for token, (taps, fen) in truth.by_token.items():
        column.add(auditor.cards[token].sort, fen, taps)
    return column


def table(report: Report) -> Iterator[str]:
    """Yield the lines that an operator reads; amounts in yuan."""
    yield f"{'medium':22}{'on the cards':>20}{'in the journals':>20}{'at the centre':>20}"
    columns = (report.cards, report.journals, report.centre)
    for sort in sorted({sort for column in columns for sort in column.taps}):
        yield f"{sort:22}" + "".join(_cell(column.taps[sort], column.fen[sort]) for column in columns)
    yield f"{'all':22}" + "".join(_cell(column.taps.total(), column.fen.total()) for column in columns)
    yield ""
    yield "what the cards gave, by where it is now"
    for fate in Fate:
        if report.reckoning.taps[fate]:
            yield f"  {_cell(report.reckoning.taps[fate], report.reckoning.fen[fate])}  {fate.value}"
    if report.reckoning.undebited_taps:
        words = "torn: in suspense, the card gave nothing and never came back"
        yield f"  {_cell(report.reckoning.undebited_taps, report.reckoning.undebited_fen)}  {words}"
    yield ""
    yield from _happened(report)
    for violation in report.violations[:10]:
        yield f"VIOLATION {violation}"
    yield f"balanced: {'true' if report.balanced else 'false'}"


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
        "entries": report.entries,
        "power_cuts": report.power_cuts,
        "faults": report.injected,
        "steps": result.steps,
        "trace_hash": result.trace_hash,
    }


def _happened(report: Report) -> Iterator[str]:
    share = 100 * report.byte_boardings / max(report.taps, 1)
    endings = ", ".join(f"{count} {name}" for name, count in report.boardings.items())
    yield f"{report.taps} boardings ({endings}), {share:.1f} % of them byte by byte over reader and SAM lines"
    yield "entries: " + ", ".join(f"{count} {kind}" for kind, count in sorted(report.entries.items()))
    yield f"{report.power_cuts} power cuts, faults injected:"
    names = sorted(report.injected)
    for at in range(0, len(names), 3):
        yield "  " + "".join(f"{name:26}{report.injected[name]:>6}  " for name in names[at : at + 3]).rstrip()


def _cell(taps: int, fen: int) -> str:
    return f"{taps:>8}{yuan(fen):>12}"
