"""`onecard card decode FILE`: what a file says, held against what it expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from edge.cli.card_decode import decode_file, report, run_decode
from edge.domain.errors import CardError, ConfigError

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "cards" / "tunion.json"
PUBLIC_KEYS: Final = {"application_type": "app_type", "number": "pan19", "valid_from": "start", "valid_until": "end"}
LOG_KEYS: Final = {"sequence": "seq", "overdraft_fen": "overdraft", "kind": "type"}
TRIP_KEYS: Final = {"kind": "type", "balance_after_fen": "balance_fen"}
NUMBER: Final = "3104930499900000017"


def renamed(facts: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in facts.items()}


def dump_of(card: dict[str, Any]) -> dict[str, Any]:
    """Return a vector card in the form of a dump with its expectations."""
    read, says = card["read"], card["says"]
    fields = {"fci": "select_fci", "public_file": "file15", "log": "sfi18", "trips": "sfi1E"}
    dump: dict[str, Any] = {fields[part]: raw for part, raw in read.items() if part in fields}
    dump |= {f"balance_p1_{p1}": raw for p1, raw in read.get("balance", {}).items()}
    expected: dict[str, Any] = {key: says[key] for key in ("label", "preferred_name") if key in says}
    if "balance_fen" in says:
        expected["display_balance_fen"] = says["balance_fen"]
    if "public_file" in says:
        expected["file15"] = renamed(says["public_file"], PUBLIC_KEYS | {"custom": "fci_custom"})
    if "log" in says:
        expected["sfi18"] = [renamed(record, LOG_KEYS) for record in says["log"]]
    if "trips" in says:
        expected["sfi1E"] = [renamed(record, TRIP_KEYS) for record in says["trips"]]
    return {"name": card["name"], **dump, "expected": expected}


CARDS: Final[list[dict[str, Any]]] = [dump_of(card) for card in json.loads(VECTORS.read_text("utf-8"))["cards"]]
QINGDAO: Final = next(card for card in CARDS if card["name"] == "synthetic-qingdao")
TRANSCRIPT: Final = {
    "name": "transcript",
    "transcript": [
        ["80 5C 00 02 04", "00 00 0A C3 90 00"],
        ["00 B2 01 C4 00", "04 2D 00 00 00 00 00 01 F4 09 30 00 89 00 03 40 20 24 12 29 14 17 40 90 00"],
        ["00 B2 02 C4 00", "6A 83"],
    ],
    "expected": {"balance_fen": 2755, "sfi18": {"seq": 1069, "terminal": "300089000340"}},
}


def written(folder: Path, content: object) -> Path:
    file = folder / "cards.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


@pytest.mark.parametrize("card", CARDS, ids=lambda card: str(card["name"]))
def test_every_published_and_synthetic_purse_says_what_it_should(tmp_path: Path, card: dict[str, Any]) -> None:
    cards, differences = decode_file(written(tmp_path, card))
    assert (len(cards), differences) == (1, [])


FORMS = {
    "one card": (QINGDAO, 1),
    "a list of cards": ([QINGDAO, TRANSCRIPT], 2),
    "an object with cards": ({"cards": CARDS, "what": "words"}, len(CARDS)),
    "a transcript": (TRANSCRIPT, 1),
}


@pytest.mark.parametrize(("content", "count"), FORMS.values(), ids=FORMS)
def test_a_file_may_have_each_form(tmp_path: Path, content: object, count: int) -> None:
    cards, differences = decode_file(written(tmp_path, content))
    assert (len(cards), differences) == (count, [])


def test_validity_is_judged_on_the_day_of_the_checks(tmp_path: Path) -> None:
    public = QINGDAO["file15"]
    checks = {
        "today": "20441231",
        "accept": [{"name": "last day", "file15": public}],
        "refuse": [
            {"name": "type", "file15": public.replace("FF0201", "FF0101"), "reason": "application type is not 02"},
            {"name": "wrongly refused", "file15": public, "reason": "expired"},
        ],
    }
    cards, differences = decode_file(written(tmp_path, {"file15_checks": checks}))
    assert [card["validity"] for card in cards] == ["valid", "wrong_application", "valid"]
    assert differences == ["file15_checks wrongly refused: validity: expected expired, decoded valid"]


def with_expected(**changes: object) -> dict[str, Any]:
    return {**QINGDAO, "expected": {**QINGDAO["expected"], **changes}}


SECOND_WRONG: Final = [*QINGDAO["expected"]["sfi18"]]
SECOND_WRONG[1] = {**SECOND_WRONG[1], "amount_fen": 1}
DIFFERENCES = {
    "a balance": (with_expected(display_balance_fen=1), "display_balance_fen: expected 1, decoded 4600"),
    "a record": (with_expected(sfi18=SECOND_WRONG), "sfi18[1].amount_fen: expected 1, decoded 0"),
    "the number of records": (with_expected(sfi1E=[]), "sfi1E: expected 0 records, decoded 3 records"),
    "one record where there are three": (with_expected(sfi1E={"type": 4}), "sfi1E: expected one, decoded 3 records"),
    "a field of file 15": (with_expected(file15={"city": "2900"}), "file15.city: expected 2900, decoded 4520"),
    "a field of file 15 by itself": (with_expected(city="2900"), "file15.city: expected 2900, decoded 4520"),
    "a fact that nothing was decoded for": (with_expected(label="MOT"), "label: expected MOT, decoded None"),
    "a number, without showing it": (
        with_expected(file15={"pan19": "3104930499900000018"}),
        "file15.pan19: differs (--clear shows the numbers)",
    ),
}


@pytest.mark.parametrize(("card", "said"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_each_difference_is_named(tmp_path: Path, card: dict[str, Any], said: str) -> None:
    file = written(tmp_path, card)
    assert decode_file(file)[1] == [f"synthetic-qingdao: {said}"]
    assert run_decode(file, as_json=False, clear=False) == 1


def test_commentary_is_named_as_not_compared(tmp_path: Path) -> None:
    cards, differences = decode_file(written(tmp_path, with_expected(why="words", file15={"city": "4520", "note": 1})))
    assert (cards[0]["not_compared"], differences) == (["file15.note", "why"], [])


def test_numbers_are_masked_unless_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, QINGDAO)
    for as_json in (False, True):
        assert run_decode(file, as_json=as_json, clear=False) == 0
        assert NUMBER not in capsys.readouterr().out
    assert run_decode(file, as_json=True, clear=True) == 0
    assert json.loads(capsys.readouterr().out)["cards"][0]["file15"]["pan19"] == NUMBER


def test_the_report_ends_in_the_count(tmp_path: Path) -> None:
    assert report(*decode_file(written(tmp_path, CARDS)))[-1] == f"{len(CARDS)} cards, 0 differences"


UNREADABLE = {
    "no JSON": "{",
    "no object": '"text"',
    "no card": "{}",
    "an empty list": "[]",
    "a card that is no object": "[1]",
    "expected that is no object": {**QINGDAO, "expected": []},
    "a day that is none": {**QINGDAO, "today": "2025"},
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_of_another_kind_is_unreadable(tmp_path: Path, content: object) -> None:
    file = written(tmp_path, content)
    with pytest.raises(ConfigError):
        decode_file(file)
    assert run_decode(file, as_json=False, clear=False) == 2


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    assert run_decode(tmp_path / "absent.json", as_json=True, clear=False) == 2


MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "letters": ({"file15": "xyz"}, "file15: not hexadecimal"),
    "a number": ({"file15": 12}, "file15: not hexadecimal"),
    "a short file": ({"file15": QINGDAO["file15"][:-2]}, "29 bytes instead of 30"),
    "a short balance": ({"balance_p1_00": "00"}, "balance: 1 bytes instead of 4"),
    "a record that is no text": ({"sfi18": [None]}, "sfi18[0]: not hexadecimal"),
    "records that are no list": ({"sfi18": "00"}, "a list is expected"),
    "an answer without status word": ({"transcript": [["805C000204", "90"]]}, "without a status word"),
    "a pair of three": ({"transcript": [["80", "9000", "00"]]}, "a pair of command and answer"),
    "an answer to SELECT that is cut": ({"select_fci": "6F31"}, "runs past its container"),
}


@pytest.mark.parametrize(("card", "said"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_bytes_are_a_coded_error_that_names_the_card(tmp_path: Path, card: dict[str, Any], said: str) -> None:
    with pytest.raises(CardError) as refused:
        decode_file(written(tmp_path, {"cards": [{"name": "broken", **card}]}))
    assert refused.value.code == "CARD_MALFORMED"
    assert str(refused.value).startswith("CARD_MALFORMED: broken: ")
    assert said in str(refused.value)
