"""The PSAM's conversations, word for word."""

from __future__ import annotations

import pytest

from drivers.conversation import replay
from drivers.sams.psam import Mac1, Mac1Request, PsamFacts, PsamSettings, check_mac2, mac1, start
from edge.domain.errors import SamError

NUMBER = bytes.fromhex("452001210001")
FACTS = PsamFacts("sam:psam", NUMBER, 1)

READ_NUMBER = "00B0960006"
READ_KEY = "00B0970001"
SELECT_DF = "00A40000028011"
SOUND_START = [(READ_NUMBER, "4520012100019000"), (READ_KEY, "019000"), (SELECT_DF, "9000")]

Script = list[tuple[str, str]]


def as_bytes(script: Script) -> list[tuple[bytes, bytes]]:
    return [(bytes.fromhex(sent), bytes.fromhex(answer)) for sent, answer in script]


STARTS = {
    "number, key index, application": SOUND_START,
    "the answer to SELECT is fetched": [*SOUND_START[:2], (SELECT_DF, "6103"), ("00C0000003", "6F01009000")],
    "a longer key file names its length": [
        SOUND_START[0],
        (READ_KEY, "6C19"),
        ("00B0970019", "01" + "00" * 24 + "9000"),
        SOUND_START[2],
    ],
    "a key file inside the application is read there": [
        SOUND_START[0],
        (READ_KEY, "6A82"),
        SOUND_START[2],
        (READ_KEY, "019000"),
    ],
}


@pytest.mark.parametrize("script", STARTS.values(), ids=STARTS)
def test_a_sound_psam_starts(script: Script) -> None:
    assert replay(start(PsamSettings(expected=NUMBER)), as_bytes(script)) == FACTS


def test_another_application_is_selected_where_the_profile_names_it() -> None:
    script = as_bytes([*SOUND_START[:2], ("00A4000002DF01", "9000")])
    assert replay(start(PsamSettings(df=b"\xdf\x01")), script) == FACTS


FAILURES = {
    "another PSAM than the expected one is wrong": ([(READ_NUMBER, "4520012100029000")], "SAM_WRONG"),
    "a number of five bytes is wrong": ([(READ_NUMBER, "45200121009000")], "SAM_WRONG"),
    "a refused number is a status error": ([(READ_NUMBER, "6A82")], "SAM_STATUS"),
    "a locked application is locked": ([*SOUND_START[:2], (SELECT_DF, "6283")], "SAM_LOCKED"),
    "an unknown application is a status error": ([*SOUND_START[:2], (SELECT_DF, "6A82")], "SAM_STATUS"),
    "an empty key file is a status error": ([SOUND_START[0], (READ_KEY, "9000"), SOUND_START[2]], "SAM_STATUS"),
}


@pytest.mark.parametrize(("script", "code"), FAILURES.values(), ids=FAILURES)
def test_an_unsound_psam_is_a_coded_error(script: Script, code: str) -> None:
    with pytest.raises(SamError) as failed:
        replay(start(PsamSettings(expected=NUMBER)), as_bytes(script))
    assert failed.value.code == code


REQUEST = Mac1Request(
    random=bytes.fromhex("11223344"),
    counter=5,
    amount_fen=200,
    kind=9,
    time="20250601083512",
    key_version=1,
    algorithm=0,
    serial=bytes.fromhex("0493049990000001"),
    issuer=bytes.fromhex("02994520FFFFFFFF"),
)
COVERED = "112233440005000000C8092025060108351201000493049990000001"


def test_mac1_covers_the_tap_and_names_the_card() -> None:
    script = [("8070000024" + COVERED + "02994520FFFFFFFF", "6108"), ("00C0000008", "00000007AABBCCDD9000")]
    assert replay(mac1(FACTS, REQUEST), as_bytes(script)) == Mac1(7, bytes.fromhex("AABBCCDD"))


def test_an_older_psam_is_not_told_the_issuer() -> None:
    older = PsamFacts("sam:psam", NUMBER, 1, names_issuer=False)
    script = [("807000001C" + COVERED, "00000007AABBCCDD9000")]
    assert replay(mac1(older, REQUEST), as_bytes(script)).sequence == 7


@pytest.mark.parametrize(
    ("answer", "code"), [("6983", "SAM_LOCKED"), ("6985", "SAM_STATUS"), ("00000007AABB9000", "SAM_STATUS")]
)
def test_mac1_that_does_not_come_is_a_coded_error(answer: str, code: str) -> None:
    script = [("8070000024" + COVERED + "02994520FFFFFFFF", answer)]
    with pytest.raises(SamError) as failed:
        replay(mac1(FACTS, REQUEST), as_bytes(script))
    assert failed.value.code == code


@pytest.mark.parametrize(("answer", "genuine"), [("9000", True), ("9302", False), ("6988", False)])
def test_mac2_is_genuine_only_when_the_psam_says_so(answer: str, genuine: bool) -> None:  # noqa: FBT001 - a table's column
    assert replay(check_mac2(FACTS, b"\x01\x02\x03\x04"), as_bytes([("807200000401020304", answer)])) is genuine


@pytest.mark.parametrize(("answer", "code"), [("6985", "SAM_STATUS"), ("6983", "SAM_LOCKED")], ids=["lost", "locked"])
def test_a_psam_that_did_not_look_at_mac2_says_nothing_of_the_card(answer: str, code: str) -> None:
    with pytest.raises(SamError) as failed:
        replay(check_mac2(FACTS, b"\x01\x02\x03\x04"), as_bytes([("807200000401020304", answer)]))
    assert failed.value.code == code
