"""Of the failure catalogue, which row which test proves: tests name their rows, so ``pytest -k row_44`` runs them.

A row is the function's name (``test_row_44_...``) or the id of one of its cases (``"row 44: ..."``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import modules, tree

WIRE: Final = {
    36: "a certificate expires while offline",
    38: "an authority is rotated",
    40: "a request is lost",
    41: "an ack is lost",
    42: "an ack comes twice",
    43: "an ack of an old batch comes late",
    44: "an ack is for more than was sent",
    45: "an ack is forged",
    46: "batches are reordered",
    47: "entries are missing in between",
    48: "an entry is poison",
    49: "an entry or a batch is oversized",
    50: "the centre says 413, 429 or 503",
    51: "an answer comes byte by byte",
    52: "nobody answers",
    53: "the connection is reset",
    54: "a captive portal answers",
    55: "TLS is intercepted",
    56: "a name leads elsewhere",
    57: "the network is of IPv6 alone, or swallows full packets",
    58: "the centre is restored from a backup",
    59: "two centres are primary",
    60: "a terminal runs from an old image",
    61: "two terminals have one id",
    64: "a fleet drains at once",
    78: "one subsidy is claimed at two tills",
    98: "the centre's database is full or slow",
    99: "a failover loses the last commits",
}
LISTS: Final = {
    24: "a clock begins in 1970",
    25: "a clock jumps ahead",
    26: "a clock jumps back",
    27: "the time zone moves",
    28: "the time service steps the clock",
    29: "a deny list is stale",
    30: "a list is damaged",
    31: "a list is rolled back",
    32: "a list is huge",
    33: "a roster is stale",
    34: "evidence is revoked",
    35: "a tariff changes at the tap",
    63: "thirty days pass offline",
    77: "stored value meets two sites",
    81: "a card reaches its ceiling",
    87: "an edition fails in service",
    88: "content is absurd",
}


def _rows_in(path: Path) -> Iterator[int]:
    """Yield the rows that a test file names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found = re.match(r"test_row_(\d+)_", node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = re.match(r"row (\d+): ", node.value)
        else:
            continue
        if found is not None:
            yield int(found[1])


PROVEN: Final = {row for path in modules() if "tests" in path.parts for row in _rows_in(path)}


@pytest.mark.parametrize("row", [*WIRE, *LISTS], ids=lambda row: f"row {row}: {(WIRE | LISTS)[row]}")
def test_a_row_is_proven_by_a_test_that_names_it(row: int) -> None:
    assert row in PROVEN
