"""What the centre sets lies above the profile and below the terminal's own file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import TerminalConfig, load_config
from edge.domain.profile_settings import SAFE, ProfileSetting, ProfileSettings
from edge.ports import NoValues
from edge.profile_overlay import overlaid
from tests.store.held_values import HeldValues

SETTINGS = ProfileSettings(
    (
        ProfileSetting("canteen-till", "till.session_min", 60),
        ProfileSetting("*", "till.session_min", 5),
        ProfileSetting("*", "tap.debounce_ms", 2_500),
        ProfileSetting("bus-validator", "signals.show_ms", 900),
    )
)


def configured(folder: Path, profile: str, own: str = "") -> TerminalConfig:
    file = folder / "terminal.toml"
    file.write_text(f'profile = "{profile}"\n[place]\ncity = "4520"\noperator = "books"\n{own}', "utf-8")
    return load_config(file)


def test_what_names_the_profile_goes_before_what_is_for_all(tmp_path: Path) -> None:
    shipped = configured(tmp_path, "canteen-till")
    config = overlaid(shipped, HeldValues(SETTINGS))
    assert (config.till.session_min, config.tap.debounce_ms) == (60, 2_500)
    assert config.signals == shipped.signals
    assert replace(config, till=shipped.till, tap=shipped.tap) == shipped


def test_the_own_file_goes_before_the_centre(tmp_path: Path) -> None:
    config = overlaid(configured(tmp_path, "bus-validator", "[tap]\ndebounce_ms = 700\n"), HeldValues(SETTINGS))
    assert (config.tap.debounce_ms, config.signals.show_ms, config.till.session_min) == (700, 900, 5)


def test_without_settings_everything_stays(tmp_path: Path) -> None:
    config = configured(tmp_path, "bus-validator")
    assert overlaid(config, NoValues()) is config


@pytest.mark.parametrize("key", SAFE)
def test_every_safe_setting_is_a_key_of_the_configuration_and_its_values_are_taken(tmp_path: Path, key: str) -> None:
    section, _, name = key.partition(".")
    for value in (SAFE[key].start, SAFE[key].stop - 1):
        own = configured(tmp_path, "bus-validator", f"[{section}]\n{name} = {value}\n")
        laid = overlaid(
            configured(tmp_path, "bus-validator"), HeldValues(ProfileSettings((ProfileSetting("*", key, value),)))
        )
        assert getattr(getattr(own, section), name) == getattr(getattr(laid, section), name) == value


def test_a_setting_that_is_not_safe_is_passed_over(tmp_path: Path) -> None:
    config = configured(tmp_path, "bus-validator")
    unsafe = ProfileSettings((ProfileSetting("*", "reader.baud", 9_600),))
    assert (unsafe.passed_over(), overlaid(config, HeldValues(unsafe))) == (["*.reader.baud"], config)
