"""The scan finds whatever is planted, in every form and wherever it lies; then a whole run is clean."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.privacy.__main__ import main
from tests.privacy.known import KNOWN
from tests.privacy.scan import Scan
from tests.privacy.secrets_of import Secret, forms_of

PURSE: Final = Secret("a purse", "3104930499900000101")
BANK_CARD: Final = Secret("a bank card", "6228000100002107")
HOLDER: Final = Secret("a holder", "张三丰")
SECRETS: Final = (PURSE, BANK_CARD, HOLDER)


def found_in(folder: Path) -> set[str]:
    """Return whose secrets are found."""
    return {finding.label for finding in Scan(SECRETS).folders([folder])}


WRITTEN: Final[dict[str, tuple[Secret, bytes]]] = {
    "a serial in a log line": (PURSE, b"card 3104930499900000101 read"),
    "a serial as file 0x15 has it": (PURSE, bytes.fromhex("02994520FFFFFFFF020103104930499900000101")),
    "a serial that begins at a nibble": (PURSE, bytes.fromhex("A3104930499900000101")),
    "the half of a serial that a PSAM is given": (PURSE, bytes.fromhex("4930499900000101")),
    "a number as track 2 has it": (BANK_CARD, bytes.fromhex("57116228000100002107D30122200000000001F0")[:-1]),
    "a number in JSON": (BANK_CARD, json.dumps({"pan": "6228000100002107"}).encode()),
    "a number in wide letters": (BANK_CARD, "6228000100002107".encode("utf-16-le")),
    "a number in the hexadecimal of its letters": (BANK_CARD, b"6228000100002107".hex().encode()),
    "a name in UTF-8": (HOLDER, "姓名：张三丰。".encode()),
    "a name in GBK": (HOLDER, "张三丰".encode("gbk")),
}


@pytest.mark.parametrize(("secret", "content"), WRITTEN.values(), ids=WRITTEN)
def test_a_planted_secret_is_found(tmp_path: Path, secret: Secret, content: bytes) -> None:
    (tmp_path / "planted").write_bytes(b"before" + content + b"after")
    assert found_in(tmp_path) == {secret.label}


@pytest.mark.parametrize("secret", SECRETS, ids=[secret.label for secret in SECRETS])
@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("packed", [False, True], ids=["as text", "packed"])
def test_radix_64_hides_nothing_at_any_alignment(tmp_path: Path, secret: Secret, before: int, packed: bool) -> None:  # noqa: FBT001 - a case
    if packed and secret is HOLDER:
        content = secret.text.encode("gbk")
    else:
        content = bytes.fromhex(secret.text.rjust(20, "0")[-20:]) if packed else secret.text.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        (tmp_path / "planted").write_bytes(b'{"entry": "' + encode(b"x" * before + content + b"rest") + b'"}')
        assert found_in(tmp_path) == {secret.label}


def in_gzip(path: Path, content: bytes) -> None:
    path.write_bytes(b"POST /batches HTTP/1.1\r\n\r\n" + gzip.compress(b"x" * 500 + content))


def in_a_cell(path: Path, content: bytes) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE entry (bytes BLOB)")
        database.execute("INSERT INTO entry VALUES (?)", (bytes(4_070) + content,))


def in_the_write_ahead_log(path: Path, content: bytes) -> None:
    """Copy database and log while they are open: the log alone holds the row."""
    source = path.with_name("open.db")
    with closing(sqlite3.connect(source)) as database:
        database.execute("PRAGMA journal_mode = WAL").fetchall()
        database.execute("CREATE TABLE entry (bytes BLOB)")
        database.execute("INSERT INTO entry VALUES (?)", (content,))
        database.commit()
        path.write_bytes(source.read_bytes())
        path.with_name(path.name + "-wal").write_bytes(source.with_name("open.db-wal").read_bytes())
    source.unlink()


def in_a_compressed_cell(path: Path, content: bytes) -> None:
    in_a_cell(path, gzip.compress(content))


PLACES: Final[dict[str, Callable[[Path, bytes], None]]] = {
    "a compressed packet": in_gzip,
    "a cell that lies on two pages": in_a_cell,
    "a write-ahead log": in_the_write_ahead_log,
    "a compressed cell": in_a_compressed_cell,
}


@pytest.mark.parametrize("plant", PLACES.values(), ids=PLACES)
def test_a_secret_is_found_in(tmp_path: Path, plant: Callable[[Path, bytes], None]) -> None:
    plant(tmp_path / "planted", bytes.fromhex("03104930499900000101"))
    assert found_in(tmp_path) == {PURSE.label}


def test_other_numbers_and_masked_ones_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "clean").write_bytes(b"3104930499900000102 31049304*******0101 62280001****2107 6228000100002115")
    assert found_in(tmp_path) == set()


def test_a_scan_of_nothing_is_no_clean_scan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to look at"):
        Scan(SECRETS).folders([tmp_path])


def test_every_known_card_has_forms_of_its_own() -> None:
    contents = [form.content for secret in KNOWN for form in forms_of(secret)]
    assert min(map(len, contents)) >= 6
    assert len(KNOWN) > 12


def test_the_command_names_what_it_finds_without_saying_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").write_text(f"card {KNOWN[0].text}")
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert KNOWN[0].label in told
    assert KNOWN[0].text not in told


LEAVING: Final = """
import pytest

@pytest.mark.line
@pytest.mark.parametrize("left", ["{clear}", "31049304*******0101"], ids=["clear", "masked"])
def test_leaves(tmp_path, left):
    (tmp_path / "terminal.log").write_text(f"card {{left}} read")
"""


def test_a_test_of_the_line_that_leaves_a_number_fails(tmp_path: Path) -> None:
    test = tmp_path / "test_planted.py"
    test.write_text(LEAVING.format(clear=KNOWN[0].text))
    options = ["-c", "pyproject.toml", "-p", "tests.privacy.everywhere", "-p", "no:cacheprovider", "-q"]
    command = [sys.executable, "-m", "pytest", *options, "--basetemp", str(tmp_path / "run"), str(test)]
    top = Path(__file__).parents[2]
    ended = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert f"terminal.log (bytes): {KNOWN[0].label}, text" in ended.stdout
    assert "2 passed, 1 error" in ended.stdout
