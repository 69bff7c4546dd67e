"""Work passes as text for a file, a message or a QR code: ``onecard-pass-1.``, then base64url of pass and signature."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from edge.crypto.signing import SigningKey, verify
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.staff import Technician, TechnicianRoster
from edge.domain.work_pass import PASS_PURPOSE, TEXT_MAX, Work, WorkPass, fault_of
from sync.wire import from_plain, pack, statement, to_plain, unpack

PREFIX: Final = "onecard-pass-1."
PASS_BYTES_MAX: Final = 512
PARTS: Final = 2


@frozen
class Watch:
    """What a terminal holds a pass against: its own name, who may work, and the time.

    ``known_ms`` has surely passed, ``trusted_ms`` is the time where it is trusted (0: it is not); ms UTC.
    """

    terminal: str
    roster: TechnicianRoster
    known_ms: int
    trusted_ms: int


def seal_pass(key: SigningKey, given: WorkPass) -> str:
    """Return the signed text of a pass."""
    packed = pack([to_plain(given), key.sign(statement(PASS_PURPOSE, given))])
    return PREFIX + base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def read_pass(text: str) -> WorkPass:
    """Return what a text claims, its signature unchecked; raises ``PASS_REFUSED``."""
    return _parts(text)[0]


def admit(text: str, watch: Watch, work: Work) -> Technician:
    """Return the technician whose pass covers ``work`` here and now; raises ``PASS_REFUSED`` and says why."""
    shown, signature = _parts(text)
    technician = watch.roster.member(shown.technician, watch.trusted_ms)
    if technician is None or 0 < technician.until_ms <= watch.known_ms:
        raise ConfigError("PASS_REFUSED", f"{shown.technician}: not on the roster of technicians, or no longer")
    try:
        verify(technician.public, signature, statement(PASS_PURPOSE, shown))
    except RemoteProtocolError:
        raise ConfigError("PASS_REFUSED", f"{shown.technician}: not signed by the key on the roster") from None
    if fault := fault_of(shown, watch.terminal, work, watch.known_ms, watch.trusted_ms):
        raise ConfigError("PASS_REFUSED", f"{shown.technician}: {fault}")
    return technician


def _parts(text: str) -> tuple[WorkPass, bytes]:
    stripped = text.strip()
    if not stripped.startswith(PREFIX) or len(stripped) > TEXT_MAX:
        raise ConfigError("PASS_REFUSED", f"a pass is one line that begins with {PREFIX}")
    encoded = stripped.removeprefix(PREFIX)
    try:
        packed = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        plain = unpack(packed, limit=PASS_BYTES_MAX)
        if not isinstance(plain, list) or len(plain) != PARTS or not isinstance(plain[1], bytes):
            raise ConfigError("PASS_REFUSED", "a pass that was cut or altered")
        return from_plain(WorkPass, plain[0]), plain[1]
    except (binascii.Error, ValueError, RemoteProtocolError):
        raise ConfigError("PASS_REFUSED", "a pass that was cut or altered") from None
