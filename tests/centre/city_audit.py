"""What a city's books must come to: its oracle's sums to the fen, and everything that was planted named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.central.books.adjusting import GONE
from sync.central.books.reconciling import Reconciled, reconcile_work
from tests.books.planting import payer_totals_work, plant

if TYPE_CHECKING:
    from tests.centre.city import City


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the city came to: faults in words (none: all is well), and what was planted and named."""

    faults: list[str]
    named: Counter[str]


async def audit(city: City) -> Outcome:
    """Compare the books with the oracle, to the fen, and see that everything planted is named."""
    faults = [f"{closing.day} does not balance" for closing in city.closings if not closing.is_balanced]
    paid = await city.store.read(payer_totals_work)
    for rider in city.people:
        token = rider.medium.token
        wanted, found = city.oracle.total_fen(token) + city.paid_beside[token], paid.get(token, 0)
        if wanted != found:
            faults.append(f"{rider.medium.family} {token.hex()[:8]}: owes {wanted} fen, pays {found}")
    operator = sum(total.fen for closing in city.closings for total in closing.totals if total.account == "operator")
    if operator != -city.oracle.earned_fen:
        faults.append(f"the operator earned {city.oracle.earned_fen} fen, its files say {-operator}")
    reconciled = await city.store.read(reconcile_work)
    faults += [f"{one.name} {one.about}: {one.told}" for one in reconciled.differences]
    named = names_of(reconciled)
    wanted_names = {**city.said, "double_claim": city.oracle.double_claims}
    for name in ("late_record", "double_claim", "declined", "clone", "contradicted"):
        if named[name] != wanted_names.get(name, 0):
            faults.append(f"{name}: {wanted_names.get(name, 0)} planted, {named[name]} named")
    planted = await plant(city.store)
    found_now = {one.name: one.about for one in (await city.store.read(reconcile_work)).differences}
    for name, about in planted.items():
        named[name] += found_now.get(name) == about
        if found_now.get(name) != about:
            faults.append(f"{name} was planted at {about}, and is not named")
    return Outcome(faults, named)


def names_of(reconciled: Reconciled) -> Counter[str]:
    """Count explanations by name; an item that another took the place of counts no more."""
    last = {(str(one.name), one.about): one for one in reconciled.explanations}
    return Counter(name for (name, _), one in last.items() if not one.told.startswith(GONE))
