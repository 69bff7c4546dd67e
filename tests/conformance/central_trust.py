"""What every store of the centre keeps of certificates and of terminals that are shut out; see ``central_store``."""

from __future__ import annotations

import pytest

from edge.crypto.certificates import new_transport_key, transport_request
from edge.domain.errors import ConfigError, UplinkError
from edge.domain.exchange import fence_of
from sync.central.authority import Authority, make_authority, open_authority
from sync.central.centre import Centre
from sync.central.intake import Accepted, Duplicate, Revoked
from sync.central.store.port import CentralStore
from sync.central.trust import Trust
from sync.central.trust_verbs import TrustVerbs
from tests.conformance.central_store import KEYS, centre_on, enrol, enrolled, send
from tests.sync.builders import NOON_MS

PLACE = "BUS-1"


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority of its own for each test."""
    folder = tmp_path_factory.mktemp("ca")
    make_authority(folder, "Test", NOON_MS)
    found = open_authority(folder)
    assert found is not None
    return found


def request() -> bytes:
    return transport_request(new_transport_key(), PLACE)


class CentralTrustCases:
    """The cases; each claim is in its test's name."""

    async def test_what_a_revoked_terminal_sends_is_kept_and_refused_by_a_signed_answer(
        self, store: CentralStore
    ) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        await send(centre, ledger)
        assert await centre.trust.rule(PLACE, "stolen", revoked=True)
        ledger.ride(2)
        for first in (3, 1):
            receipt = await send(centre, ledger, first)
            assert isinstance(receipt.verdict, Revoked)
            assert (fence_of(receipt.ack), receipt.ack.acked_seq) == ("TERMINAL_REVOKED", 0)
        books = await centre.books()
        assert [stream.acked_seq for stream in books.streams] == [2]
        assert {alarm[2] for alarm in books.alarms} == {"terminal_revoked", "revoked_terminal_sends"}
        (known,) = await centre.trust.terminals()
        assert (known.revoked, known.reason, known.kept_batches) == (True, "stolen", 2)

    async def test_a_terminal_that_is_let_in_again_has_lost_nothing(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        await centre.trust.rule(PLACE, "a mistake", revoked=True)
        for tap in (1, 2):
            ledger.ride(tap)
            await send(centre, ledger, 2 * tap - 1)
        assert await centre.let_in(PLACE, "it was") == ["accepted", "accepted"]
        assert isinstance((await send(centre, ledger)).verdict, Duplicate)
        ledger.ride(3)
        assert isinstance((await send(centre, ledger, 5)).verdict, Accepted)
        books = await centre.books()
        assert (books.problems, [line.taps for line in books.media]) == ((), [3])
        assert await centre.let_in(PLACE, "again") == ["duplicate", "duplicate"]

    async def test_a_revoked_terminal_is_not_enrolled_anew_before_it_is_let_in(self, store: CentralStore) -> None:
        centre = centre_on(store)
        await enrolled(centre)
        assert await centre.trust.rule(PLACE, "", revoked=True)
        assert not await centre.trust.rule(PLACE, "", revoked=True)
        with pytest.raises(UplinkError, match="TERMINAL_REVOKED"):
            await enrol(centre)
        await centre.let_in(PLACE, "")
        await enrol(centre)

    async def test_only_terminals_that_are_shut_out_now_are(self, store: CentralStore) -> None:
        trust = centre_on(store).trust
        for terminal, rulings in {"A": [True], "B": [True, False], "C": [True, False, True]}.items():
            for revoked in rulings:
                await trust.rule(terminal, "", revoked=revoked)
        assert (await trust.shut_out()).terminals == {"A", "C"}

    async def test_who_shuts_out_a_name_that_nobody_has_is_told(self, store: CentralStore) -> None:
        centre = centre_on(store)
        await enrol(centre, PLACE)
        told = [await TrustVerbs(centre).shut_out({"terminal": name}) for name in (PLACE, "BUS-l")]
        assert [answer["unknown"] for answer in told] == [[], ["BUS-l"]]

    async def test_another_terminals_signature_keeps_nothing(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        ledger.key = type(ledger.key)(b"x" * 32)
        await centre.trust.rule(PLACE, "", revoked=True)
        with pytest.raises(Exception, match="SIGNATURE_WRONG"):
            await send(centre, ledger)
        assert await centre.trust.kept(PLACE) == []

    async def test_certificates_are_remembered_and_revoked_once(
        self, store: CentralStore, authority: Authority
    ) -> None:
        trust = Trust(store, lambda: NOON_MS, authority)
        first, second = [await trust.sign_terminal(request(), PLACE) for _ in range(2)]
        server = await trust.sign_server(request(), ["centre.example", "192.0.2.7"])
        assert await trust.revoke(first.serial) == await trust.revoke(first.serial) == PLACE
        held = {item.number: (item.subject, item.revoked_ms) for item in await trust.certificates()}
        assert held == {
            first.serial: (PLACE, NOON_MS),
            second.serial: (PLACE, 0),
            server.serial: ("@centre.example", 0),
        }
        assert (await trust.shut_out()).numbers == {first.serial}
        with pytest.raises(ConfigError, match="no certificate beef"):
            await trust.revoke("beef")

    async def test_an_enrolment_is_given_a_certificate_only_where_they_are_issued(
        self, store: CentralStore, authority: Authority
    ) -> None:
        counter = iter(range(1, 1000))
        issuing = Centre(
            store,
            KEYS,
            lambda: NOON_MS,
            lambda count: next(counter).to_bytes(count, "big"),
            Trust(store, lambda: NOON_MS, authority),
        )
        assert (await enrol(issuing)).certificate == b""
        assert (await enrol(issuing, asked=request())).certificate.count(b"BEGIN CERTIFICATE") == 2
        assert (await enrol(centre_on(store), "BUS-2", asked=request())).certificate == b""
        assert [held.subject for held in await issuing.trust.certificates()] == [PLACE]

    async def test_the_same_key_is_given_the_same_certificate_until_that_is_old(
        self, store: CentralStore, authority: Authority
    ) -> None:
        now = [NOON_MS]
        trust, asked = Trust(store, lambda: now[0], authority), request()
        first = await trust.renew(asked, PLACE)
        assert await trust.renew(asked, PLACE) == first
        now[0] += 61 * 86_400_000
        assert await trust.renew(asked, PLACE) != first
