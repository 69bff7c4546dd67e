"""The centre's schema as its releases had it."""

from __future__ import annotations

import re

from sync.central.store.statements import SCHEMA, UPGRADES

TABLES = {found[1]: text for text in SCHEMA if (found := re.match(r"CREATE TABLE (\w+)", text)) is not None}
"""Name -> statement, of today's tables."""

FIRST_SCHEMA = tuple(text for text in SCHEMA if not any(text in later for later in UPGRADES.values()))
"""What the first release made: today's without what the upgrades add."""
