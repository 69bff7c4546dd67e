"""Which firmware will do, and by which words another one is refused."""

from __future__ import annotations

import pytest

from drivers.firmware import ANY_FIRMWARE, FirmwareWanted

POS_PRO = "GemCorePOSPro-EMU V1.00"
GOOD = [
    pytest.param(ANY_FIRMWARE, "", id="whatever it is, where nothing is asked"),
    pytest.param(FirmwareWanted("PN532"), "PN532 1.6", id="the model alone"),
    pytest.param(FirmwareWanted("PN532", "1.4", "1"), "PN532 1.6", id="a version inside the range"),
    pytest.param(FirmwareWanted("PN532", "1.6", "1.6"), "PN532 1.6", id="both bounds are inside"),
    pytest.param(FirmwareWanted("PN532", last="1"), "PN532 1.12.3", id="a bound takes in all that it begins"),
    pytest.param(FirmwareWanted("GemCore", "1"), POS_PRO, id="a version behind more words"),
    pytest.param(FirmwareWanted("PN532", "1.9"), "PN532 1.10", id="ten is above nine"),
    pytest.param(FirmwareWanted(first="2"), "Reader 2.05", id="a version of whatever model"),
]
BAD = [
    pytest.param(FirmwareWanted("PN532"), "PN533 2.7", "wants 'PN532'", id="another model"),
    pytest.param(FirmwareWanted("PN532", "1.6"), "PN532 1.4", "wants 'PN532' from 1.6", id="too old"),
    pytest.param(FirmwareWanted("PN532", "1.4", "1"), "PN532 2.0", "wants 'PN532' from 1.4 to 1", id="too new"),
    pytest.param(FirmwareWanted("PN532", last="1.6"), "PN532 1.7", "wants 'PN532' to 1.6", id="a step too new"),
    pytest.param(FirmwareWanted("PN532", "1"), "PN532", "from 1", id="no version at all"),
    pytest.param(FirmwareWanted(first="2"), "Reader 1.9", "wants a version from 2", id="too old, of whatever model"),
    pytest.param(FirmwareWanted("ACR122S", "100"), "ACR122S 99", "from 100", id="the model's own number is no version"),
]


@pytest.mark.parametrize(("wanted", "found"), GOOD)
def test_will_do(wanted: FirmwareWanted, found: str) -> None:
    assert wanted.refusal(found) == ""


@pytest.mark.parametrize(("wanted", "found", "told"), BAD)
def test_is_refused_by_what_was_found(wanted: FirmwareWanted, found: str, told: str) -> None:
    assert wanted.is_asked
    assert wanted.refusal(found).startswith(f"found {found!r}, the profile ")
    assert told in wanted.refusal(found)
