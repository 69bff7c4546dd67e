"""A terminal's configuration with what its profile takes from the centre: above the profile, below the own file."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from edge.config import TerminalConfig
from edge.domain.profile_settings import ProfileSettings
from edge.ports import Values

T = TypeVar("T", bound=TerminalConfig)


def overlaid(config: T, values: Values) -> T:
    """Return the configuration by the edition in force. What the terminal's own files set stays as it is."""
    settings = values.value(ProfileSettings)
    if settings is None:
        return config
    for key, value in settings.of(config.profile).items():
        if key not in config.own_keys():
            section, _, name = key.partition(".")
            changed = dataclasses.replace(getattr(config, section), **{name: value})
            config = dataclasses.replace(config, **{section: changed})
    return config
