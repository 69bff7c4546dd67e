"""Everybody whom a shipped tariff tells apart, at one terminal: what each is charged, shown and told.

Diners by what the published cases state of them, riders by the categories of the bundles; all have the same card with
the same money, and nothing differs but what the lists say of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from drivers.virtual.purse import PurseCard
from edge.control.messages import Message
from edge.domain.card_number import CardNumber
from edge.domain.holder import Claim, HolderRecord
from edge.domain.shown import PURSE_SCHEME
from edge.ports import Signal
from edge.terminal.outcome import Outcome
from edge.terminal.till.telling import outcome_message
from sync.row_form import Row
from sync.tariff_wire import encode_tariff
from tests.scenarios.line_tariffs import shipped
from tests.scenarios.tap_bench import IDENTITY, NOON_MS, Bench, play
from tests.store.editions import artifact, deny
from tests.store.row_lists import with_rows
from tests.terminal.till_bench import ELDER, LOADED_FEN
from tests.till.sold_cases import CASES, SHELF, CaseBench, claims_of, offer_of

NOBODY: Final = "somebody whom no list knows"
SINCE: Final = "20200101"
People = Mapping[str, Sequence[Claim]]


@dataclass(frozen=True, slots=True)
class Met:
    """How one of them fared: the outcome, what the till's pages are told of it, and the signal that bystanders get."""

    outcome: Outcome
    told: Message
    signal: Signal


def diners_of(tariff: str) -> People:
    """Return the diners whom the published cases of a meal tariff tell apart, by what is claimed for them."""
    found = {NOBODY: list[Claim]()}
    for case in CASES:
        if case["tariff"] == tariff:
            claims = claims_of(case["given"])
            found[", ".join(claim.category for claim in claims) or NOBODY] = claims
    return found


def riders_of(tariff: str) -> People:
    """Return the riders whom a fare tells apart: one of each of its categories."""
    names = (each.rider_category_id for version in SHELF.versions(tariff) for each in version.document.rider_categories)
    return {NOBODY: [], **{name: [Claim(name, SINCE)] for name in names}}


def meal_tariffs() -> list[str]:
    """Return every shipped tariff that has meals."""
    return sorted({case["tariff"] for case in CASES})


def fares() -> list[str]:
    """Return every shipped tariff that tells riders apart."""
    return [name for name in SHELF.ids() if len(riders_of(name)) > 2]


def met_at_till(folder: Path, tariff: str) -> Mapping[str, Met]:
    """Sell the same meal to every diner of a tariff at one till."""
    people = diners_of(tariff)
    given = next(case["given"] for case in CASES if case["tariff"] == tariff)
    return _met(folder, tariff, people, CaseBench(folder), offer_of(tariff, given))


def met_aboard(folder: Path, tariff: str) -> Mapping[str, Met]:
    """Let every rider of a fare board at one validator."""
    return _met(folder, tariff, riders_of(tariff), Bench(folder), None)


def _met(folder: Path, tariff: str, people: People, bench: Bench, offer: Mapping[str, Any] | None) -> Mapping[str, Met]:
    _write(folder, tariff, people)
    found: dict[str, Met] = {}

    async def scene() -> None:
        async with bench:
            if isinstance(bench, CaseBench):
                await bench.ask("shift.open")
            for number, who in enumerate(people):
                if isinstance(bench, CaseBench):
                    await bench.ask("offer", **(offer or {}))
                outcome = await bench.ride(card(number))
                told = outcome_message(outcome, NOON_MS, inside=True)
                found[who] = Met(outcome, told, bench.lamps[-1])

    play(scene())
    return found


def card(number: int) -> PurseCard:
    """Return the card of one of them."""
    serial = f"31049304999{number:09d}"
    personalisation = replace(ELDER, serial=serial, start=SINCE)
    return PurseCard(LOADED_FEN, personalisation=personalisation, uid=bytes.fromhex(f"08{number:06X}"))


def _write(state: Path, tariff: str, people: People) -> None:
    rows: list[Row] = []
    for number, claims in enumerate(people.values()):
        if claims:
            token = IDENTITY.token(PURSE_SCHEME, CardNumber(f"31049304999{number:09d}"))
            person = number.to_bytes(16, "big")
            rows.append(((person, token), HolderRecord(person, tuple(claims))))
    files = [("tariff", 1, artifact("tariff", 1, encode_tariff([shipped(tariff)]))), ("deny_list", 1, deny(1))]
    with_rows(state, 1, files, {"entitlements": rows})
