"""The operator publishes editions: before anything runs, and again in the day, with other fares and denied cards."""

from __future__ import annotations

import asyncio
from typing import Final

from edge.domain.limits import Ceilings, Limits
from edge.domain.tariff.flat import flat_tree
from edge.simulation.audit_facts import TariffTruth
from edge.simulation.loop import simulation_loop
from edge.simulation.rider import Sort
from edge.simulation.town import DAY_S, HOME_CITY, HOUR_S, Town
from sync.central.artifacts import Publication
from sync.tariff_wire import encode_tariff
from sync.wire import encode

FARES: Final = ((200, 250), (180, 250), (200, 300))
CHANGES_H: Final = (5.0, 10.0)
ALSO: Final = ("bank_card", "code")
PASSBACK_S: Final = (0, 0, 60)
COUNT_MAX: Final = 60
FEN_MAX: Final = 30_000
CAUTIOUS_MAX: Final = 4
CARD_MAX: Final = 2
REPORTED_LOST: Final = 0.002


async def act(town: Town) -> None:
    """Publish at fixed hours, each time with a few more denied cards."""
    for day in range(town.plan.days):
        for hour in CHANGES_H:
            await asyncio.sleep(max(0.0, day * DAY_S + hour * HOUR_S - simulation_loop().time()))
            await publish(town)


async def publish(town: Town) -> None:
    """Put the next edition into force, and tell the auditor what it says."""
    draw = town.stream("operator")
    fare_fen, foreign_fen = draw.choice(FARES)
    window_s = draw.choice(PASSBACK_S)
    denied = _denied(town)
    limits = Limits(
        unsent_count_max=COUNT_MAX,
        unsent_fen_max=FEN_MAX,
        cautious_unsent_count_max=CAUTIOUS_MAX,
        fare_fen_max=10_000,
        ceilings=Ceilings(card_unsent_count_max=CARD_MAX),
    )
    fare = flat_tree("flat", fare_fen, foreign_fen, passback="duplicate", passback_window_s=window_s, also=ALSO)
    publications = [
        Publication("tariff", "tariff", encode_tariff([fare])),
        Publication("limits", "limits", encode(limits)),
        Publication("deny_list", "deny_list", b"".join(sorted(denied))),
    ]
    truth = TariffTruth(
        HOME_CITY, fare_fen, foreign_fen, window_s, frozenset(denied), COUNT_MAX, FEN_MAX, CAUTIOUS_MAX, CARD_MAX
    )
    town.auditor.fares.attempt(truth)
    number = await town.centre.ask(lambda centre: centre.publish(publications))
    town.auditor.fares.confirm(number)
    town.note("operator", f"edition {number} published: {fare_fen} fen, foreign {foreign_fen} fen")


def _denied(town: Town) -> list[bytes]:
    """Return the tokens of the denied cards, and of a few others that were just reported lost."""
    draw = town.stream("operator/denied")
    cards = [card for rider in town.riders for card in rider.cards]
    return [town.watch.token(card) for card in cards if card.sort is Sort.DENIED or draw.random() < REPORTED_LOST]
