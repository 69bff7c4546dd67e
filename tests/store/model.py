"""The journal as plain lists and dictionaries: an independent model of what it promises."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class ModelEntry:
    """What the model knows of an entry. ``accepted_fen``: None where it accepts nothing."""

    kind: str
    ref_seq: int = 0
    time_ms: int = 0
    accepted_fen: int | None = None


@dataclass(slots=True)
class ModelJournal:
    """Entries from 1 on; ``open`` and ``torn`` map an intent's seq to its charge."""

    entries: list[ModelEntry] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)
    torn: dict[int, int] = field(default_factory=dict)
    acked: int = 0
    send_from: int = 1
    centre_epoch: int = 0
    pruned: int = 0

    @property
    def last(self) -> int:
        """Return the last number."""
        return len(self.entries)

    def unsent(self) -> tuple[int, int]:
        """Return fen and count of what is accepted and not acked."""
        accepted = [entry.accepted_fen for entry in self.entries[self.acked :] if entry.accepted_fen is not None]
        return sum(accepted), len(accepted)

    def intent(self, fen: int, time_ms: int) -> None:
        """Order a debit."""
        self.entries.append(ModelEntry("INTENT", time_ms=time_ms))
        self.open[self.last] = fen

    def close(self, kind: str, ref_seq: int, time_ms: int) -> None:
        """Give an open intent its result."""
        fen = self.open.pop(ref_seq)
        self.entries.append(ModelEntry(kind, ref_seq, time_ms, fen if kind == "POSTED" else None))
        if kind == "TORN":
            self.torn[ref_seq] = fen

    def settle(self, ref_seq: int, time_ms: int, *, posted: bool) -> None:
        """Settle a torn debit."""
        fen = self.torn.pop(ref_seq)
        self.entries.append(ModelEntry("SETTLED", ref_seq, time_ms, fen if posted else None))

    def plain(self, kind: str, time_ms: int) -> None:
        """Write an entry without money."""
        self.entries.append(ModelEntry(kind, time_ms=time_ms))

    def ack(self, last: int, expected: int, centre_epoch: int) -> None:
        """Take an ack for everything up to ``last`` by a centre that wants ``expected`` next."""
        restored = centre_epoch > self.centre_epoch and expected <= self.acked
        self.send_from = max(expected, self.pruned + 1) if restored else max(self.send_from, min(expected, last + 1))
        self.acked = max(self.acked, min(last, expected - 1))
        self.centre_epoch = centre_epoch

    def prune(self, before_ms: int, kept: int, batch: int) -> int:
        """Remove a batch of old entries; returns how many."""
        through = min(self.acked, self.send_from - 1, self.last - kept, self.pruned + batch)
        count = 0
        while self.pruned < through and self.entries[self.pruned].time_ms < before_ms:
            self.pruned += 1
            count += 1
        return count

    def kept(self) -> set[int]:
        """Return the numbers that can still be read: all past pruning, and intents whose last word is not pruned."""
        final = {
            entry.ref_seq for entry in self.entries[: self.pruned] if entry.kind in {"POSTED", "VOIDED", "SETTLED"}
        }
        intents = {seq for seq, entry in enumerate(self.entries[: self.pruned], 1) if entry.kind == "INTENT"}
        return set(range(self.pruned + 1, self.last + 1)) | (intents - final)
