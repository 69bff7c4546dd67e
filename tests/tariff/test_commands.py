"""``onecard tariff``: what its verbs print, and how they end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.crypto.signing import SigningKey
from edge.tariff_authoring.shelf import Shelf
from edge.tariff_authoring.toml_files import SHIPPED
from sync.artifact import open_artifact
from sync.tariff_wire import TARIFF_KIND, decode_tariff, encode_tariff
from tests.cli.terminal_folder import with_taps

Capture = pytest.CaptureFixture[str]


def test_price_prints_the_decision_as_json(capsys: Capture) -> None:
    assert main(["tariff", "price", "qd-bus-promo", '{"list_fen": 200, "medium": "ssc_financial_flash"}']) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["payer_fen"], told["funders"], told["decision"]) == (1, {"bank_campaign": 199}, "approved")
    assert {"counter": "promo_used_today", "period": "", "add": 1} in told["effects"]


def test_price_takes_facts_from_a_file(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "facts.json").write_text('{"distance_m": 5001}', "utf-8")
    assert main(["tariff", "price", "qd-metro", f"@{tmp_path / 'facts.json'}"]) == 0
    assert json.loads(capsys.readouterr().out)["payer_fen"] == 300


def test_explain_names_every_rule(capsys: Capture) -> None:
    assert main(["tariff", "explain", "qd-bus", '{"list_fen": 200, "medium": "metro_app_wallet"}']) == 0
    out = capsys.readouterr().out
    assert "app_percent" in out
    assert "approved: payer 1.60 of 2.00 by qd-bus" in out


@pytest.mark.parametrize(
    ("facts", "code"),
    [('{"dist": 1}', 50), ("{", 80), ("[]", 80)],
    ids=["an unknown key", "no JSON", "no object"],
)
def test_bad_facts_end_with_the_exit_code_of_their_family(facts: str, code: int) -> None:
    assert main(["tariff", "price", "qd-metro", facts]) == code


def test_an_unknown_bundle_is_a_configuration_error() -> None:
    assert main(["tariff", "price", "nowhere", "{}"]) == 80


def test_lint_of_a_broken_bundle_ends_with_1(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "x.toml").write_text('[bundle]\nid = "x"\nseires = "y"\n', "utf-8")
    assert main(["tariff", "lint", str(tmp_path)]) == 1
    assert "x.toml: bundle.seires: unknown key; did you mean series?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "what"),
    [('[bundle]\nid = "x"\nid = "y"\n', "Cannot overwrite a value"), ("[bundle\n", "line 1")],
    ids=["a key that stands twice", "no TOML"],
)
def test_lint_of_a_file_that_cannot_be_read_names_file_and_place(
    tmp_path: Path, capsys: Capture, text: str, what: str
) -> None:
    (tmp_path / "x.toml").write_text(text, "utf-8")
    assert main(["tariff", "lint", str(tmp_path)]) == 1
    assert what in capsys.readouterr().out
    assert main(["tariff", "price", "qd-bus", "{}", "--bundles", str(tmp_path)]) == 80


def test_bundles_that_are_no_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('[bundle]\nid = "x"\n', "utf-8")
    for path in (tmp_path / "x.toml", tmp_path / "nowhere"):
        assert main(["tariff", "price", "qd-bus", "{}", "--bundles", str(path)]) == 80


def test_compile_refuses_what_the_lint_refuses(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('[bundle]\nid = "x"\nseires = "y"\n', "utf-8")
    assert main(["tariff", "compile", str(tmp_path), "-o", str(tmp_path / "x.bin")]) == 50
    assert not (tmp_path / "x.bin").exists()


def test_compiled_bundles_are_the_authored_ones_and_signed_on_demand(tmp_path: Path) -> None:
    key = SigningKey(bytes(range(32)))
    key.write(tmp_path / "key")
    out = tmp_path / "shipped.bin"
    assert main(["tariff", "compile", str(SHIPPED), "-o", str(out), "--sign", str(tmp_path / "key")]) == 0
    _, body = open_artifact(out.read_bytes(), key.public, kind=TARIFF_KIND)
    shelf = Shelf()
    assert list(decode_tariff(body)) == [shelf.versions(name)[0] for name in shelf.ids()]


def test_the_order_of_files_and_rows_changes_no_byte() -> None:
    shelf = Shelf()
    plain = [shelf.authored(name)[0].plain for name in shelf.ids()]
    assert encode_tariff(plain) == encode_tariff(reversed(plain))


def test_diff_prices_recorded_taps_under_both(tmp_path: Path, capsys: Capture) -> None:
    taps = tmp_path / "taps.jsonl"
    taps.write_text(
        '{"id": "a", "given": {"age": 62, "list_fen": 300}}\n{"id": "b", "given": {"list_fen": 300}}\n', "utf-8"
    )
    assert main(["tariff", "diff", "qd-metro-2017", "qd-metro-2021", "--journal", str(taps), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["changed"] == [{"record": "a", "before_fen": 150, "after_fen": 0}]
    assert "x_adjustments.elder60_free: new" in told["rules"]


FLAT = """
[bundle]
id = "{name}"
[[fare_media]]
fare_media_id = "purse"
fare_media_type = 2
x_scheme = "tunion"
[[networks]]
network_id = "bus"
[[rider_categories]]
rider_category_id = "adult"
is_default_fare_category = 1
[[fare_products]]
fare_product_id = "flat"
amount = {fen}
[[fare_leg_rules]]
leg_group_id = "bus"
network_id = "bus"
fare_product_id = "flat"
[x_tap_policy.bus]
mode = "in"
"""


def test_diff_decides_the_taps_of_a_terminals_journal_again(tmp_path: Path, capsys: Capture) -> None:
    folder = asyncio.run(with_taps(tmp_path / "terminal"))
    for name, fen in (("cheap", 100), ("dear", 150)):
        (tmp_path / f"{name}.toml").write_text(FLAT.format(name=name, fen=fen), "utf-8")
    words = ["tariff", "diff", "cheap", "dear", "--bundles", str(tmp_path), "--config", str(folder.config), "--journal"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["taps"] == 4
    assert {"record": "seq 2", "before_fen": 100, "after_fen": 150} in told["changed"]


def test_cases_may_be_written_over_many_lines(tmp_path: Path, capsys: Capture) -> None:
    case = {"id": "a", "tariff": "qd-metro", "given": {"distance_m": 1}, "expect": {"payer_fen": 200}}
    (tmp_path / "cases.json").write_text(json.dumps({"cases": [case, case]}, indent=1), "utf-8")
    assert main(["tariff", "check", str(tmp_path / "cases.json")]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed\n"


def test_rehearse_shows_the_version_that_takes_over(tmp_path: Path, capsys: Capture) -> None:
    taps = tmp_path / "taps.jsonl"
    taps.write_text('{"id": "a", "given": {"age": 62, "list_fen": 300}}\n', "utf-8")
    assert main(["tariff", "rehearse", "--at", "2021-01-01", "--journal", str(taps)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "qd-metro: qd-metro-2017 -> qd-metro-2021"
    assert "  a: 1.50 -> 0.00" in out


def test_rehearse_of_a_quiet_day_says_so(capsys: Capture) -> None:
    assert main(["tariff", "rehearse", "--at", "2022-05-05"]) == 0
    assert capsys.readouterr().out == "nothing changes on 2022-05-05\n"


def test_the_reference_is_printed(capsys: Capture) -> None:
    assert main(["tariff", "reference"]) == 0
    assert capsys.readouterr().out.startswith("# The bundle reference")
