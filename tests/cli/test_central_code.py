"""``onecard central code``: keys with owner rights, codes that terminals read, pictures that hold exactly them."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import segno

from drivers.code_scheme import CodeTrust
from drivers.scanners.codes.onecard import OnecardCode
from edge.cli.main import main
from edge.cli.qr_picture import QrPicture
from edge.code_key_file import load_code_keys
from edge.domain.media_code import CodeSnapshot
from tests.drivers.codes.trusting import trust_of

HOLDER = "00112233445566778899aabbccddeeff"
Capsys = pytest.CaptureFixture[str]


def said(capsys: Capsys, *words: str, code: int = 0) -> str:
    assert main(["central", "code", *words]) == code
    out, err = capsys.readouterr()
    return out if code == 0 else err


def key_made(folder: Path, capsys: Capsys, *words: str) -> tuple[Path, CodeTrust]:
    """Make a key; return its file and what terminals trust by the row that was printed."""
    private, rows = folder / "issuing.key", folder / "rows.toml"
    rows.write_text(said(capsys, "key", "new", str(private), "--issuer", "canteen", *words), "utf-8")
    return private, trust_of(load_code_keys(rows))


def issued(capsys: Capsys, key: Path, *words: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(said(capsys, "issue", "--key", str(key), "--json", *words))
    return facts


def read(trust: CodeTrust, facts: dict[str, Any]) -> CodeSnapshot:
    return OnecardCode(trust).read(facts["code"].encode())


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_a_key_is_the_owner_s_alone_and_its_codes_are_read_by_the_printed_row(
    algorithm: str, tmp_path: Path, capsys: Capsys
) -> None:
    key, trust = key_made(tmp_path, capsys, "--algorithm", algorithm)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    ticket = issued(capsys, key, "--account", "meal-7", "--valid", "2h", "--max-fen", "1500", "--rider", "senior")
    snapshot = read(trust, ticket)
    known = snapshot.known
    assert (known.refusal, known.issuer, snapshot.number.reveal()) == ("", "canteen", "meal-7")
    assert (known.amount_max_fen, known.rider, known.reusable) == (1500, "senior", False)
    assert known.valid_until_ms - known.valid_from_ms == 7_200_000
    identity = read(trust, issued(capsys, key, "--kind", "identity", "--holder", HOLDER)).known
    assert (identity.refusal, identity.holder.hex(), identity.reusable) == ("", HOLDER, True)


def test_two_codes_of_one_account_are_two_codes(tmp_path: Path, capsys: Capsys) -> None:
    key, trust = key_made(tmp_path, capsys)
    first, second = (read(trust, issued(capsys, key, "--account", "a")).known.code for _ in range(2))
    assert first != second


def test_a_code_may_begin_later(tmp_path: Path, capsys: Capsys) -> None:
    key, trust = key_made(tmp_path, capsys)
    known = read(
        trust, issued(capsys, key, "--account", "a", "--from", "2027-01-31T08:00+08:00", "--valid", "1d")
    ).known
    assert (known.valid_from_ms, known.valid_until_ms) == (1_801_353_600_000, 1_801_440_000_000)


def test_codes_of_a_test_key_are_refused_where_money_moves(tmp_path: Path, capsys: Capsys) -> None:
    key, trust = key_made(tmp_path, capsys, "--test")
    assert read(trust, issued(capsys, key, "--account", "a")).known.refusal == "root.unknown"


def test_a_code_is_shown_in_the_terminal_with_its_text_below(tmp_path: Path, capsys: Capsys) -> None:
    key, trust = key_made(tmp_path, capsys)
    lines = said(capsys, "issue", "--key", str(key), "--account", "a").splitlines()
    assert {"█", "▀", "▄", " "} >= set("".join(lines[:-1]))
    assert read(trust, {"code": lines[-1]}).known.refusal == ""


def test_a_picture_holds_the_code_in_the_dense_alphabet(tmp_path: Path, capsys: Capsys) -> None:
    key, _ = key_made(tmp_path, capsys)
    png, svg = tmp_path / "code.png", tmp_path / "code.SVG"
    facts = issued(capsys, key, "--account", "a", "--png", str(png), "--svg", str(svg))
    assert png.read_bytes().startswith(b"\x89PNG")
    again = tmp_path / "again.svg"
    QrPicture(facts["code"]).write(again)
    assert svg.read_bytes() == again.read_bytes()
    assert segno.make(facts["code"], error="m").mode == "alphanumeric"


WRONG = {
    "a key that is there already": (["key", "new", "issuing.key", "--issuer", "x"], "there is a key already"),
    "a key that is not there": (["issue", "--key", "absent", "--account", "a"], "No such file"),
    "another secret than a key for codes": (["issue", "--key", "other.key", "--account", "a"], "not a key for codes"),
    "an account with a space": (["issue", "--key", "issuing.key", "--account", "a b"], "no code can say this"),
    "a holder that is no token": (["issue", "--key", "issuing.key", "--holder", "xyz"], "hexadecimal"),
    "a holder token cut short": (["issue", "--key", "issuing.key", "--holder", "00"], "no code can say this"),
    "a negative amount": (
        ["issue", "--key", "issuing.key", "--account", "a", "--max-fen", "-1"],
        "no code can say this",
    ),
    "a picture of another kind": (
        ["issue", "--key", "issuing.key", "--account", "a", "--png", "x.gif"],
        ".png or .svg",
    ),
    "a picture in a folder that is not there": (
        ["issue", "--key", "issuing.key", "--account", "a", "--png", "absent/x.png"],
        "No such file",
    ),
}


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG)
def test_is_refused(
    words: list[str], told: str, tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key_made(tmp_path, capsys)
    (tmp_path / "other.key").write_bytes(bytes(33))
    (tmp_path / "other.key").chmod(0o600)
    assert told in said(capsys, *words, code=80)


@pytest.mark.parametrize("span", ["0h", "1", "1w", "-1h"])
def test_a_span_without_its_unit_is_a_usage_error(span: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["central", "code", "issue", "--key", str(tmp_path), "--account", "a", f"--valid={span}"])
    assert ended.value.code == 2
