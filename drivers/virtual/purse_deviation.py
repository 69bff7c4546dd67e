"""How a virtual purse may differ from a sound one: each difference is a threat or a habit seen in the field."""

from __future__ import annotations

from enum import StrEnum

from edge.domain.frozen import frozen


class BalanceHabit(StrEnum):
    """How a card answers GET BALANCE: soundly, with bit 31 set, or refusing the overdraft limit (P1 = 01)."""

    SOUND = "sound"
    TOP_BIT = "top_bit"
    NO_LIMIT = "no_limit"


@frozen
class Deviation:
    """What makes a card unlike a sound one.

    ``constant_mac``: a replay emulator, MAC1 unchecked, TAC and MAC2 always the same. ``frozen_counter``: INITIALIZE
    shows the counter the card was made with for ever. ``file15_differs``: file 0x15 is not what 9F0C copied.
    """

    constant_mac: bool = False
    frozen_counter: bool = False
    file15_differs: bool = False
    balance: BalanceHabit = BalanceHabit.SOUND
