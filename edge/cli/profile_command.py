"""``onecard profile``: which models of terminal there are, and what each sets."""

from __future__ import annotations

import argparse
import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from edge.cli.locate import read_config
from edge.cli.main import EXIT_FAULT, EXIT_FINE
from edge.cli.output import add_json_option, columns, show
from edge.config import TerminalConfig
from edge.domain.errors import ConfigError
from firmware_profiles.profile import ProfileUnknown, Table, describe, part_names, profile_layers, profile_names

NAMES: Final = ("profile", "parts")
"""The keys that name what lies under a terminal's own."""
NOT_SET: Final[tuple[object, str]] = (None, "")

HELP = "list the profiles, show what one sets, check a configuration, compare two"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|check|diff")
    verbs.add_parser("list", help="name every profile, and the parts that they are made of")
    showing = verbs.add_parser("show", help="print every key a profile sets, and the file that sets it")
    showing.add_argument("name", metavar="NAME", help="a profile or a part, as `list` names it")
    checking = verbs.add_parser(
        "check", help="read a configuration as the terminal would; say what is wrong, or its own keys"
    )
    checking.add_argument("file", type=Path, metavar="FILE", help="a terminal.toml")
    comparing = verbs.add_parser("diff", help="print the keys in which two profiles differ; exit 1 where they do")
    comparing.add_argument("name", metavar="NAME", help="one profile or part")
    comparing.add_argument("other", metavar="OTHER", help="the other")
    for verb in verbs.choices.values():
        add_json_option(verb)


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises ``PROFILE_UNKNOWN``, and for ``check`` what reading a configuration raises."""
    match arguments.verb:
        case "list":
            profiles = {name: describe(name) for name in profile_names()}
            parts = {name: describe(name) for name in part_names()}
            told = [*columns(profiles.items()), "", "parts that profiles are made of:", *columns(parts.items())]
            show(arguments, {"profiles": profiles, "parts": parts}, told)
            return EXIT_FINE
        case "show":
            return _show(arguments)
        case "check":
            return _check(arguments)
        case _:
            return _diff(arguments)


def _show(arguments: argparse.Namespace) -> int:
    settings = _known(arguments.name)
    facts = {key: {"value": value, "from": source} for key, (value, source) in settings.items()}
    lines = columns((key, repr(value), source) for key, (value, source) in settings.items())
    show(arguments, {"profile": arguments.name, "settings": facts}, lines)
    return EXIT_FINE


def _check(arguments: argparse.Namespace) -> int:
    """Say that a configuration is good, and which keys it sets beside its profile, with what they replace."""
    config = read_config(arguments.file)
    profile = {key: row for name in (config.profile, *config.parts) for key, row in _known(name).items()}
    own = sorted(key for key in config.own_keys() if key not in NAMES and not _is_section(config, key))
    rows = {key: (_value(config, key), profile[key][0] if key in profile else None) for key in own}
    facts = {
        key: {"value": str(value), "profile": None if old is None else str(old)} for key, (value, old) in rows.items()
    }
    told = columns((key, str(value), "" if old is None else f"profile: {old}") for key, (value, old) in rows.items())
    named = " + ".join((config.profile, *config.parts))
    lines = [f"good: profile {named}, {len(own)} keys of its own", *(told if rows else [])]
    show(arguments, {"profile": config.profile, "parts": config.parts, "own": facts}, lines)
    return EXIT_FINE


def _diff(arguments: argparse.Namespace) -> int:
    one, other = _known(arguments.name), _known(arguments.other)
    differing = {
        key: (one.get(key, NOT_SET)[0], other.get(key, NOT_SET)[0])
        for key in sorted({*one, *other})
        if one.get(key, NOT_SET)[0] != other.get(key, NOT_SET)[0]
    }
    facts = {key: {arguments.name: value, arguments.other: changed} for key, (value, changed) in differing.items()}
    rows = [("key", arguments.name, arguments.other)]
    rows += [(key, _shown(value), _shown(changed)) for key, (value, changed) in differing.items()]
    show(arguments, {"differing": facts}, columns(rows) if differing else ["no key differs"])
    return EXIT_FAULT if differing else EXIT_FINE


def _shown(value: object) -> str:
    return "not set" if value is None else repr(value)


def _value(config: TerminalConfig, key: str) -> object:
    """Return the value in force of a dotted key."""
    return functools.reduce(getattr, key.split("."), cast("object", config))


def _is_section(config: TerminalConfig, key: str) -> bool:
    return dataclasses.is_dataclass(_value(config, key))


def _known(name: str) -> dict[str, tuple[object, str]]:
    try:
        return _settings(name)
    except ProfileUnknown as error:
        raise ConfigError("PROFILE_UNKNOWN", str(error)) from None


def _settings(name: str) -> dict[str, tuple[object, str]]:
    settings: dict[str, tuple[object, str]] = {}
    for source, table in profile_layers(name):
        settings.update({key: (value, source) for key, value in _flat(table, "")})
    return dict(sorted(settings.items()))


def _flat(table: Table, prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
