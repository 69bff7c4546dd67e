"""The table of issuers: what ships, and that a wrong row is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.cards.epurse.rules import DEFAULT_RULES
from drivers.issuers import load_issuers
from edge.domain.errors import ConfigError


def table(folder: Path, text: str) -> Path:
    file = folder / "issuers.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_shipped_default_is_the_default_of_the_code() -> None:
    assert load_issuers().default == DEFAULT_RULES


def test_qingdao_writes_bus_routes_in_decimal() -> None:
    assert load_issuers().rules_of(bytes.fromhex("02994520FFFFFFFF"), "4520").bus_route == "decimal"


def test_an_issuer_without_a_row_has_the_default() -> None:
    assert load_issuers().rules_of(bytes(8), "0000") == DEFAULT_RULES


def test_a_row_changes_only_what_it_names(tmp_path: Path) -> None:
    file = table(tmp_path, '[default]\nbalance = "03"\n[issuer.02992900]\nlog_records = 20\n')
    rules = load_issuers(file).rules_of(bytes.fromhex("02992900FFFFFFFF"), "2900")
    assert (rules.balance, rules.log_records) == ("03", 20)


BROKEN = {
    "no TOML": ("[default", "CONFIG_UNREADABLE", "issuers.toml"),
    "an unknown section": ("[cities]", "CONFIG_KEY", "nearest known section: `city`"),
    "an unknown key": ("[city.4520]\nbalanse = 1", "CONFIG_KEY", "nearest known key: `balance`"),
    "a row named by no city": ("[city.452]", "CONFIG_KEY", "four digits"),
    "a row named by no issuer": ("[issuer.0299]", "CONFIG_KEY", "four bytes"),
    "a balance rule without meaning": ('[default]\nbalance = "00+01"', "CONFIG_VALUE", "P1 of GET BALANCE"),
    "a record shorter than its fields": ("[default]\nlog_record_bytes = 22", "CONFIG_VALUE", "between 23 and 255"),
    "a section that is no table": ("city = 4520", "CONFIG_VALUE", "must be a table"),
    "a row that is no table": ("[city]\n4520 = 1", "CONFIG_VALUE", "must be a table"),
}


@pytest.mark.parametrize(("text", "code", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_a_coded_error_that_names_the_place(tmp_path: Path, text: str, code: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_issuers(table(tmp_path, text))
    assert refused.value.code == code
    assert said in str(refused.value)


def test_a_table_that_is_not_there_is_a_coded_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_issuers(tmp_path / "absent.toml")
    assert refused.value.code == "CONFIG_UNREADABLE"
