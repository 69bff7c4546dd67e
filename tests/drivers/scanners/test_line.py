"""Line mode: terminators, silence, and the set-up commands of two vendors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.scanners.line import MODELS, LineCodec
from drivers.scanning import ScannerSettings
from drivers.virtual.scanner_line import LineTongue
from edge.domain.errors import ConfigError
from tests.drivers.scanners.engine_side import (
    HONEYWELL,
    NEWLAND,
    after_silence,
    answers_in,
    carried,
    codes_in,
    events_of,
)

(MODEL,) = MODELS


@pytest.mark.parametrize(
    ("settings", "stream", "at_once", "after"),
    [
        pytest.param(ScannerSettings(), b"AB\rCD", [b"AB"], [b"CD"], id="silence ends what has no terminator"),
        pytest.param(ScannerSettings(), b"\r\rAB\r", [b"AB"], [], id="empty codes are none"),
        pytest.param(ScannerSettings(terminator=b"\r\n"), b"A\rB\r\n", [b"A\rB"], [], id="a terminator of two bytes"),
        pytest.param(ScannerSettings(terminator=b""), b"A\rB", [], [b"A\rB"], id="no terminator at all"),
        pytest.param(
            ScannerSettings(ends_by_silence=True),
            b"A\rB\r",
            [],
            [b"A\rB"],
            id="only silence ends a code, one is dropped",
        ),
        pytest.param(ScannerSettings(ends_by_silence=True), b"A\r\r", [], [b"A\r"], id="a code's own terminator stays"),
    ],
)
def test_codes_end(settings: ScannerSettings, stream: bytes, at_once: list[bytes], after: list[bytes]) -> None:
    codec = LineCodec(settings)
    codec.receive_data(stream)
    assert codes_in(events_of(codec)) == at_once
    assert codes_in(after_silence(codec)) == after


@pytest.mark.parametrize("settings", [NEWLAND, HONEYWELL], ids=["newland", "honeywell"])
def test_an_engine_that_knows_a_command_accepts_it_and_one_that_does_not_says_so(settings: ScannerSettings) -> None:
    codec, tongue = LineCodec(settings), LineTongue()
    for step, accepted in ((settings.setup[0], True), ("ZZZZZZ1", False)):
        (answer,) = tongue.heard(codec.command(step))
        assert answers_in(carried(codec, tongue, answer)) == [accepted]
    assert tongue.flash_writes == 0


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(replace(NEWLAND, setup_start=b"~\x010000@"), id="newland's store byte"),
        pytest.param(replace(HONEYWELL, setup_end=b"."), id="honeywell's full stop"),
        pytest.param(replace(HONEYWELL, setup_end=b"!;."), id="honeywell's full stop behind others"),
    ],
)
def test_a_set_up_that_would_wear_the_flash_is_refused(settings: ScannerSettings) -> None:
    with pytest.raises(ConfigError, match="flash"):
        LineCodec(settings)


@pytest.mark.parametrize(
    ("settings", "safe"),
    [
        (ScannerSettings(), False),
        (ScannerSettings(terminator=b""), True),
        (ScannerSettings(ends_by_silence=True), True),
    ],
)
def test_a_terminator_that_cuts_binary_codes_is_named(settings: ScannerSettings, *, safe: bool) -> None:
    assert (MODEL.unsafe(settings) == "") is safe
