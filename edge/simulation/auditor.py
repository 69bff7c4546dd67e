"""The auditor: watches every durable entry, every debit and every green lamp, and keeps books of its own.

It shares no code with what it watches: from the product it takes value types alone. What it sees is true (it is told by
the world at the very moment of a commit, of a card's work, of a lamp), so whatever differs from its books is a defect.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.entry import DeclinedTap, Entry, Intent, Kind, PaidTap, Posted, Settled
from edge.simulation.audit_caps import passed_caps
from edge.simulation.audit_decisions import problems_of_decision
from edge.simulation.audit_facts import (
    CardDebit,
    CardTruth,
    JournalCommit,
    JournalModel,
    Kept,
    PublishedFares,
    Violation,
    WrittenEntry,
    unsent_together,
)

CLOSING: Final = frozenset({Kind.POSTED, Kind.VOIDED, Kind.TORN})
CREDIT_MS: Final = 200_000
REPEAT_MS: Final = 15_000
EVER_MS: Final = 10**12
DAY_MS: Final = 86_400_000

CLOCK_ERROR_MS: Final = 120_000
"""A trusted clock may be a minute off when an entry is written and another minute when it is pruned."""


class Auditor:
    """The books. ``retention_days`` and ``entries_kept`` are what the terminals were told to keep."""

    def __init__(self, retention_days: int, entries_kept: int) -> None:
        self.violations: list[Violation] = []
        self.cards: dict[bytes, CardTruth] = {}
        self.fares = PublishedFares()
        self.models: dict[tuple[str, int], JournalModel] = {}
        self.intents: dict[tuple[bytes, int], list[Kept]] = {}
        self.raws: dict[bytes, Kept] = {}
        self.debits: list[CardDebit] = []
        self.lost: dict[bytes, str] = {}
        self.entries_seen = 0
        self.kinds: Counter[str] = Counter()
        self._paid: set[tuple[str, bytes, bytes | int | None]] = set()
        self._identities: dict[tuple[str, int, int], bytes] = {}
        self._forked: set[tuple[str, int]] = set()
        self._epochs: dict[str, int] = {}
        self._credits: dict[tuple[str, bytes], list[int]] = {}
        self._greens: dict[str, tuple[bytes, int, int]] = {}
        self._unheard: dict[str, tuple[bytes, int, int]] = {}
        self._keep_ms = retention_days * DAY_MS
        self._entries_kept = entries_kept

    # -- what the world says of itself -------------------------------------------------------------------------------

    def fork(self, terminal: str, epoch: int) -> None:
        """Hear that a disk was copied or put back: two journals of this epoch may exist from now on."""
        self._forked.add((terminal, epoch))

    def is_forked(self, terminal: str, epoch: int) -> bool:
        """Say whether a fault made two journals of this epoch possible."""
        return (terminal, epoch) in self._forked

    def snapshot(self, label: str) -> list[JournalModel]:
        """Return the journals of a machine as they are now, for the image of its disk."""
        return [model.copy(label) for (owner, _), model in self.models.items() if owner == label]

    def put_back(self, label: str, image: list[JournalModel], words: str, *, is_twin: bool = False) -> None:
        """Hear that a machine has the disk of an image now; what was only on the other disk is lost with it."""
        for model in [model for (owner, _), model in self.models.items() if owner == label]:
            old = next((each for each in image if each.epoch == model.epoch), None)
            for seq, kept in model.kept.items():
                if old is None or seq > old.last:
                    self.lost[kept.raw] = words
            del self.models[label, model.epoch]
        for model in image:
            copied = self.models[label, model.epoch] = model.copy(label)
            copied.is_twin = is_twin and any(kept.entry.kind is Kind.INTENT for kept in copied.kept.values())
        self._remember_last_answer(label)

    def _remember_last_answer(self, label: str) -> None:
        """Note whose tap is the newest entry on a disk that was put back: its answer may be given once more."""
        models = [each for (owner, _), each in self.models.items() if owner == label]
        if not models:
            return
        model = max(models, key=lambda each: each.epoch)
        last = model.kept.get(model.last)
        if last is None:
            return
        intent = last if isinstance(last.entry.body, PaidTap) else model.kept.get(last.entry.ref_seq)
        if intent is not None and isinstance(intent.entry.body, Intent | PaidTap):
            self._greens[label] = (intent.entry.body.token, last.durable_ms, CREDIT_MS)

    def enrolled(self, label: str, terminal: str, epoch: int, time_ms: int = 0) -> None:
        """Hear of a new epoch: it lies above every epoch before."""
        if epoch <= self._epochs.get(terminal, 0):
            self.violate("I3", f"epoch {epoch} was given after epoch {self._epochs[terminal]}", label, time_ms)
        self._epochs[terminal] = max(epoch, self._epochs.get(terminal, 0))

    def may_repeat(self, label: str, *, clock_wrong: bool = False) -> None:
        """Hear that a terminal or its reader starts: it cannot know what the last card saw, and may say it again.

        With a wrong clock it cannot tell how long ago that was either. Others may ride before that card comes back.
        """
        last = self._greens.get(label)
        if last is not None:
            self._greens[label] = self._unheard[label] = (last[0], last[1], EVER_MS if clock_wrong else CREDIT_MS)

    def violate(self, invariant: str, words: str, who: str, time_ms: int, card: str = "", tap: bytes = b"") -> None:
        """Note a broken promise."""
        self.violations.append(Violation(invariant, words, who, time_ms, card, tap))

    def label_of(self, token: bytes) -> str:
        """Return a card's label; empty for an unknown one."""
        truth = self.cards.get(token)
        return "" if truth is None else truth.label

    # -- what becomes durable ----------------------------------------------------------------------------------------

    def committed(self, commit: JournalCommit) -> None:
        """Check one commit of one journal and take it into the books."""
        key = commit.label, commit.epoch
        model = self.models.get(key)
        if model is None:
            model = self.models[key] = JournalModel(commit.label, commit.terminal, commit.epoch, head=commit.grant_hash)
        for written in commit.written:
            self._write(model, written, commit.time_ms)
        self._acked(model, commit)
        self._pruned(model, commit)
        model.remember_unsent(commit.time_ms)
        own = (sum(model.at_risk.values()), len(model.at_risk))
        if own != (commit.unsent_fen, commit.unsent_count):
            words = f"the journal says {commit.unsent_count} taps are unsent, they are {own[1]}"
            self.violate("I10", words, commit.label, commit.time_ms)

    def _write(self, model: JournalModel, written: WrittenEntry, time_ms: int) -> None:
        entry, seq = written.entry, written.seq
        kept = Kept(seq, written.raw, entry, time_ms)
        self.entries_seen += 1
        self.kinds[entry.kind.name.lower()] += 1
        if seq != model.last + 1:
            self._wrong("I3", f"entry {seq} follows entry {model.last}", model, kept)
        if hashlib.sha256(model.head + written.raw).digest() != written.chain_hash:
            self._wrong("I3", f"entry {seq} does not continue the chain", model, kept)
        self._identify(model, kept)
        model.last, model.head = seq, written.chain_hash
        model.kept[seq] = self.raws[kept.raw] = kept
        self._follow(model, kept)
        self._judge(model, kept)

    def _identify(self, model: JournalModel, kept: Kept) -> None:
        identity = (model.terminal, model.epoch, kept.seq)
        content = hashlib.sha256(kept.raw).digest()
        if self._identities.setdefault(identity, content) != content and identity[:2] not in self._forked:
            self._wrong("I3", f"entry {kept.seq} of epoch {model.epoch} has two contents", model, kept)

    def _follow(self, model: JournalModel, kept: Kept) -> None:
        """Take an entry into the books of intents and results."""
        body, ref = kept.entry.body, kept.entry.ref_seq
        if isinstance(body, Intent):
            model.open_intents[kept.seq] = kept
            self.intents.setdefault((body.debit.psam_number, body.debit.psam_sequence), []).append(kept)
            return
        if isinstance(body, PaidTap):
            self._shown_once(model, kept, body)
            self._accept(model, kept, kept, passes=True)
            return
        if kept.entry.kind in CLOSING:
            intent = model.open_intents.pop(ref, None)
            if intent is None:
                self._wrong("I5", f"a second result for the intent at {ref}", model, kept)
            elif kept.entry.kind is Kind.TORN:
                model.torn[ref] = intent
            elif isinstance(body, Posted):
                self._accept(model, kept, intent, passes=True)
        elif isinstance(body, Settled):
            intent = model.torn.pop(ref, None)
            if intent is None:
                self._wrong("I5", f"a second settlement for the intent at {ref}", model, kept)
            elif body.verdict is Verdict.POSTED:
                self._accept(model, kept, intent, passes=body.free_passage)

    def _accept(self, model: JournalModel, kept: Kept, intent: Kept, *, passes: bool) -> None:
        order = intent.entry.body
        if isinstance(order, Intent | PaidTap):
            model.unsent[kept.seq] = order.charge.payer_fen + sum(share.fen for share in order.charge.shares)
            if passes:
                self._credits.setdefault((model.label, order.token), []).append(kept.durable_ms)

    def _shown_once(self, model: JournalModel, kept: Kept, body: PaidTap) -> None:
        """Hold a code or a cryptogram against those that paid here before; only another disk may not know of it."""
        code, card = body.medium.code, body.medium.bank_card
        evidence = code.code if code is not None else card.counter if card is not None else None
        seen = (model.terminal, body.token, evidence)
        if seen in self._paid and not any(terminal == model.terminal for terminal, _ in self._forked):
            self._wrong("I5", "the same code or cryptogram paid twice", model, kept)
        self._paid.add(seen)

    def _judge(self, model: JournalModel, kept: Kept) -> None:
        """Hold a recorded decision against the truth about card, tariff and exposure."""
        body = kept.entry.body
        if not isinstance(body, Intent | PaidTap | DeclinedTap) or not body.token:
            return
        card, tariff = self.cards.get(body.token), self.fares.of(kept.entry.edition)
        if card is None or tariff is None:
            self._wrong("I7", f"names edition {kept.entry.edition} or a card that nobody made", model, kept)
            return
        for invariant, problem in problems_of_decision(kept.entry, card, tariff, model.kept):
            self._wrong(invariant, problem, model, kept)
        if isinstance(body, Intent) and model.is_twin and not body.state.cautious:
            self._wrong("I3", "a copied journal sells under another PSAM without caution", model, kept)
        if body.state.listed != (body.token in tariff.denied):
            self._wrong("I7", "says of the deny list what it does not say", model, kept)
        machine = [each for (label, _), each in self.models.items() if label == model.label]
        if isinstance(body, Intent | PaidTap) and body.state.unsent_count not in unsent_together(
            machine, kept.durable_ms
        ):
            unsent = sum(len(each.at_risk) for each in machine)
            words = f"decided as if {body.state.unsent_count} taps were unsent, they are {unsent}"
            self._wrong("I10", words, model, kept)
        for words in passed_caps(machine, body, tariff) if isinstance(body, Intent | PaidTap) else ():
            self._wrong("I10", words, model, kept)

    def _acked(self, model: JournalModel, commit: JournalCommit) -> None:
        if commit.acked < model.acked:
            self.violate("I8", f"acked fell from {model.acked} to {commit.acked}", commit.label, commit.time_ms)
        if max(commit.acked, commit.aside_through) > model.last:
            words = f"acked {commit.acked} and aside {commit.aside_through} of {model.last} entries"
            self.violate("I8", words, commit.label, commit.time_ms)
        if commit.acked > model.acked:
            model.unsent = {seq: fen for seq, fen in model.unsent.items() if seq > commit.acked}
        model.acked, model.aside_through = max(model.acked, commit.acked), commit.aside_through

    def _pruned(self, model: JournalModel, commit: JournalCommit) -> None:
        for seq in range(model.pruned_through + 1, commit.pruned_through + 1):
            kept = model.kept.get(seq)
            young = kept is not None and commit.time_ms - kept.durable_ms < self._keep_ms - CLOCK_ERROR_MS
            if seq > commit.acked or young or model.last - seq < self._entries_kept:
                why = "before it was acked" if seq > commit.acked else "before its retention had passed"
                self.violate("I4", f"entry {seq} was removed {why}", commit.label, commit.time_ms)
        model.pruned_through = max(model.pruned_through, commit.pruned_through)

    def paid(self) -> list[Kept]:
        """Return every tap without a write that was ever durable."""
        return [kept for kept in self.raws.values() if isinstance(kept.entry.body, PaidTap)]

    # -- what happens outside the journals ---------------------------------------------------------------------------

    def debit_arrives(self, label: str, token: bytes, counter: int, time_ms: int) -> None:
        """See the first byte of a debit order reach a card: its intent is durable already."""
        for (owner, _), model in self.models.items():
            if owner == label and any(_orders(kept.entry, token, counter) for kept in model.open_intents.values()):
                return
        words = "a debit order reached the card before its intent was durable"
        self.violate("I2", words, label, time_ms, self.label_of(token))

    def debited(self, debit: CardDebit) -> None:
        """See a card carry out a debit."""
        self.debits.append(debit)

    def green(self, label: str, token: bytes, time_ms: int) -> None:
        """See the lamp turn green for a card: the entry that says so is durable, and no other green used it up."""
        waiting = [each for each in self._credits.get((label, token), []) if time_ms - each < CREDIT_MS]
        if not waiting and not self._repeated(label, token, time_ms):
            self.violate("I1", "green without a durable entry that says so", label, time_ms, self.label_of(token))
        self._credits[label, token] = waiting[1:]
        self._greens[label] = (token, time_ms, REPEAT_MS)

    def _repeated(self, label: str, token: bytes, time_ms: int) -> bool:
        """Say whether an answer may be given again: the last one at once, the one before a start a single time."""
        for answers in (self._greens, self._unheard):
            last_token, last_ms, within_ms = answers.get(label, (b"", 0, 0))
            if last_token == token and time_ms - last_ms < within_ms:
                if answers is self._unheard:
                    del self._unheard[label]
                return True
        return False

    def _wrong(self, invariant: str, words: str, model: JournalModel, kept: Kept) -> None:
        token = getattr(kept.entry.body, "token", b"")
        if not token and kept.entry.ref_seq in model.kept:
            token = getattr(model.kept[kept.entry.ref_seq].entry.body, "token", b"")
        self.violate(invariant, words, model.label, kept.durable_ms, self.label_of(token), kept.entry.tap_id)


def _orders(entry: Entry, token: bytes, counter: int) -> bool:
    return isinstance(entry.body, Intent) and entry.body.token == token and entry.body.debit.counter == counter
