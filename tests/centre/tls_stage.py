"""The stage over mutual TLS: centre, terminal and sync as processes of their own, each told by commands alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from edge.control.client import connect
from edge.demo.documents import CONFIG, FARE
from edge.demo.processes import run_to_end
from edge.demo.stage import Stage, free_port, listening
from sync.transport import TransportFiles
from tests.scenarios.running_line import Ended, onecard

INTERVAL_S: Final = 20
"""Longer than any of these tests waits: what comes sooner came because somebody was told."""
HOST: Final = "localhost"
NOBODY: Final = 'kind = "deny_list"\n'


class Elsewhere:
    """The operator's own authority, made by openssl; the centre has none of its keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root.pem"

    async def make(self) -> None:
        """Make the root, and the centre's certificate."""
        self.folder.mkdir()
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        root_key, request = str(self.folder / "root.key"), self.folder / f"{HOST}.csr"
        await _openssl(
            *new, "-x509", "-days", "30", "-subj", "/CN=Elsewhere", "-keyout", root_key, "-out", str(self.root)
        )
        names = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
        await _openssl(*new, *names, "-keyout", str(self.folder / f"{HOST}.key"), "-out", str(request))
        await self.sign(request, self.folder / f"{HOST}.pem")

    async def sign(self, request: Path, certificate: Path) -> None:
        """Sign what a request asks for."""
        signer = ("-CA", str(self.root), "-CAkey", str(self.folder / "root.key"), "-CAcreateserial", "-days", "10")
        files = ("-in", str(request), "-out", str(certificate))
        await _openssl("x509", "-req", *signer, "-copy_extensions", "copy", *files)


async def _openssl(*words: str) -> None:
    process = await asyncio.create_subprocess_exec("openssl", *words, stderr=asyncio.subprocess.PIPE)
    _, told = await process.communicate()
    assert process.returncode == 0, told.decode()


class TlsStage(Stage):
    """A centre that lets nobody in without a certificate; the terminal trusts its authority and one from elsewhere."""

    @property
    def authorities(self) -> Path:
        """Return the file by which the terminal knows its centre."""
        return self.folder / "authorities.pem"

    @property
    def enrolled(self) -> TransportFiles:
        """Return what enrolment left."""
        return TransportFiles(self.config.parent / "credentials" / "transport")

    @property
    def renewed(self) -> TransportFiles:
        """Return what the sync process keeps of its own."""
        return TransportFiles(self.config.parent / "state" / "sync" / "transport")

    async def _prepare(self) -> None:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.elsewhere = Elsewhere(self.folder / "elsewhere")
        await asyncio.gather(self.elsewhere.make(), self._prepare_centre())
        own = self.folder / "centre" / "ca"
        self.authorities.write_bytes((own / "root.pem").read_bytes() + self.elsewhere.root.read_bytes())
        self._port = free_port()
        self.url = f"https://{HOST}:{self._port}"
        self._stack.push_async_callback(self._stop_centre)
        await self.serve(own / "clients.pem", self.folder / f"{HOST}.pem")
        told = CONFIG.format(url=self.url).replace("interval_s = 1\n", f"interval_s = {INTERVAL_S}\n")
        told = told.replace("request_timeout_s = 5\n", "request_timeout_s = 60\n")
        self.config.write_text(f'{told}ca_file = "{self.authorities}"\n', "utf-8")
        await self.enrol()
        await self._plug_devices()

    async def _prepare_centre(self) -> None:
        """Make its authority and its own certificate, and publish what a terminal needs."""
        await run_to_end("central", "ca", "init", *self.central)
        await run_to_end("central", "ca", "issue", "--server", HOST, "--out", str(self.folder), *self.central)
        fare, denied = self.folder / "fare.toml", self.folder / "denied.toml"
        fare.write_text(FARE, "utf-8")
        denied.write_text(NOBODY, "utf-8")
        await run_to_end("central", "publish", str(fare), str(denied), *self.central)

    async def serve(self, clients: Path, certificate: Path) -> None:
        """Start the centre; terminals' certificates are by ``clients``."""
        tls = ("--tls-certificate", str(certificate), "--tls-key", str(certificate.with_suffix(".key")))
        listen = ("--listen", f"{HOST}:{self._port}", "--client-ca", str(clients))
        self.centre = self._child("centre", "central", "serve", *listen, *tls, *self.central)
        await self.centre.start()
        await self.until("the centre listens", lambda: listening(self._port))

    async def serve_anew(self, clients: Path, certificate: Path) -> None:
        """Stop the centre and start it with other authorities."""
        await self._stop_centre()
        await self.serve(clients, certificate)

    async def _stop_centre(self) -> None:
        await self.centre.stop()

    async def ride(self) -> None:
        """Let the next card pay, and have its entries sent at once."""
        for name in self.cards:
            if name != self.last_presented and (await self.present(name))["accepted"]:
                break
        await self.kick()

    async def kick(self) -> None:
        """Have the terminal call its sync process."""
        async with connect(self.socket.with_name("technician.sock")) as client:
            await client.call("sync.now")

    async def restart_sync(self) -> None:
        """Start the sync process anew, as after an installed certificate."""
        await self.sync.stop()
        await self.sync.start()

    async def certificate(self) -> dict[str, Any]:
        """Return what the device's own command says of the certificate in use."""
        found: dict[str, Any] = (await self.told("status")).facts["certificate"]
        return found

    async def told(self, *words: str) -> Ended:
        """Return how one of the device's commands ended."""
        return await onecard(*words, "--config", str(self.config), "--json")
