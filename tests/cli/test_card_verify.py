"""`onecard card verify FILE`: recordings that verify, that are refused, and that cannot be read."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.cli.card_recording import read_recording
from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_USAGE, main
from edge.domain.errors import ConfigError
from tests.drivers.oda.cards import CARDS, KEY_LIST, METHODS, NUMBER, Issued, Pair, pair, selection, text, tlv
from tests.drivers.oda.issuing import VECTORS
from tests.drivers.oda.published import CARD, opened, tap

PUBLISHED_KEYS: Final = VECTORS / "ca_keys.json"
SIGNED: Final = CARD["fdda"]["signed"]
SM2_SDA: Final = opened("sm2", tlv("80", "4000" + CARD["sm2"]["afl"]))

VERDICTS: Final[dict[str, tuple[list[Pair], str, list[str], int, str]]] = {
    "a tap": (tap(SIGNED["05"]), "2026-03-01", [], EXIT_FINE, "VERIFIED by FDDA under a published TEST key"),
    "a tap in the other format": (
        tap(SIGNED["95"]),
        "2026-03-01",
        ["--profile", "unionpay-test-95"],
        EXIT_FINE,
        "VERIFIED by FDDA",
    ),
    "a tap under the wrong profile": (
        tap(SIGNED["95"]),
        "2026-03-01",
        [],
        EXIT_FAULT,
        "REFUSED dynamic_signature.format",
    ),
    "a tap at a gate": (tap(SIGNED["05"]), "2026-03-01", ["--profile", "unionpay"], EXIT_FAULT, "REFUSED ca_key.test"),
    "a tap too late": (tap(SIGNED["05"]), "2031-01-01", [], EXIT_FAULT, "REFUSED issuer_certificate.expired"),
    "the SM2 card in its time": (SM2_SDA, "2020-06-01", [], EXIT_FINE, "VERIFIED by SDA"),
    "the SM2 card today": (SM2_SDA, "2026-03-01", [], EXIT_FAULT, "REFUSED issuer_certificate.expired"),
    "a card that only names itself": (selection(), "2026-03-01", [], EXIT_FAULT, "REFUSED exchange.missing"),
    "an answer that is no object": (
        [*selection(), pair("80A8000002830000", "77FF")],
        "2026-03-01",
        [],
        EXIT_FAULT,
        "REFUSED exchange.malformed",
    ),
}


def verify(folder: Path, recording: str, *options: str, keys: Path = PUBLISHED_KEYS) -> int:
    file = folder / "recording.txt"
    file.write_text(recording, "utf-8")
    return main(["card", "verify", str(file), "--capk", str(keys), *options])


@pytest.mark.parametrize(("pairs", "at", "options", "code", "said"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_is_printed_and_is_the_exit_code(
    pairs: list[Pair],
    at: str,
    options: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert verify(tmp_path, text(pairs), "--at", at, *options) == code
    printed = capsys.readouterr().out
    assert said in printed
    assert NUMBER not in printed


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_json_tells_every_method_step_by_step(card: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEY_LIST), "utf-8")
    for method, exchange in METHODS.items():
        assert verify(tmp_path, text(exchange(card)), "--at", "2026-03-01", "--json", keys=keys) == EXIT_FINE
        printed = capsys.readouterr().out
        (application,) = json.loads(printed)["applications"]
        assert (application["verified"], application["method"], application["reason"]) == (True, method, None)
        assert [step["step"] for step in application["steps"]][:4] == [
            "method",
            "records",
            "CA key",
            "issuer certificate",
        ]
        assert NUMBER not in printed


def test_every_application_that_was_started_must_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tap(SIGNED["05"]), tap(SIGNED["95"])
    assert verify(tmp_path, text([*good, *bad]), "--at", "2026-03-01", "--json") == EXIT_FAULT
    found = json.loads(capsys.readouterr().out)
    assert [application["verified"] for application in found["applications"]] == [True, False]
    assert found["verified"] is False


def test_the_keys_of_the_tool_itself_know_no_test_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "recording.txt"
    file.write_text(text(tap(SIGNED["05"])), "utf-8")
    assert main(["card", "verify", str(file)]) == EXIT_FAULT
    assert "REFUSED ca_key.unknown" in capsys.readouterr().out


UNREADABLE: Final = {
    "nothing": "",
    "comments alone": "# nothing was recorded\n",
    "a line of another kind": "ATR 3B00\n",
    "no hexadecimal": "> 00A4zz\n< 9000\n",
    "half a byte": "> 00A40\n< 9000\n",
    "an answer first": "< 9000\n",
    "two commands in a row": "> 00A404\n> 00A404\n",
    "a command without its answer": "> 00A40400\n",
    "an answer without a status": "> 00A40400\n< 90\n",
    "no application": "> 00B2010C00\n< 6A82\n",
}


@pytest.mark.parametrize("recording", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_of_another_kind_is_a_usage_error(
    recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, recording) == EXIT_USAGE
    assert capsys.readouterr().err.startswith("CONFIG_UNREADABLE: ")


BAD_KEYS: Final = {"no JSON": "{", "another form": "[]", "nesting without end": "[" * 100_000}


@pytest.mark.parametrize("content", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_list_of_another_kind_is_a_usage_error(content: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(content, "utf-8")
    assert verify(tmp_path, text(tap(SIGNED["05"])), keys=keys) == EXIT_USAGE


@pytest.mark.parametrize("word", [["--at", "2026-02-30"], ["--profile", "anything"]], ids=["day", "profile"])
def test_an_unknown_day_or_profile_is_a_usage_error(word: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        verify(tmp_path, text(tap(SIGNED["05"])), *word)
    assert left.value.code == EXIT_USAGE


def test_files_that_are_missing_too_large_or_no_text_are_coded_errors(tmp_path: Path) -> None:
    large, binary = tmp_path / "large", tmp_path / "binary"
    large.write_bytes(b"#" * 1_000_001)
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "absent", tmp_path, large, binary):
        with pytest.raises(ConfigError, match="CONFIG_UNREADABLE"):
            read_recording(path)


def test_what_get_response_fetched_belongs_to_the_command_before(tmp_path: Path) -> None:
    file = tmp_path / "recording.txt"
    file.write_text(
        "> 00A4 0400 02 A000  # asks\n< 61 03\n> 00C0000003\n< 6F01 6102\n\n> 00c0000002\n< aabb9000\n"
        "> 00C0000002\n< 6985\n",
        "utf-8",
    )
    joined = [(command.hex(), answer.body.hex(), answer.status) for command, answer in read_recording(file)]
    assert joined == [("00a4040002a000", "6f01aabb", 0x9000), ("00c0000002", "", 0x6985)]


def test_a_recording_of_chained_answers_verifies(tmp_path: Path) -> None:
    lines = []
    for command, answer in tap(SIGNED["05"]):
        rest = answer.body[5:]
        lines += [f"> {command.hex()}", f"< {answer.body[:5].hex()}61{len(rest) & 0xFF:02X}"]
        lines += [f"> 00C00000{len(rest) & 0xFF:02X}", f"< {rest.hex()}9000"]
    assert verify(tmp_path, "\n".join(lines), "--at", "2026-03-01") == EXIT_FINE


LINES: Final = st.sampled_from(text(tap(SIGNED["05"])).splitlines()) | st.text("><#0123456789ABCDEFxyz ", max_size=30)


@settings(max_examples=80, deadline=None)
@given(lines=st.lists(LINES, max_size=12))
def test_any_text_is_a_recording_or_a_coded_error(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.txt"
    file.write_text("\n".join(lines), "utf-8")
    with suppress(ConfigError):
        assert read_recording(file)
    assert main(["card", "verify", str(file), "--json"]) in {EXIT_FINE, EXIT_FAULT, EXIT_USAGE}
