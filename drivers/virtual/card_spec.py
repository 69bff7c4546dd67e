"""Virtual cards by description: ``epurse:balance=4600,city=4520``."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Final, TypeVar

from drivers.virtual.entropy import Draw
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_crypto import ALGORITHMS, TripleDes
from drivers.virtual.purse_deviation import BalanceHabit, Deviation
from drivers.virtual.purse_files import SERIAL_DIGITS, Personalisation
from edge.domain.errors import ConfigError

T = TypeVar("T")
KEYS: Final = (
    "balance",
    "city",
    "serial",
    "interop",
    "start",
    "end",
    "seq",
    "issuer",
    "overdraft",
    "enabled",
    "type",
    "uid",
    "algorithm",
    "habit",
    "unlike",
)
"""Amounts in fen, dates eight digits, ``issuer`` and ``uid`` hexadecimal, ``interop`` and ``enabled`` 0 or 1.

``habit`` is sound, top_bit or no_limit; ``unlike`` is constant_mac, frozen_counter or file15.
"""
_UNLIKE: Final = {
    "constant_mac": Deviation(constant_mac=True),
    "frozen_counter": Deviation(frozen_counter=True),
    "file15": Deviation(file15_differs=True),
}
_EIGHT_BYTES: Final = 16
_DATE_DIGITS: Final = 8
_CITY_DIGITS: Final = 4


def card_from(description: str, random_bytes: Draw | None = None) -> PurseCard:
    """Build the card a description names; raises ConfigError ``CONFIG_KEY`` or ``CONFIG_VALUE``."""
    kind, _, rest = description.partition(":")
    if kind != "epurse":
        raise ConfigError("CONFIG_VALUE", f"no virtual card {kind!r}; there is: epurse")
    given = _split(rest)
    plain = Personalisation()
    own = Personalisation(
        city=_take(given, "city", plain.city, _digits(_CITY_DIGITS)),
        serial=_take(given, "serial", plain.serial, _serial),
        interop=_take(given, "interop", plain.interop, _flag),
        start=_take(given, "start", plain.start, _date),
        end=_take(given, "end", plain.end, _date),
        application_type=_take(given, "type", plain.application_type, _byte),
        enabled=_take(given, "enabled", plain.enabled, _byte),
        issuer=_take(given, "issuer", None, _hex(_EIGHT_BYTES)),
    )
    deviation = _take(given, "unlike", Deviation(), lambda text: _UNLIKE[text])
    habit = _take(given, "habit", None, BalanceHabit)
    return PurseCard(
        _take(given, "balance", 5000, int),
        personalisation=own,
        seq=_take(given, "seq", 0, int),
        overdraft_fen=_take(given, "overdraft", 0, int),
        uid=_take(given, "uid", bytes.fromhex("08A1B2C3"), bytes.fromhex),
        deviation=deviation if habit is None else Deviation(balance=habit),
        algorithm=ALGORITHMS[_take(given, "algorithm", TripleDes.code, _algorithm)],
        random_bytes=random_bytes,
    )


def _split(rest: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            hint = f"; the nearest known key is {near[0]}" if near else f"; known keys: {', '.join(KEYS)}"
            raise ConfigError("CONFIG_KEY", f"virtual card: {part!r} is no key=value with a known key{hint}")
        given[key] = value
    return given


def _take(given: dict[str, str], key: str, otherwise: T, read: Callable[[str], T]) -> T:
    if key not in given:
        return otherwise
    try:
        return read(given[key])
    except (ValueError, KeyError) as wrong:
        raise ConfigError("CONFIG_VALUE", f"virtual card: {key} cannot be {given[key]!r}") from wrong


def _digits(count: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) != count or not text.isdecimal():
            raise ValueError(text)
        return text

    return read


def _serial(text: str) -> str:
    return _digits(SERIAL_DIGITS)(text.zfill(SERIAL_DIGITS))


def _date(text: str) -> str:
    return text if text == "F" * _DATE_DIGITS else _digits(_DATE_DIGITS)(text)


def _hex(digits: int) -> Callable[[str], bytes | None]:
    def read(text: str) -> bytes:
        if len(text) != digits:
            raise ValueError(text)
        return bytes.fromhex(text)

    return read


def _flag(text: str) -> bool:
    return {"0": False, "1": True}[text]


def _algorithm(text: str) -> int:
    return ALGORITHMS[_byte(text)].code


def _byte(text: str) -> int:
    return bytes.fromhex(text.zfill(2))[0]
