"""Texts as people write them (TOML, JSON): prompts, and the menus of tills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edge.domain.errors import ConfigError
from edge.domain.meals.menu import MenuItem, Menus
from edge.domain.prompts import Prompts, PromptText

ITEM_KEYS: Final = {"menu", "zh", "en", "sessions"}


def prompts(tree: Mapping[str, Any]) -> Prompts:
    """Return the texts in a document with a table of languages for each prompt, as the built-in texts are written.

    Raises ``CONFIG_VALUE``, and ValueError where a key is unknown or a text does not fit.
    """
    written = Prompts(
        tuple(
            PromptText(key, language, _text(text, f"{key}.{language}"))
            for key, texts in tree.items()
            if key != "kind"
            for language, text in _table(texts, key).items()
        )
    )
    if unknown := written.not_shown():
        raise ValueError(f"no prompt {unknown[0]!r}")
    return written


def menus(tree: Mapping[str, Any]) -> Menus:
    """Return the menus in a document of tables ``[[menu]]``; raises ``CONFIG_*``, and ValueError out of bounds."""
    rows = tree.get("menu", [])
    if set(tree) - {"kind", "menu"} or not isinstance(rows, list):
        raise ConfigError("CONFIG_KEY", "only tables [[menu]] stand in it")
    return Menus(tuple(_item(row, f"menu {number}") for number, row in enumerate(rows, 1)))


def _item(row: object, where: str) -> MenuItem:
    table = _table(row, where)
    if unknown := sorted(set(table) - ITEM_KEYS):
        raise ConfigError("CONFIG_KEY", f"{where}: unknown key {unknown[0]}; known are {', '.join(sorted(ITEM_KEYS))}")
    sessions = table.get("sessions", [])
    if not isinstance(sessions, list):
        raise ConfigError("CONFIG_VALUE", f"{where}: sessions is a list")
    menu, zh, en = (_text(table.get(name, ""), f"{where}: {name}") for name in ("menu", "zh", "en"))
    return MenuItem(menu, zh, en, tuple(_text(session, f"{where}: sessions") for session in sessions))


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError("CONFIG_VALUE", f"{where} is a table")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ConfigError("CONFIG_VALUE", f"{where} is text")
    return value
