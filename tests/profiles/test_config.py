"""Configuration: layers in order, and every mistake told with file, key and the nearest known key."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config import TerminalConfig, load_config
from edge.config_values import keys_of
from edge.domain.errors import ConfigError
from edge.domain.tap import Place
from tests.architecture.source_tree import product

SMALLEST = 'profile = "bus-validator"\n[place]\ncity = "4520"\noperator = "qingdao-bus"\n'


def written(folder: Path, text: str, name: str = "terminal.toml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_the_smallest_file_takes_everything_else_from_profile_and_defaults(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, SMALLEST))
    assert config.reader.protocol == "pn532"
    assert config.sam.slot == 1
    assert config.tap.debounce_ms == 1_500
    assert config.tap.torn_window_s == 120
    assert config.paths.journal == Path("/var/lib/onecard/journal.db")
    assert config.place.value() == Place("bus", "4520", "qingdao-bus")


def test_a_site_is_told_where_it_lies(tmp_path: Path) -> None:
    lies = 'mode = "till"\ndistrict = "zengcheng"\ntown = "licheng"\n'
    place = load_config(written(tmp_path, SMALLEST + lies)).place.value()
    assert place == Place("till", "4520", "qingdao-bus", district="zengcheng", town="licheng")


@pytest.mark.parametrize(("told", "gate"), [("none", ""), ("in", "in"), ("out", "out")])
def test_a_gate_is_told_which_way_it_leads(told: str, gate: str, tmp_path: Path) -> None:
    place = load_config(written(tmp_path, SMALLEST + f'mode = "metro"\ngate = "{told}"\n')).place.value()
    assert (place.mode, place.gate) == ("metro", gate)


def test_the_file_wins_over_the_profile_and_its_parents(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, SMALLEST + '[reader]\npath = "/dev/ttyS1"\n[tap]\ndebounce_ms = 900\n'))
    assert config.reader.path == Path("/dev/ttyS1")
    assert config.reader.other_bauds == (921_600,)
    assert config.tap.debounce_ms == 900


def test_parts_lie_over_the_profile_and_under_the_file(tmp_path: Path) -> None:
    parts = 'parts = ["reader/twn4", "scanner/zebra-ssi"]\n'
    config = load_config(written(tmp_path, parts + SMALLEST + "[sam]\nslot = 2\n[tap]\npoll_ms = 7\n"))
    assert (config.reader.protocol, config.reader.firmware, config.reader.firmware_to) == ("twn4", "TWN4", "")
    assert (config.sam.protocol, config.sam.slot, config.sam.path) == ("twn4", 2, config.reader.path)
    assert (config.scanner.protocol, config.tap.poll_ms, config.tap.debounce_ms) == ("zebra_ssi", 7, 1_500)


NO_PARTS = {
    "a part that there is not": (
        'parts = ["reader/twn5"]\n',
        "PROFILE_UNKNOWN",
        "nearest known profile: `reader/twn4`",
    ),
    "a whole profile in its place": ('parts = ["metro-gate"]\n', "CONFIG_VALUE", "`parts`"),
    "a part that is no list": ('parts = "reader/twn4"\n', "CONFIG_VALUE", "`parts` must be list of text"),
    "a way out of the folder": ('parts = ["../reader"]\n', "PROFILE_UNKNOWN", "no profile"),
}


@pytest.mark.parametrize(("text", "code", "told"), NO_PARTS.values(), ids=NO_PARTS)
def test_what_is_no_part_is_refused(tmp_path: Path, text: str, code: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        load_config(written(tmp_path, text + SMALLEST))
    assert caught.value.code == code


def test_settings_in_the_credentials_folder_win_over_the_file(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    written(credentials, '[sam]\nexpected_number = "452001210001"\n', "onecard.toml")
    config = load_config(written(tmp_path, SMALLEST + "[sam]\nslot = 2\n"), credentials)
    assert (config.sam.slot, config.sam.expected_number) == (2, "452001210001")
    assert config.paths.credentials == credentials


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, SMALLEST.replace("bus-validator", "bus-validator-virtual")))
    assert config.reader.path == tmp_path / "reader.pty"
    assert config.paths.socket("sync") == tmp_path / "sockets" / "sync.sock"
    assert config.centre.ca_file == Path()


UNKNOWN_KEYS = {
    "a misspelt key names its nearest sibling": ("[tap]\ndebounce = 1", "`tap.debounce`", "`tap.debounce_ms`"),
    "a key in the wrong table names its place": ("[reader]\ntorn_window_s = 1", "`reader.torn_window_s`", "`tap.torn"),
    "an endless key is cut short": (f"[tap]\n{'k' * 9_000} = 1", "`tap.kkkk", "nearest"),
    "a misspelt table names its nearest": ("[jurnal]\nwarn_percent = 1", "`jurnal`", "`journal`"),
}


@pytest.mark.parametrize(("text", "named", "near"), UNKNOWN_KEYS.values(), ids=UNKNOWN_KEYS.keys())
def test_an_unknown_key_is_refused(tmp_path: Path, text: str, named: str, near: str) -> None:
    file = written(tmp_path, SMALLEST + text)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert caught.value.code == "CONFIG_KEY"
    for part in (str(file), named, near):
        assert part in str(caught.value)


WRONG_VALUES = {
    "text in place of a number": ('[tap]\ndebounce_ms = "fast"', "tap.debounce_ms"),
    "a boolean in place of a number": ("[tap]\ndebounce_ms = true", "tap.debounce_ms"),
    "a fraction in place of an integer": ("[sam]\nslot = 1.5", "sam.slot"),
    "a number above its range": ("[journal]\nwarn_percent = 100", "journal.warn_percent"),
    "a negative number": ("[tap]\ntorn_window_s = -1", "tap.torn_window_s"),
    "text in place of pins": ('[signals]\ngreen_pins = "P30"', "signals.green_pins"),
    "one wrong item of a list": ("[reader]\nother_bauds = [9600, 5]", "reader.other_bauds"),
    "a list in place of a table": ("centre = []", "centre"),
    "an address without a scheme": ('[centre]\nurl = "centre.example"', "centre.url"),
    "a PSAM number with too few digits": ('[sam]\nexpected_number = "4520"', "sam.expected_number"),
    "a path with a control character": ('[paths]\nstate = "a\\u0000b"', "paths.state"),
    "a version that is none": ('[reader]\nfirmware_from = "V1.6"', "reader.firmware_from"),
    "a SAM slot that the box does not have": ("[sam]\nslot = 3\nslots = [0, 1]", "sam.slot"),
    "a level that no SAM reader has": ('[sam]\nlevel = "t1"', "sam.level"),
    "two bounds that cross": ("[reader]\nreopen_ms_min = 9000", "reader.reopen_ms_min"),
}


@pytest.mark.parametrize(("text", "key"), WRONG_VALUES.values(), ids=WRONG_VALUES.keys())
def test_a_wrong_value_is_refused(tmp_path: Path, text: str, key: str) -> None:
    top, smallest = (text + "\n", SMALLEST) if text.startswith("centre =") else ("", SMALLEST + text)
    file = written(tmp_path, top + smallest)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert caught.value.code == "CONFIG_VALUE"
    assert str(file) in str(caught.value)
    assert f"`{key}`" in str(caught.value)


UNREADABLE = {
    "a broken line is told by line and column": (b'profile = "x"\nslot == 1\n', "line 2, column 7"),
    "bytes that are not UTF-8 are told by position": (b'profile = "\xff"\n', "byte 11"),
}


@pytest.mark.parametrize(("content", "where"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes, where: str) -> None:
    file = tmp_path / "terminal.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert caught.value.code == "CONFIG_UNREADABLE"
    assert str(file) in str(caught.value)
    assert where in str(caught.value)


def test_an_absent_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: No such file"):
        load_config(tmp_path / "absent.toml")


@pytest.mark.parametrize("missing", ["profile", "city", "operator"])
def test_a_missing_key_is_named(tmp_path: Path, missing: str) -> None:
    kept = "\n".join(line for line in SMALLEST.splitlines() if not line.startswith(missing))
    with pytest.raises(ConfigError, match=f"{missing}` is missing") as caught:
        load_config(written(tmp_path, kept))
    assert caught.value.code == "CONFIG_KEY"


NASTY = {
    "a date": "2026-06-01",
    "not a number": "nan",
    "infinity": "inf",
    "more than any integer": str(10**30),
    "a list of lists": "[[[]]]",
    "a table": "{ a = 1 }",
    "a huge text": '"' + "x" * 5_000 + '"',
    "a line break": '"a\\nb"',
    "an empty text": '""',
    "an empty list": "[]",
}


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY.keys())
def test_any_value_of_any_key_is_taken_or_refused_by_code(tmp_path: Path, value: str) -> None:
    for key in keys_of(TerminalConfig):
        file = written(tmp_path, f"{key.name} = {value}\n" + rest_of(key.name))
        refusal = refusal_of(file)
        assert refusal.partition(":")[0] in {"", "CONFIG_VALUE", "CONFIG_KEY", "PROFILE_UNKNOWN"}, key.name
        assert len(refusal) < 300 + len(str(file)), key.name


def refusal_of(file: Path) -> str:
    """Return the coded error of loading a file as text, empty where it loads."""
    try:
        load_config(file)
    except ConfigError as error:
        return str(error)
    return ""


def rest_of(name: str) -> str:
    """Return the smallest file, in dotted keys, without one of them."""
    smallest = {"profile": "bus-validator", "place.city": "4520", "place.operator": "books"}
    return "".join(f'{key} = "{value}"\n' for key, value in smallest.items() if key != name)


def test_every_key_stands_in_the_reference_with_its_type_default_and_allowed_values() -> None:
    reference = (Path(__file__).parents[2] / "firmware_profiles" / "CONFIG.md").read_text("utf-8")
    listed = [line.split(" | ")[:4] for line in reference.splitlines() if line.startswith("| `")]
    expected = [
        [f"| `{key.name}`", key.type, key.default if key.default == "required" else f"`{key.default}`", key.allowed]
        for key in keys_of(TerminalConfig)
    ]
    assert listed == [[*row[:3], row[3] or "any"] for row in expected]


def test_every_key_is_read_by_some_part_of_the_product() -> None:
    """A key that nobody reads would be a promise that nothing keeps."""
    text = "\n".join(path.read_text("utf-8") for path in product() if path.name != "config_values.py")
    unread = [key.name for key in keys_of(TerminalConfig) if f".{key.name.rpartition('.')[2]}" not in text]
    whole = [name for name in unread if name.startswith("journal.") and "asdict(config.journal)" in text]
    assert set(unread) == set(whole)
