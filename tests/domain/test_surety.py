"""How sure a till is of a sale's subsidies: the least sure quota decides what staff are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.meals.surety import Surety, carried_by_site, surety_of
from edge.domain.pricing import NOT_PRICED
from edge.domain.tariff.state import LEASED_ELSEWHERE, LEASED_HERE, Quota
from edge.terminal.till.telling import surety_key

FREE = Quota("used_today", "2026-06-01", limit=1, known=0, possible=0, added=0)
SHARED = replace(FREE, possible=1, added=1)
LEASED = replace(FREE, added=1, lease=LEASED_HERE)
ELSEWHERE = replace(SHARED, lease=LEASED_ELSEWHERE)
OPEN_DELIVERY = replace(SHARED, counter="delivered_today")

SALES = [
    pytest.param((), (), Surety.NO_QUOTA, id="no quota"),
    pytest.param((FREE,), (), Surety.NO_QUOTA, id="a quota that was not touched"),
    pytest.param((replace(FREE, possible=1),), (), Surety.NO_QUOTA, id="nobody asked for what others may have used"),
    pytest.param((replace(FREE, known=1),), (), Surety.USED, id="nothing is left"),
    pytest.param((replace(FREE, added=1),), (), Surety.CERTAIN, id="granted, and nobody else can have"),
    pytest.param((LEASED,), (), Surety.LEASED, id="granted under this till's lease"),
    pytest.param((SHARED,), ("used_today",), Surety.SHARED, id="granted, and others may have"),
    pytest.param((ELSEWHERE,), ("used_today",), Surety.ELSEWHERE, id="granted against another's lease"),
    pytest.param((replace(FREE, possible=1),), ("used_today",), Surety.WITHHELD, id="not granted, for others may have"),
    pytest.param((LEASED, OPEN_DELIVERY), ("delivered_today",), Surety.SHARED, id="a certain meal, an open delivery"),
    pytest.param((SHARED, ELSEWHERE), ("used_today",), Surety.ELSEWHERE, id="the worse of two open ones"),
]


@pytest.mark.parametrize(("quotas", "uncertain", "surety"), SALES)
def test_what_is_told_of_a_sale(quotas: tuple[Quota, ...], uncertain: tuple[str, ...], surety: Surety) -> None:
    assert surety_of(replace(NOT_PRICED, quotas=quotas, uncertain=uncertain)) is surety


@pytest.mark.parametrize(
    ("surety", "inside", "site"),
    [
        pytest.param(Surety.SHARED, True, False, id="the funders, while the lists are fresh"),
        pytest.param(Surety.SHARED, False, True, id="the site, once they may not be"),
        pytest.param(Surety.ELSEWHERE, True, True, id="the site that broke another's lease"),
        pytest.param(Surety.LEASED, False, False, id="nobody, of what is certain"),
    ],
)
def test_who_carries_what_was_granted_twice(surety: Surety, *, inside: bool, site: bool) -> None:
    assert carried_by_site(surety, inside=inside) is site


def test_the_key_that_the_pages_get_names_the_carrier() -> None:
    open_sale = replace(NOT_PRICED, quotas=(SHARED,), uncertain=("used_today",))
    assert surety_key(open_sale, inside=True) == "shared_funder"
    assert surety_key(open_sale, inside=False) == "shared_site"
    assert surety_key(replace(NOT_PRICED, quotas=(ELSEWHERE,)), inside=True) == "elsewhere_site"
    assert surety_key(replace(NOT_PRICED, quotas=(LEASED,)), inside=False) == "leased"
