"""Statements behind the page of money: closed days from their files, open ones from the lines themselves."""

from __future__ import annotations

from typing import Final

FILED: Final = """SELECT business_day, account, party, fen FROM closing_total WHERE business_day BETWEEN ? AND ?
    ORDER BY business_day, account, party"""
LINES_BY_DAY: Final = """SELECT business_day, account, party, sum(fen) FROM book_line
    WHERE business_day > ? AND business_day <= ? GROUP BY business_day, account, party"""
ADJUSTED_BY_DAY: Final = """SELECT business_day, account, party, sum(fen) FROM adjustment_line
    WHERE bucket = ? AND business_day > ? AND business_day <= ? GROUP BY business_day, account, party"""
