"""Three records of the free file EF05: card identification code, issue date, end of validity (LD/T 32, LD/T 33).

Public readers know this application on the contact interface; whether a card answers it contactless is unconfirmed.
So it is a probe of few commands: whatever is refused or of another layout means that the card has no identity here,
and the join falls back to the tokens of its other applications. The holder's social security number (record 07 of this
file) and file EF06 with name and id number are never asked for.
"""

from __future__ import annotations

from typing import Final

from drivers.apdu import CARD
from drivers.conversation import Conversation
from drivers.iso7816 import command, exchange, read_record, select_name
from edge.domain.card_number import CardNumber
from edge.domain.frozen import frozen
from edge.domain.media_identity import IdentitySnapshot
from edge.domain.medium import UnknownSnapshot

NAME: Final = "sx1.sh.社会保障".encode("gbk")
"""The application's name as public readers select it."""

FREE_FILE: Final = 0x05
RECORD_CODE: Final = 0x01
RECORD_ISSUED: Final = 0x05
RECORD_UNTIL: Final = 0x06
CODE_BYTES: Final = 16
DATE_BYTES: Final = 4

_HEADER_BYTES: Final = 2
"""Tag and length before each value."""

_SELECT_FREE_FILE: Final = command(CARD, "00A40200", bytes.fromhex("EF05"), step="select EF05")


@frozen
class IdentitySettings:
    """What to look for. ``by_tag``: the card wants EF05 selected and its records asked for by tag, not by number."""

    name: bytes = NAME
    by_tag: bool = False
    dates: bool = True


def snapshot(settings: IdentitySettings) -> Conversation[IdentitySnapshot | UnknownSnapshot]:
    """Read who holds the card; unknown where it does not say. At most five commands."""
    unknown = UnknownSnapshot((settings.name.hex().upper(),))
    selected = yield from exchange(select_name(CARD, settings.name))
    if not selected.fine:
        return unknown
    if settings.by_tag and not (yield from exchange(_SELECT_FREE_FILE)).fine:
        return unknown
    code = yield from _record(settings, RECORD_CODE, CODE_BYTES)
    if code is None or code in {bytes(CODE_BYTES), b"\xff" * CODE_BYTES}:
        return unknown
    issued = (yield from _date(settings, RECORD_ISSUED)) if settings.dates else ""
    until = (yield from _date(settings, RECORD_UNTIL)) if settings.dates else ""
    return IdentitySnapshot(CardNumber(code.hex().upper()), issued, until)


def _date(settings: IdentitySettings, tag: int) -> Conversation[str]:
    """Return eight digits; empty where the card gives none."""
    raw = yield from _record(settings, tag, DATE_BYTES)
    return raw.hex() if raw is not None and raw.hex().isdecimal() else ""


def _record(settings: IdentitySettings, tag: int, length: int) -> Conversation[bytes | None]:
    """Return the value of one record, ``tag length value``; None where it is refused or of another layout."""
    whole = length + _HEADER_BYTES
    by_tag = command(CARD, f"00B2{tag:02X}00", le=whole, step="record")
    asked = by_tag if settings.by_tag else read_record(CARD, FREE_FILE, tag, whole, "record")
    answer = yield from exchange(asked)
    head = bytes([tag, length])
    if not answer.fine or len(answer.body) != whole or not answer.body.startswith(head):
        return None
    return answer.body[_HEADER_BYTES:]
