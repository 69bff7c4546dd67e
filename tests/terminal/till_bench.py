"""A canteen's till on virtual time: the real tap line and the real desk, over virtual cards and a real journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import Personalisation
from edge.control.messages import Message
from edge.domain.card_number import CardNumber
from edge.domain.holder import Claim, HolderRecord
from edge.domain.ledger import fold
from edge.domain.shown import PURSE_SCHEME
from edge.domain.tap import Place
from edge.simulation.ids import SeededIds
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome
from edge.terminal.till.desk import TillDesk
from edge.terminal.till.lately import Lately
from edge.terminal.till.offers import Offers
from sync.row_form import Row
from sync.tariff_wire import encode_tariff
from tests.domain.canteen import PERSON, RESIDENT, canteen
from tests.scenarios.tap_bench import IDENTITY, RULES, Bench, play
from tests.store.editions import artifact, deny
from tests.store.row_lists import with_rows

ELDER: Final = Personalisation()
OTHER: Final = Personalisation(serial="3104930499900000025")
LOADED_FEN: Final = 10_000
MEAL: Final = {"staff": "s1", "unit_fen": 1500}
PLACE: Final = Place("till", "4520", "shibei-canteen")
TORN_WINDOW_MS: Final = RULES.torn_window_s * 1000


def elder() -> PurseCard:
    """Return the card of somebody whose lunch the district relieves."""
    return PurseCard(LOADED_FEN, personalisation=ELDER)


def anybody(balance_fen: int = LOADED_FEN) -> PurseCard:
    """Return the card of somebody whom no list knows."""
    return PurseCard(balance_fen, personalisation=OTHER, uid=bytes.fromhex("08D4E5F6"))


def write_canteen(state: Path, claims: Sequence[Claim] = RESIDENT, number: int = 1) -> None:
    """Write an edition with the canteen's tariff and the elder on the entitlement list."""
    token = IDENTITY.token(PURSE_SCHEME, CardNumber(ELDER.serial))
    people: list[Row] = [((PERSON, token), HolderRecord(PERSON, tuple(claims)))]
    tariff = artifact("tariff", number, encode_tariff([canteen()]))
    files = [("tariff", number, tariff), ("deny_list", number, deny(number))]
    with_rows(state, number, files, {"entitlements": people})


class TillBench(Bench):
    """The bench as a till that stands at ``place``.

    ``desk`` is what staff speak to, ``events`` everything that a page would hear.
    """

    events: list[Message]
    place: Place = PLACE

    def line_of(self, ids: SeededIds) -> TapLine:
        """Return the tap line of a till."""
        line = super().line_of(ids)
        offers = Offers(self.clock, self.reference, TORN_WINDOW_MS)
        meals = Lately(lambda: [*self.older, self.journal])
        return replace(line, rules=replace(RULES, place=self.place), offers=offers, meals=meals)

    async def start(self) -> None:
        """Start as ``onecard run`` does: the desk reads its shift out of the journal."""
        await super().start()
        await self.desk.shifts.start()

    @property
    def desk(self) -> TillDesk:
        """Return the desk of this start."""
        assert self.service.till is not None
        return self.service.till

    async def ask(self, verb: str, **members: object) -> Message:
        """Ask the desk."""
        return await self.desk.verbs()[f"till.{verb}"]({"staff": "s1", **members})

    async def sell(self, card: PurseCard, **wish: object) -> Outcome:
        """Offer a meal and let a card pay it."""
        await self.ask("offer", **({**MEAL, **wish}))
        return await self.ride(card)

    async def balances(self) -> dict[str, int]:
        """Fold the journal; every account that is not zero."""
        found = fold(await self.entries())
        assert sum(found.values()) == 0
        return {account: fen for account, fen in sorted(found.items()) if fen}

    def _on_outcome(self, outcome: Outcome) -> None:
        self.desk.hear(outcome)
        super()._on_outcome(outcome)


Scene = Callable[[TillBench], Awaitable[None]]


def at_till(folder: Path, scene: Scene, claims: Sequence[Claim] = RESIDENT, **shift: Any) -> None:  # noqa: ANN401 - members of the request
    """Play a scene at a till with an open shift."""
    write_canteen(folder, claims)
    in_a_shift(folder, scene, **shift)


def in_a_shift(folder: Path, scene: Scene, **shift: Any) -> None:  # noqa: ANN401 - as above
    """Play a scene at the canteen that lies in ``folder``, in an open shift; its journal is sound in the end."""

    async def whole() -> None:
        async with TillBench(folder) as bench:
            await bench.ask("shift.open", **shift)
            await scene(bench)
            assert await bench.journal.verify() == []

    play(whole())
