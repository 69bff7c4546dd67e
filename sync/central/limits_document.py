"""A risk policy as people write it (TOML of kind ``limits``) -> its value. Keys are those of :class:`Limits`.

Every key may be absent: then the terminals keep what they were shipped with, which has neither tiers nor ceilings by
card. What is out of bounds or out of order is refused here, and by every terminal that would be sent it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, TypeVar

from edge.domain.errors import ConfigError
from edge.domain.limits import CEILING_NAMES, Ceilings, DebtRule, FamilyCeilings, Limits, ListThreshold, Media, Tier
from edge.domain.limits_bounds import problems_of

T = TypeVar("T", Media, DebtRule)

TABLES: Final = {"ceilings", "families", "tiers", "debt"}
"""Fields of :class:`Limits` that are no plain numbers."""
NUMBERS: Final = {field.name for field in fields(Limits)} - TABLES
KEYS: Final = {"kind", "debt", "ceilings", "family", "tier", *NUMBERS}
TIER_KEYS: Final = {"name", "media", "ages_s", "clock_error_s", "clock_unknown", "ceilings"}


def limits_of(table: Mapping[str, Any]) -> Limits:
    """Return the policy in a document; raises ``CONFIG_KEY`` and ``CONFIG_VALUE``, which name the key."""
    _known(table, KEYS, "")
    limits = Limits(
        **{name: _number(table[name], name) for name in NUMBERS if name in table},
        ceilings=_ceilings(table.get("ceilings", {}), "ceilings"),
        families=tuple(
            FamilyCeilings(name, _ceilings(each, f"family.{name}"))
            for name, each in _table(table.get("family", {}), "family").items()
        ),
        tiers=tuple(_tier(each, number) for number, each in enumerate(_list(table.get("tier", []), "tier"), 1)),
        debt=_word(DebtRule, table.get("debt", DebtRule.TELL), "debt"),
    )
    if problems := problems_of(limits):
        raise ConfigError("CONFIG_VALUE", "; ".join(problems))
    return limits


def _tier(value: object, number: int) -> Tier:
    path = f"tier {number}"
    table = _table(value, path)
    _known(table, TIER_KEYS, f"{path}.")
    unknown = table.get("clock_unknown", False)
    if not isinstance(table.get("name"), str) or not isinstance(unknown, bool):
        raise ConfigError("CONFIG_VALUE", f"{path}: name is a word, and clock_unknown true or false")
    error_s = table.get("clock_error_s")
    return Tier(
        name=table["name"],
        media=_word(Media, table.get("media", Media.ALL), f"{path}.media"),
        ages=tuple(
            ListThreshold(kind, _number(age_s, f"{path}.ages_s.{kind}"))
            for kind, age_s in _table(table.get("ages_s", {}), f"{path}.ages_s").items()
        ),
        clock_error_s=None if error_s is None else _number(error_s, f"{path}.clock_error_s"),
        clock_unknown=unknown,
        ceilings=_ceilings(table.get("ceilings", {}), f"{path}.ceilings"),
    )


def _ceilings(value: object, path: str) -> Ceilings:
    table = _table(value, path)
    _known(table, set(CEILING_NAMES), f"{path}.")
    return Ceilings(**{name: _number(each, f"{path}.{name}") for name, each in table.items()})


def _known(table: Mapping[str, Any], keys: set[str], path: str) -> None:
    unknown = sorted(set(table) - keys)
    if unknown:
        raise ConfigError("CONFIG_KEY", f"unknown key {path}{unknown[0]}; known are {', '.join(sorted(keys))}")


def _number(value: object, key: str) -> int:
    if type(value) is not int or value < 0:
        raise ConfigError("CONFIG_VALUE", f"{key} is not a whole number from 0 on")
    return value


def _word(words: type[T], value: object, key: str) -> T:
    if not isinstance(value, str) or value not in set(words):
        raise ConfigError("CONFIG_VALUE", f"{key} is {' or '.join(words)}, not {value!r}")
    return words(value)


def _table(value: object, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError("CONFIG_VALUE", f"{key} is a table")
    return value


def _list(value: object, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise ConfigError("CONFIG_VALUE", f"{key} is an array of tables: write [[{key}]]")
    return value
