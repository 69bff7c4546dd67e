"""Where the fleet pages are seen: on this machine under their own address, or behind a proxy under a public one."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
DEFAULT_PORTS: Final = {"https": 443, "http": 80}
COOKIE: Final = "onecard_fleet"
HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}


@frozen
class Site:
    """``origins`` are what browsers may call us; ``proxied``: the one before us says whose address a request is of."""

    origins: frozenset[str]
    proxied: bool

    @property
    def hosts(self) -> frozenset[str]:
        """Return the names by which we may be asked."""
        return frozenset(origin.partition("://")[2] for origin in self.origins)

    @property
    def is_secure(self) -> bool:
        """Say whether browsers come by TLS."""
        return all(origin.startswith("https:") for origin in self.origins)

    @property
    def cookie(self) -> str:
        """Return the cookie's name; by TLS one that no other host and no plain page can set (RFC 6265bis 4.1.3)."""
        return f"__Host-{COOKIE}" if self.is_secure else COOKIE

    def address(self, request: web.Request) -> str:
        """Return the address of who asks: of the last hop, which our proxy has written, or of the connection."""
        if self.proxied:
            return ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2].strip()
        return request.remote or ""


def own_site(port: int) -> Site:
    """Return the site of pages that this machine alone sees."""
    return Site(frozenset(f"http://{name}:{port}" for name in LOOPBACK), proxied=False)


def public_site(origin: str) -> Site:
    """Return the site behind a proxy, ``https://NAME`` or ``https://NAME:PORT``; raises ``CONFIG_VALUE``."""
    parts = urlsplit(origin.rstrip("/"))
    try:
        port = parts.port
    except ValueError:
        port = -1
    plain = f"{parts.scheme}://{parts.netloc}"
    if (
        parts.scheme != "https"
        or not parts.hostname
        or port == -1
        or "@" in parts.netloc
        or plain != origin.rstrip("/")
    ):
        raise ConfigError("CONFIG_VALUE", f"--fleet-origin is https://NAME or https://NAME:PORT, not {origin[:80]}")
    host = parts.netloc.removesuffix(":443").lower()
    return Site(frozenset({f"https://{host}"}), proxied=True)
