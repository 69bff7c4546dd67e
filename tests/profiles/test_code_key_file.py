"""Keys of code issuers in a file: read as they are printed, refused as soon as something is not exactly a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.code_key_file import FOREVER_MS, key_text, load_code_keys
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from edge.domain.errors import ConfigError

KEYS = (
    CodeKey("onecard", bytes(4), CodeAlgorithm.ED25519, bytes(32), "canteen", 0, FOREVER_MS),
    CodeKey("jtt1179", bytes(6), CodeAlgorithm.SM2, bytes(64), "root", 1_700_000_000_000, 1_800_000_000_000, test=True),
)
ROW = key_text(KEYS[:1])


def test_what_is_printed_is_read(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(key_text(KEYS), "utf-8")
    assert load_code_keys(file) == KEYS


WRONG = {
    "no TOML": ("[[key", "CONFIG_UNREADABLE"),
    "not UTF-8": (b"\xff", "CONFIG_UNREADABLE"),
    "another table": ("[other]\n", "CONFIG_UNREADABLE"),
    "a key that is no table": ("key = [1]\n", "KEY_UNUSABLE"),
    "one key that is no list": ("[key]\n", "CONFIG_UNREADABLE"),
    "a field too many": (ROW + "secret = 1\n", "KEY_UNUSABLE"),
    "a field too few": (ROW.replace('issuer = "canteen"\n', ""), "KEY_UNUSABLE"),
    "another algorithm": (ROW.replace("ed25519", "rsa"), "KEY_UNUSABLE"),
    "a public key of another length": (ROW.replace("00" * 32, "00" * 31), "KEY_UNUSABLE"),
    "a public key that is not hexadecimal": (ROW.replace("00" * 32, "zz"), "KEY_UNUSABLE"),
    "an id that is a number": (ROW.replace('id = "00000000"', "id = 1"), "KEY_UNUSABLE"),
    "an issuer that is a number": (ROW.replace('"canteen"', "7"), "KEY_UNUSABLE"),
    "a moment without its time zone": (ROW + "from = 2026-01-01T00:00:00\n", "KEY_UNUSABLE"),
    "a day": (ROW + "until = 2026-01-01\n", "KEY_UNUSABLE"),
}


@pytest.mark.parametrize(("content", "code"), WRONG.values(), ids=WRONG)
def test_is_refused(content: str | bytes, code: str, tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as refused:
        load_code_keys(file)
    assert refused.value.code == code


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load_code_keys(tmp_path / "absent.toml")
