"""What the guide to the database says of tables that are divided by business day, ready to be done."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import sync.central

GUIDE: Final = Path(sync.central.__file__).with_name("DATABASE.md").read_text("utf-8")
BLOCKS: Final = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
DIVIDE: Final = next(block for block in BLOCKS if "PARTITION BY" in block)
MOVE: Final = next(block for block in BLOCKS if "TABLESPACE" in block)
DIVIDED: Final = ("entry", "book_line", "book_tap", "adjustment", "adjustment_line")
