"""Profiles: what each model of terminal is made of, as data.

A profile is a TOML file of settings in this folder; ``extends`` names the profiles it is a delta over, in order, and
``description`` says in one line what it is. Files in subfolders are parts (a reader, a SAM reader) that profiles
extend. Adding a model is adding a file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
OWN_KEYS: Final = ("extends", "description")
SHOWN_CHARACTERS: Final = 40
NAME: Final = re.compile(r"[a-z0-9-]{1,64}(/[a-z0-9-]{1,64})?", re.ASCII)
"""A profile, or a part in a subfolder; nothing that leads out of the folder."""

Table = dict[str, object]


class ProfileUnknown(LookupError):  # noqa: N818 - named by what is known of the profile
    """No file describes a profile of this name; the nearest known one is named."""

    def __init__(self, name: str, known: list[str]) -> None:
        import difflib  # noqa: PLC0415 - loaded for a wrong name alone

        likely = difflib.get_close_matches(name, known, 1, 0.0)
        super().__init__(f"no profile `{name[:SHOWN_CHARACTERS]}`; nearest known profile: `{''.join(likely)}`")


class ProfileBroken(ValueError):  # noqa: N818 - as above
    """A profile's file is not TOML, or its ``extends`` goes in a circle."""


def profile_names(folder: Path = FOLDER) -> list[str]:
    """Return the names of the profiles a terminal can have, sorted; parts are not among them."""
    return sorted(file.stem for file in folder.glob("*.toml") if "extends" in _parse(file))


def part_names(folder: Path = FOLDER) -> list[str]:
    """Return the names of the parts that profiles extend, sorted: readers, SAM readers, scanners, printers."""
    return sorted(f"{file.parent.name}/{file.stem}" for file in folder.glob("*/*.toml"))


def describe(name: str, folder: Path = FOLDER) -> str:
    """Return the one line that says what a profile is."""
    return str(_table(name, folder).get("description", ""))


def profile_layers(name: str, folder: Path = FOLDER) -> list[tuple[str, Table]]:
    """Return (source, settings) pairs from the furthest parent to ``name`` itself; the later wins.

    Raises :class:`ProfileUnknown` or :class:`ProfileBroken`.
    """
    return list(_layers(name, folder, ()))


def _layers(name: str, folder: Path, path: tuple[str, ...]) -> Iterator[tuple[str, Table]]:
    if name in path:
        raise ProfileBroken("profiles extend each other in a circle: " + " -> ".join((*path, name)))
    table = _table(name, folder)
    parents = table.get("extends", [])
    if not isinstance(parents, list) or not all(isinstance(parent, str) for parent in parents):
        raise ProfileBroken(f"profile {name}: `extends` is a list of names")
    for parent in parents:
        yield from _layers(parent, folder, (*path, name))
    yield f"profile {name}", {key: value for key, value in table.items() if key not in OWN_KEYS}


def _table(name: str, folder: Path) -> Table:
    file = folder / f"{name}.toml"
    if not NAME.fullmatch(name) or not file.is_file():
        raise ProfileUnknown(name, [*profile_names(folder), *part_names(folder)])
    return _parse(file)


def _parse(file: Path) -> Table:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileBroken(f"{file}: {error}") from error
