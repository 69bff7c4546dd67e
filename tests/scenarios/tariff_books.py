"""What a bench's journal says of prices, and three sets of books held against each other: by payer and by funder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from edge.domain.debit import Verdict
from edge.domain.entry import DeclinedTap, Entry, Intent, Posted, Settled
from edge.domain.ledger import fold
from edge.domain.replay import differences, replay
from edge.domain.tap import Token
from sync.central.booking import book
from sync.wire import encode_entry
from tests.scenarios.tap_bench import Bench


async def intents(bench: Bench) -> list[Intent]:
    """Return every order to debit, in order."""
    return [entry.body for entry in await bench.entries() if isinstance(entry.body, Intent)]


async def fares(bench: Bench) -> list[int]:
    """Return what each order to debit asks of the holder."""
    return [intent.charge.payer_fen for intent in await intents(bench)]


async def rule_lines(bench: Bench, *names: str) -> list[tuple[str, bool, str]]:
    """Return the newest decision's lines of some rules: name, whether it applied, why."""
    decided = [entry.body for entry in await bench.entries() if isinstance(entry.body, Intent | DeclinedTap)]
    return [(line.rule, line.applied, line.reason) for line in decided[-1].explanation if line.rule in names]


async def counters(bench: Bench) -> dict[str, tuple[int, int]]:
    """Return the counters of the newest card as the journal holds them by now: (known, possible) by name."""
    token = Token((await intents(bench))[-1].token)
    rows = (await bench.journal.state_of(token)).counters
    return {row.counter: (row.known, row.possible) for row in rows}


async def sound(bench: Bench) -> dict[str, int]:
    """Hold the journal's own books, a fold of its entries and the centre's against each other; return them.

    On the way every decision of the journal is made again under the policy in force.
    """
    entries = await bench.entries()
    assert await bench.journal.verify() == []
    balances = _without_zeros(fold(entries))
    assert _without_zeros(await bench.journal.totals()) == balances
    assert _at_centre(entries) == balances
    assert sum(balances.values()) == 0
    _funders_carry_their_shares(entries, balances)
    for entry in entries:
        decision = replay(entry, bench.reference.policy())
        assert decision is None or differences(entry, decision) == []
    return balances


def _at_centre(entries: Sequence[Entry]) -> dict[str, int]:
    booked = book([encode_entry(entry) for entry in entries], entries, 1, {})
    assert [item.code for item in booked if item.code] == []
    sums: Counter[str] = Counter()
    for posting in (posting for item in booked for posting in item.postings):
        sums[posting.account] += posting.fen
    return _without_zeros(sums)


def _funders_carry_their_shares(entries: Sequence[Entry], balances: dict[str, int]) -> None:
    """Check that a funder owes what the charges of proven debits put on it, and nothing else."""
    proven = {entry.ref_seq for entry in entries if _proves(entry)}
    charges = [entry.body.charge for entry in entries if isinstance(entry.body, Intent) and entry.seq in proven]
    owed: Counter[str] = Counter()
    for share in (share for charge in charges for share in charge.shares):
        owed[f"funder:{share.funder}"] -= share.fen
    assert {name: fen for name, fen in balances.items() if name.startswith("funder:")} == _without_zeros(owed)


def _proves(entry: Entry) -> bool:
    body = entry.body
    return isinstance(body, Posted) or (isinstance(body, Settled) and body.verdict is Verdict.POSTED)


def _without_zeros(books: Mapping[str, int]) -> dict[str, int]:
    return {account: fen for account, fen in books.items() if fen}
