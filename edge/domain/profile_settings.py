"""Settings that profiles take from the centre: a short list of safe ones, laid over what a profile is shipped with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from edge.domain.frozen import frozen

SETTINGS_MAX: Final = 500
PROFILE: Final = re.compile(r"\*|[a-z0-9][a-z0-9_-]{0,63}")
EVERY: Final = "*"
"""Stands for every profile; what names a profile goes before it."""

SAFE: Final[Mapping[str, range]] = {
    "printer.hold_s": range(3_601),
    "scanner.repeat_ms": range(500, 10_001),
    "signals.show_ms": range(200, 10_001),
    "tap.debounce_ms": range(500, 10_001),
    "till.acts_per_min": range(10, 601),
    "till.session_min": range(1, 721),
    "till.void_min": range(721),
}
"""Settings, and the values that harm nobody: no port, no path, no key and no amount is among them."""


@frozen
class ProfileSetting:
    """One setting of one profile, by its dotted name in the configuration."""

    profile: str
    key: str
    value: int


@frozen
class ProfileSettings:
    """What profiles take; raises ValueError, which names every setting that is refused.

    What is not among :data:`SAFE` may be safe to a later release: here it is passed over, and the edition is taken.
    """

    settings: tuple[ProfileSetting, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        if len(self.settings) > SETTINGS_MAX:
            raise ValueError(f"{len(self.settings)} settings, at most {SETTINGS_MAX}")
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))

    def _problems(self) -> Iterator[str]:
        seen: set[tuple[str, str]] = set()
        for setting in self.settings:
            allowed = SAFE.get(setting.key)
            named = f"{setting.profile}.{setting.key}"
            if not PROFILE.fullmatch(setting.profile):
                yield f"{named} is of no profile"
            elif allowed is not None and setting.value not in allowed:
                yield f"{named} lies between {allowed.start} and {allowed.stop - 1}, not at {setting.value}"
            elif (setting.profile, setting.key) in seen:
                yield f"{named} stands twice"
            seen.add((setting.profile, setting.key))

    def __len__(self) -> int:
        return len(self.settings)

    def of(self, profile: str) -> Mapping[str, int]:
        """Return the settings of a profile: what names it, before what is for every one."""
        safe = [setting for setting in self.settings if setting.key in SAFE]
        named = {setting.key: setting.value for setting in safe if setting.profile == profile}
        every = {setting.key: setting.value for setting in safe if setting.profile == EVERY}
        return {**every, **named}

    def passed_over(self) -> list[str]:
        """Return the settings, by profile, that are none of the safe ones of this release."""
        return [f"{each.profile}.{each.key}" for each in self.settings if each.key not in SAFE]
