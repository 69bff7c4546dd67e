"""Wrong passwords are slowed down: by the name that is tried, known or not, and by the address they come from.

A try is counted before the password is looked at, so that many at once are as slow as one after the other.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from typing import Final, cast

from edge.domain.frozen import frozen
from sync.central.store import fleet_statements as sql
from sync.central.store.port import Query, Work, insert_rows

SLOT_BYTES: Final = 2
FIRST_WAIT_MS: Final = 15_000
WAIT_MS_MAX: Final = 15 * 60_000
FORGOTTEN_MS: Final = 24 * 60 * 60_000
IPV6_OF_ONE: Final = 64
"""Bits of an address that one household or firm has to itself."""


@frozen
class Slot:
    """Where tries are counted, and how many are free before each next one has to wait twice as long."""

    key: str
    free: int


def slots_of(name: str, address: str) -> tuple[Slot, ...]:
    """Return where a try is counted: one of 65,536 slots for names, and one for addresses."""
    return Slot(_key("name", name), 5), Slot(_key("address", _network(address)), 30)


def try_work(slots: Sequence[Slot], now_ms: int) -> Work[int]:
    """Count a try; returns how long it still has to wait in ms, and then counts nothing."""
    held = []
    for slot in sorted(slots, key=lambda slot: slot.key):
        yield insert_rows(sql.ADD_TRY, [(slot.key, 0, now_ms)])
        rows = yield Query(sql.TAKE_TRY, (slot.key,))
        held.append((slot, *cast("tuple[int, int]", tuple(rows[0]))))
    waits = [last_ms + _wait_ms(tries - slot.free) - now_ms for slot, tries, last_ms in held]
    if max(waits) > 0:
        return max(waits)
    for slot, tries, last_ms in held:
        counted = 1 if now_ms >= last_ms + FORGOTTEN_MS else tries + 1
        yield Query(sql.SET_TRY, (counted, now_ms, slot.key))
    return 0


def forgive_work(slots: Sequence[Slot], now_ms: int) -> Work[None]:
    """Forget the tries of a name whose password was right, and this one of its address."""
    name, address = slots
    rows = yield Query(sql.TAKE_TRY, (address.key,))
    tries, last_ms = cast("tuple[int, int]", tuple(rows[0]))
    yield Query(sql.SET_TRY, (max(0, tries - 1), last_ms, address.key))
    yield Query(sql.SET_TRY, (0, now_ms, name.key))


def _wait_ms(beyond: int) -> int:
    return 0 if beyond < 0 else min(FIRST_WAIT_MS * 2 ** min(beyond, 16), WAIT_MS_MAX)


def _key(kind: str, text: str) -> str:
    return f"{kind}:{hashlib.sha256(text.encode()).digest()[:SLOT_BYTES].hex()}"


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if known.version == 4:  # noqa: PLR2004 - IPv4
        return str(known)
    return str(ipaddress.ip_network((known, IPV6_OF_ONE), strict=False))
