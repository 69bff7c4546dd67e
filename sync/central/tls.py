"""Who may speak to the centre: TLS that it ends itself, or a proxy before it on a Unix socket, and the gate behind.

Dates of certificates are judged here alone, by the centre's clock: terminals may not know the time. TLS therefore
checks the chain and the proof of the key, and the gate checks dates, revocation and whose the certificate is, so that
a refusal is a problem document with its cure instead of a broken handshake.

The header ``Client-Cert`` counts on a Unix socket only, where nobody but the proxy can write: RFC 9440's form
(``:base64 of DER:``) or PEM, URL-encoded, as nginx's ``$ssl_client_escaped_cert``.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from aiohttp import web
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge.crypto.certificates import NO_CHECK_TIME, PEM_BYTES_MAX, CertificateFacts, facts_of
from edge.domain.errors import ConfigError, RemoteProtocolError, UplinkError
from sync.central.trust import DAY_MS, Trust
from sync.paths import CERTIFICATES_PATH, ENROL_PATH, batches_path

HEADER: Final = "Client-Cert"
TOLERANCE_MS: Final = 5 * 60_000
GRACE_DAYS: Final = 60
"""For so long after its end a certificate still serves to ask for the next one, and for nothing else."""
CACHED: Final = 10_000
RELOAD_S: Final = 60.0
PROTECTED: Final = "/v1/"
BATCHES: Final = batches_path("{terminal}")
PEER: Final = web.RequestKey("peer", CertificateFacts)


def server_tls(certificate: Path, key: Path | None, client_ca: Path | None) -> ssl.SSLContext:
    """Return the context of a server; with ``client_ca`` it asks for certificates. Raises ``KEY_UNUSABLE``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise ConfigError("KEY_UNUSABLE", f"{certificate}: {error.strerror or error}") from error
    if client_ca is not None:
        read_authorities(client_ca)
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL  # enrolment has none yet; the gate refuses all else
        context.verify_flags |= NO_CHECK_TIME
    return context


@asynccontextmanager
async def reloading(context: ssl.SSLContext, certificate: Path, key: Path | None) -> AsyncIterator[None]:
    """Take a renewed server certificate without a restart: new connections get it within ``RELOAD_S``."""

    async def watch() -> None:
        seen = _stamp(certificate)
        while True:
            await asyncio.sleep(RELOAD_S)
            if (stamp := _stamp(certificate)) != seen:
                with suppress(OSError):  # half replaced: the old pair stays in use until both files fit
                    context.load_cert_chain(certificate, key)
                    seen = stamp

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def read_authorities(client_ca: Path) -> list[x509.Certificate]:
    """Return the certificates of a file; each is trusted to sign terminals'. Raises ``KEY_UNUSABLE``."""
    try:
        return x509.load_pem_x509_certificates(client_ca.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError("KEY_UNUSABLE", f"{client_ca}: no certificates in PEM") from error


class Gate:
    """Admits requests by certificate. ``authorities`` sign those that a proxy hands on; TLS checks the others."""

    def __init__(self, authorities: Sequence[x509.Certificate], trust: Trust) -> None:
        self._authorities = authorities
        self._trust = trust
        self._handed_on = lru_cache(maxsize=CACHED)(self._verified)
        self._read = lru_cache(maxsize=CACHED)(_facts_of_der)

    async def admit(self, request: web.Request) -> None:
        """Refuse a request whose certificate does not admit it; note under ``PEER`` whose it is.

        Raises ``CERTIFICATE_REFUSED``, ``CERTIFICATE_EXPIRED`` or ``TERMINAL_REVOKED``. Enrolment needs none, and what
        lies outside of ``/v1/`` is not the terminals'.
        """
        resource = request.match_info.route.resource
        place = resource.canonical if resource is not None else ""
        if not place.startswith(PROTECTED) or place == ENROL_PATH:
            return
        peer = self._peer(request)
        self._check_dates(peer, renewing=place == CERTIFICATES_PATH)
        if request.match_info.get("terminal", peer.terminal) != peer.terminal:
            raise _refused(f"it is {peer.terminal}'s, the path is another terminal's")
        shut_out = await self._trust.shut_out()
        if peer.serial in shut_out.numbers:
            raise _refused(f"certificate {peer.serial} is revoked")
        if peer.terminal in shut_out.terminals and place != BATCHES:
            raise UplinkError("TERMINAL_REVOKED", f"{peer.terminal} is shut out")
        request[PEER] = peer

    def _peer(self, request: web.Request) -> CertificateFacts:
        transport = request.transport
        link: socket.socket | None = transport.get_extra_info("socket") if transport is not None else None
        if link is not None and link.family == socket.AF_UNIX:
            header = request.headers.get(HEADER, "")
            peer = self._handed_on(header) if header else None
        else:
            tls = transport.get_extra_info("ssl_object") if transport is not None else None
            der = tls.getpeercert(binary_form=True) if tls is not None else None
            peer = self._read(der) if der else None
        if peer is None:
            raise _refused("none was shown")
        if not peer.terminal:
            raise _refused("it names no terminal")
        return peer

    def _check_dates(self, peer: CertificateFacts, *, renewing: bool) -> None:
        now_ms = self._trust.now_ms()
        if now_ms < peer.begins_ms - TOLERANCE_MS:
            raise _refused("it is not valid yet")
        grace_ms = GRACE_DAYS * DAY_MS if renewing else 0
        if now_ms > peer.until_ms + TOLERANCE_MS + grace_ms:
            raise UplinkError("CERTIFICATE_EXPIRED", f"certificate {peer.serial} of {peer.terminal}")

    def _verified(self, header: str) -> CertificateFacts:
        """Return what a header's certificate says, once an authority of ours has signed it."""
        certificate = _certificate_in(header)
        for authority in self._authorities:
            with suppress(ValueError, TypeError, InvalidSignature):
                certificate.verify_directly_issued_by(authority)
                _check_purpose(certificate)
                return facts_of(certificate)
        raise _refused("it is by another authority")


def _certificate_in(header: str) -> x509.Certificate:
    try:
        if header.startswith(":"):
            return x509.load_der_x509_certificate(base64.b64decode(header.strip(":"), validate=True))
        return x509.load_pem_x509_certificate(unquote_to_bytes(header)[:PEM_BYTES_MAX])
    except (ValueError, binascii.Error):
        raise _refused("the proxy's header holds none") from None


def _check_purpose(certificate: x509.Certificate) -> None:
    """Refuse a certificate that is not for clients, as TLS does."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise _refused("it is not for clients")


def _facts_of_der(der: bytes) -> CertificateFacts:
    try:
        return facts_of(x509.load_der_x509_certificate(der))
    except (ValueError, RemoteProtocolError):
        raise _refused("it cannot be read") from None


def _refused(why: str) -> UplinkError:
    return UplinkError("CERTIFICATE_REFUSED", why)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_ino
