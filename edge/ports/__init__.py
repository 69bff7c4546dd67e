"""What the terminal needs from the outside, as protocols that adapters implement."""

from edge.domain.clock_reading import ClockReading
from edge.ports.card import CardSession, Reader, Trouble
from edge.ports.code import CodeReader
from edge.ports.editions import ArtifactInForce, EditionKeeper, Steps, finished
from edge.ports.journal import (
    EntrySlice,
    HolderRow,
    Journal,
    JournalFeed,
    JournalKeeper,
    Position,
    PsamTrail,
    Space,
    TimeMarks,
)
from edge.ports.world import Clock, Identity, IdSource, NoValues, Reference, Signal, Signals, Values

__all__ = [
    "ArtifactInForce",
    "CardSession",
    "Clock",
    "ClockReading",
    "CodeReader",
    "EditionKeeper",
    "EntrySlice",
    "HolderRow",
    "IdSource",
    "Identity",
    "Journal",
    "JournalFeed",
    "JournalKeeper",
    "NoValues",
    "Position",
    "PsamTrail",
    "Reader",
    "Reference",
    "Signal",
    "Signals",
    "Space",
    "Steps",
    "TimeMarks",
    "Trouble",
    "Values",
    "finished",
]
