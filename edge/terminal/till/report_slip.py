"""A shift's report as lines of paper: its figures in the order of their entry, each by its name in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edge.domain.meals.shift import Pairs
from edge.domain.slip import Slip, SlipLine, centred, folded, in_two
from edge.terminal.prompts import load_prompts
from edge.terminal.till.paper_words import moment, money, paper_word
from edge.terminal.till.receipt_slip import Look

FEN: Final = "_fen"
MS: Final = "_ms"
TABLES: Final = {"medium": "medium", "funder": "funder", "reversed": "way", "flagged": "flagged"}
"""Which words a figure is counted by: ``medium.purse_fen`` is what purses paid."""


def report_slip(figures: Pairs, look: Look, site: str, *, copy: bool) -> Slip:
    """Return the paper of a closed shift's report; ``copy``: it was asked for again, and says so."""
    return Slip(tuple(_lines(dict(figures), look, site, copy=copy)))


def _lines(told: dict[str, str], look: Look, site: str, *, copy: bool) -> Iterator[SlipLine]:
    for line in folded(look.heading or site, look.columns):
        yield SlipLine(centred(line, look.columns), tall=True, strong=True)
    title = f"{paper_word(look.language, 'line', 'shift_report')} {told['number']}"
    yield SlipLine(centred(title, look.columns), strong=True)
    if "reopens" in told:
        replaced = f"{paper_word(look.language, 'line', 'replaces')} {told['reopens']}"
        yield SlipLine(centred(replaced, look.columns), strong=True)
    if copy:
        yield SlipLine(centred(f"* {paper_word(look.language, 'line', 'copy')} *", look.columns), strong=True)
    yield SlipLine("-" * look.columns)
    for name, text in told.items():
        for line in in_two(figure_name(name, look.language), _figure(name, text, look), look.columns):
            yield SlipLine(line)


def _figure(name: str, text: str, look: Look) -> str:
    if name.endswith(FEN):
        return money(int(text))
    if name.endswith(MS):
        return moment(int(text), look.utc_offset_min) if int(text) else "-"
    return text


def figure_name(name: str, language: str) -> str:
    """Return what a figure is called: a word, or a word and what it is counted by."""
    head, _, tail = name.partition(".")
    if not tail:
        return paper_word(language, "figure", head)
    by = tail.removesuffix(FEN)
    unit = FEN if tail.endswith(FEN) else ""
    what = paper_word(language, "figure", head + unit, paper_word(language, "figure", head))
    return f"{what} {_counted_by(head, by, language)}"


def _counted_by(head: str, by: str, language: str) -> str:
    if head == "declined":
        return load_prompts().get(by, {}).get(language, by)
    otherwise = paper_word(language, "funder", "other") if head == "funder" else by
    return paper_word(language, TABLES[head], by, otherwise) if head in TABLES else by
