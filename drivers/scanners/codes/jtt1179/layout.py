"""The fields of a JT/T 1179 code, as a public reader of a metro gate has them; no real code is public.

==========  =====  ===================================================================================
offset      bytes  field
==========  =====  ===================================================================================
0           1      version: 80 interoperable, 81 local
1           2      length of all that follows: 329 + n
3           117    issuer certificate: 24, service (4), root index (1), then what the root signs: 12,
                   issuer (4), end MMYY (2), serial (3), 04 04 00 21, key (33); signature (64)
120         16     payment account
136         10     user account, digits, padded with F
146         4      issuer
150         4      platform
154         1      card type
155         3      maximum amount, fen
158         33     user's key, compressed
191         4      authorised until, UTC seconds
195         2      validity, seconds
197         1 + n  n (0 to 32) and what the issuer added
198 + n     65     15 and the issuer's signature over offsets 3 to 198 + n
263 + n     4      generated, UTC seconds
267 + n     65     15 and the user's signature over everything before it
==========  =====  ===================================================================================
"""

from __future__ import annotations

import base64
import binascii
import calendar
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from drivers.code_scheme import SECOND_MS, CodeRefused, Fault, Part

SCHEME: Final = "jtt1179"
SMALLEST: Final = 332
ADDED_MAX: Final = 32
VERSION_MIN: Final = 0x80
"""Versions are 80 to FF."""

_CERTIFICATE: Final = slice(3, 120)
_CERTIFICATE_TYPE: Final = 0x24
_KEY_FORM: Final = bytes.fromhex("04040021")
"""Signed by SM2, key of SM2, no parameters, 33 bytes."""
CERTIFICATES_KEPT: Final = 256
"""How many issuers' certificates are known again by their bytes."""
ACCOUNTS: Final = slice(120, 146)
_USER_ACCOUNT: Final = slice(136, 146)
_AUTHORISED: Final = 3
_ADDED: Final = 198
_CHINA: Final = timedelta(hours=8)
_ARMOUR: Final = range(4 * -(-SMALLEST // 3) - 2, 4 * -(-(SMALLEST + ADDED_MAX) // 3) + 1)


class Certificate(NamedTuple):
    """The issuer's key under a root. ``raw`` is the whole certificate, ``last_ms`` the end of its last month."""

    raw: bytes
    service: bytes
    root_index: bytes
    signed: bytes
    issuer: str
    last_ms: int
    public: bytes
    signature: bytes


class TransitCode(NamedTuple):
    """One code, taken apart; times in ms UTC. ``authorised`` and ``covered`` are what issuer and user sign."""

    raw: bytes
    version: int
    certificate: Certificate
    account: str
    issuer: str
    platform: str
    card_type: int
    amount_max_fen: int
    public: bytes
    authorised_until_ms: int
    validity_ms: int
    authorised: bytes
    issuer_seal: bytes
    made_ms: int
    covered: bytes
    user_seal: bytes

    @property
    def signer_ids(self) -> tuple[bytes, bytes, bytes]:
        """Return the identities that local versions sign with: of root, issuer and user."""
        certificate = self.certificate
        issuer = self.raw[146:154]
        return certificate.service + certificate.root_index, issuer, self.raw[_USER_ACCOUNT]


def unarmoured(payload: bytes) -> bytes:
    """Return the code itself: as it was scanned, or what it is the base64 of where some platform armours it."""
    if payload[:1] >= bytes((VERSION_MIN,)) or len(payload) not in _ARMOUR:
        return payload
    try:
        return base64.b64decode(payload + b"=" * (-len(payload) % 4), validate=True)
    except binascii.Error:
        return payload


def parse(code: bytes) -> TransitCode:
    """Take a code apart; raises :class:`CodeRefused` where its lengths or forms do not fit."""
    if len(code) < SMALLEST or int.from_bytes(code[1:3], "big") != len(code) - 3:
        raise CodeRefused(Part.PAYLOAD, Fault.LENGTH)
    added = code[_ADDED - 1]
    if added > ADDED_MAX or len(code) != SMALLEST + added:
        raise CodeRefused(Part.PAYLOAD, Fault.LENGTH)
    sealed = _ADDED + added
    made = sealed + 65
    return TransitCode(
        raw=code,
        version=code[0],
        certificate=_certificate(code[_CERTIFICATE]),
        account=_digits(code[_USER_ACCOUNT]),
        issuer=code[146:150].hex().upper(),
        platform=code[150:154].hex().upper(),
        card_type=code[154],
        amount_max_fen=int.from_bytes(code[155:158], "big"),
        public=code[158:191],
        authorised_until_ms=int.from_bytes(code[191:195], "big") * SECOND_MS,
        validity_ms=int.from_bytes(code[195:197], "big") * SECOND_MS,
        authorised=code[_AUTHORISED:sealed],
        issuer_seal=code[sealed:made],
        made_ms=int.from_bytes(code[made : made + 4], "big") * SECOND_MS,
        covered=code[: made + 4],
        user_seal=code[made + 4 :],
    )


@lru_cache(CERTIFICATES_KEPT)
def _certificate(raw: bytes) -> Certificate:
    signed = raw[6:53]
    if raw[0] != _CERTIFICATE_TYPE or signed[0] != 0x12 or signed[10:14] != _KEY_FORM:  # noqa: PLR2004 - see above
        raise CodeRefused(Part.CERTIFICATE, Fault.FORMAT)
    return Certificate(
        raw=raw,
        service=raw[1:5],
        root_index=raw[5:6],
        signed=signed,
        issuer=signed[1:5].hex().upper(),
        last_ms=_end_of_month(signed[5:7].hex()),
        public=signed[14:],
        signature=raw[53:],
    )


def _end_of_month(mmyy: str) -> int:
    """Return the last millisecond of a month of this century in China's time, as ms UTC."""
    if not mmyy.isdecimal() or not 1 <= int(mmyy[:2]) <= 12:  # noqa: PLR2004 - months
        raise CodeRefused(Part.CERTIFICATE, Fault.FORMAT)
    month, year = int(mmyy[:2]), 2000 + int(mmyy[2:])
    last = datetime(year, month, calendar.monthrange(year, month)[1], tzinfo=UTC)
    return int((last + timedelta(days=1) - _CHINA).timestamp()) * SECOND_MS - 1


def _digits(account: bytes) -> str:
    digits = account.hex().rstrip("f")
    if not digits.isdecimal():
        raise CodeRefused(Part.HOLDER, Fault.MALFORMED)
    return digits
