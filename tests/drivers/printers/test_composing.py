"""Slips as bytes: what a printer with a Chinese font has to get, byte by byte, and what the library must not leave."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drivers.printers.composing import composer
from drivers.printers.settings import PrinterSettings
from edge.domain.slip import Slip, SlipLine

RESET = b"\x1b@"
NO_UNASKED_STATUS = b"\x1da\x00"


def bytes_of(text: str, **settings: object) -> bytes:
    """Return the bytes of a slip of one line, without those before and behind it."""
    composed = composer(PrinterSettings(**settings))(Slip((SlipLine(text),)))  # type: ignore[arg-type]  # any setting
    return composed.removeprefix(RESET + NO_UNASKED_STATUS + b"\x1c&").removesuffix(b"\x1bd\x04")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("15.00", "31352e30300a", id="digits"),
        pytest.param("餐费", "b2cdb7d10a", id="two common characters"),
        pytest.param("\uffe515.00", "a3a431352e30300a", id="the full-width yuan sign"),
        pytest.param("\u00a515.00", "a3a431352e30300a", id="the half-width sign, never as its four bytes"),
        pytest.param("元", "d4aa0a", id="the word yuan"),
        pytest.param("镕", "e9460a", id="a character of GBK that GB 2312 lacks"),
        pytest.param("㐂", "8139ef310a", id="a character of four bytes"),
        pytest.param("—", "a1aa0a", id="a dash"),
    ],
)
def test_text_goes_out_in_gb_18030(text: str, expected: str) -> None:
    assert bytes_of(text).hex() == expected


def test_an_amount_without_chinese_beside_it_keeps_its_sign() -> None:
    assert bytes_of("\uffe50.50") == b"\xa3\xa40.50\n"
    assert b"?" not in bytes_of("\uffe50.50")


def test_a_printer_of_two_bytes_gets_a_question_mark_for_what_it_lacks() -> None:
    assert bytes_of("㐂1", encoding="gbk") == b"?1\n"


def test_the_reset_comes_first_and_the_configured_selection_behind_it() -> None:
    composed = composer(PrinterSettings(select=b"\x1bt\x00\x1c&"))(Slip(()))
    assert composed.startswith(RESET + NO_UNASKED_STATUS + b"\x1bt\x00\x1c&")


@pytest.mark.parametrize(
    ("cut", "end"),
    [
        pytest.param("none", b"\x1bd\x04", id="fed to the tear bar"),
        pytest.param("full", b"\x1bd\x06\x1dV\x00", id="cut through"),
        pytest.param("part", b"\x1bd\x06\x1dV\x01", id="cut but for a point"),
    ],
)
def test_the_paper_ends_as_the_model_wants(cut: str, end: bytes) -> None:
    assert composer(PrinterSettings(cut=cut))(Slip((SlipLine("x"),))).endswith(b"x\n" + end)


def test_a_tall_line_is_tall_in_both_fonts_and_no_line_after_it_is() -> None:
    composed = composer(PrinterSettings())(Slip((SlipLine("餐", tall=True, strong=True), SlipLine("x"))))
    tall, normal = composed.index(b"\xb2\xcd\n"), composed.index(b"x\n")
    assert b"\x1b!\x10" in composed[:tall]
    assert b"\x1c!\x08" in composed[:tall]
    assert b"\x1bE\x01" in composed[:tall]
    assert all(off in composed[tall:normal] for off in (b"\x1b!\x00", b"\x1c!\x00", b"\x1bE\x00"))


def test_the_code_is_a_qr_code_that_the_printer_draws() -> None:
    composed = composer(PrinterSettings(square_dots=5))(Slip((), "7K2-9A-B3D9FQ1"))
    assert b"\x1d(k\x11\x001P07K2-9A-B3D9FQ1\x1d(k\x03\x001Q0" in composed
    assert b"\x1d(k\x03\x001C\x05" in composed
    assert b"(k" not in composer(PrinterSettings(square_dots=0))(Slip((), "7K2-9A-B3D9FQ1"))


def test_no_text_can_be_taken_for_a_question_to_the_printer() -> None:
    everything = "".join(map(chr, [*range(0x20, 0x7F), *range(0x4E00, 0x9FA6)]))
    assert b"\x10\x04" not in bytes_of(everything)


LOADED = """
import logging, sys, tempfile
from pathlib import Path
import edge.wiring_printer, edge.wiring_terminal
assert "escpos" not in sys.modules and "PIL" not in sys.modules
before, folder = list(logging.getLogger().handlers), tempfile.gettempdir()
from drivers.printers.composing import composer
from drivers.printers.settings import PrinterSettings
assert "escpos" not in sys.modules
composer(PrinterSettings())
assert "escpos" in sys.modules
assert logging.getLogger().handlers == before
assert tempfile.gettempdir() == folder
assert list(Path(folder).iterdir()) == [], list(Path(folder).iterdir())
"""


def test_the_library_is_loaded_for_a_printer_alone_and_leaves_no_trace(tmp_path: object) -> None:
    environment = {"TMPDIR": str(tmp_path), "PATH": ""}
    subprocess.run([sys.executable, "-c", LOADED], check=True, env=environment, timeout=60)


def test_a_printer_without_the_extra_is_said_plainly() -> None:
    lacking = """
import sys
sys.modules["escpos"] = None
from drivers.printers.composing import composer
from drivers.printers.settings import PrinterSettings
from edge.domain.errors import ConfigError
try:
    composer(PrinterSettings())
except ConfigError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", lacking], check=True, capture_output=True, text=True, timeout=60)
    assert "the extra `receipt` is not installed" in told.stdout
