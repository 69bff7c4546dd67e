"""What the fleet pages ask of any store: users, sessions, tries, acts, and how terminals stand.

A test class inherits :class:`FleetCases` and provides the fixture ``store``, a fresh store.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest

from edge.domain.errors import ConfigError
from sync.central.centre import Centre
from sync.central.fleet.acts import BEFORE_NONE, BEGUN, DONE, acts_work, begin_act_work, end_act_work
from sync.central.fleet.sessions import begin_work, end_work, seen_work, session_work
from sync.central.fleet.terminals import Sought, batches_work, counts_work, past_work, terminal_work, terminals_work
from sync.central.fleet.tries import FIRST_WAIT_MS, FORGOTTEN_MS, WAIT_MS_MAX, forgive_work, slots_of, try_work
from sync.central.fleet.users import (
    Role,
    UserRow,
    add_user_work,
    change_user_work,
    remove_user_work,
    standing_work,
    users_work,
)
from sync.central.rollout_verbs import RolloutVerbs
from sync.central.store.port import CentralStore
from sync.central.store.terminal_statements import TERMINALS_BY
from sync.central.trust_verbs import TrustVerbs
from tests.conformance.central_store import KEYS, centre_on, enrol, enrolled, send
from tests.sync.builders import NOON_MS

TOKEN: Final = bytes(range(32))
ADA: Final = ("ada", Role.ADMIN, "a hash", "test")
NEWEST: Final = (2**62, 2**62, 2**62)
FOUND: Final[tuple[tuple[Sought, list[str]], ...]] = (
    (Sought(state="gap"), ["BUS-1"]),
    (Sought(state="revoked"), ["bus-2"]),
    (Sought("name", state="new"), ["bus-3", "bus-4", "bus-5"]),
    (Sought("name", group="pilot"), ["BUS-1", "bus-3"]),
    (Sought(text="US-1"), ["BUS-1"]),
    (Sought(text="%"), []),
)


class FleetCases:
    """The cases; each claim is in its test's name."""

    async def test_a_users_newest_row_holds_and_a_name_is_free_again_once_it_is_nobodys(
        self, store: CentralStore
    ) -> None:
        await store.write(lambda: add_user_work(*ADA, NOON_MS))
        with pytest.raises(ConfigError, match="already"):
            await store.write(lambda: add_user_work(*ADA, NOON_MS))
        await store.write(lambda: change_user_work("ada", "bob", NOON_MS + 1, role="viewer"))
        (row,) = await store.read(users_work)
        assert row == UserRow("ada", "viewer", NOON_MS + 1, "bob", signed_in_ms=0)
        assert (await store.read(lambda: standing_work("ada"))).password_hash == "a hash"
        await store.write(lambda: remove_user_work("ada", "bob", NOON_MS + 2))
        assert await store.read(users_work) == []
        with pytest.raises(ConfigError, match="no user"):
            await store.write(lambda: change_user_work("ada", "bob", NOON_MS, role="admin"))
        await store.write(lambda: add_user_work(*ADA, NOON_MS + 3))

    async def test_a_name_that_is_none_is_refused(self, store: CentralStore) -> None:
        for name in ("", "Ada", "a b", "1ada", "a" * 33, "(command)"):
            with pytest.raises(ConfigError, match="a name has"):
                await store.write(partial(add_user_work, name, Role.VIEWER, "", "test", NOON_MS))

    async def test_a_session_is_its_users_until_it_ends_or_the_user_changes(self, store: CentralStore) -> None:
        await store.write(lambda: add_user_work(*ADA, NOON_MS))
        await store.write(lambda: begin_work(TOKEN, "ada", 1, NOON_MS))
        session = await store.read(lambda: session_work(TOKEN, NOON_MS))
        assert session is not None
        assert (session.name, session.role, session.seen_ms) == ("ada", Role.ADMIN, NOON_MS)
        assert await store.read(lambda: session_work(bytes(32), NOON_MS)) is None
        await store.write(lambda: seen_work(session, NOON_MS + 9))
        await store.write(lambda: seen_work(session, NOON_MS + 5))
        seen = await store.read(lambda: session_work(TOKEN, NOON_MS + 9))
        assert seen is not None
        assert seen.seen_ms == NOON_MS + 9
        await store.write(lambda: end_work(session, NOON_MS + 10))
        assert await store.read(lambda: session_work(TOKEN, NOON_MS + 10)) is None

    async def test_tries_wait_twice_as_long_each_time_and_are_forgotten(self, store: CentralStore) -> None:
        slots = slots_of("ada", "192.0.2.1")
        now_ms, waited = NOON_MS, []
        for _ in range(14):
            wait_ms = await store.write(partial(try_work, slots, now_ms))
            waited.append(wait_ms)
            now_ms += wait_ms
            assert wait_ms == 0 or await store.write(partial(try_work, slots, now_ms)) == 0
        assert waited[:5] == [0] * 5
        assert waited[5:8] == [FIRST_WAIT_MS, 2 * FIRST_WAIT_MS, 4 * FIRST_WAIT_MS]
        assert max(waited) == WAIT_MS_MAX
        assert await store.write(partial(try_work, slots, now_ms)) == WAIT_MS_MAX
        later_ms = now_ms + FORGOTTEN_MS
        assert [await store.write(partial(try_work, slots, later_ms)) for _ in range(6)] == [0] * 5 + [FIRST_WAIT_MS]

    async def test_a_right_password_forgets_the_tries_of_its_name(self, store: CentralStore) -> None:
        slots = slots_of("ada", "192.0.2.1")
        for _ in range(3):
            assert [await store.write(partial(try_work, slots, NOON_MS)) for _ in range(5)] == [0] * 5
            await store.write(partial(forgive_work, slots, NOON_MS))

    async def test_one_network_is_slowed_down_whatever_names_it_tries(self, store: CentralStore) -> None:
        addresses = [f"2001:db8::{number:x}" for number in range(31)]
        tried = [slots_of(f"name-{number}", address) for number, address in enumerate(addresses)]
        assert [await store.write(partial(try_work, slots, NOON_MS)) for slots in tried] == [0] * 30 + [FIRST_WAIT_MS]
        assert await store.write(partial(try_work, slots_of("another", "2001:db8:1::1"), NOON_MS)) == 0

    async def test_acts_are_listed_backwards_and_say_how_they_ended(self, store: CentralStore) -> None:
        for number in range(5):
            act_id = bytes([number]) * 16
            await store.write(partial(begin_act_work, act_id, "ada", "halt", f"pilot {number}", NOON_MS + number // 2))
            if number != 3:
                await store.write(partial(end_act_work, act_id, DONE))
        first = await store.read(lambda: acts_work(BEFORE_NONE, 3))
        rest = await store.read(lambda: acts_work((first[-1].act_ms, first[-1].act_id), 3))
        assert [row.subject for row in (*first, *rest)] == [f"pilot {number}" for number in (4, 3, 2, 1, 0)]
        assert [row.outcome for row in first] == [DONE, BEGUN, DONE]

    async def test_every_terminal_is_on_one_page_in_any_order(self, store: CentralStore) -> None:
        centre = await _fleet(store)
        for order in TERMINALS_BY:
            names, after = [], Sought().after
            while page := await centre.read(partial(terminals_work, Sought(order, after=after), 2, NOON_MS)):
                names += [row.terminal for row in page]
                after = (page[-1].place, page[-1].terminal)
            assert sorted(names) == ["BUS-1", "bus-2", "bus-3", "bus-4", "bus-5"], order

    async def test_terminals_are_found_by_state_group_and_a_part_of_the_name(self, store: CentralStore) -> None:
        centre = await _fleet(store)
        for sought, found in FOUND:
            rows = await centre.read(partial(terminals_work, sought, 9, NOON_MS))
            assert [row.terminal for row in rows] == found, sought

    async def test_terminals_are_counted_by_state_and_group(self, store: CentralStore) -> None:
        centre = await _fleet(store)
        states, groups = await centre.read(partial(counts_work, NOON_MS))
        assert (states, groups) == ({"gap": 1, "new": 3, "revoked": 1}, {"pilot": 2})

    async def test_the_past_of_a_terminal_is_told(self, store: CentralStore) -> None:
        centre = await _fleet(store)
        row = await centre.read(partial(terminal_work, "BUS-1", NOON_MS))
        assert row is not None
        assert (row.gaps, row.forks, row.aside, row.acked_seq, row.group) == (1, 0, 0, 2, "pilot")
        assert row.report is not None
        assert await centre.read(partial(terminal_work, "bus-9", NOON_MS)) is None
        journals, events = await centre.read(partial(past_work, "BUS-1"))
        assert [(each["epoch"], each["seen"], each["acked_seq"]) for each in journals] == [(2, 0, 0), (1, 1, 2)]
        assert {str(each["what"]) for each in events} == {"enrolled", "spare", "gap", "moved"}
        gap = next(each for each in events if each["what"] == "gap")
        assert (gap["first"], gap["second"]) == (3, 5)
        batches = await centre.read(partial(batches_work, "BUS-1", NEWEST))
        assert [(each["first_seq"], each["last_seq"]) for each in batches] == [(1, 2)]

    async def test_a_fork_is_over_with_the_next_enrolment(self, store: CentralStore) -> None:
        clock = [NOON_MS]
        counter = iter(range(1, 1000))
        centre = Centre(store, KEYS, lambda: clock[0], lambda count: next(counter).to_bytes(count, "big"))
        ledger = await enrolled(centre)
        twin = ledger.copied()
        ledger.ride(1)
        twin.voided(2)
        await send(centre, ledger)
        clock[0] += 1
        await send(centre, twin)
        state = partial(terminal_work, "BUS-1", NOON_MS)
        forked = await centre.read(state)
        assert forked is not None
        assert (forked.state, forked.forks) == ("forked", 1)
        clock[0] += 1
        anew = await enrolled(centre)
        anew.ride(1)
        await send(centre, anew)
        sound = await centre.read(state)
        assert sound is not None
        assert (sound.state, sound.forks) == ("good", 1)


async def _fleet(store: CentralStore) -> Centre:
    """Return a centre with a terminal at a gap, one shut out, and three that were never used; two are in a group."""
    centre = centre_on(store)
    ledger = await enrolled(centre)
    for tap in range(1, 4):
        ledger.ride(tap)
    await send(centre, ledger, 1, 2)
    await send(centre, ledger, 5, 6)
    for number in range(2, 6):
        await enrol(centre, f"bus-{number}")
    await TrustVerbs(centre).shut_out({"terminal": "bus-2", "reason": "stolen"})
    await RolloutVerbs(centre).move({"group": "pilot", "terminals": ["BUS-1", "bus-3"]})
    return centre
