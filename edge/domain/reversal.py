"""An accepted sale or ride that was taken back: the body of its entry, and how the payer's part goes back."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from edge.domain.charge import Charge
from edge.domain.frozen import frozen
from edge.domain.pricing import Pricing


class Way(StrEnum):
    """How the payer's part of a sale that is taken back goes back.

    ``withdrawn``: it was never collected and will not be; ``cash``: out of the till's drawer; ``credit``: on the token.
    """

    WITHDRAWN = "withdrawn"
    CASH = "cash"
    CREDIT = "credit"


@frozen
class Reversed:
    """The accepted sale or ride at ``ref_seq`` was taken back: its intent, or its one entry where nothing was written.

    ``staff`` is who did it: a till's staff in their ``shift``, or a vehicle's driver, whose duty has no number (0). No
    card is written. ``way`` says how the payer's part goes back: :class:`Way`. What it takes back stands here again,
    so that an entry can be booked without looking at another.
    """

    VERSION: ClassVar[int] = 1
    way: str
    reason: str
    staff: str
    shift: int
    family: str
    scheme: str
    token: bytes
    operator: str
    charge: Charge
    pricing: Pricing
