"""The guide to the database names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import sync.central
from tests.sync.schemas import TABLES

GUIDE = Path(sync.central.__file__).with_name("DATABASE.md").read_text("utf-8")
REFERENCE = {"fact", "artifact", "part"}


def test_three_calls_distribute_every_table() -> None:
    block = re.search(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
    assert block is not None
    calls = [call for call in block[1].split(";") if call.strip()]
    first, terminals, references = (set(re.findall(r"\('(\w+)'", call)) for call in calls)
    assert first == {"terminal"}
    assert references == REFERENCE
    assert first | terminals | references == set(TABLES)
