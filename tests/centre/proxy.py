"""nginx as operators run it: the shipped file with a test's own places in it, a process of our own on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from edge.demo.stage import free_port, listening
from tests.centre.transport_rig import Town

SHIPPED: Final = Path(__file__).parents[2] / "systemd" / "nginx-centre.conf"
PATIENCE_S: Final = 10.0
MAIN: Final = """
{user}worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def program() -> str:
    """Return where nginx is; Debian keeps it where only root looks."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert found is not None, "nginx is not installed: see SYSTEM_TEST in the Makefile"
    return found


def at_our_places(shipped: Path, places: Mapping[str, str]) -> str:
    """Return a shipped configuration with a test's own places in it; each of theirs stands in it once."""
    text = shipped.read_text("utf-8")
    for theirs, ours in places.items():
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text


def _town(town: Town, port: int) -> str:
    places = {
        "/var/cache/nginx/onecard": str(town.folder / "kept"),
        "server unix:/run/onecard-central/http.sock;": f"server unix:{town.folder / 'http.sock'};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server_name centre.example;": "server_name localhost;",
        "/etc/onecard-central/centre.pem": str(town.folder / "server.pem"),
        "/etc/onecard-central/centre.key": str(town.folder / "server.pem"),
        "/var/lib/onecard-central/ca/clients.pem": str(town.clients),
    }
    return at_our_places(SHIPPED, places)


@asynccontextmanager
async def nginx_before(town: Town) -> AsyncIterator[str]:
    """Run nginx before a town's Unix socket; yields its address."""
    port = free_port()
    async with running_nginx(town.folder / "nginx", _town(town, port), port) as address:
        yield address


def _prepare(folder: Path, site: str) -> None:
    folder.mkdir()
    (folder / "site.conf").write_text(site, "utf-8")
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user), "utf-8")


@asynccontextmanager
async def running_nginx(folder: Path, site: str, port: int) -> AsyncIterator[str]:
    """Run nginx in a new folder, with a site that listens on a port of this machine; yields its address."""
    _prepare(folder, site)
    process = await asyncio.create_subprocess_exec(
        program(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await listening(port):
                assert process.returncode is None, (folder / "error.log").read_text("utf-8")
                await asyncio.sleep(0.02)
        yield f"https://localhost:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
