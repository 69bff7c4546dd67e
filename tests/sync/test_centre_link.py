"""The link: TLS against the pinned authority, plain HTTP on loopback alone, answers bounded."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from edge.domain.errors import ConfigError, UplinkError
from sync.centre_link import CentreLink


def authority(folder: Path, name: str, host: str = "localhost") -> tuple[Path, Path]:
    """Return a self-signed certificate for a host and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    places = ["-keyout", str(key), "-out", str(certificate)]
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{host}"]
    subprocess.run(["openssl", *words, *places, *names], check=True, capture_output=True, timeout=30)
    return certificate, key


@asynccontextmanager
async def serving(
    answer: web.Response, tls: ssl.SSLContext | None = None, host: str = "localhost"
) -> AsyncIterator[int]:
    """Serve one answer to everything; yields the port."""

    async def say(_: web.Request) -> web.Response:
        return answer

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", say)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    try:
        await runner.setup()
        await web.TCPSite(runner, host, 0, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate, key)
    return made


async def test_the_pinned_authority_is_trusted(tmp_path: Path) -> None:
    certificate, key = authority(tmp_path, "centre")
    async with (
        serving(web.Response(text="yes"), context(certificate, key)) as port,
        CentreLink(f"https://localhost:{port}", ca_file=certificate) as link,
    ):
        assert (await link.get("/")).body == b"yes"


async def test_row_38_while_an_authority_is_rotated_servers_of_the_old_one_and_of_the_new_are_trusted(
    tmp_path: Path,
) -> None:
    pairs = [authority(tmp_path, name) for name in ("old", "new")]
    pinned = tmp_path / "both.pem"
    pinned.write_bytes(b"".join(certificate.read_bytes() for certificate, _ in pairs))
    for certificate, key in pairs:
        async with (
            serving(web.Response(text="yes"), context(certificate, key)) as port,
            CentreLink(f"https://localhost:{port}", ca_file=pinned) as link,
        ):
            assert (await link.get("/")).body == b"yes"


async def test_row_55_another_authority_is_an_impostor(tmp_path: Path) -> None:
    certificate, key = authority(tmp_path, "interceptor")
    pinned, _ = authority(tmp_path, "centre")
    async with (
        serving(web.Response(), context(certificate, key)) as port,
        CentreLink(f"https://localhost:{port}", ca_file=pinned) as link,
    ):
        with pytest.raises(UplinkError, match="CENTRE_IMPOSTOR"):
            await link.get("/")


@pytest.mark.parametrize("url", ["http://centre.example", "ftp://127.0.0.1", "centre", "https://"])
def test_an_address_without_tls_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="CONFIG_VALUE"):
        CentreLink(url)


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_an_unusable_authority_file_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(ConfigError, match="KEY_UNUSABLE"):
        CentreLink("https://centre.example", ca_file=tmp_path / "ca.pem")


async def test_an_answer_above_the_limit_is_not_read_to_its_end() -> None:
    async with serving(web.Response(body=bytes(500_000))) as port, CentreLink(f"http://localhost:{port}") as link:
        with pytest.raises(UplinkError, match="CENTRE_IMPOSTOR"):
            await link.get("/", limit=1000)


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = web.Response(status=302, headers={"Location": "http://elsewhere.example"})
    async with serving(moved) as port, CentreLink(f"http://localhost:{port}") as link:
        assert (await link.get("/")).status == 302


async def test_a_closed_port_is_unreachable_and_named() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with CentreLink(f"http://127.0.0.1:{port}") as link:
        with pytest.raises(UplinkError, match=f"CENTRE_UNREACHABLE: http://127.0.0.1:{port}: .*{port}"):
            await link.get("/")
