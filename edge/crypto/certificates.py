"""Certificates of the transport (X.509, RFC 5280): keys of ECDSA P-256, requests, and whose certificate one is.

A terminal's certificate names it by the URI ``urn:onecard:terminal:NAME`` in its subject alternative name. It admits
to the wire and proves nothing about entries: those are signed by the terminal's own key.
"""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.frozen import frozen

NO_CHECK_TIME: Final = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME, openssl X509_VERIFY_PARAM_set_flags(3): TLS does not judge the dates of certificates.

A terminal may not know the time, and must reach the centre to be told it. It checks chain and name; what the centre
says counts by its signature alone. The centre judges the dates of terminals' certificates by its own clock."""
TERMINAL_URI: Final = "urn:onecard:terminal:"
REQUEST_BYTES_MAX: Final = 8 * 1024
PEM_BYTES_MAX: Final = 12 * 1024


@frozen
class CertificateFacts:
    """What a certificate says: whose it is (empty: no terminal's), its number, its time in ms UTC, the key's hash.

    ``serial`` is in hexadecimal, ``key_sha256`` is over the subject's public key in DER.
    """

    terminal: str
    serial: str
    begins_ms: int
    until_ms: int
    key_sha256: bytes


def new_transport_key() -> bytes:
    """Return a fresh private key, PEM (PKCS #8)."""
    return key_pem(ec.generate_private_key(ec.SECP256R1()))


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as PEM (PKCS #8)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_private_key(pem: bytes, where: object) -> ec.EllipticCurvePrivateKey:
    """Return the private key in PEM; raises ``KEY_UNUSABLE`` naming ``where`` it lies."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise ConfigError("KEY_UNUSABLE", f"{where}: no private key in PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError("KEY_UNUSABLE", f"{where}: a key of ECDSA is wanted")
    return key


def transport_request(key: bytes, terminal: str) -> bytes:
    """Return the request for a terminal's certificate (PKCS #10, RFC 2986), PEM, signed by the key in PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, terminal)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    named = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(TERMINAL_URI + terminal)])
    request = builder.add_extension(named, critical=False).sign(read_private_key(key, "transport key"), hashes.SHA256())
    return request.public_bytes(Encoding.PEM)


def read_request(pem: bytes) -> x509.CertificateSigningRequest:
    """Return a request that is signed by the key it names, of P-256; raises ``WIRE_MALFORMED``."""
    try:
        request = x509.load_pem_x509_csr(pem[:REQUEST_BYTES_MAX])
        sound = request.is_signature_valid
        key = request.public_key()
    except (ValueError, TypeError, InvalidSignature) as error:
        raise RemoteProtocolError("WIRE_MALFORMED", "no certificate request in PEM") from error
    if not sound or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise RemoteProtocolError("WIRE_MALFORMED", "the request is not signed by a key of P-256")
    return request


def request_key_sha256(request: x509.CertificateSigningRequest) -> bytes:
    """Return the hash of a request's public key, as in :class:`CertificateFacts`."""
    public = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).digest()


def private_key_sha256(pem: bytes, where: object) -> bytes:
    """Return the hash of a private key's public half, as in :class:`CertificateFacts`; raises ``KEY_UNUSABLE``."""
    public = read_private_key(pem, where).public_key()
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def read_chain(pem: bytes) -> list[x509.Certificate]:
    """Return the certificates in PEM, at least one, the subject's first; raises ``WIRE_MALFORMED``."""
    try:
        return x509.load_pem_x509_certificates(pem[:PEM_BYTES_MAX])
    except ValueError as error:
        raise RemoteProtocolError("WIRE_MALFORMED", "no certificates in PEM") from error


def facts_of(certificate: x509.Certificate) -> CertificateFacts:
    """Return what a certificate says; raises ``WIRE_MALFORMED`` where its names cannot be read."""
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return CertificateFacts(
        terminal_of(certificate),
        f"{certificate.serial_number:x}",
        _ms(certificate.not_valid_before_utc),
        _ms(certificate.not_valid_after_utc),
        hashlib.sha256(public).digest(),
    )


def terminal_of(certificate: x509.Certificate) -> str:
    """Return the one terminal that a certificate names, empty where it names none or several."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    except ValueError as error:
        raise RemoteProtocolError("WIRE_MALFORMED", "the names of a certificate cannot be read") from error
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    terminals = [uri.removeprefix(TERMINAL_URI) for uri in uris if uri.startswith(TERMINAL_URI)]
    return terminals[0] if len(terminals) == 1 else ""


def _ms(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)
