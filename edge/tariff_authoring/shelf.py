"""A shelf of bundles: the shipped ones and those of more folders, found by id or by series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from edge.domain.errors import ConfigError
from edge.domain.tariff.bundle import Bundle, build_bundle, invalid
from edge.tariff_authoring.toml_files import SHIPPED, Authored, bundle_files, read_bundle


class Shelf:
    """Bundles by name; a later folder's bundle replaces an earlier one of the same id."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        """Read the bundles; raises ``CONFIG_UNREADABLE`` for no TOML, ``CONFIG_VALUE`` for what is no folder."""
        self._authored: dict[str, Authored] = {}
        for folder in (SHIPPED, *folders):
            if not folder.is_dir():
                raise ConfigError("CONFIG_VALUE", f"{folder} is no folder of bundles")
            for file in bundle_files(folder):
                authored = read_bundle(file)
                if not authored.id:
                    told = authored.problems[0] if authored.problems else "bundle.id: the key is missing"
                    raise ConfigError("CONFIG_UNREADABLE", f"{file}: {told}")
                self._authored[authored.id] = authored

    def ids(self) -> list[str]:
        """Return the ids of all bundles."""
        return sorted(self._authored)

    def authored(self, name: str) -> list[Authored]:
        """Return the bundle of this id, or the versions of this series; raises ``CONFIG_VALUE`` for neither."""
        if name in self._authored:
            return [self._authored[name]]
        versions = [authored for authored in self._authored.values() if _series(authored) == name]
        if not versions:
            raise ConfigError("CONFIG_VALUE", f"no bundle and no series is called {name}")
        return versions

    def versions(self, name: str, overrides: Mapping[str, object] | None = None) -> tuple[Bundle, ...]:
        """Return the bundles of a name, with parameters overridden; raises ``TARIFF_INVALID``."""
        return tuple(self._build(authored, overrides or {}) for authored in self.authored(name))

    @lru_cache(maxsize=256)  # noqa: B019 - one shelf per command
    def _plain_bundle(self, name: str) -> Bundle:
        return build_bundle(self._authored[name].plain)

    def _build(self, authored: Authored, overrides: Mapping[str, object]) -> Bundle:
        if authored.problems:
            raise invalid(authored.problems)
        if not overrides:
            return self._plain_bundle(authored.id)
        return build_bundle(authored.plain, overrides)


def _series(authored: Authored) -> str:
    head = authored.plain.get("bundle")
    return str(head.get("series", "")) if isinstance(head, Mapping) else ""
