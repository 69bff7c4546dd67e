"""A tap that a fault of its card ended: the entry tells what was known by then, and the debounce knows the card."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.purse import PurseCard
from edge.domain.entry import DeclinedTap, Intent
from edge.domain.replay import replay
from tests.scenarios.tap_bench import Bench, play, write_fare

pytestmark = pytest.mark.line

INITIALIZE: Final = 0x50


class MoodyCard(PurseCard):
    """A sound card that comes to answer some instructions otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.moods: dict[int, bytes] = {}

    def process(self, apdu: bytes) -> bytes:
        return self.moods.get(apdu[1]) or super().process(apdu)


FAULTS: Final = {
    "the card refuses INITIALIZE": (INITIALIZE, "6985", "card_fault"),
    "the card holds less than the amount": (INITIALIZE, "9401", "balance_too_low"),
}


@pytest.mark.parametrize(("ins", "answer", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_tap_declined_for_a_fault_tells_what_is_known_and_is_repeated(
    ins: int, answer: str, reason: str, tmp_path: Path
) -> None:
    """Regression: the entry named no card and no edition, and the debounce did not know the card again."""
    write_fare(tmp_path)

    async def scene() -> None:
        card = MoodyCard()
        async with Bench(tmp_path) as bench:
            await bench.ride(card)
            card.moods[ins] = bytes.fromhex(answer)
            shown = await bench.tap(card)
            await bench.take_away()
            assert (await bench.tap(card)).tap_id == shown.tap_id
            accepted, _, declined = await bench.entries()
            assert isinstance(accepted.body, Intent)
            assert isinstance(declined.body, DeclinedTap)
            assert (declined.body.reason, declined.edition) == (reason, 1)
            assert declined.body.token == accepted.body.token
            assert declined.body.medium is not None
            assert declined.body.state.unsent_count == 1
            assert replay(declined, bench.reference.policy()) is None

    play(scene())
