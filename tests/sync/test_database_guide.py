"""The guide to the database names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import sync.central
from tests.sync.schemas import TABLES

GUIDE = Path(sync.central.__file__).with_name("DATABASE.md").read_text("utf-8")
REFERENCE = {"fact", "artifact", "part", "closing", "closing_cut", "closing_turn", "closing_total"}
REFERENCE |= {"staged", "staged_end", "edition_reach"}
REFERENCE |= {"fleet_user", "fleet_session", "fleet_try", "fleet_act"}


def test_three_calls_distribute_every_table() -> None:
    first, terminals, references = tables_in(0)
    assert first == {"terminal"}
    assert references == REFERENCE
    turns, tokens = tables_in(1)
    assert turns == {"book_turn"}
    assert first | terminals | references | turns | tokens == set(TABLES)


def tables_in(block: int) -> list[set[str]]:
    """Return the tables that each call of one of the guide's blocks names."""
    calls = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)[block].split(";")
    return [set(re.findall(r"\('(\w+)'", call)) for call in calls if call.strip()]
