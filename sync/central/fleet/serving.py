"""Where the fleet pages listen: loopback, or plain behind a proxy that speaks TLS under a public name."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module

from aiohttp import web

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.listening import address_told
from sync.central.centre import Centre
from sync.central.courier import Ask
from sync.central.fleet.answering import Fleet, Passwords
from sync.central.fleet.page_files import fleet_pages
from sync.central.fleet.server import fleet_served
from sync.central.fleet.site import own_site, public_site
from sync.central.front import LOOPBACK


@frozen
class FleetFront:
    """Host and port (0: a free one). ``origin`` is how browsers call the proxy before us; empty where there is none."""

    host: str = "127.0.0.1"
    port: int = 0
    origin: str = ""

    def __post_init__(self) -> None:
        """Raise ``CONFIG_VALUE`` for what would carry passwords over a network in the clear."""
        if self.origin:
            public_site(self.origin)
        elif self.host not in LOOPBACK:
            told = f"the fleet pages are plain HTTP: {self.host} needs a proxy with TLS before it and --fleet-origin"
            raise ConfigError("CONFIG_VALUE", told)


@asynccontextmanager
async def fleet_listening(
    front: FleetFront, centre: Centre, ask: Ask, now_ms: Callable[[], int], shutdown_s: float
) -> AsyncIterator[str]:
    """Serve the pages of a centre while the block runs; yields the address of browsers here, or of the proxy."""
    passwords, pages = argon_passwords(centre.random_bytes), fleet_pages()
    with _bound(front) as bound:
        port = bound.getsockname()[1]
        site = public_site(front.origin) if front.origin else own_site(port)
        async with fleet_served(Fleet(centre, ask, passwords, now_ms, site, pages), shutdown_s) as runner:
            await web.SockSite(runner, bound).start()
            yield f"http://{f'[{front.host}]' if ':' in front.host else front.host}:{port}"


def _bound(front: FleetFront) -> socket.socket:
    """Return a socket at the address, before anything else: a site is called by its port."""
    family = socket.AF_INET6 if ":" in front.host else socket.AF_INET
    with address_told(f"--fleet {front.host}:{front.port}"):
        return socket.create_server((front.host, front.port), family=family)


def argon_passwords(random_bytes: Callable[[int], bytes]) -> Passwords:
    """Return what hashes passwords; raises ``CONFIG_VALUE`` where the extra is not installed."""
    try:
        door = import_module("sync.central.fleet.passwords")  # an extra, loaded only where it is used
    except ModuleNotFoundError:
        raise ConfigError("CONFIG_VALUE", "the fleet pages need the extra: pip install 'onecard-edge[fleet]'") from None
    passwords: Passwords = door.ArgonPasswords(random_bytes)
    return passwords
