"""Virtual cards by description: ``epurse:balance=4600,city=4520``, ``bank:atc=7``, ``ssc:epurse.balance=4600``.

``ssc`` is a card with several applications: keys of its parts stand behind ``epurse.``, ``bank.`` and ``identity.``;
``has=epurse+bank`` says which of them it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from drivers.virtual import bank_spec
from drivers.virtual.bank_card import BankCard
from drivers.virtual.card_keys import DATE_DIGITS, byte, digits, flag, hexadecimal, one_of, split_keys, take
from drivers.virtual.entropy import Draw
from drivers.virtual.identity_card import IdentityCard, IdentityHolder
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_crypto import ALGORITHMS, TripleDes
from drivers.virtual.purse_deviation import BalanceHabit, Deviation
from drivers.virtual.purse_files import SERIAL_DIGITS, Personalisation
from drivers.virtual.social_card import Part, SocialCard
from edge.domain.errors import ConfigError

VirtualCard = PurseCard | BankCard | IdentityCard | SocialCard
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
IDENTITY_KEYS: Final = ("code", "issued", "until", "contactless", "by_tag", "uid")
"""``code`` is the card identification code, 32 hexadecimal digits; dates are eight digits."""

_EIGHT_BYTES: Final = 8
_CITY_DIGITS: Final = 4
_CODE_BYTES: Final = 16


def card_from(description: str, random_bytes: Draw | None = None) -> VirtualCard:
    """Build the card a description names; raises ConfigError ``CONFIG_KEY`` or ``CONFIG_VALUE``."""
    kind, _, rest = description.partition(":")
    if kind == "ssc":
        return _social_card(rest, random_bytes)
    if kind not in PARTS:
        raise ConfigError("CONFIG_VALUE", f"no virtual card {kind!r}; there are: {', '.join(PARTS)}, ssc")
    known, build = PARTS[kind]
    return build(split_keys(rest, known), random_bytes)


def purse_from(description: str, random_bytes: Draw | None = None) -> PurseCard:
    """Build the purse a description names; raises ConfigError, also for a card of another kind."""
    card = card_from(description, random_bytes)
    if not isinstance(card, PurseCard):
        raise ConfigError("CONFIG_VALUE", f"virtual card: {description.partition(':')[0]!r} is no purse")
    return card


def _social_card(rest: str, random_bytes: Draw | None) -> SocialCard:
    known = ["has", "uid", *(f"{name}.{key}" for name, (keys, _) in PARTS.items() for key in keys if key != "uid")]
    given = split_keys(rest, known)
    has = take(given, "has", list(PARTS), lambda text: [one_of(*PARTS)(name) for name in text.split("+")])
    parts = []
    for name in has:
        own = {key.partition(".")[2]: value for key, value in given.items() if key.startswith(f"{name}.")}
        parts.append(PARTS[name][1](own, random_bytes))
    return SocialCard(parts, uid=take(given, "uid", bytes.fromhex("08E1F203"), bytes.fromhex))


def _purse(given: Mapping[str, str], random_bytes: Draw | None) -> PurseCard:
    plain = Personalisation()
    own = Personalisation(
        city=take(given, "city", plain.city, digits(_CITY_DIGITS)),
        serial=take(given, "serial", plain.serial, _serial),
        interop=take(given, "interop", plain.interop, flag),
        start=take(given, "start", plain.start, _date),
        end=take(given, "end", plain.end, _date),
        application_type=take(given, "type", plain.application_type, byte),
        enabled=take(given, "enabled", plain.enabled, byte),
        issuer=take(given, "issuer", None, lambda text: bytes.fromhex(hexadecimal(_EIGHT_BYTES)(text))),
    )
    deviation = take(given, "unlike", Deviation(), lambda text: _UNLIKE[text])
    habit = take(given, "habit", None, BalanceHabit)
    return PurseCard(
        take(given, "balance", 5000, int),
        personalisation=own,
        seq=take(given, "seq", 0, int),
        overdraft_fen=take(given, "overdraft", 0, int),
        uid=take(given, "uid", bytes.fromhex("08A1B2C3"), bytes.fromhex),
        deviation=deviation if habit is None else Deviation(balance=habit),
        algorithm=ALGORITHMS[take(given, "algorithm", TripleDes.code, _algorithm)],
        random_bytes=random_bytes,
    )


def _bank(given: Mapping[str, str], _random_bytes: Draw | None) -> BankCard:
    return bank_spec.bank_card_from(given)


def _identity(given: Mapping[str, str], _random_bytes: Draw | None) -> IdentityCard:
    plain = IdentityHolder()
    holder = IdentityHolder(
        code=take(given, "code", plain.code, hexadecimal(_CODE_BYTES)),
        issued=take(given, "issued", plain.issued, _date),
        until=take(given, "until", plain.until, _date),
    )
    return IdentityCard(
        holder,
        contactless=take(given, "contactless", True, flag),
        by_tag=take(given, "by_tag", False, flag),
        uid=take(given, "uid", bytes.fromhex("08C1D2E3"), bytes.fromhex),
    )


def _serial(text: str) -> str:
    return digits(SERIAL_DIGITS)(text.zfill(SERIAL_DIGITS))


def _date(text: str) -> str:
    return text if text == "F" * DATE_DIGITS else digits(DATE_DIGITS)(text)


def _algorithm(text: str) -> int:
    return ALGORITHMS[byte(text)].code


Build = Callable[[Mapping[str, str], Draw | None], Part]
PARTS: Final[Mapping[str, tuple[tuple[str, ...], Build]]] = {
    "epurse": (KEYS, _purse),
    "bank": (bank_spec.KEYS, _bank),
    "identity": (IDENTITY_KEYS, _identity),
}
"""Kinds of cards with their keys, in the order in which a social security card has them."""
