"""Profiles: every shipped one makes a sound configuration; deltas, circles and unknown names."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from edge.config import load_config
from edge.domain.errors import ConfigError
from firmware_profiles.profile import ProfileBroken, ProfileUnknown, describe, profile_layers, profile_names


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_needs_only_city_and_operator(name: str, tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(f'profile = "{name}"\n[place]\ncity = "4520"\noperator = "books"\n', "utf-8")
    assert load_config(file).profile == name
    assert describe(name)


def test_the_shipped_profiles_are_found_by_their_files_and_parts_are_not_among_them() -> None:
    models = {"bus-validator", "metro-gate", "canteen-till", "venue-gate"}
    assert models | {f"{model}-virtual" for model in models} <= set(profile_names())
    assert not [name for name in profile_names() if "/" in name]


def test_an_unknown_profile_names_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text('profile = "bus-validater"\n', "utf-8")
    with pytest.raises(ConfigError, match="nearest known profile: `bus-validator`") as caught:
        load_config(file)
    assert caught.value.code == "PROFILE_UNKNOWN"


def test_a_profile_is_a_delta_over_its_parents_in_order(tmp_path: Path) -> None:
    (tmp_path / "first.toml").write_text("[tap]\npoll_ms = 1\ndebounce_ms = 1\n", "utf-8")
    (tmp_path / "second.toml").write_text("[tap]\npoll_ms = 2\n", "utf-8")
    (tmp_path / "own.toml").write_text('extends = ["first", "second"]\n[tap]\ndebounce_ms = 3\n', "utf-8")
    assert [source for source, _ in profile_layers("own", tmp_path)] == [
        "profile first",
        "profile second",
        "profile own",
    ]


@pytest.mark.parametrize(
    ("name", "mode"),
    [("bus-validator", "bus"), ("metro-gate", "metro"), ("canteen-till", "till"), ("venue-gate", "venue")],
)
def test_a_virtual_twin_differs_by_its_devices_alone(name: str, mode: str, tmp_path: Path) -> None:
    files = {twin: tmp_path / f"{twin}.toml" for twin in (name, f"{name}-virtual")}
    for twin, file in files.items():
        file.write_text(f'profile = "{twin}"\n[place]\ncity = "4520"\noperator = "books"\n', "utf-8")
    real, virtual = (load_config(file) for file in files.values())
    assert real.place.mode == mode
    names = {field.name for field in dataclasses.fields(real)} - {"own"}
    differing = {field for field in names if getattr(real, field) != getattr(virtual, field)}
    assert differing == {"profile", "paths", "reader", "sam", "bankcard"}
    assert (virtual.reader.protocol, virtual.tap) == (real.reader.protocol, real.tap)


BROKEN = {
    "two profiles in a circle": {"own": 'extends = ["other"]', "other": 'extends = ["own"]'},
    "a profile that extends itself": {"own": 'extends = ["own"]'},
    "extends that is not a list": {"own": 'extends = "other"', "other": ""},
    "a file that is not TOML": {"own": "a ="},
}


@pytest.mark.parametrize("files", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_profile_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    with pytest.raises(ProfileBroken):
        profile_layers("own", tmp_path)


@pytest.mark.parametrize("name", ["../pyproject", "/etc/passwd", "", "reader"])
def test_a_name_never_leaves_the_folder_of_profiles(name: str) -> None:
    with pytest.raises(ProfileUnknown):
        profile_layers(name)
