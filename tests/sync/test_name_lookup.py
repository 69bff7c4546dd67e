"""Rows 56 and 57 of the fault catalogue: who answers for the centre's name, and by which protocol, is not believed."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from edge.domain.errors import UplinkError
from sync.centre_link import CentreLink
from tests.sync.test_centre_link import authority, context, serving

NAME = "centre.example"


def resolved(monkeypatch: pytest.MonkeyPatch, family: socket.AddressFamily, host: str) -> None:
    """Have the running loop resolve every name to one address, as a resolver in somebody's hand does."""

    async def getaddrinfo(_name: str | None, port: int, **_hints: Any) -> list[Any]:  # noqa: ANN401 - the stdlib's
        place = (host, port) if family is socket.AF_INET else (host, port, 0, 0)
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_row_56_a_name_that_leads_to_somebody_else_is_an_impostor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's certificate is for the very name, by an authority of its own."""
    certificate, key = authority(tmp_path, "elsewhere", NAME)
    pinned, _ = authority(tmp_path, "centre", NAME)
    async with serving(web.Response(text="an ack"), context(certificate, key)) as port:
        resolved(monkeypatch, socket.AF_INET, "127.0.0.1")
        async with CentreLink(f"https://{NAME}:{port}", ca_file=pinned) as link:
            with pytest.raises(UplinkError, match="CENTRE_IMPOSTOR"):
                await link.post("/", b"taps", "text/plain")


async def test_row_56_a_certificate_of_the_authority_for_another_name_is_an_impostor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = authority(tmp_path, "centre", "till.example")
    async with serving(web.Response(), context(certificate, key)) as port:
        resolved(monkeypatch, socket.AF_INET, "127.0.0.1")
        async with CentreLink(f"https://{NAME}:{port}", ca_file=certificate) as link:
            with pytest.raises(UplinkError, match="CENTRE_IMPOSTOR"):
                await link.get("/")


async def test_row_56_a_portal_without_tls_hears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned, _ = authority(tmp_path, "centre", NAME)
    async with serving(web.Response(text="log in here")) as port:
        resolved(monkeypatch, socket.AF_INET, "127.0.0.1")
        async with CentreLink(f"https://{NAME}:{port}", ca_file=pinned) as link:
            with pytest.raises(UplinkError, match="CENTRE_UNREACHABLE"):
                await link.get("/")


async def test_row_57_a_network_of_ipv6_alone_leads_to_the_centre(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = authority(tmp_path, "centre", NAME)
    async with serving(web.Response(text="yes"), context(certificate, key), host="::1") as port:
        resolved(monkeypatch, socket.AF_INET6, "::1")
        async with CentreLink(f"https://{NAME}:{port}", ca_file=certificate) as link:
            assert (await link.get("/")).body == b"yes"
