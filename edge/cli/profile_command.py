"""``onecard profile``: which models of terminal there are, and what each sets."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from edge.cli.output import add_json_option, columns, show
from edge.domain.errors import ConfigError
from firmware_profiles.profile import ProfileUnknown, Table, describe, profile_layers, profile_names

HELP = "list the profiles, or show what one sets"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show")
    add_json_option(verbs.add_parser("list", help="name every profile"))
    showing = verbs.add_parser("show", help="print every key a profile sets, and the file that sets it")
    showing.add_argument("name", metavar="NAME")
    add_json_option(showing)


def run(arguments: argparse.Namespace) -> int:
    """List or show."""
    if arguments.verb == "list":
        profiles = {name: describe(name) for name in profile_names()}
        show(arguments, {"profiles": profiles}, columns(profiles.items()))
        return 0
    try:
        settings = _settings(arguments.name)
    except ProfileUnknown as error:
        raise ConfigError("PROFILE_UNKNOWN", str(error)) from None
    facts = {key: {"value": value, "from": source} for key, (value, source) in settings.items()}
    lines = columns((key, repr(value), source) for key, (value, source) in settings.items())
    show(arguments, {"profile": arguments.name, "settings": facts}, lines)
    return 0


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
