"""Months and days as cards write them: binary coded digits, years of the window 1950 to 2049 (EMV book 4, 6.7.3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from drivers.oda.refusal import Fault, OdaRefused, Part

_CENTURY_TURNS: Final = 50


def month_end(part: Part, mmyy: bytes) -> date:
    """Return the last day of a certificate's month."""
    digits = mmyy.hex()
    if not digits.isdecimal() or not 1 <= int(digits[:2]) <= 12:  # noqa: PLR2004 - months
        raise OdaRefused(part, Fault.DATE, "the expiry is no month")
    year, month = _year(digits[2:]), int(digits[:2])
    return (date(year, month, 1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def check_not_past(part: Part, last_day: date, at: date) -> None:
    """Refuse what ended before ``at``."""
    if at > last_day:
        raise OdaRefused(part, Fault.EXPIRED, f"valid until {last_day}, used on {at}")


def day(yymmdd: bytes | None) -> date | None:
    """Return the day that an object (5F24, 5F25) names; None where it is absent or names none."""
    if yymmdd is None or len(yymmdd) != 3 or not (digits := yymmdd.hex()).isdecimal():  # noqa: PLR2004 - YY MM DD
        return None
    year, month, of_month = _year(digits[:2]), int(digits[2:4]), int(digits[4:])
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def _year(digits: str) -> int:
    return int(digits) + (1900 if int(digits) >= _CENTURY_TURNS else 2000)
