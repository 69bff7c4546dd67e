"""A certificate authority for a small fleet: a root that is made once and put away, and an issuing key for every day.

Files, in ``STATE/ca`` with owner rights: ``root.key``, ``root.pem``, ``issuing.key``, ``issuing.pem``, ``crl.pem``, and
``clients.pem``, both certificates, for who asks terminals for theirs. Only ``issuing.key`` is needed day by day; it may
also be a credential of the service manager, ``ca-issuing.key``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.crypto.certificates import TERMINAL_URI, facts_of, key_pem, read_chain, read_private_key, read_request
from edge.crypto.signing import make_folder, read_secret_text, write_durably, write_secret
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen

FOLDER: Final = "ca"
ISSUING_CREDENTIAL: Final = "ca-issuing.key"
ROOT_DAYS: Final = 20 * 365
ISSUING_DAYS: Final = 5 * 365
TERMINAL_DAYS: Final = 90
SERVER_DAYS: Final = 90
CRL_DAYS: Final = 7
EARLIER: Final = timedelta(hours=1)
"""A certificate begins this long before it is issued: the clocks of proxies and centres differ a little."""


@frozen
class Issued:
    """A fresh certificate: its chain in PEM, subject first, without the root; and what it says of itself."""

    chain: bytes
    subject: str
    serial: str
    until_ms: int
    key_sha256: bytes


@frozen
class Revoked:
    """A certificate that is not to be taken any more, and since when."""

    serial: str
    since_ms: int


@frozen
class Authority:
    """Issues certificates for requests; ``chain`` is the issuing certificate, and what lies between it and the root."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...]

    def for_terminal(self, request: bytes, terminal: str, now_ms: int, days: int = TERMINAL_DAYS) -> Issued:
        """Issue a certificate by which a terminal is let in; the request's own names count for nothing.

        Raises ``WIRE_MALFORMED`` for a request that its key did not sign.
        """
        names = [x509.UniformResourceIdentifier(TERMINAL_URI + terminal)]
        return self._issue(request, terminal, names, ExtendedKeyUsageOID.CLIENT_AUTH, now_ms, days)

    def for_server(self, request: bytes, names: Sequence[str], now_ms: int, days: int = SERVER_DAYS) -> Issued:
        """Issue a certificate for a server of these host names or addresses."""
        hosts = [_host(name) for name in names]
        return self._issue(request, names[0], hosts, ExtendedKeyUsageOID.SERVER_AUTH, now_ms, days)

    def crl(self, revoked: Iterable[Revoked], now_ms: int) -> bytes:
        """Return the list of revoked certificates (RFC 5280 5), PEM."""
        now = _moment(now_ms)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.chain[0].subject)
        builder = builder.last_update(now - EARLIER).next_update(now + timedelta(days=CRL_DAYS))
        builder = builder.add_extension(x509.CRLNumber(now_ms), critical=False)
        builder = builder.add_extension(_identifier(self.chain[0]), critical=False)
        for item in revoked:
            row = x509.RevokedCertificateBuilder().serial_number(int(item.serial, 16))
            builder = builder.add_revoked_certificate(row.revocation_date(_moment(item.since_ms)).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _issue(
        self,
        packed: bytes,
        subject: str,
        names: Sequence[x509.GeneralName],
        usage: x509.ObjectIdentifier,
        now_ms: int,
        days: int,
    ) -> Issued:
        request, issuer, now = read_request(packed), self.chain[0], _moment(now_ms)
        until = min(now + timedelta(days=days), issuer.not_valid_after_utc)
        if until <= now:
            raise ConfigError("KEY_UNUSABLE", "the issuing certificate has expired: make a new one from the root")
        builder = x509.CertificateBuilder().serial_number(x509.random_serial_number()).public_key(request.public_key())
        builder = builder.issuer_name(issuer.subject).not_valid_before(now - EARLIER).not_valid_after(until)
        builder = builder.subject_name(_name(subject))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_others=False), critical=True)
        builder = builder.add_extension(_identifier(issuer), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        facts = facts_of(certificate)
        chain = b"".join(item.public_bytes(Encoding.PEM) for item in (certificate, *self.chain))
        return Issued(chain, subject, facts.serial, facts.until_ms, facts.key_sha256)


def make_authority(folder: Path, name: str, now_ms: int) -> None:
    """Make a root and an issuing key; raises ``CONFIG_VALUE`` where the folder has one. The root comes last of all."""
    if (folder / "root.pem").exists():
        raise ConfigError("CONFIG_VALUE", f"{folder}: an authority is there already; nothing was changed")
    make_folder(folder, 0o700)
    root_key, issuing_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"{name} root")
    root = _authority_certificate(root_name, root_name, root_key, root_key.public_key(), now_ms, ROOT_DAYS, 1)
    issuing_name = _name(f"{name} issuing 1")
    public = issuing_key.public_key()
    issuing = _authority_certificate(root_name, issuing_name, root_key, public, now_ms, ISSUING_DAYS, 0)
    write_secret(folder / "issuing.key", key_pem(issuing_key))
    write_secret(folder / "root.key", key_pem(root_key))
    issuing_pem, root_pem = issuing.public_bytes(Encoding.PEM), root.public_bytes(Encoding.PEM)
    write_durably(folder / "issuing.pem", issuing_pem)
    write_durably(folder / "clients.pem", issuing_pem + root_pem)
    write_durably(folder / "root.pem", root_pem)


def open_authority(folder: Path, credentials: Path | None = None) -> Authority | None:
    """Return the authority in a folder, None where there is none; raises ``KEY_UNUSABLE``."""
    if not (folder / "root.pem").exists():
        return None
    credential = credentials / ISSUING_CREDENTIAL if credentials is not None else folder / ISSUING_CREDENTIAL
    path = credential if credential.exists() else folder / "issuing.key"
    key = read_private_key(read_secret_text(path), path)
    chain = read_chain((folder / "issuing.pem").read_bytes())
    if chain[0].public_key() != key.public_key():
        raise ConfigError("KEY_UNUSABLE", f"{path}: not the key of {folder / 'issuing.pem'}")
    return Authority(key, tuple(chain))


def _authority_certificate(
    issuer: x509.Name,
    subject: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    public: ec.EllipticCurvePublicKey,
    now_ms: int,
    days: int,
    below: int,
) -> x509.Certificate:
    """Return a certificate that may sign others, ``below`` authorities deep."""
    now = _moment(now_ms)
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - EARLIER).not_valid_after(now + timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
    builder = builder.add_extension(_usage(signs_others=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(authority, critical=False).sign(signer, hashes.SHA256())


def _usage(*, signs_others: bool) -> x509.KeyUsage:
    """Return what a key may do: sign certificates and lists, or its own handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs_others,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        encipher_only=False,
        decipher_only=False,
    )


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ConfigError("KEY_UNUSABLE", "the issuing certificate is not of ECDSA")
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, UTC)
