"""Whom the centre lets in: real handshakes on loopback, and a proxy's header on a Unix socket and nowhere else."""

from __future__ import annotations

import asyncio
import gzip
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.domain.errors import ConfigError, UplinkError
from sync.central.authority import Revoked
from sync.central.front import Front
from sync.central.tls import GRACE_DAYS, TOLERANCE_MS
from sync.central.trust import DAY_MS
from sync.centre_link import CentreLink
from sync.grant import grant_hash, open_grant
from sync.paths import (
    BATCH_TYPE,
    CERTIFICATES_PATH,
    CHAIN_TYPE,
    MANIFEST_PATH,
    REQUEST_TYPE,
    batches_path,
    time_path,
)
from sync.transport import read_held
from tests.centre.transport_rig import Town, ask, der_header, escaped_header
from tests.conformance.central_store import enrol
from tests.sync.builders import CENTRE_KEY, NOON_MS, Ledger
from tests.sync.test_list_parts import many

pytestmark = pytest.mark.centre

TIME = time_path("00" * 16)
LET_IN = (200, "")
REFUSED = (403, "CERTIFICATE_REFUSED")
EXPIRED = (403, "CERTIFICATE_EXPIRED")
Shown = Callable[[Town], Path | None]


def later(town: Town, days: int) -> Path:
    """Return a terminal's pair that was issued now; the centre's clock then goes on."""
    pair = town.pair("BUS-1")
    town.now_ms += days * DAY_MS
    return pair


def early(town: Town, ahead_ms: int) -> Path:
    return town.pair("BUS-1", now_ms=town.now_ms + ahead_ms)


SHOWN: dict[str, tuple[Shown, tuple[int, str]]] = {
    "a certificate of ours is let in": (lambda town: town.pair("BUS-1"), LET_IN),
    "none at all is refused": (lambda _: None, REFUSED),
    "a server's names no terminal": (lambda town: town.folder / "server.pem", REFUSED),
    "one that has ended is refused": (lambda town: later(town, 91), EXPIRED),
    "one that ended within the tolerance is let in": (lambda town: later(town, 90), LET_IN),
    "one that begins later is refused": (lambda town: early(town, 3_600_000 + 2 * TOLERANCE_MS), REFUSED),
    "one that begins within the tolerance is let in": (lambda town: early(town, 3_600_000 + TOLERANCE_MS), LET_IN),
}


@pytest.mark.parametrize("name", [name for name in SHOWN if name != "a server's names no terminal"])
async def test_over_tls(name: str, tmp_path: Path) -> None:
    shown, expected = SHOWN[name]
    town = Town(tmp_path)
    pair = shown(town)
    async with town.serving() as (_, url):
        assert await ask(url, TIME, root=town.root, pair=pair) == expected


@pytest.mark.parametrize("header", [der_header, escaped_header])
@pytest.mark.parametrize("name", SHOWN)
async def test_behind_a_proxy_on_a_unix_socket(name: str, header: Callable[[Path], str], tmp_path: Path) -> None:
    shown, expected = SHOWN[name]
    town = Town(tmp_path)
    pair = shown(town)
    async with town.serving(socket=True) as (_, address):
        assert await ask(address, TIME, root=town.root, header=header(pair) if pair else "") == expected


FORGED: dict[str, Callable[[Town], str]] = {
    "another authority's certificate": lambda town: der_header(town.pair("BUS-1", by=town.stranger())),
    "no certificate": lambda _: ":AAAA:",
    "no base64": lambda _: ":?:",
    "no PEM": lambda _: "-----BEGIN",
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_proxys_header_is_checked(name: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    async with town.serving(socket=True) as (_, address):
        assert await ask(address, TIME, root=town.root, header=FORGED[name](town)) == REFUSED


@pytest.mark.parametrize("plain", [False, True])
async def test_a_header_on_tcp_counts_for_nothing(*, plain: bool, tmp_path: Path) -> None:
    town = Town(tmp_path)
    header = der_header(town.pair("BUS-1"))
    async with town.serving(plain=plain) as (_, url):
        assert await ask(url, TIME, root=town.root, header=header) == REFUSED


def test_a_centre_that_asks_for_certificates_does_not_listen_on_plain_tcp(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="anybody may write the proxy's header"):
        Front(client_ca=tmp_path / "clients.pem").tls()


async def test_what_is_not_the_terminals_needs_no_certificate(tmp_path: Path) -> None:
    town = Town(tmp_path)
    async with town.serving() as (_, url):
        assert await ask(url, "/readyz", root=town.root) == LET_IN
        assert (await ask(url, "/nowhere", root=town.root))[0] == 404


async def test_another_authoritys_certificate_ends_the_handshake(tmp_path: Path) -> None:
    town = Town(tmp_path)
    pair = town.pair("BUS-1", by=town.stranger())
    async with town.serving() as (_, url), CentreLink(url, ca_file=town.root, certificate=pair) as link:
        with pytest.raises(UplinkError, match="by another authority"):
            await link.get(TIME)


@pytest.mark.parametrize("socket", [False, True], ids=["over TLS", "behind a proxy"])
async def test_row_38_while_an_authority_is_rotated_terminals_of_the_old_one_and_of_the_new_are_let_in(
    *, socket: bool, tmp_path: Path
) -> None:
    town = Town(tmp_path)
    pairs = [town.pair("BUS-1"), town.pair("BUS-2", by=town.stranger())]
    town.clients.write_bytes(town.clients.read_bytes() + (tmp_path / "other" / "clients.pem").read_bytes())
    async with town.serving(socket=socket) as (_, url):
        for pair in pairs:
            header = der_header(pair) if socket else ""
            assert await ask(url, TIME, root=town.root, pair=None if socket else pair, header=header) == LET_IN


async def test_what_a_proxy_says_by_a_tls_alert_is_told(tmp_path: Path) -> None:
    """The server of asyncio closes without a word; a proxy says why."""
    town = Town(tmp_path)
    pair, server = town.pair("BUS-1", by=town.stranger()), str(tmp_path / "server.pem")
    words = ["s_server", "-accept", "127.0.0.1:0", "-Verify", "2", "-verify_return_error", "-CAfile", str(town.clients)]
    proxy = await asyncio.create_subprocess_exec(
        "openssl", *words, "-cert", server, "-key", server, "-www", stdout=PIPE, stderr=DEVNULL
    )
    try:
        assert proxy.stdout is not None
        async with asyncio.timeout(20):
            while not (line := await proxy.stdout.readline()).startswith(b"ACCEPT"):
                assert line
        url = f"https://127.0.0.1:{int(line.rpartition(b':')[2])}"
        async with CentreLink(url, ca_file=town.root, certificate=pair) as link:
            with pytest.raises(UplinkError, match=r"CERTIFICATE_REFUSED: TLS says .*unknown ca"):
                await link.get(TIME)
    finally:
        proxy.kill()
        await proxy.wait()


async def test_a_revoked_certificate_is_refused_and_the_next_one_is_not(tmp_path: Path) -> None:
    town = Town(tmp_path)
    async with town.serving() as (centre, url):
        kit = await enrol(centre, asked=town.request("first"))
        first = town.keep("first", kit.certificate)
        async with CentreLink(url, ca_file=town.root, certificate=first) as link:
            assert (await link.get(TIME)).status == 200
            (held,) = await centre.trust.certificates()
            assert await centre.trust.revoke(held.number) == "BUS-1"
            with pytest.raises(UplinkError, match="is revoked"):
                await link.get(TIME)
            with pytest.raises(UplinkError, match="is revoked"):
                await link.post(CERTIFICATES_PATH, town.request("second"), REQUEST_TYPE)
        assert await ask(url, TIME, root=town.root, pair=town.pair("BUS-1", file="next")) == LET_IN


async def test_who_was_revoked_while_waiting_for_news_is_refused_and_not_told(tmp_path: Path) -> None:
    town = Town(tmp_path)
    async with town.serving() as (centre, url):
        await centre.publish(many([]))
        issued = await centre.trust.sign_terminal(town.request("BUS-1"), "BUS-1")
        async with CentreLink(url, ca_file=town.root, certificate=town.keep("BUS-1", issued.chain)) as link:
            etag = (await link.get(MANIFEST_PATH)).etag
            waiting = asyncio.create_task(link.get(f"{MANIFEST_PATH}?wait_s=20", etag=etag))
            while not centre.parking.parked:  # noqa: ASYNC110 - nothing tells that the server has read a request
                await asyncio.sleep(0)
            await centre.trust.revoke(issued.serial)
            await centre.publish(many([b"\x01" * 16]))
            with pytest.raises(UplinkError, match="is revoked"):
                await waiting


async def test_a_revocation_outlives_a_store_from_a_backup(tmp_path: Path) -> None:
    town = Town(tmp_path)
    async with town.serving() as (centre, _):
        issued = await centre.trust.sign_terminal(town.request("BUS-1"), "BUS-1")
        await centre.trust.revoke(issued.serial)
    town.lose_store()
    async with town.serving() as (centre, url):
        assert await centre.trust.certificates() == []
        assert await ask(url, TIME, root=town.root, pair=town.keep("BUS-1", issued.chain)) == REFUSED
        other = await centre.trust.sign_terminal(town.request("BUS-2"), "BUS-2")
        await centre.trust.revoke(other.serial)
        assert {row.serial for row in town.crl.revoked()} == {issued.serial, other.serial}


async def test_a_list_of_another_authority_is_heeded_once_it_is_replaced(tmp_path: Path) -> None:
    town = Town(tmp_path)
    pair = town.pair("BUS-1")
    number = read_held(pair).facts.serial
    async with town.serving() as (centre, url):
        assert await ask(url, TIME, root=town.root, pair=pair) == LET_IN
        town.crl.path.write_bytes(town.authority.crl([Revoked(number, NOON_MS)], NOON_MS))
        await centre.trust.rule("BUS-9", "", revoked=True)  # what is known of revocations is looked up again
        assert await ask(url, TIME, root=town.root, pair=pair) == REFUSED


async def test_certificate_and_envelope_must_agree(tmp_path: Path) -> None:
    town = Town(tmp_path)
    async with town.serving() as (centre, url):
        kit = await enrol(centre)
        grant = open_grant(kit.grant, CENTRE_KEY.public)
        ledger = Ledger(epoch=grant.epoch, start=grant_hash(kit.grant))
        ledger.ride()
        own, others = town.pair("BUS-1"), town.pair("BUS-2")
        async with CentreLink(url, ca_file=town.root, certificate=others) as link:
            with pytest.raises(UplinkError, match="another terminal's"):
                await link.post(batches_path("BUS-1"), ledger.packed(), BATCH_TYPE)
            assert (await link.post(batches_path("BUS-2"), ledger.packed(), BATCH_TYPE)).status == 404
            with pytest.raises(UplinkError, match="the grant is BUS-1's"):
                await link.post("/v1/grants", kit.grant, "application/octet-stream")
        async with CentreLink(url, ca_file=town.root, certificate=own) as link:
            forged = gzip.compress(gzip.decompress(ledger.packed()).replace(b"BUS-1", b"BUS-2"))
            assert (await link.post(batches_path("BUS-1"), forged, BATCH_TYPE)).status in {403, 404, 422}
            assert (await link.post(batches_path("BUS-1"), ledger.packed(), BATCH_TYPE)).status == 200


async def test_row_36_an_expired_certificate_still_asks_for_the_next_one_for_a_while(tmp_path: Path) -> None:
    town = Town(tmp_path)
    pair = town.pair("BUS-1")
    async with town.serving() as (_, url), CentreLink(url, ca_file=town.root, certificate=pair) as link:
        town.now_ms += (90 + GRACE_DAYS - 1) * DAY_MS
        reply = await link.post(CERTIFICATES_PATH, town.request("next"), REQUEST_TYPE)
        assert (reply.status, reply.content_type) == (200, CHAIN_TYPE)
        with pytest.raises(UplinkError, match="CERTIFICATE_EXPIRED"):
            await link.get(TIME)
        town.now_ms += 2 * DAY_MS
        with pytest.raises(UplinkError, match="CERTIFICATE_EXPIRED"):
            await link.post(CERTIFICATES_PATH, town.request("later"), REQUEST_TYPE)


async def test_whoever_asks_again_for_the_same_key_gets_the_same_certificate(tmp_path: Path) -> None:
    town = Town(tmp_path)
    request = town.request("next")
    pair = town.pair("BUS-1")
    async with town.serving() as (centre, url), CentreLink(url, ca_file=town.root, certificate=pair) as link:
        replies = [await link.post(CERTIFICATES_PATH, request, REQUEST_TYPE) for _ in range(2)]
        assert replies[0].body == replies[1].body
        assert len(await centre.trust.certificates()) == 1
        assert (await link.post(CERTIFICATES_PATH, b"no request", REQUEST_TYPE)).status == 422
