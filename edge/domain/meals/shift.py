"""A till's shift: opened by staff, closed once with a numbered report that is an entry like any other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from edge.domain.entry import Entry, Remark
from edge.domain.frozen import frozen
from edge.domain.meals.sheet import Sheet, Sold, Standing
from edge.domain.reversal import Way

OPENED: Final = "shift.opened"
REOPENED: Final = "shift.reopened"
CLOSED: Final = "shift.closed"
WORDS_MAX: Final = 200

Pairs = tuple[tuple[str, str], ...]


@frozen
class Shift:
    """An open shift: the entry that opened it by epoch and seq, and what lay in the drawer then, in fen.

    One that was opened again has a number of its own and counts from the entry that opened the shift ``reopens``: its
    report takes the place of that shift's, which stays as it was.
    """

    number: int
    staff: str
    opened_ms: int
    epoch: int
    seq: int
    float_fen: int
    reopens: int = 0


@frozen
class Closing:
    """What staff say at the close: the cash counted, and why it differs where it does."""

    staff: str
    cash_fen: int
    explanation: str = ""


@frozen
class Unsent:
    """What the centre has not acked at the close."""

    entries: int
    oldest_ms: int


def opening(number: int, staff: str, float_fen: int) -> Remark:
    """Return the body of the entry that opens a shift."""
    return Remark(OPENED, (("number", str(number)), ("staff", staff), ("float_fen", str(float_fen))))


def reopening(number: int, staff: str, closed: Shift) -> Remark:
    """Return the body of the entry that opens a closed shift again, under the next number."""
    told = {
        "number": number,
        "staff": staff,
        "float_fen": closed.float_fen,
        "reopens": closed.number,
        "opened_ms": closed.opened_ms,
        "from_epoch": closed.epoch,
        "from_seq": closed.seq,
    }
    return Remark(REOPENED, tuple((name, str(part)) for name, part in told.items()))


def opened_by(entry: Entry) -> Shift | None:
    """Return the shift that an entry opens, None where it opens none."""
    body = entry.body
    if not isinstance(body, Remark) or body.subject not in (OPENED, REOPENED):
        return None
    told = dict(body.pairs)
    number, float_fen = int(told["number"]), int(told["float_fen"])
    if body.subject == OPENED:
        return Shift(number, told["staff"], entry.time_ms, entry.epoch, entry.seq, float_fen)
    opened_ms, epoch, seq = (int(told[name]) for name in ("opened_ms", "from_epoch", "from_seq"))
    return Shift(number, told["staff"], opened_ms, epoch, seq, float_fen, int(told["reopens"]))


def closes(entry: Entry) -> bool:
    """Say whether an entry closes a shift."""
    return isinstance(entry.body, Remark) and entry.body.subject == CLOSED


def cash_due_fen(shift: Shift, sheet: Sheet) -> int:
    """Return what has to lie in the drawer: what lay there and came in by hand, less what was given back in cash."""
    return shift.float_fen + cash_taken_fen(sheet) - sheet.taken_back[Way.CASH]


def cash_taken_fen(sheet: Sheet) -> int:
    """Return the cash of meals by hand, also of those that were taken back: that is counted as given back."""
    taken = sheet.sales(Standing.PAID, Standing.REVERSED)
    return sum(sold.charge.payer_fen for sold in taken if sold.paid_in_cash)


def report(shift: Shift, sheet: Sheet, unsent: Unsent) -> Pairs:
    """Return the shift's figures as pairs of a word and a number, in one order for ever; amounts in fen."""
    paid, torn = sheet.sales(Standing.PAID), sheet.sales(Standing.TORN)
    pairs: dict[str, int] = {
        "number": shift.number,
        "opened_ms": shift.opened_ms,
        "from_seq": shift.seq,
        "sales": len(paid),
        "meals": sum(sold.sale.quantity for sold in paid if sold.sale is not None),
        "total_fen": sum(sold.charge.total_fen for sold in paid),
        "payer_fen": sum(sold.charge.payer_fen for sold in paid),
        **dict(_grouped("medium", paid)),
        **{f"funder.{name}_fen": fen for name, fen in sorted(funders_of(paid).items())},
        **_reversed(sheet.sales(Standing.REVERSED)),
        "declined": sum(sheet.declined.values()),
        **{f"declined.{reason}": count for reason, count in sorted(sheet.declined.items())},
        "torn": len(torn),
        "torn_fen": sum(sold.charge.total_fen for sold in torn),
        "unsent": unsent.entries,
        "unsent_oldest_ms": unsent.oldest_ms,
        "cash_due_fen": cash_due_fen(shift, sheet),
        "flagged": sheet.flagged.total(),
        **{f"flagged.{guard}": count for guard, count in sorted(sheet.flagged.items()) if count},
        "cash_taken_fen": cash_taken_fen(sheet),
        "collected": sum(sold.collected for sold in paid),
        **({"reopens": shift.reopens} if shift.reopens else {}),
    }
    return tuple((name, str(figure)) for name, figure in pairs.items())


def closing(shift: Shift, sheet: Sheet, unsent: Unsent, said: Closing) -> Remark:
    """Return the body of the entry that closes a shift: its report, numbered and never changed.

    Raises ``ValueError`` where the cash counted differs from what is due and nobody says why.
    """
    difference_fen = said.cash_fen - cash_due_fen(shift, sheet)
    if difference_fen and not said.explanation:
        raise ValueError(f"the cash differs by {difference_fen} fen and is not explained")
    counted = (("cash_counted_fen", str(said.cash_fen)), ("cash_difference_fen", str(difference_fen)))
    words = (("closed_by", said.staff), ("explanation", said.explanation[:WORDS_MAX]))
    return Remark(CLOSED, (*report(shift, sheet, unsent), *counted, *words))


def funders_of(sales: Iterable[Sold]) -> Mapping[str, int]:
    """Return what each funder carries of some sales, in fen."""
    carried: Counter[str] = Counter()
    for sold in sales:
        for share in sold.charge.shares:
            carried[share.funder] += share.fen
    return carried


def _grouped(word: str, sales: Iterable[Sold]) -> Iterator[tuple[str, int]]:
    count: Counter[str] = Counter()
    fen: Counter[str] = Counter()
    for sold in sales:
        count[sold.means] += 1
        fen[sold.means] += sold.charge.payer_fen
    for family in sorted(count):
        yield f"{word}.{family}", count[family]
        yield f"{word}.{family}_fen", fen[family]


def _reversed(sales: tuple[Sold, ...]) -> dict[str, int]:
    ways = {way.value: [sold for sold in sales if sold.way == way] for way in Way}
    figures = {"reversed": len(sales), "reversed_fen": sum(sold.charge.total_fen for sold in sales)}
    for way, found in ways.items():
        if found:
            figures[f"reversed.{way}"] = len(found)
            figures[f"reversed.{way}_fen"] = sum(sold.charge.payer_fen for sold in found)
    return figures
