"""A real nginx before the fleet pages, by the configuration that is shipped: browsers come by TLS and its name."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector

from edge.clock import SystemClock
from edge.demo.stage import free_port
from sync.central.fleet.server import CSRF_HEADER
from tests.centre.proxy import at_our_places, running_nginx
from tests.centre.transport_rig import Town
from tests.fleet.fleet_stage import OPERATOR, PASSWORD, fleet_in

pytestmark = pytest.mark.centre

SHIPPED: Final = Path(__file__).parents[2] / "systemd" / "nginx-fleet.conf"


async def test_somebody_signs_in_through_it_and_acts(tmp_path: Path) -> None:
    town = Town(tmp_path, SystemClock().wall_ms())
    port = free_port()
    origin = f"https://localhost:{port}"
    async with fleet_in(tmp_path, origin=origin) as stage:
        places = {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "server_name fleet.example;": "server_name localhost;",
            "/etc/onecard-central/fleet.pem": str(town.folder / "server.pem"),
            "/etc/onecard-central/fleet.key": str(town.folder / "server.pem"),
            "proxy_pass http://127.0.0.1:8441;": f"proxy_pass {stage.address};",
        }
        tls = ssl.create_default_context(cafile=town.root)
        async with (
            running_nginx(tmp_path / "nginx", at_our_places(SHIPPED, places), port) as address,
            ClientSession(
                connector=TCPConnector(ssl=tls), cookie_jar=CookieJar(), headers={"Origin": origin}
            ) as session,
        ):
            assert (await session.get(f"{address}/")).status == 200
            right = {"name": OPERATOR, "password": PASSWORD}
            answer = await session.post(f"{address}/api/login", json=right, headers={"X-Forwarded-For": "192.0.2.1"})
            session.headers[CSRF_HEADER] = (await answer.json())["csrf"]
            assert answer.headers["Set-Cookie"].startswith("__Host-")
            moved = await session.post(f"{address}/api/groups", json={"group": "pilot", "terminals": ["bus-1"]})
            assert moved.status == 200
        async with ClientSession(stage.address, headers={"Origin": origin}) as session:
            assert (await session.post("/api/login", json=right)).status == 421, "past the proxy nobody is let in"
