"""Where the fleet pages may be served, and what is asked of a proxy before them."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from edge.domain.errors import ConfigError, UplinkError
from sync.central.fleet.server import CSRF_HEADER
from sync.central.fleet.serving import FleetFront, fleet_listening
from sync.central.fleet.site import own_site, public_site
from tests.fleet.fleet_stage import PASSWORD, VIEWER, fleet_in

ORIGINS = [
    "http://fleet.example",
    "fleet.example",
    "https://",
    "https://a@b",
    "https://a/b",
    "https://a:x",
    "https://a?b",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origin_that_is_none_or_plain_is_refused(origin: str) -> None:
    with pytest.raises(ConfigError, match="--fleet-origin is https"):
        FleetFront(origin=origin)


def test_a_network_needs_a_proxy_with_tls() -> None:
    with pytest.raises(ConfigError, match="plain HTTP"):
        FleetFront("0.0.0.0")  # noqa: S104 - it is refused
    behind = FleetFront("0.0.0.0", 8441, "https://fleet.example")  # noqa: S104 - behind a proxy
    assert behind.port == 8441


def test_a_site_is_asked_for_by_its_names() -> None:
    assert "127.0.0.1:8441" in own_site(8441).hosts
    assert public_site("https://Fleet.example:443/").origins == {"https://fleet.example"}
    assert public_site("https://fleet.example:8443").hosts == {"fleet.example:8443"}


def test_the_address_of_who_asks_is_the_last_that_our_proxy_wrote() -> None:
    request = make_mocked_request("GET", "/", {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert public_site("https://fleet.example").address(request) == "203.0.113.9"
    assert own_site(1).address(request) != "203.0.113.9"


@pytest.mark.centre
async def test_an_address_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    async with fleet_in(tmp_path) as stage:
        taken = FleetFront(port=int(stage.address.rpartition(":")[2]))
        with pytest.raises(UplinkError, match=r"ADDRESS_TAKEN: --fleet .*: Address already in use"):
            async with fleet_listening(taken, stage.centre, stage.admin.call, lambda: 0, 0.1):
                raise AssertionError("two at one address")


@pytest.mark.centre
async def test_behind_a_proxy_the_cookie_is_for_tls_alone_and_bound_to_the_host(tmp_path: Path) -> None:
    async with fleet_in(tmp_path, origin="https://fleet.example") as stage:
        headers = {"Origin": "https://fleet.example", "Host": "fleet.example", "X-Forwarded-For": "203.0.113.9"}
        async with stage.browser(**headers) as session:
            answer = await session.post("/api/login", json={"name": VIEWER, "password": PASSWORD})
            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-onecard_fleet=")
            assert {"HttpOnly", "Path=/", "SameSite=Strict", "Secure"} <= set(cookie.split("; "))
            assert "Domain" not in cookie
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
            kept = cookie.partition(";")[0]
            assert (await session.get("/api/me", headers={"Cookie": kept})).status == 200
            wrong = {"Cookie": kept, CSRF_HEADER: "", "Origin": "http://fleet.example"}
            assert (await session.post("/api/logout", json={}, headers=wrong)).status == 403
