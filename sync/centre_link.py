"""The only door to aiohttp's client: one request, one bounded answer, one deadline. Decides nothing."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import aiohttp

from edge.crypto.certificates import NO_CHECK_TIME
from edge.domain.errors import ConfigError, UplinkError
from edge.domain.frozen import frozen
from sync.problem import PROBLEM_TYPE, REFUSALS, problem_member

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
REPLY_BYTES_MAX: Final = 64 * 1024
REFUSED: Final = frozenset({403, 409})
CLOSED: Final = "; where that lasts, our certificate is by another authority than it trusts, or none was shown"


@frozen
class Reply:
    """What came back; nothing in it is trusted before its signature was checked."""

    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> str:
        """Return the header's text, empty where absent."""
        return self._header("retry-after")

    @property
    def etag(self) -> str:
        """Return the header's text, empty where absent."""
        return self._header("etag")

    def _header(self, name: str) -> str:
        """Return a header whatever the case of its name (RFC 9110 5.1): libraries write ``ETag`` and ``Etag``."""
        return next((text for known, text in self.headers.items() if known.lower() == name), "")


class CentreLink:
    """Requests to one centre. Plain HTTP is for loopback alone; elsewhere TLS 1.3 against ``ca_file``, when given.

    Redirects are not followed and no proxy is taken from the environment. ``timeout_s`` covers a whole request.
    ``certificate`` is shown to a centre that asks for one: a file with key and chain. Raises ``CONFIG_VALUE`` or
    ``KEY_UNUSABLE`` at construction, ``CENTRE_UNREACHABLE``, ``CENTRE_IMPOSTOR`` or one of ``REFUSALS`` later.
    """

    def __init__(
        self, url: str, *, ca_file: Path | None = None, timeout_s: float = 30.0, certificate: Path | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._ca_file = ca_file
        self._tls = _tls(self._url, ca_file, certificate)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=4)
        self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, auto_decompress=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def is_secure(self) -> bool:
        """Say whether the centre is spoken to over TLS."""
        return self._tls is not None

    def show(self, certificate: Path) -> None:
        """Show this certificate from the next request on, which opens a connection anew; raises ``KEY_UNUSABLE``."""
        self._tls = _tls(self._url, self._ca_file, certificate)

    async def post(self, path: str, body: bytes, content_type: str) -> Reply:
        """Send ``body`` and return the answer, whatever its status."""
        return await self._request("POST", path, body, {"Content-Type": content_type}, REPLY_BYTES_MAX)

    async def get(self, path: str, *, etag: str = "", limit: int = REPLY_BYTES_MAX) -> Reply:
        """Fetch ``path``; with ``etag`` the answer may be 304."""
        return await self._request("GET", path, None, {"If-None-Match": etag} if etag else {}, limit)

    async def piece(self, path: str, start: int, limit: int) -> Reply:
        """Fetch at most ``limit`` bytes of ``path`` from ``start`` on (RFC 9110 14.2); the answer is 206."""
        return await self._request("GET", path, None, {"Range": f"bytes={start}-{start + limit - 1}"}, limit)

    async def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], limit: int
    ) -> Reply:
        if self._session is None:
            raise UplinkError("CENTRE_UNREACHABLE", "the link is closed")
        try:
            async with self._session.request(
                method, self._url + path, data=body, headers=headers, allow_redirects=False, ssl=self._tls or True
            ) as response:
                content = await _bounded(response, limit)
                return _admitted(Reply(response.status, response.content_type, dict(response.headers), content))
        except TimeoutError as error:
            raise UplinkError("CENTRE_UNREACHABLE", f"no whole answer within {self._timeout.total:.0f} s") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise UplinkError("CENTRE_IMPOSTOR", "the certificate is not by the pinned authority") from error
        except (aiohttp.ClientError, OSError) as error:
            if told := _alert(error):
                raise UplinkError("CERTIFICATE_REFUSED", f"TLS says {told}") from error
            closed = self.is_secure and isinstance(error, aiohttp.ServerDisconnectedError)
            told = f"{self._url}: {getattr(error, 'strerror', None) or type(error).__name__}"
            raise UplinkError("CENTRE_UNREACHABLE", told + (CLOSED if closed else "")) from error


def _admitted(reply: Reply) -> Reply:
    """Return the answer; raises ``REFUSALS`` where the centre lets our certificate, or this terminal, not in."""
    if reply.status in REFUSED and reply.content_type == PROBLEM_TYPE:
        code, signed = problem_member(reply.body, "code"), problem_member(reply.body, "ack")
        if code in REFUSALS and not signed:
            raise UplinkError(code, problem_member(reply.body, "detail"))
    return reply


def _alert(error: BaseException | None) -> str:
    """Return what the other end says of our certificate in its last word, a TLS alert (RFC 8446 6.2); else nothing."""
    while error is not None:
        reason = str(getattr(error, "reason", None) or "")
        if isinstance(error, ssl.SSLError) and ("ALERT" in reason or "CERTIFICATE" in reason):
            return reason.lower().replace("_", " ")
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
    return ""


async def _bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(REPLY_BYTES_MAX):
        size += len(part)
        if size > limit:
            raise UplinkError("CENTRE_IMPOSTOR", f"an answer of more than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


def _tls(url: str, ca_file: Path | None, certificate: Path | None) -> ssl.SSLContext | None:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return None
    if parts.scheme != "https" or not parts.hostname:
        raise ConfigError("CONFIG_VALUE", "the centre's address begins with https:// (http:// only on loopback)")
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError("KEY_UNUSABLE", f"{ca_file}: not a certificate file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= NO_CHECK_TIME
    if certificate is not None:
        try:
            context.load_cert_chain(certificate)
        except OSError as error:
            raise ConfigError("KEY_UNUSABLE", f"{certificate}: {error.strerror or 'no key with its chain'}") from error
    return context
