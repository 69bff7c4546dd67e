"""Taps of a terminal's journal, decided again under other tariffs: what a change of prices would have meant."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from edge.cli.locate import locate
from edge.cli.terminal_source import open_source
from edge.domain.decision import Approved, Decision
from edge.domain.entry import Entry, Intent
from edge.domain.policy import Policy
from edge.domain.replay import replay
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.document import Effective
from edge.tariff_authoring.records import Change

PAGE: Final = 50


def journal_entries(arguments: argparse.Namespace) -> list[Entry]:
    """Return every entry that the terminal keeps; raises what reaching it or opening its files raises."""
    return asyncio.run(_entries(arguments))


async def _entries(arguments: argparse.Namespace) -> list[Entry]:
    entries: list[Entry] = []
    async with open_source(locate(arguments)) as source:
        last_seq = (await source.status())["journal"]["last_seq"]
        first = 1
        while first <= last_seq:
            page = await source.page(first, PAGE)
            entries += page
            first = page[-1].seq + 1 if page else first + PAGE
    return entries


def priced_by(entries: Iterable[Entry], bundles: Iterable[Bundle]) -> list[Entry]:
    """Return the entries of taps that one of these versions priced."""
    ids = {bundle.id for bundle in bundles}
    return [entry for entry in entries if isinstance(entry.body, Intent) and entry.body.pricing.bundle in ids]


def decided_again(
    entries: Iterable[Entry], before: Sequence[Bundle], after: Sequence[Bundle]
) -> Iterator[Change | None]:
    """Yield for every tap of a journal its change of price, None where it costs the same.

    Of several versions the tap's time chooses; one alone prices every tap, whenever it is in force.
    """
    then, otherwise = _undated(before), _undated(after)
    for entry in entries:
        one = replay(entry, Policy(entry.edition, then))
        two = replay(entry, Policy(entry.edition, otherwise))
        if one is not None and two is not None:
            paid, due = _payer(one), _payer(two)
            yield None if paid == due else Change(f"seq {entry.seq}", paid, due)


def _undated(versions: Sequence[Bundle]) -> tuple[Bundle, ...]:
    if len(versions) > 1:
        return tuple(versions)
    document = versions[0].document
    return (replace(versions[0], document=replace(document, bundle=replace(document.bundle, effective=Effective()))),)


def _payer(decision: Decision) -> int | None:
    return decision.charge.payer_fen if isinstance(decision, Approved) else None
