"""Who, where and when: identities, the place of a terminal, and one tap."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final, NewType

from edge.domain.boarding import Boarding
from edge.domain.frozen import frozen
from edge.domain.meals.sale import Sale
from edge.domain.medium import Snapshot

TerminalId = NewType("TerminalId", str)
"""Name of a terminal, ``[A-Za-z0-9._-]``, 1 to 32 characters; given by the centre at enrolment."""
TERMINAL_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")

TapId = NewType("TapId", bytes)
"""Eight random bytes, unique within one terminal; one id from the tap to the ledger."""

Token = NewType("Token", bytes)
"""Keyed hash of a number, 16 bytes (HMAC-SHA256, cut); never reversible without the token key."""

TAP_ID_BYTES: Final = 8
TOKEN_BYTES: Final = 16


class TimeQuality(IntEnum):
    """How far an entry's time can be trusted."""

    TRUSTED = 0
    HOLDOVER = 1
    UNTRUSTED = 2


@frozen
class Place:
    """Where a terminal stands or rides.

    ``mode`` is bus, metro, till or venue; the rest is free text of at most 32 characters, empty where unknown.
    ``city`` is the four-digit city code (GB/T 13497; Qingdao 4520), ``operator`` the operator's name in the books.
    ``district`` and ``town`` say where a site lies, in the words of the entitlement list. ``gate`` is ``in`` or ``out``
    where rides are priced by both their taps. ``unknown_line`` is the line of a vehicle that is not served here.
    """

    mode: str
    city: str
    operator: str
    line: str = ""
    station: str = ""
    direction: str = ""
    vehicle: str = ""
    district: str = ""
    town: str = ""
    unknown_line: str = ""

    @property
    def site(self) -> str:
        """Return the name of the site: its station where one is told, else who runs it."""
        return self.station or self.operator

    gate: str = ""


@frozen
class Tap:
    """One presentation of one medium, ready to be decided. ``time_ms`` is milliseconds UTC since 1970.

    ``sale`` is what a till asks to be paid for, None everywhere else; ``boarding`` is what a driver's key made of it.
    """

    id: TapId
    terminal: TerminalId
    place: Place
    time_ms: int
    quality: TimeQuality
    token: Token
    medium: Snapshot
    sale: Sale | None = None
    boarding: Boarding | None = None
