"""Where the centre listens, and whom it asks for a certificate: TLS of its own, or a proxy before a Unix socket."""

from __future__ import annotations

import ssl
from asyncio import sslproto
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.listening import address_told
from sync.central.tls import Gate, read_authorities, reloading, server_tls
from sync.central.trust import Trust

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
TLS_BUFFER_BYTES: Final = 16 * 1024
"""Of one connection, as much as a record of TLS holds. asyncio keeps 256 KiB for each, also where nobody says a word:
10,000 terminals that wait for news would take 3 GB."""
SOCKET_MODE: Final = 0o660
"""The proxy gets to the socket by its group; the folder keeps everybody else out."""


@frozen
class Front:
    """A host and port (0: a free one), or a ``socket`` in the file system. ``certificate`` and key are the server's.

    With ``client_ca``, a file of certificates in PEM that sign terminals', terminals are asked for theirs.
    """

    host: str = "127.0.0.1"
    port: int = 0
    socket: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    client_ca: Path | None = None

    def tls(self) -> ssl.SSLContext | None:
        """Return the context of the server, None where it speaks plainly.

        Raises ``KEY_UNUSABLE``, or ``CONFIG_VALUE`` for what would leave the wire open, or certificates unseen.
        """
        if self.certificate is not None and self.socket is None:
            return server_tls(self.certificate, self.certificate_key, self.client_ca)
        if self.socket is None and self.host not in LOOPBACK:
            raise ConfigError("CONFIG_VALUE", f"plain HTTP only on loopback: {self.host} needs --tls-certificate")
        if self.socket is None and self.client_ca is not None:
            told = "--client-ca needs --tls-certificate, or a proxy before --listen unix:PATH"
            raise ConfigError("CONFIG_VALUE", f"{told}: on plain TCP anybody may write the proxy's header")
        return None

    def gate(self, trust: Trust) -> Gate | None:
        """Return who decides about certificates, None where none are asked for; raises ``KEY_UNUSABLE``."""
        return None if self.client_ca is None else Gate(read_authorities(self.client_ca), trust)


@asynccontextmanager
async def listening(runner: web.AppRunner, front: Front, tls: ssl.SSLContext | None) -> AsyncIterator[str]:
    """Listen while the block runs, and take renewed certificates; yields the address."""
    if front.socket is not None:
        with address_told(f"--listen unix:{front.socket}"):
            front.socket.unlink(missing_ok=True)
            await web.UnixSite(runner, str(front.socket)).start()
            front.socket.chmod(SOCKET_MODE)
        yield f"unix:{front.socket}"
        return
    sslproto.SSLProtocol.max_size = TLS_BUFFER_BYTES
    with address_told(f"--listen {front.host}:{front.port}"):
        await web.TCPSite(runner, front.host, front.port, ssl_context=tls).start()
    host, port = runner.addresses[0][:2]
    async with AsyncExitStack() as stack:
        if tls is not None and front.certificate is not None:
            await stack.enter_async_context(reloading(tls, front.certificate, front.certificate_key))
        yield _address(host, port, "http" if tls is None else "https")


def _address(host: str, port: int, scheme: str) -> str:
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
