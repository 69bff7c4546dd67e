"""Publishing tariffs: linted before anything is signed, one tariff an edition, and never none in force."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.cli.publishing import publications
from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError, OneCardError, PolicyError
from edge.tariff_authoring.shelf import Shelf
from sync.central.publications import bundle_publication, gather
from sync.tariff_wire import TARIFF_KIND, decode_tariff
from tests.domain.samples import NOON_MS
from tests.scenarios.line_tariffs import dated, shipped

KEY = TokenKey(1, b"k" * 32)
FLAT_FARE = 'kind = "flat_fare"\nid = "flat"\nfare_fen = 200\n'
DENY = 'kind = "deny_list"\ntokens = ["' + "ab" * 16 + '"]\n'

BUNDLE = """
[bundle]
id = "{id}"
series = "city"
effective = {{ {effective} }}
[[networks]]
network_id = "bus"
[[fare_media]]
fare_media_id = "card"
fare_media_type = 2
x_scheme = "tunion"
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
JULY = '"2026-07-01T00:00:00+08:00"'


def bundle_file(folder: Path, name: str, effective: str = "", fen: int = 200, more: str = "") -> str:
    """Write a bundle and return its path."""
    file = folder / f"{name}.toml"
    file.write_text(BUNDLE.format(id=name, effective=effective, fen=fen) + more, "utf-8")
    return str(file)


def asked(*names: str) -> dict[str, object]:
    return publications(names, NOON_MS)


def ids_of(asked_for: dict[str, object]) -> list[str]:
    """Return the ids of the tariff's versions as an edition would hold them."""
    versions = asked_for["versions"]
    assert isinstance(versions, Sequence)
    return [bundle.id for bundle in decode_tariff(bundle_publication(versions).body)]


def test_several_versions_of_a_tariff_are_one_publication(tmp_path: Path) -> None:
    now = bundle_file(tmp_path, "now", f"until = {JULY}")
    later = bundle_file(tmp_path, "later", f"from = {JULY}", fen=250)
    assert ids_of(asked(later, now)) == ["later", "now"]


@pytest.mark.parametrize(
    ("name", "ids"),
    [("qd-bus", ["qd-bus"]), ("qd-metro", ["qd-metro-2017", "qd-metro-2021"])],
    ids=["by its id", "every version of a series"],
)
def test_a_shipped_bundle_is_named_without_a_path(name: str, ids: list[str]) -> None:
    assert ids_of(asked(name)) == ids


def test_a_file_wins_over_a_shipped_bundle_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bundle_file(tmp_path, "mine")
    (tmp_path / "mine.toml").rename(tmp_path / "qd-bus")
    assert ids_of(asked("qd-bus")) == ["mine"]


def test_documents_go_as_they_are_written_beside_a_tariff(tmp_path: Path) -> None:
    (tmp_path / "deny.toml").write_text(f"# not a [bundle]\n{DENY}", "utf-8")
    taken = asked("qd-bus", str(tmp_path / "deny.toml"))
    assert taken["documents"] == [f"# not a [bundle]\n{DENY}"]
    assert [one.kind for one in gather([DENY], [shipped("qd-bus")], KEY)] == ["deny_list", TARIFF_KIND]


UNKNOWN_FUNDER = """
[[x_adjustments]]
id = "half"
stage = "concession"
op = { kind = "percent", percent = 50, round = { mode = "down" } }
funder = "nobody"
"""
UNSAFE_COUNTER = """
[[x_counters]]
id = "paid"
subject = "card"
measure = "paid_fen"
period = "calendar_day"
"""
REFUSED: dict[str, tuple[str, int, str]] = {
    "a reference to nothing": (UNKNOWN_FUNDER, 200, "bad.toml: x_adjustments.half: unknown funder nobody"),
    "a counter without an offline mode": (UNSAFE_COUNTER, 200, "bad.toml: x_counters[0].offline"),
    "an absurd amount": ("", 100_000_000, "bad.toml: fare_products[0].amount"),
    "an unknown key": ("[x_caps_]\n", 200, "bad.toml: x_caps_"),
}


@pytest.mark.parametrize(("more", "fen", "told"), REFUSED.values(), ids=REFUSED)
def test_a_bundle_is_refused_with_file_key_and_remedy(
    more: str, fen: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = bundle_file(tmp_path, "bad", fen=fen, more=more)
    with pytest.raises(PolicyError, match="TARIFF_INVALID: nothing is published"):
        asked(bad)
    line = next(line for line in capsys.readouterr().err.splitlines() if line.startswith(told))
    assert ";" in line, "a finding names its remedy"


def test_versions_that_overlap_are_refused_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = bundle_file(tmp_path, "one"), bundle_file(tmp_path, "two", f"from = {JULY}")
    with pytest.raises(PolicyError, match="TARIFF_INVALID"):
        asked(one, two)
    assert "it overlaps with one; end one where this one begins" in capsys.readouterr().err


def test_a_coming_version_alone_would_stop_every_terminal(tmp_path: Path) -> None:
    later = bundle_file(tmp_path, "later", f"from = {JULY}")
    with pytest.raises(PolicyError, match="none of later is in force now: publish the version in force together"):
        asked(later)


BAD_NAMES: dict[str, tuple[str, str]] = {
    "neither a file nor a bundle": ("nowhere", "nowhere: no such file, and no shipped bundle or series"),
    "no TOML": ("broken.toml", "broken.toml: "),
    "no text": ("bytes.toml", "bytes.toml: "),
    "a folder": (".", "Is a directory"),
}


@pytest.mark.parametrize(("name", "told"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_name_is_refused(name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text("[bundle\n", "utf-8")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="CONFIG_UNREADABLE") as refused:
        asked(name)
    assert told in str(refused.value)


TOGETHER: dict[str, tuple[list[str], list[str], str]] = {
    "two tariffs": ([], ["qd-bus", "jn-bus"], "jn-bus and qd-bus are different tariffs"),
    "a flat fare and a bundle": ([FLAT_FARE], ["qd-bus"], "2 publications of kind tariff"),
    "two deny lists": ([DENY, DENY], [], "2 publications of kind deny_list"),
}


@pytest.mark.parametrize(("documents", "bundles", "told"), TOGETHER.values(), ids=TOGETHER)
def test_an_edition_has_one_of_each_kind(documents: list[str], bundles: list[str], told: str) -> None:
    with pytest.raises(OneCardError, match=told):
        gather(documents, [shipped(name) for name in bundles], KEY)


def test_versions_of_one_series_are_one_tariff() -> None:
    versions = [
        dated("a", 1, until="2026-01-01T00:00:00+08:00"),
        dated("b", 2, **{"from": "2026-01-01T00:00:00+08:00"}),
    ]
    assert bundle_publication(versions).kind == TARIFF_KIND


def test_every_shipped_bundle_of_today_can_be_published() -> None:
    shelf = Shelf()
    for name in sorted({shelf.versions(bundle_id)[0].series for bundle_id in shelf.ids()}):
        assert ids_of(asked(name))


def test_the_command_publishes_by_name_and_tells_what_it_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deny.toml").write_text(DENY, "utf-8")
    words = ["central", "publish", "--state", str(tmp_path / "centre")]
    assert main([*words, "qd-bus", str(tmp_path / "deny.toml")]) == 0
    assert capsys.readouterr().out == "1\n"
    assert main([*words, "qd-bus", "jn-bus"]) == 50
    assert "jn-bus and qd-bus are different tariffs" in capsys.readouterr().err
    assert main([*words, bundle_file(tmp_path, "bad", more=UNKNOWN_FUNDER)]) == 50
    assert "bad.toml: x_adjustments.half: unknown funder nobody" in capsys.readouterr().err


ROSTER = "holder,media,category,from\ncid:370200200001010017,tunion:3104930499900000017,elder60,2020-01-01\n"


def test_a_roster_is_published_as_it_was_written_and_turned_into_tokens_at_the_centre(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(ROSTER, "utf-8")
    given = asked(str(file))
    assert given == {"documents": [ROSTER], "names": [str(file)], "versions": []}
    (publication,) = gather([ROSTER], (), KEY)
    assert (publication.kind, len(publication.files)) == ("entitlements", 1)


def test_a_table_that_is_no_text_names_the_byte_and_not_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "roster.CSV"
    file.write_bytes(ROSTER.encode() + b"\xff")
    with pytest.raises(ConfigError, match=f"not UTF-8, at byte {len(ROSTER)}"):
        asked(str(file))


def test_of_several_files_the_refused_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "deny.toml", tmp_path / "roster.csv"
    good.write_text(DENY, "utf-8")
    bad.write_text(ROSTER.replace("2020-01-01", "soon"), "utf-8")
    words = ["central", "publish", "--state", str(tmp_path / "centre")]
    assert main([*words, "qd-bus", str(good), str(bad)]) == 80
    told = capsys.readouterr().err
    assert f"CONFIG_VALUE: {bad}: line 2" in told
    assert str(good) not in told


def test_a_document_that_says_nothing_new_keeps_its_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster, deny = tmp_path / "roster.csv", tmp_path / "deny.toml"
    roster.write_text(ROSTER, "utf-8")
    deny.write_text(DENY, "utf-8")
    state = tmp_path / "centre"
    words = ["central", "publish", "--state", str(state), "qd-bus", str(roster), str(deny)]
    for fallen in ("", "", DENY.replace("ab", "cd")):
        deny.write_text(fallen or DENY, "utf-8")
        assert main(words) == 0
    assert capsys.readouterr().out.split() == ["1", "2", "3"]
    with sqlite3.connect(state / "central.db") as store:
        newest = store.execute("SELECT kind, max(version) FROM artifact GROUP BY kind").fetchall()
    store.close()
    assert dict(newest) == {"edition": 3, "tariff": 1, "entitlements": 1, "deny_list": 2}
