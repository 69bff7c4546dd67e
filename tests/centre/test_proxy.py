"""A real nginx before the centre, by the configuration that is shipped: what it keeps, and what it passes on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from edge.clock import SystemClock
from edge.domain.errors import UplinkError
from sync.central.centre import Centre
from sync.central.squeeze import BODY_BYTES_MAX
from sync.centre_link import CentreLink
from sync.paths import (
    BATCH_TYPE,
    CERTIFICATES_PATH,
    CHAIN_TYPE,
    MANIFEST_PATH,
    REQUEST_TYPE,
    batches_path,
    segment_path,
    time_path,
)
from sync.transport import read_held
from tests.centre.proxy import nginx_before
from tests.centre.transport_rig import Town, ask, escaped_header
from tests.conformance.central_store import enrolled
from tests.sync.builders import CENTRE_KEY
from tests.sync.test_list_parts import HELD, MANY, down, many

pytestmark = [pytest.mark.centre, pytest.mark.asyncio(loop_scope="module")]

TIME = time_path("00" * 16)
LET_IN = (200, "")
REFUSED = (403, "CERTIFICATE_REFUSED")


class Place:
    """A town, its centre, and the address of the proxy before it."""

    def __init__(self, town: Town, centre: Centre, url: str) -> None:
        self.town = town
        self.centre = centre
        self.url = url
        self.pair = town.pair("BUS-1", file="ours")

    def link(self, pair: Path | None = None) -> CentreLink:
        return CentreLink(self.url, ca_file=self.town.root, certificate=pair or self.pair)

    async def asked(self, path: str, **fields: str) -> tuple[int, str, bytes]:
        """Return status, what the proxy says of its cache, and the body, as BUS-1."""
        tls = ssl.create_default_context(cafile=self.town.root)
        tls.load_cert_chain(self.pair)
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls))
        async with session, session.get(self.url + path, headers=fields) as answer:
            return answer.status, answer.headers.get("X-Cache-Status", ""), await answer.read()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """One proxy for all these tests. It looks at the machine's clock, so the town lives today."""
    town = Town(tmp_path_factory.mktemp("t"), SystemClock().wall_ms())
    async with town.serving(socket=True) as (centre, _), nginx_before(town) as url:
        await centre.publish(many(list(MANY)))
        yield Place(town, centre, url)


async def test_a_segment_leaves_the_centre_once_whoever_asks_for_it(place: Place, tmp_path: Path) -> None:
    numbers = []
    for terminal in ("BUS-1", "BUS-2"):
        async with place.link(place.town.pair(terminal)) as link:
            numbers.append(await down(link, tmp_path / terminal, CENTRE_KEY.public).stage(0))
    folder = tmp_path / "BUS-1" / "editions" / str(numbers[0]) / "segments"
    paths = [segment_path(bytes.fromhex(file.name)) for file in folder.iterdir()]
    assert len(paths) > 3
    for path in paths:
        status, cache, body = await place.asked(path)
        assert (status, cache) == (200, "HIT")
        assert await place.asked(path, Range="bytes=8-23") == (206, "HIT", body[8:24])


async def test_what_is_kept_is_for_those_with_a_certificate_alone(place: Place) -> None:
    path = segment_path(HELD.manifest.parts[1].sha256)
    assert [(await place.asked(path))[1] for _ in range(2)][-1] == "HIT"
    assert await ask(place.url, path, root=place.town.root) == REFUSED


SHOWN: dict[str, tuple[Any, tuple[int, str]]] = {
    "ours is let in": (lambda town: town.pair("BUS-1"), LET_IN),
    "none at all is refused by the centre": (lambda _: None, REFUSED),
    "another authority's is refused by the centre": (lambda town: town.pair("BUS-1", by=town.stranger()), REFUSED),
    "one that has ended is refused by the centre": (
        lambda town: town.pair("BUS-1", now_ms=town.now_ms - 91 * 86_400_000),
        (403, "CERTIFICATE_EXPIRED"),
    ),
}


@pytest.mark.parametrize("name", SHOWN)
async def test_a_certificate(name: str, place: Place) -> None:
    shown, expected = SHOWN[name]
    assert await ask(place.url, TIME, root=place.town.root, pair=shown(place.town)) == expected


async def test_a_header_that_a_client_writes_itself_counts_for_nothing(place: Place) -> None:
    forged = escaped_header(place.pair)
    assert await ask(place.url, TIME, root=place.town.root, header=forged) == REFUSED


async def test_one_that_has_ended_asks_for_the_next_one_through_the_proxy(place: Place) -> None:
    ended = place.town.pair("BUS-3", now_ms=place.town.now_ms - 91 * 86_400_000)
    async with place.link(ended) as link:
        reply = await link.post(CERTIFICATES_PATH, place.town.request("next"), REQUEST_TYPE)
        assert (reply.status, reply.content_type) == (200, CHAIN_TYPE)
        fresh = place.town.keep("next", reply.body)
        link.show(fresh)
        assert (await link.get(TIME)).status == 200
    assert read_held(fresh).facts.terminal == "BUS-3"


async def test_a_revoked_one_is_refused(place: Place) -> None:
    pair = place.town.pair("BUS-4")
    async with place.link(pair) as link:
        assert (await link.get(TIME)).status == 200
        issued = await place.centre.trust.sign_terminal(place.town.request("BUS-4"), "BUS-4")
        await place.centre.trust.revoke(issued.serial)
        link.show(place.town.keep("BUS-4", issued.chain))
        with pytest.raises(UplinkError, match="is revoked"):
            await link.get(TIME)


async def test_who_waits_for_news_waits_through_the_proxy_and_is_told_at_once(place: Place) -> None:
    async with place.link() as link:
        etag = (await link.get(MANIFEST_PATH)).etag
        waiting = asyncio.create_task(link.get(f"{MANIFEST_PATH}?wait_s=20", etag=etag))
        while not place.centre.parking.parked:  # noqa: ASYNC110 - nothing tells that the server has read a request
            await asyncio.sleep(0.01)
        began_s = asyncio.get_running_loop().time()
        await place.centre.publish(many(list(MANY[:9])))
        assert (await waiting).status == 200
        assert asyncio.get_running_loop().time() - began_s < 5


async def test_a_batch_goes_up_and_one_above_the_limit_is_called_too_large(place: Place) -> None:
    ledger = await enrolled(place.centre)
    ledger.ride(1)
    async with place.link() as link:
        assert (await link.post(batches_path("BUS-1"), ledger.packed(), BATCH_TYPE)).status == 200
        huge = await link.post(batches_path("BUS-1"), bytes(BODY_BYTES_MAX + 1), BATCH_TYPE)
        assert huge.status == 413


async def test_figures_are_not_told_through_it(place: Place) -> None:
    assert (await ask(place.url, "/metrics", root=place.town.root))[0] == 404
    assert (await ask(place.url, "/readyz", root=place.town.root))[0] == 200
