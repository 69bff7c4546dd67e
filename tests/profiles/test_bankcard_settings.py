"""The settings of bank cards from configuration to conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.oda.key_file import TEST_KEYS
from drivers.oda.scheme import SCHEMES
from edge.clock import SystemClock, SystemIds
from edge.config import TerminalConfig, load_config
from edge.config_bankcard import BankcardSection
from edge.domain.errors import ConfigError
from edge.ports import NoValues
from edge.wiring_bankcard import bankcard_settings
from edge.wiring_cards import served_applications
from firmware_profiles.profile import profile_names

UTC_MS = 1_803_859_200_000
"""2027-03-01 00:00 UTC, eight in the morning in China."""

CLOCK = SystemClock(0, system_ms=lambda: UTC_MS, monotonic_ms=lambda: 0.0)


def configured(folder: Path, profile: str, more: str = "") -> TerminalConfig:
    file = folder / "terminal.toml"
    file.write_text(f'profile = "{profile}"\n[place]\ncity = "4520"\noperator = "books"\n{more}', "utf-8")
    return load_config(file)


@pytest.mark.parametrize("profile", profile_names())
def test_every_profile_that_takes_money_serves_the_purse_before_the_bank_card(tmp_path: Path, profile: str) -> None:
    found = served_applications(configured(tmp_path, profile), SystemIds(), CLOCK, NoValues())
    venue = profile.startswith("venue-gate")
    assert [each.name for each in found] == (["identity", "epurse"] if venue else ["epurse", "bankcard"])


@pytest.mark.parametrize(
    ("profile", "scheme", "exact"),
    [
        ("bus-validator", "unionpay", False),
        ("bus-validator-virtual", "unionpay-test", False),
        ("canteen-till", "unionpay", True),
    ],
)
def test_a_profile_says_what_is_accepted_and_which_amount_is_signed(
    tmp_path: Path,
    profile: str,
    scheme: str,
    exact: bool,  # noqa: FBT001 - a column of the table
) -> None:
    settings = bankcard_settings(configured(tmp_path, profile).bankcard, SystemIds(), CLOCK, NoValues())
    assert (settings.trust().scheme.name, settings.exact) == (scheme, exact)


def test_a_terminal_that_takes_money_knows_live_keys_alone() -> None:
    live = bankcard_settings(BankcardSection(), SystemIds(), CLOCK, NoValues()).trust().keys
    test = bankcard_settings(BankcardSection(scheme="unionpay-test"), SystemIds(), CLOCK, NoValues()).trust().keys
    assert {key.kind for key in live.keys.values()} == {"live"}
    assert {key.index for key in test.keys.values()} == {0x80, 0x57, 0xE1, 0xE2}


def test_keys_come_from_the_file_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "acquirer.json"
    file.write_text(TEST_KEYS.read_text("utf-8"), "utf-8")
    keys = bankcard_settings(BankcardSection(ca_keys=file), SystemIds(), CLOCK, NoValues()).trust().keys
    assert keys.keys == {}
    assert {refused.reason for refused in keys.left_out.values()} == {"ca_key.test_key"}


def test_a_list_among_the_credentials_goes_before_the_shipped_one(tmp_path: Path) -> None:
    config = configured(tmp_path, "bus-validator-virtual")
    config.paths.credentials.mkdir()
    (config.paths.credentials / "ca_keys.json").write_text("{", "utf-8")
    with pytest.raises(ConfigError, match=r"credentials/ca_keys\.json"):
        served_applications(config, SystemIds(), CLOCK, NoValues())


def test_numbers_of_the_section_reach_the_conversation() -> None:
    section = BankcardSection(
        aids=("A00000033301",),
        revoked=("A000000333" + "0B" + "00A1B2",),
        nominal_fen=7,
        floor_fen=8,
        ttq="20000080",
        pin_bits="0080",
        signature_bits="0040",
        currency="0344",
        ask_currency=False,
    )
    settings = bankcard_settings(section, SystemIds(), CLOCK, NoValues())
    assert settings.aids == (bytes.fromhex("A00000033301"),)
    assert settings.trust().revoked == {(bytes.fromhex("A000000333"), 0x0B, bytes.fromhex("00A1B2"))}
    assert (settings.nominal_fen, settings.floor_fen) == (7, 8)
    assert settings.qualifiers.plain.hex() == "20000080"
    assert (settings.holder_checks.pin, settings.holder_checks.signature) == (0x80, 0x40)
    assert (settings.where.currency.hex(), settings.where.ask_currency) == ("0344", False)


@pytest.mark.parametrize("offset_min", [480, 0, -300])
def test_cards_are_told_the_civil_time_of_the_place(offset_min: int) -> None:
    settings = bankcard_settings(BankcardSection(utc_offset_min=offset_min), SystemIds(), CLOCK, NoValues())
    assert settings.now() == datetime(2027, 3, 1, tzinfo=UTC) + timedelta(minutes=offset_min)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        pytest.param({"scheme": "unionpay-94"}, "CONFIG_VALUE", "nearest known: `unionpay-95`", id="an unknown scheme"),
        pytest.param({"ca_keys": Path("/nowhere.json")}, "CONFIG_UNREADABLE", "nowhere", id="a list that is absent"),
    ],
)
def test_what_cannot_be_used_stops_the_start(change: dict[str, object], code: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        bankcard_settings(replace(BankcardSection(), **change), SystemIds(), CLOCK, NoValues())  # type: ignore[arg-type]  # fields by name
    assert caught.value.code == code


def test_every_scheme_is_a_name_that_the_section_takes() -> None:
    for name in SCHEMES:
        bankcard_settings(BankcardSection(scheme=name), SystemIds(), CLOCK, NoValues())
