"""A tap that its issuer declined later comes back as a debt on the token: told, or paid back with the next fare.

What was charged too much comes back as a credit, which pays a part of the next fare.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.charge import Charge, Line, Share
from edge.domain.frozen import frozen
from edge.domain.holder import Debt

RECOVERED: Final = "debt_recovered"
TOLD: Final = "debt_told"
CREDITED: Final = "credit_used"
"""Prompts of an accepted tap."""
CREDIT_FUNDER: Final = "credit"
"""Name of the share of a charge that its payer's own credit pays; no funder of a tariff bears it."""


@frozen
class DebtAnswer:
    """What an accepted tap does about a debt: the charge with it or without it, why, and what the rider is told."""

    charge: Charge
    line: Line
    prompt: str
    recovered_fen: int = 0


def recovered(charge: Charge, debt: Debt) -> DebtAnswer:
    """Charge the debt with the fare: a surcharge that the holder pays alone, and that is no price of this ride."""
    both = replace(charge, surcharge_fen=charge.surcharge_fen + debt.fen, payer_fen=charge.payer_fen + debt.fen)
    return DebtAnswer(
        both, Line("debt.recovered", applied=True, reason=debt.reference, fen=debt.fen), RECOVERED, debt.fen
    )


def told(charge: Charge, debt: Debt, why: str) -> DebtAnswer:
    """Leave the debt where it is and tell the rider; ``why`` it is not recovered."""
    return DebtAnswer(charge, Line("debt.recovered", applied=False, reason=why, fen=debt.fen), TOLD)


def credited(charge: Charge, credit: Debt) -> DebtAnswer | None:
    """Let a credit (a debt below zero) pay what it can of a fare; None where there is nothing to pay."""
    fen = min(charge.payer_fen, -credit.fen)
    if not fen:
        return None
    share = Share(CREDIT_FUNDER, fen, credit.reference)
    paid = replace(charge, payer_fen=charge.payer_fen - fen, shares=(*charge.shares, share))
    return DebtAnswer(paid, Line("credit.used", applied=True, reason=credit.reference, fen=fen), CREDITED)


def credit_used_fen(charge: Charge, reference: str) -> int:
    """Return what a credit paid of a charge."""
    return sum(share.fen for share in charge.shares if (share.funder, share.rule) == (CREDIT_FUNDER, reference))
