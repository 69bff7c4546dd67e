"""Which kinds of lists an edition opens, and how: one line per kind.

An opener maps the parts of one checked artifact and raises ``ARTIFACT_DAMAGED``, ``ARTIFACT_FOREIGN`` or, for a value
that lies out of bounds, ``ARTIFACT_UNFIT``. It runs in one
piece between two taps: it maps files and looks at their beginnings, and leaves reading them to the look-ups. A kind
without an opener is checked and kept, and means nothing to this release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edge.store.deny_list import open_deny_list
from edge.store.keyed_rows import CreditList, DebtList, DinerList, LeaseList, Roster
from edge.store.one_value import OneValue
from edge.store.segment import MappedList, Segment
from sync.deny_form import DENY_KIND
from sync.row_form import CREDITS_KIND, DEBTS_KIND, DINERS_KIND, ENTITLEMENTS_KIND, LEASES_KIND
from sync.value_forms import VALUE_TYPES

Opener = Callable[[Segment], MappedList]

OPENERS: Final[Mapping[str, Opener]] = {
    DENY_KIND: open_deny_list,
    ENTITLEMENTS_KIND: Roster,
    DEBTS_KIND: DebtList,
    CREDITS_KIND: CreditList,
    LEASES_KIND: LeaseList,
    DINERS_KIND: DinerList,
    **dict.fromkeys(VALUE_TYPES, OneValue),
}
