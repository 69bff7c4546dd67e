"""The certificate by which the sync process is let in at the centre: its files, and how one follows another.

A folder holds ``certificate.pem`` (private key and chain in one file, so that no cut parts them), and while the next
one is on its way ``next.key``, then ``next.pem``. Whatever step is cut, ``certificate.pem`` stays the one in use until
``next.pem`` takes its place whole. The key is made here and never leaves the device.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge.crypto.certificates import (
    CertificateFacts,
    facts_of,
    new_transport_key,
    private_key_sha256,
    read_chain,
    transport_request,
)
from edge.crypto.signing import coded_errors, make_folder, read_secret_text, sync_folder, write_secret
from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.domain.frozen import frozen

ENROLLED: Final = "transport"
"""The folder among the credentials that enrolment writes."""
CREDENTIAL: Final = f"{ENROLLED}_certificate.pem"
"""How systemd names that folder's file once it has handed it over (LoadCredential, systemd.exec(5))."""
RENEW_AT: Final = 2 / 3
"""The part of its life after which the next certificate is asked for; both are good during the rest."""


@frozen
class Held:
    """A certificate with its key, ready for use."""

    path: Path
    facts: CertificateFacts

    def is_due(self, now_ms: int) -> bool:
        """Say whether it is time to ask for the next one."""
        return now_ms >= self.facts.begins_ms + RENEW_AT * (self.facts.until_ms - self.facts.begins_ms)


@frozen
class TransportFiles:
    """The files in one folder."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """Return the pair in use."""
        return self.folder / "certificate.pem"

    @property
    def next_key(self) -> Path:
        """Return the key that has no certificate yet."""
        return self.folder / "next.key"

    @property
    def staged(self) -> Path:
        """Return the pair that is not in use yet."""
        return self.folder / "next.pem"

    def request(self, terminal: str) -> bytes:
        """Return a certificate request, PEM, for the next key; asked again, for the same key. Makes both if need be."""
        make_folder(self.folder, 0o700)
        if not self.next_key.exists():
            write_secret(self.next_key, new_transport_key())
        return transport_request(read_secret_text(self.next_key), terminal)

    def stage(self, chain: bytes, terminal: str) -> None:
        """Keep the answer to our request beside what is in use; raises ``WIRE_MALFORMED`` where it is not ours."""
        key = read_secret_text(self.next_key)
        facts = facts_of(read_chain(chain)[0])
        if facts.terminal != terminal or facts.key_sha256 != private_key_sha256(key, self.next_key):
            raise RemoteProtocolError("WIRE_MALFORMED", "the certificate is not for our key and name")
        write_secret(self.staged, key + chain)

    def install(self, chain: bytes, terminal: str) -> Held:
        """Stage an answer and put it into use at once; called again after a cut, it finishes what is left to do."""
        if self.next_key.exists():
            self.stage(chain, terminal)
        return self.promote() if self.staged.exists() else read_held(self.certificate)

    def promote(self) -> Held:
        """Put the staged pair into use, in one step."""
        with coded_errors(self.certificate):
            self.next_key.unlink(missing_ok=True)  # its pair is whole: the next request is for another key
            sync_folder(self.folder)
            self.staged.replace(self.certificate)
            sync_folder(self.folder)
        return read_held(self.certificate)

    def discard(self) -> None:
        """Drop a pair that the centre does not take, and its key: the next try makes new ones."""
        with coded_errors(self.staged):
            self.staged.unlink(missing_ok=True)
            self.next_key.unlink(missing_ok=True)


def read_held(path: Path) -> Held:
    """Read a pair; raises ``KEY_UNUSABLE`` or ``WIRE_MALFORMED``."""
    return Held(path, facts_of(read_chain(read_secret_text(path))[0]))


def newest_held(paths: Iterable[Path]) -> Held | None:
    """Return the pair that lasts longest of those that can be read, None where there is none.

    A new enrolment writes among the credentials, the sync process beside its own files: the younger one is in use.
    """
    found = [held for path in paths if path.exists() and (held := _readable(path)) is not None]
    return max(found, key=lambda held: held.facts.until_ms, default=None)


def _readable(path: Path) -> Held | None:
    try:
        return read_held(path)
    except OneCardError:
        return None  # the other one serves; where there is none, the centre says what is wrong
