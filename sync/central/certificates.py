"""Which certificates were issued, and which are revoked: work on the store, and lists of revoked ones as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from cryptography import x509

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from sync.central.authority import Issued, Revoked
from sync.central.store import trust_statements as sql
from sync.central.store.port import Query, Work, insert_rows


@frozen
class HeldCertificate:
    """A certificate that was issued here; ``revoked_ms`` 0: it is not revoked. A server's subject begins with ``@``."""

    subject: str
    number: str
    issued_ms: int
    until_ms: int
    revoked_ms: int


def issued_work(subject: str, issued: Issued, now_ms: int) -> Work[None]:
    """Remember a certificate."""
    row = (subject, issued.serial, issued.key_sha256, now_ms, issued.until_ms, issued.chain)
    yield insert_rows(sql.ADD_CERTIFICATE, [row])


def chain_for_key_work(terminal: str, key_sha256: bytes, until_ms: int) -> Work[bytes]:
    """Return the chain that this key was given already and that lasts beyond ``until_ms``; empty where there is none.

    Whoever asks again, because the answer was lost, gets the same.
    """
    rows = yield Query(sql.ISSUED_FOR_KEY, (terminal, key_sha256))
    return cast("bytes", rows[0][3]) if rows and cast("int", rows[0][2]) > until_ms else b""


def held_work() -> Work[list[HeldCertificate]]:
    """Return all certificates, by subject and time."""
    rows = yield Query(sql.CERTIFICATES)
    return [HeldCertificate(*cast("tuple[str, str, int, int, int]", tuple(row))) for row in rows]


def revoke_work(number: str, now_ms: int) -> Work[str]:
    """Revoke a certificate; returns its subject. Raises ``CONFIG_VALUE`` for a number that none of ours has."""
    rows = yield Query(sql.CERTIFICATE_OF, (number,))
    if not rows:
        raise ConfigError("CONFIG_VALUE", f"no certificate {number} was issued here: `onecard central ca list`")
    subject = cast("str", rows[0][0])
    yield insert_rows(sql.ADD_CERTIFICATE_END, [(subject, number, now_ms)])
    return subject


def ends_work() -> Work[list[Revoked]]:
    """Return the revoked certificates, by number."""
    rows = yield Query(sql.CERTIFICATE_ENDS)
    return [Revoked(cast("str", number), cast("int", since_ms)) for number, since_ms in rows]


class CrlFile:
    """A list of revoked certificates on disk, PEM; read again when it was replaced. None there: nobody is revoked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._rows: tuple[Revoked, ...] = ()

    def revoked(self) -> Sequence[Revoked]:
        """Return its rows; raises ``KEY_UNUSABLE`` for a file that is none."""
        try:
            stat = self.path.stat()
            if (stamp := (stat.st_mtime_ns, stat.st_ino)) != self._stamp:
                self._rows, self._stamp = _rows(self.path.read_bytes()), stamp
        except FileNotFoundError:
            self._rows, self._stamp = (), None
        except (OSError, ValueError) as error:
            raise ConfigError("KEY_UNUSABLE", f"{self.path}: not a list of revoked certificates in PEM") from error
        return self._rows


def _rows(pem: bytes) -> tuple[Revoked, ...]:
    found = x509.load_pem_x509_crl(pem)
    return tuple(Revoked(f"{row.serial_number:x}", round(row.revocation_date_utc.timestamp() * 1000)) for row in found)
