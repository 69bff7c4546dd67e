"""A centre that asks for certificates, over real TLS and behind a Unix socket, with a clock that tests set."""

from __future__ import annotations

import base64
import json
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.crypto.certificates import new_transport_key, transport_request
from edge.crypto.signing import write_secret
from sync.central.authority import Authority, make_authority, open_authority
from sync.central.centre import Centre
from sync.central.certificates import CrlFile
from sync.central.front import Front, listening
from sync.central.server import served
from sync.central.store.sqlite import open_sqlite
from sync.central.trust import DAY_MS, Trust
from tests.conformance.central_store import KEYS
from tests.sync.builders import NOON_MS

Answer = tuple[int, str]


@dataclass
class Town:
    """One centre's folder, and the hour that its clock shows."""

    folder: Path
    now_ms: int = NOON_MS

    def __post_init__(self) -> None:
        """Make an authority, and the server's certificate by it."""
        make_authority(self.folder / "ca", "Test", NOON_MS - 30 * DAY_MS)
        issued = self.authority.for_server(self.request("localhost"), ["localhost", "127.0.0.1", "::1"], self.now_ms)
        self.keep("localhost", issued.chain).rename(self.folder / "server.pem")

    @property
    def authority(self) -> Authority:
        found = open_authority(self.folder / "ca")
        assert found is not None
        return found

    @property
    def root(self) -> Path:
        return self.folder / "ca" / "root.pem"

    def request(self, name: str) -> bytes:
        """Make a key as NAME.key and return a request for it."""
        key = new_transport_key()
        write_secret(self.folder / f"{name}.key", key)
        return transport_request(key, name)

    def pair(self, terminal: str, *, by: Authority | None = None, now_ms: int = 0, file: str = "") -> Path:
        """Return a file with a key and the certificate of a terminal, as if ``by`` had issued it at ``now_ms``."""
        request = self.request(file or terminal)
        issued = (by or self.authority).for_terminal(request, terminal, now_ms or self.now_ms)
        return self.keep(file or terminal, issued.chain)

    def keep(self, name: str, chain: bytes) -> Path:
        """Put a chain and the key that waits for it into one file."""
        path = self.folder / f"{name}.pem"
        write_secret(path, (self.folder / f"{name}.key").read_bytes() + chain)
        return path

    def stranger(self) -> Authority:
        """Return another authority."""
        make_authority(self.folder / "other", "Other", NOON_MS - DAY_MS)
        found = open_authority(self.folder / "other")
        assert found is not None
        return found

    @asynccontextmanager
    async def serving(self, *, plain: bool = False, socket: bool = False) -> AsyncIterator[tuple[Centre, str]]:
        """Serve; yields the centre and its address. ``plain``: over TCP without TLS, to see that no header counts."""
        store = await open_sqlite(self.folder / "central.db")
        try:
            trust = Trust(store, lambda: self.now_ms, self.authority, [self.crl])
            centre = Centre(store, KEYS, lambda: self.now_ms, os.urandom, trust)
            pem = self.folder / "server.pem"
            front = Front("localhost", 0, self.folder / "http.sock" if socket else None, pem, pem, self.clients)
            tls = None if plain or socket else front.tls()
            async with served(centre, 0.1, gate=front.gate(trust)) as runner, listening(runner, front, tls) as address:
                yield centre, address
        finally:
            await store.close()

    def lose_store(self) -> None:
        """Put an empty store in place of this one, as from a backup of the first day."""
        for file in self.folder.glob("central.db*"):
            file.unlink()

    @property
    def clients(self) -> Path:
        return self.folder / "ca" / "clients.pem"

    @property
    def crl(self) -> CrlFile:
        return CrlFile(self.folder / "ca" / "crl.pem")


async def ask(address: str, path: str, *, root: Path, pair: Path | None = None, header: str = "") -> Answer:
    """GET a path; return status and the problem's code. ``header`` is what a proxy would say of the certificate."""
    headers = {"Client-Cert": header} if header else {}
    connector: aiohttp.BaseConnector
    if address.startswith("unix:"):
        connector, url = aiohttp.UnixConnector(address.removeprefix("unix:")), "http://centre"
    else:
        tls = ssl.create_default_context(cafile=root)
        tls.verify_flags |= ssl.VerifyFlags(0x200000)
        if pair is not None:
            tls.load_cert_chain(pair)
        connector, url = aiohttp.TCPConnector(ssl=tls), address
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(url + path, headers=headers) as response,
    ):
        body = await response.read()
        return response.status, json.loads(body)["code"] if response.content_type.endswith("json") else ""


def der_header(pair: Path) -> str:
    """Return a certificate as RFC 9440 has a proxy write it."""
    leaf = x509.load_pem_x509_certificates(pair.read_bytes())[0]
    return f":{base64.b64encode(leaf.public_bytes(Encoding.DER)).decode()}:"


def escaped_header(pair: Path) -> str:
    """Return a certificate as nginx writes ``$ssl_client_escaped_cert``."""
    leaf = x509.load_pem_x509_certificates(pair.read_bytes())[0]
    return quote(leaf.public_bytes(Encoding.PEM).decode(), safe="")
