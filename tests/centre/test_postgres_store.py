"""The centre's store on PostgreSQL: the common cases on a real server, and what is PostgreSQL's own."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from edge.domain.errors import ConfigError, StoreError
from sync.central.artifacts import Publication
from sync.central.books.set_aside import End, How
from sync.central.centre import Centre
from sync.central.intake import Accepted, Duplicate
from sync.central.store import postgres, statements
from sync.central.store.port import CentralStore, OutrunError, Query, Work
from sync.central.store.postgres import open_postgres
from sync.kit import EnrolmentRequest
from sync.wire import encode
from tests.centre.cluster import GUARDED, Cluster
from tests.conformance.central_ingest import CentralIngestCases
from tests.conformance.central_store import CentralStoreCases, centre_on, enrolled, send
from tests.conformance.central_trust import CentralTrustCases, authority  # noqa: F401 - a fixture of these cases
from tests.conformance.device_report_cases import DeviceReportCases
from tests.conformance.fleet_cases import FleetCases
from tests.conformance.look_up_cases import LookUpCases
from tests.conformance.quarantine_cases import QuarantineCases, balances, ride_of_an_odd_clock
from tests.conformance.rollout_cases import RolloutCases
from tests.sync.builders import TERMINAL_KEY
from tests.sync.keys import BOX_PUBLIC
from tests.sync.schemas import FIRST_SCHEMA, TABLES

pytestmark = pytest.mark.centre


class TestPostgresStore(
    CentralStoreCases,
    CentralIngestCases,
    CentralTrustCases,
    DeviceReportCases,
    FleetCases,
    LookUpCases,
    QuarantineCases,
    RolloutCases,
):
    """The fixture ``store`` is a fresh place in the session's cluster."""


async def test_one_batch_sent_to_two_servers_at_once_is_accepted_once(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    ledger = await enrolled(centre_on(store))
    for tap in range(40):
        ledger.ride(tap)
    for seq in range(1, ledger.last, 2):
        sent = [send(centre_on(place), ledger, seq, seq + 1) for place in (store, other, store, other)]
        verdicts = Counter(type(receipt.verdict) for receipt in await asyncio.gather(*sent))
        assert verdicts == {Accepted: 1, Duplicate: 3}
    books = await centre_on(other).books()
    assert [(line.acked_seq, line.entries) for line in books.streams] == [(80, 80)]
    assert books.problems == ()
    await other.close()


async def test_of_operators_at_two_servers_one_ends_what_was_set_aside(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    ledger = await ride_of_an_odd_clock(centre_on(store))
    proof = ("BUS-1", ledger.epoch, 2)
    words = [
        centre_on(place).bookkeeping.end_aside(proof, How.WRITTEN_OFF, f"operator-{number}", "seen")
        for number, place in enumerate((store, other) * 3)
    ]
    heard = await asyncio.gather(*words, return_exceptions=True)
    assert Counter(type(one) for one in heard) == {End: 1, ConfigError: 5}
    assert await balances(centre_on(other)) == {}
    assert (await centre_on(other).bookkeeping.reconcile()).differences == ()
    await other.close()


async def requests(centre: Centre, tokens: int) -> list[bytes]:
    """Return enrolment requests of one terminal, each with a token of its own."""
    secrets = [(await centre.new_token("BUS-1")).secret for _ in range(tokens)]
    return [encode(EnrolmentRequest("BUS-1", secret, TERMINAL_KEY.public, BOX_PUBLIC, 0)) for secret in secrets]


async def test_two_enrolments_at_once_give_different_epochs(
    cluster: Cluster, database: str, store: CentralStore
) -> None:
    other = await open_postgres(database, "")
    one, two = centre_on(store), centre_on(other)
    first, second = await requests(one, 2)
    await asyncio.gather(one.enrol(first), two.enrol(second))
    assert cluster.ask("SELECT epoch FROM stream ORDER BY epoch", database).split() == ["1", "2", "3", "4"]
    await other.close()


async def test_a_token_shown_to_two_servers_at_once_works_once(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    (request,) = await requests(centre_on(store), 1)
    answers = await asyncio.gather(
        *(centre_on(place).enrol(request) for place in (store, other)), return_exceptions=True
    )
    assert {type(answer) for answer in answers} == {bytes, ConfigError}
    await other.close()


async def test_two_publications_at_once_give_different_editions(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    parts = [Publication("tariff", "tariff", b"one"), Publication("deny_list", "d", b"")]
    numbers = await asyncio.gather(*(centre_on(place).publish(parts) for place in (store, other) * 4))
    assert sorted(numbers) == list(range(1, 9))
    await other.close()


async def test_work_whose_connection_is_lost_is_done_again(cluster: Cluster, store: CentralStore) -> None:
    tries = 0

    def work() -> Work[int]:
        nonlocal tries
        tries += 1
        yield Query("INSERT INTO fact (name, number) VALUES (?, ?)", ("a", tries))
        if tries == 1:
            backend = (yield Query("SELECT pg_backend_pid()"))[0][0]
            assert isinstance(backend, int)
            cluster.ask(f"SELECT pg_terminate_backend({backend})")
        return (yield Query("SELECT number FROM fact"))[0][0]  # type: ignore[return-value]  # the column is BIGINT

    assert await store.write(work) == 2


async def test_work_that_was_outrun_is_done_again_and_then_given_up(
    store: CentralStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "WAIT_S_MAX", 0.001)
    tries = 0

    def work() -> Work[None]:
        nonlocal tries
        tries += 1
        yield Query("SELECT 1")
        raise OutrunError("on purpose")

    with pytest.raises(StoreError, match="STORE_IO"):
        await store.write(work)
    assert tries == postgres.TRIES


async def test_a_deadlock_is_resolved_by_the_one_that_is_done_again(store: CentralStore) -> None:
    both_hold = asyncio.Barrier(2)
    met: set[str] = set()

    async def hold(first: str, second: str) -> None:
        def work() -> Work[None]:
            yield Query("UPDATE fact SET number = number + 1 WHERE name = ?", (first,))
            met.add(first)
            if len(met) < 2:
                yield Query("SELECT pg_sleep(0.3)")
            yield Query("UPDATE fact SET number = number + 1 WHERE name = ?", (second,))

        await both_hold.wait()
        await store.write(work)

    def seed() -> Work[None]:
        yield Query("INSERT INTO fact (name, number) VALUES ('a', 0), ('b', 0)")

    def read() -> Work[object]:
        return (yield Query("SELECT sum(number) FROM fact"))[0][0]

    await store.write(seed)
    await asyncio.gather(hold("a", "b"), hold("b", "a"))
    assert await store.read(read) == 4


async def test_a_store_of_the_first_release_is_brought_up_to_date(cluster: Cluster, database: str) -> None:
    for statement in (statements.LEVEL_TABLE, *FIRST_SCHEMA):
        cluster.ask(statement, database)
    cluster.ask("INSERT INTO schema_level (name, number) VALUES ('level', 1)", database)
    store = await open_postgres(database, "")
    ledger = await enrolled(centre_on(store))
    ledger.ride(1)
    await send(centre_on(store), ledger)
    assert (await centre_on(store).books()).problems == ()
    await store.close()
    held = set(cluster.ask("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", database).split())
    assert held == {*TABLES, "schema_level"}


async def test_several_processes_may_make_the_schema_at_once(database: str) -> None:
    stores = await asyncio.gather(*(open_postgres(database, "") for _ in range(5)))
    await asyncio.gather(*(centre_on(store).pulse() for store in stores))
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_store_of_a_newer_release_is_refused(cluster: Cluster, database: str) -> None:
    await (await open_postgres(database, "")).close()
    cluster.ask("UPDATE schema_level SET number = 99", database)
    with pytest.raises(StoreError, match="STORE_NEWER"):
        await open_postgres(database, "")


async def test_a_server_that_may_forget_a_commit_is_refused(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match="STORE_MODE"):
        await open_postgres(cluster.address("postgres", "synchronous_commit=off"), "")


REFUSED = {
    "a database that is not there": ("postgresql://onecard@/nowhere?host={folder}", StoreError, "STORE_UNREACHABLE"),
    "a server that is not there": ("postgresql://onecard@127.0.0.1:9/x", StoreError, "STORE_UNREACHABLE"),
    "a port that is none": ("postgresql://onecard@127.0.0.1:port/x", ConfigError, "CONFIG_VALUE"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_opened_is_told_by_its_code(
    name: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "WAIT_S_MAX", 0.001)
    url, error, code = REFUSED[name]
    with pytest.raises(error, match=code):
        await open_postgres(url.format(folder=cluster.folder), "")


async def test_the_password_is_the_one_that_is_given_and_no_other(
    cluster: Cluster, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.ask(f"CREATE ROLE {GUARDED} SUPERUSER LOGIN PASSWORD 'right'")
    address = database.replace("onecard@", f"{GUARDED}@")
    await (await open_postgres(address, "right")).close()
    monkeypatch.setenv("PGPASSWORD", "right")
    for password in ("wrong", ""):
        with pytest.raises(StoreError, match="STORE_UNREACHABLE") as refused:
            await open_postgres(address, password)
        assert "right" not in str(refused.value)


async def test_what_one_server_publishes_wakes_who_waits_at_another(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    here, there = centre_on(store), centre_on(other)
    await there.look_for_news()
    place = there.parking.place(30)
    await here.publish([Publication("tariff", "tariff", b"one"), Publication("deny_list", "d", b"")])
    await there.look_for_news()
    assert place.done()
    await other.close()
