"""``onecard profile check`` and ``diff``: a configuration read as the terminal will, two models side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from edge.cli.main import EXIT_FAULT, EXIT_FINE, main
from edge.domain.errors import ConfigError

SMALLEST: Final = 'profile = "bus-validator"\n[place]\ncity = "4520"\noperator = "qingdao-bus"\n'


def written(folder: Path, more: str) -> str:
    """Return the path of a configuration."""
    file = folder / "terminal.toml"
    file.write_text(SMALLEST + more, "utf-8")
    return str(file)


def facts(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - the command's JSON
    return json.loads(capsys.readouterr().out)


def test_a_good_configuration_tells_its_own_keys_and_what_they_replace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "[reader]\nbaud = 921600\n[tap]\npoll_ms = 100\n")
    assert main(["profile", "check", file, "--json"]) == EXIT_FINE
    found = facts(capsys)
    assert found["profile"] == "bus-validator"
    assert found["own"]["reader.baud"] == {"value": "921600", "profile": "115200"}
    assert found["own"]["tap.poll_ms"] == {"value": "100", "profile": None}
    assert main(["profile", "check", file]) == EXIT_FINE
    told = capsys.readouterr().out
    assert "good: profile bus-validator, 4 keys of its own" in told
    assert "profile: 115200" in told


WRONG: Final = {
    "a key that is misspelt": ("[reader]\nbuad = 9600\n", "nearest known key: `reader.baud`"),
    "a value out of range": ("[reader]\nbaud = 1\n", "reader.baud"),
    "another type": ('[tap]\npoll_ms = "often"\n', "tap.poll_ms"),
    "no TOML": ("[reader\n", "line 5"),
}


@pytest.mark.parametrize("case", list(WRONG))
def test_a_configuration_is_refused_with(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more, words = WRONG[case]
    assert main(["profile", "check", written(tmp_path, more)]) == ConfigError.exit_code
    assert words in capsys.readouterr().err


def test_two_profiles_are_compared_key_by_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "diff", "bus-validator", "bus-validator-qr", "--json"]) == EXIT_FAULT
    differing = facts(capsys)["differing"]
    assert differing
    assert all(key.startswith("scanner.") for key in differing)
    assert all(sides["bus-validator"] is None for sides in differing.values())
    assert main(["profile", "diff", "bus-validator", "canteen-till"]) == EXIT_FAULT
    assert "place.mode" in capsys.readouterr().out


def test_a_profile_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "diff", "canteen-till", "canteen-till"]) == EXIT_FINE
    assert capsys.readouterr().out == "no key differs\n"


def test_an_unknown_profile_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "diff", "bus-validator", "canteen-tull"]) == ConfigError.exit_code
    assert "`canteen-till`" in capsys.readouterr().err


def test_profiles_and_their_parts_are_listed_and_a_part_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "venue-gate" in told["profiles"]
    assert {"reader/acr1281s", "sam/gemcore-pos-pro", "scanner/zebra-ssi", "printer/chinese-58"} <= set(told["parts"])
    assert all({**told["profiles"], **told["parts"]}.values()), "each is described"
    assert main(["profile", "show", "sam/gemcore-pos-pro"]) == 0
    shown = capsys.readouterr().out
    assert all(key in shown for key in ("sam.firmware_from", "sam.stop_bits", "sam.level", "sam.slots"))
