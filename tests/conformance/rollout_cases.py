"""Staging, releasing, halting and rolling back on any store; a second engine runs the same cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from edge.domain.errors import ConfigError
from edge.domain.exchange import EDITION, Edition
from sync.artifact import open_artifact
from sync.central.artifacts import Publication
from sync.central.centre import Centre
from sync.central.rollout_verbs import RolloutVerbs
from sync.central.store.port import CentralStore
from sync.wire import decode
from tests.conformance.central_store import centre_on, enrolled, send
from tests.sync.builders import CENTRE_KEY

TARIFF: Final = Publication("tariff", "tariff", b"today's fares")
DENY: Final = Publication("deny_list", "other", b"", (b"",))
COMING: Final = Publication("tariff", "tariff", b"tomorrow's fares")
LATER: Final = Publication("tariff", "tariff", b"the fares after")
PROFILES: Final = Publication("profiles", "profiles", b"settings")
PILOT, OTHER = "bus-1", "bus-2"


@dataclass(frozen=True)
class Given:
    """What one terminal is offered: the edition's number, and name -> version, floor and body of its artifacts."""

    number: int
    floor: int
    parts: Mapping[str, tuple[int, int, bytes]]

    @property
    def fares(self) -> bytes:
        return self.parts["tariff"][2]


async def given(centre: Centre, terminal: str = "") -> Given:
    """Return what a terminal is offered, its signatures checked."""
    found = await centre.manifest(terminal)
    assert found is not None
    header, body = open_artifact(found[0], CENTRE_KEY.public, kind=EDITION)
    parts: dict[str, tuple[int, int, bytes]] = {}
    for reference in decode(Edition, body).segments:
        file = await centre.segment(reference.sha256)
        assert file is not None
        part, content = open_artifact(file, CENTRE_KEY.public, kind=reference.kind)
        parts[reference.kind] = (part.version, part.floor, content)
    return Given(header.version, header.floor, parts)


@dataclass
class City:
    """A centre with one terminal in the group ``pilot`` and others in none."""

    centre: Centre
    verbs: RolloutVerbs

    async def do(self, verb: str, **arguments: object) -> dict[str, object]:
        return await self.verbs.verbs()[verb](arguments)

    async def both(self) -> tuple[Given, Given]:
        """Return what the pilot is offered, and everybody else; never less than before."""
        return await given(self.centre, PILOT), await given(self.centre, OTHER)


async def city_on(store: CentralStore) -> City:
    """Return a city whose fares are published and whose pilot is in its group."""
    centre = centre_on(store)
    city = City(centre, RolloutVerbs(centre))
    await centre.publish([TARIFF, DENY])
    await city.do("group.set", group="pilot", terminals=[PILOT])
    return city


class RolloutCases:
    """The cases; each claim is in its test's name."""

    async def test_what_is_staged_reaches_its_group_alone(self, store: CentralStore) -> None:
        city = await city_on(store)
        before = await given(city.centre, OTHER)
        number = await city.centre.publish([COMING], "pilot")
        pilot, other = await city.both()
        assert (pilot.number, pilot.fares) == (number, COMING.body)
        assert other == before == await given(city.centre)
        stages = (await city.do("stages"))["stages"]
        assert stages == [
            {"group": "pilot", "kind": "tariff", "name": "tariff", "version": 2, "staged_ms": stages[0]["staged_ms"]}  # type: ignore[index]  # one row
        ]

    async def test_a_release_gives_it_to_everybody_and_nothing_is_sent_to_the_pilot_again(
        self, store: CentralStore
    ) -> None:
        city = await city_on(store)
        await city.centre.publish([COMING], "pilot")
        staged, _ = await city.both()
        number = (await city.do("release", group="pilot"))["edition"]
        pilot, other = await city.both()
        assert (pilot, other.number, other.parts) == (other, number, staged.parts)
        assert (await city.do("stages"))["stages"] == []

    async def test_a_halt_leads_the_group_back_over_no_floor(self, store: CentralStore) -> None:
        city = await city_on(store)
        before = await given(city.centre, PILOT)
        await city.centre.publish([COMING], "pilot")
        await city.centre.publish([LATER], "pilot")
        staged, _ = await city.both()
        await city.do("halt", group="pilot")
        pilot, other = await city.both()
        assert pilot == other
        assert pilot.number > staged.number
        assert pilot.parts == before.parts
        assert pilot.parts["tariff"][0] >= staged.parts["tariff"][1]  # the floor that the pilot has seen
        assert pilot.floor <= staged.number

    async def test_a_publication_for_all_reaches_the_group_beside_what_is_staged(self, store: CentralStore) -> None:
        city = await city_on(store)
        await city.centre.publish([COMING], "pilot")
        await city.centre.publish([PROFILES])
        pilot, other = await city.both()
        assert (pilot.fares, other.fares) == (COMING.body, TARIFF.body)
        assert pilot.parts["profiles"] == other.parts["profiles"]
        assert pilot.number > other.number

    async def test_what_was_halted_never_comes_back_by_itself(self, store: CentralStore) -> None:
        city = await city_on(store)
        await city.centre.publish([COMING], "pilot")
        await city.do("halt", group="pilot")
        await city.centre.publish([PROFILES])
        pilot, other = await city.both()
        assert pilot.fares == other.fares == TARIFF.body
        number = await city.centre.publish([COMING])
        assert (await given(city.centre, OTHER)).number == number
        assert (await given(city.centre, OTHER)).fares == COMING.body

    async def test_a_terminal_that_changes_groups_is_offered_a_higher_number(self, store: CentralStore) -> None:
        city = await city_on(store)
        await city.centre.publish([COMING], "pilot")
        staged, _ = await city.both()
        await city.do("group.set", group="", terminals=[PILOT])
        left = await given(city.centre, PILOT)
        assert left.number > staged.number
        assert left.fares == TARIFF.body
        await city.do("group.set", group="pilot", terminals=[PILOT, OTHER])
        pilot, other = await city.both()
        assert pilot == other
        assert pilot.number > left.number
        assert pilot.fares == COMING.body

    async def test_a_group_may_be_the_first_to_have_anything(self, store: CentralStore) -> None:
        centre = centre_on(store)
        city = City(centre, RolloutVerbs(centre))
        await city.do("group.set", group="pilot", terminals=[PILOT])
        await centre.publish([TARIFF, DENY], "pilot")
        await city.do("group.set", group="pilot", terminals=[OTHER])
        pilot, other = await city.both()
        assert pilot == other
        assert await centre.manifest("bus-3") is None
        with pytest.raises(ConfigError, match="nothing to go back to"):
            await city.do("halt", group="pilot")
        await city.do("release", group="pilot")
        assert (await given(centre, "bus-3")).fares == TARIFF.body

    async def test_two_groups_do_not_see_each_others_stages(self, store: CentralStore) -> None:
        city = await city_on(store)
        await city.do("group.set", group="depot", terminals=[OTHER])
        await city.centre.publish([COMING], "pilot")
        await city.centre.publish([LATER], "depot")
        pilot, other = await city.both()
        assert (pilot.fares, other.fares) == (COMING.body, LATER.body)
        await city.do("release", group="pilot")
        pilot, other = await city.both()
        assert (pilot.fares, other.fares) == (COMING.body, LATER.body)
        assert (await given(city.centre)).fares == COMING.body

    async def test_a_rollback_says_what_was_said_before_under_a_new_version(self, store: CentralStore) -> None:
        city = await city_on(store)
        await city.centre.publish([COMING])
        newest = await given(city.centre)
        await city.do("rollback", kind="tariff")
        back = await given(city.centre)
        assert back.number > newest.number
        assert back.fares == TARIFF.body
        assert back.parts["tariff"][0] > newest.parts["tariff"][0]
        assert back.parts["deny_list"] == newest.parts["deny_list"]

    async def test_an_ack_and_the_signed_time_offer_each_terminal_its_own_edition(self, store: CentralStore) -> None:
        city = await city_on(store)
        ledger = await enrolled(city.centre)
        await city.do("group.set", group="pilot", terminals=[ledger.terminal])
        number = await city.centre.publish([COMING], "pilot")
        ledger.ride()
        assert (await send(city.centre, ledger)).ack.offers == ((EDITION, number),)
        mine, other = await given(city.centre, ledger.terminal), await given(city.centre, OTHER)
        assert (mine.number, other.number < number) == (number, True)

    @pytest.mark.parametrize(
        ("verb", "arguments"),
        [
            ("release", {"group": "pilot"}),
            ("halt", {"group": "pilot"}),
            ("halt", {"group": "No Group"}),
            ("halt", {}),
            ("rollback", {"kind": "tariff"}),
            ("rollback", {"kind": "menus"}),
            ("rollback", {"kind": "debts", "name": "refused"}),
            ("group.set", {"group": "Pilot!", "terminals": [PILOT]}),
            ("group.set", {"group": "pilot", "terminals": ["bus 1"]}),
        ],
    )
    async def test_what_cannot_be_done_is_refused_and_changes_nothing(
        self, store: CentralStore, verb: str, arguments: dict[str, object]
    ) -> None:
        city = await city_on(store)
        before = await city.both()
        with pytest.raises(ConfigError, match="CONFIG_VALUE"):
            await city.do(verb, **arguments)
        assert await city.both() == before
