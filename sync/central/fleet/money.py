"""The page of money: what one day came to by medium, operator and funder, and the days before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from aiohttp import web

from edge.domain.errors import ConfigError
from sync.central.books.accounts import Account
from sync.central.books.day_money import DayMoney
from sync.central.books.days import business_day
from sync.central.fleet.answering import Call, FleetRoute, told
from sync.central.fleet.users import Role

DAYS: Final = 30
OTHERS: Final = (Account.HOLDER, Account.CREDIT, Account.SITE, Account.CASH, Account.SUSPENSE, Account.UNPROVEN)


async def money(call: Call) -> web.StreamResponse:
    """Return the money of ``day`` (today where none is asked for), and of the thirty days that end with it."""
    today = business_day(call.fleet.now_ms())
    day = _day(call.asked("day")) or today
    summed = await call.fleet.centre.bookkeeping.money(day, DAYS)
    found = summed.money
    days = [
        {"day": one.day, "is_closed": one.is_closed, "earned_fen": one.earned_fen, "collected_fen": _sum(one)}
        for one in found.days
    ]
    return told(
        {
            "today": today,
            "summed_ms": summed.summed_ms,
            "behind": found.behind,
            "days": days,
            **plain_day(found.days[-1]),
        }
    )


def plain_day(found: DayMoney) -> dict[str, object]:
    """Return one day's parties as plain values; above zero is what each medium and funder pays, and operators earn."""
    earned = {party: -fen for party, fen in found.of(Account.OPERATOR).items()}
    return {
        "day": found.day,
        "is_closed": found.is_closed,
        "media": _rows(found.collected()),
        "operators": _rows(earned),
        "funders": _rows(found.of(Account.FUNDER)),
        "others": [{"account": account, **row} for account in OTHERS for row in _rows(found.of(account))],
    }


def _rows(parties: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"party": party, "fen": fen} for party, fen in sorted(parties.items(), key=lambda one: (-one[1], one[0]))]


def _sum(found: DayMoney) -> int:
    return sum(found.collected().values())


def _day(text: str) -> int:
    """Return a business day, 0 where none is asked for; raises ``CONFIG_VALUE`` for what is none."""
    try:
        return int(date.fromisoformat(text).strftime("%Y%m%d")) if text else 0
    except ValueError:
        raise ConfigError("CONFIG_VALUE", "a day is written YYYYMMDD") from None


MONEY_ROUTES: Final = (FleetRoute("GET", "/api/money", Role.VIEWER, money),)
