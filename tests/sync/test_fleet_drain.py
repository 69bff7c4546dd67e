"""Row 64 of the fault catalogue: a whole fleet comes back at once, and the centre has places for few of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

from edge.simulation.loop import simulation_loop
from edge.simulation.run import run
from sync.central.admission import RETRY_AFTER_S, SPREAD_S, Admission
from sync.centre_link import Reply
from sync.paths import ACK_TYPE
from sync.uplink import Delivered, Pace, Uplink
from tests.sync.builders import CENTRE_KEY, Ledger
from tests.sync.test_uplink import PROBLEM, ack_of

TERMINALS = 400
PLACES = 8
WORK_S = 0.5
NEEDED_S = TERMINALS * WORK_S / PLACES
"""No centre of so many places could be done before."""


class Crowded:
    """A centre by its admission alone: every batch takes a while, and few are worked on at once."""

    def __init__(self) -> None:
        self.admission = Admission(simulation_loop().time, PLACES)
        self.asked: Counter[str] = Counter()
        self.most_at_once = 0

    async def deliver(self, terminal: str, jitter: Random) -> None:
        """Have one terminal deliver what it has; its wait is drawn as the product's is."""
        ledger = Ledger(terminal=terminal)
        ledger.ride(1)
        sent = ledger.batch()
        answer = Reply(200, ACK_TYPE, {}, ack_of(sent))
        centre = self

        class Line:
            async def post(self, _path: str, _body: bytes, _content_type: str) -> Reply:
                return await centre.answer(terminal, answer)

        uplink = Uplink(Line(), CENTRE_KEY.public, Pace(), lambda ceiling: jitter.uniform(0, ceiling), lambda _: None)
        assert isinstance(await uplink.deliver(sent), Delivered)

    async def answer(self, terminal: str, answer: Reply) -> Reply:
        """Work on a batch where there is a place, and send it to its slot where there is none."""
        self.asked[terminal] += 1
        if self.admission.is_full:
            return Reply(503, PROBLEM, {"Retry-After": str(self.admission.turn_away(terminal))}, b"")
        with self.admission.place():
            self.most_at_once = max(self.most_at_once, self.admission.taken)
            await asyncio.sleep(WORK_S)
        return answer


async def drained() -> Crowded:
    centre = Crowded()
    await asyncio.gather(*(centre.deliver(f"BUS-{number}", Random(number)) for number in range(TERMINALS)))
    return centre


def test_row_64_a_fleet_that_comes_back_at_once_is_served_by_few_places_and_few_askings() -> None:
    drain = run(drained, 1)
    asked = drain.value.asked
    assert (len(asked), drain.value.most_at_once) == (TERMINALS, PLACES)
    assert drain.virtual_ms / 1000 < RETRY_AFTER_S + SPREAD_S + 4 * NEEDED_S
    assert asked.total() / TERMINALS < 4, "they knock again and again"
