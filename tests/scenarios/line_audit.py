"""The books of a whole line, held together from outside: cards' memory, journal, centre. Remembers what it has seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from edge.control.client import connect
from edge.control.messages import Message, to_bytes
from edge.demo.script import rows
from edge.demo.totals import balanced, card_total, journal_totals
from edge.domain.entry import Entry, Intent, Posted, Settled
from edge.domain.medium import CardNumber
from edge.explaining.explain import compare
from sync.enrolment_files import load_enrolment
from sync.wire import decode_entry
from tests.scenarios.kill_stage import KillStage

SCHEME = "tunion"


class LineAudit:
    """Checks the invariants each time it looks; entries that were pruned meanwhile are remembered here."""

    def __init__(self, stage: KillStage) -> None:
        self.stage = stage
        self.packed: dict[tuple[int, int], bytes] = {}
        self.acked: Counter[int] = Counter()
        self.green: list[bytes] = []

    @property
    def entries(self) -> list[Entry]:
        """Return every entry ever seen, in order."""
        return [decode_entry(self.packed[place]) for place in sorted(self.packed)]

    def hear(self, answer: Message) -> Message:
        """Note a passenger's answer."""
        if answer["accepted"]:
            self.green.append(bytes.fromhex(answer["tap"]))
        return answer

    async def look(self) -> list[str]:
        """Read the journal, check what must hold at any time, and return the kinds of the new entries of taps."""
        known = set(self.packed)
        status = await self.stage.status()
        epoch, journal = status["epoch"], status["journal"]
        await self._read(epoch, self.acked[epoch])
        problems = (await self.stage.ask("journal.verify"))["problems"]
        assert not problems, problems
        assert journal["acked_seq"] >= self.acked[epoch], "the watermark fell"
        self.acked[epoch] = journal["acked_seq"]
        assert [seq for held, seq in sorted(self.packed) if held == epoch] == list(range(1, journal["last_seq"] + 1))
        assert status["continuity"] != "lost"
        self._entries_agree()
        self._cards_agree()
        new = [decode_entry(self.packed[place]) for place in sorted(self.packed) if place not in known]
        return [entry.kind.name for entry in new if entry.tap_id]

    async def _read(self, epoch: int, acked: int) -> None:
        """Read the whole journal: entries never change, and none goes before it is acked."""
        held: set[int] = set()
        async with connect(self.stage.socket) as client:
            first = 1
            while texts := (await client.call("journal.page", **{"from": first, "max": 50}))["entries"]:
                for packed in map(to_bytes, texts):
                    first = decode_entry(packed).seq + 1
                    held.add(first - 1)
                    assert self.packed.setdefault((epoch, first - 1), packed) == packed, "an entry changed"
        gone = {seq for stream, seq in self.packed if stream == epoch} - held
        assert all(seq <= acked for seq in gone), "an entry vanished before its ack"

    def _entries_agree(self) -> None:
        entries = self.entries
        by_tap: dict[bytes, list[Entry]] = {}
        for entry in entries:
            by_tap.setdefault(entry.tap_id, []).append(entry)
        for whole in by_tap.values():
            assert [part.name for part in compare(whole, lambda _edition: None) if not part.agrees] == []
        for tap in self.green:
            assert any(is_acceptance(entry) for entry in by_tap.get(tap, [])), "green without a durable acceptance"

    def _cards_agree(self) -> None:
        """Hold each card's own debits against intents and results: each has its own order, none is booked twice."""
        token_key = load_enrolment(*self._folders()).token_keys[-1]
        ordered = {
            (entry.body.token, entry.body.debit.counter + 1, entry.body.debit.psam_sequence)
            for entry in self.entries
            if isinstance(entry.body, Intent)
        }
        totals = journal_totals(self.entries)
        for held in self.stage.cards.values():
            token = token_key.token(SCHEME, CardNumber(held.number))
            paid = {(token, debit.line.sequence, debit.psam_sequence) for debit in held.card.debits}
            assert paid <= ordered, "a debit without a durable order"
            if held.card.debits:
                assert totals[token] == card_total(held.card)
            else:
                assert token not in totals

    def _folders(self) -> tuple[Path, Path]:
        device = self.stage.config.parent
        return device / "state", device / "credentials"

    async def at_rest(self) -> None:
        """Drain, and hold the centre's own books against cards and journal."""
        await self.stage.drained()
        await self.look()
        books = await self.stage.reconcile()
        assert books["balanced"], books["problems"]
        assert books["quarantined"] == books["alarms"] == []
        assert sum(line["entries"] for line in books["streams"]) == len(self.packed)
        found, strangers, books = await rows(self.stage, self.entries)
        assert balanced(found, books, strangers), found


def is_acceptance(entry: Entry) -> bool:
    """Say whether an entry lets a passenger go."""
    return isinstance(entry.body, Posted) or (isinstance(entry.body, Settled) and entry.body.free_passage)
