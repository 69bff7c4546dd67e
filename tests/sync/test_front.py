"""What a connection costs before anybody has said a word on it."""

from __future__ import annotations

import asyncio
import gc
import ssl
import subprocess
from asyncio import sslproto
from pathlib import Path

import pytest
from aiohttp import web

from edge.domain.errors import UplinkError
from sync.central.front import TLS_BUFFER_BYTES, Front, listening


def self_signed(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "tls.pem", folder / "tls.key"
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    words = ("openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(certificate), *names)
    subprocess.run(words, check=True, capture_output=True)
    return certificate, key


async def test_a_silent_connection_by_tls_holds_one_record_and_no_more(tmp_path: Path) -> None:
    """The bound is a name of the standard library's own: this test tells when it no longer is."""
    certificate, key = self_signed(tmp_path)
    front = Front(certificate=certificate, certificate_key=key)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    async with listening(runner, front, front.tls()) as address:
        trusting = ssl.create_default_context(cafile=str(certificate))
        port = int(address.rpartition(":")[2])
        _, writer = await asyncio.open_connection("localhost", port, ssl=trusting)
        buffers = [vars(held)["_ssl_buffer"] for held in gc.get_objects() if type(held) is sslproto.SSLProtocol]
        assert {len(buffer) for buffer in buffers} == {TLS_BUFFER_BYTES}
        writer.close()
    await runner.cleanup()


async def test_an_address_that_cannot_be_listened_at_is_told_in_words(tmp_path: Path) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    async with listening(runner, Front(), None) as address:
        taken = Front(port=int(address.rpartition(":")[2]))
        nowhere = Front(socket=tmp_path / "absent" / "front.sock")
        for front, told in ((taken, "--listen 127.0.0.1:.*in use"), (nowhere, "--listen unix:.*No such file")):
            with pytest.raises(UplinkError, match=f"ADDRESS_TAKEN: {told}"):
                async with listening(runner, front, None):
                    pytest.fail("it listens")
    await runner.cleanup()
