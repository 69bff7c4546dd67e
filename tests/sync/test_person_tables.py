"""Rosters and debts as people write them: tokens come out, numbers never do, faults name line and column."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from edge.crypto.tokens import TokenKey
from edge.domain.card_number import CardNumber
from edge.domain.errors import ConfigError
from edge.domain.holder import Claim, Debt, HolderRecord
from edge.store.keyed_rows import DebtList, Roster
from edge.store.segment import Segment
from sync.artifact import new_header, read_list_body
from sync.central.artifacts import Publication
from sync.central.publications import read_publication
from sync.row_form import ROWS

KEY = TokenKey(1, b"\5" * 32)
PERSON, PURSE, BANK = "370200200001010017", "3104930499900000017", "6217990000000000017"

ROSTER = f"""holder,media,category,from,until,evidence,status
cid:{PERSON},tunion:{PURSE} unionpay:{BANK},elder60,2020-01-01,,SHD-1,
cid:{PERSON},,age=60,20200101,2030-12-31,SHD-1,

cid:370200200001010025,tunion:3104930499900000025,,,,,deceased
"""


def token(scheme: str, number: str) -> bytes:
    return KEY.token(scheme, CardNumber(number))


def mapped(publication: Publication, folder: Path) -> Segment:
    """Return a publication as an edition opens it."""
    (content,) = publication.files
    path = folder / "rows"
    path.write_bytes(content)
    manifest = read_list_body(publication.body)
    assert manifest is not None
    assert manifest.parts[0].sha256 == hashlib.sha256(content).digest()
    header = new_header(publication.kind, publication.name, 4, publication.body)
    return Segment(folder / "artifact", header, publication.body, manifest, {ROWS: path})


def test_a_roster_finds_its_holder_by_every_medium(tmp_path: Path) -> None:
    publication = read_publication(ROSTER, KEY)
    roster = Roster(mapped(publication, tmp_path))
    holder = token("cid", PERSON)
    expected = HolderRecord(
        holder, (Claim("elder60", "20200101", "", "SHD-1"), Claim("age=60", "20200101", "20301231", "SHD-1"))
    )
    assert [roster.find(one) for one in (holder, token("tunion", PURSE), token("unionpay", BANK))] == [expected] * 3
    late = roster.find(token("tunion", "3104930499900000025"))
    assert late is not None
    assert (late.claims, late.status) == ((), "deceased")
    roster.close()


def test_row_96_no_number_is_in_what_is_published() -> None:
    publication = read_publication(ROSTER, KEY)
    published = publication.body + b"".join(publication.files)
    assert not [number for number in (PERSON, PURSE, BANK) if number.encode() in published]


def test_the_same_rows_in_toml_are_the_same_list() -> None:
    media = f"tunion:{PURSE} unionpay:{BANK}"
    first = f'holder = "cid:{PERSON}", media = "{media}", category = "elder60", from = 2020-01-01, evidence = "SHD-1"'
    second = f'holder = "cid:{PERSON}", category = "age=60", from = 20200101, until = "2030-12-31", evidence = "SHD-1"'
    third = 'holder = "cid:370200200001010025", media = "tunion:3104930499900000025", status = "deceased"'
    text = f'# Claims, one in a row\nkind = "entitlements"\nrows = [{{ {first} }}, {{ {second} }}, {{ {third} }}]'
    assert read_publication(text, KEY) == read_publication(ROSTER, KEY)


def test_debts_of_one_medium_are_added_up(tmp_path: Path) -> None:
    medium = token("tunion", PURSE)
    text = f"""token,fen,since,reference
tunion:{PURSE},200,2026-06-02T08:00:00+08:00,bus-7/4/18
token:{medium.hex()},150,2026-06-01T08:00:00+08:00,bus-7/4/17
"""
    owed = DebtList(mapped(read_publication(text, KEY), tmp_path))
    assert owed.find(medium) == Debt(350, 1_780_272_000_000, "bus-7/4/17")
    owed.close()


HEAD = "holder,media,category,from,until,evidence,status\n"
FAULTS = {
    "a holder that is no scheme and number": (HEAD + f"{PERSON},,,,,,\n", "line 2, column holder"),
    "a medium that is none": (HEAD + f"cid:{PERSON},{PURSE},,,,,\n", "line 2, column media"),
    "a token that is too short": (HEAD + "token:0011aabb,,,,,,\n", "line 2, column holder"),
    "a day that is none": (HEAD + f"cid:{PERSON},,elder60,2026-02-30,,,\n", "line 2, column from"),
    "an end before the beginning": (HEAD + f"cid:{PERSON},,elder60,2026-02-02,2026-02-01,,\n", "line 2, column until"),
    "a fact that no claim states": (HEAD + f"cid:{PERSON},,balance_fen=1,2026-02-02,,,\n", "line 2, column category"),
    "an identity number as evidence": (HEAD + f"cid:{PERSON},,elder60,2026-02-02,,{PERSON},\n", "column evidence"),
    "an identity number as category": (HEAD + f"cid:{PERSON},,{PERSON},2026-02-02,,,\n", "column category"),
    "two statuses": (HEAD + f"cid:{PERSON},,,,,,deceased\ncid:{PERSON},,,,,,institution\n", "line 3, column status"),
    "a medium of two holders": (
        HEAD + f"cid:{PERSON},tunion:{PURSE},,,,,\ncid:370200200001010025,tunion:{PURSE},,,,,\n",
        "line 3, column media: a medium of the holder in line 2",
    ),
    "more cells than columns": (HEAD + f"cid:{PERSON},,,,,,,{PURSE}\n", "line 2: more cells than columns"),
    "a table without its heading": (f"cid:{PERSON},tunion:{PURSE},,,,,\n", "line 1"),
    "an unknown column": ("holder,name\n" + f"cid:{PERSON},x\n", "column 2 is unknown"),
    "an open quote": (HEAD + f'cid:{PERSON},"tunion:{PURSE},,,,,\n', "line 2"),
    "a debt of nothing": (f"token,fen,since,reference\ntunion:{PURSE},0,,\n", "line 2, column fen"),
    "a debt above every amount": (
        f"token,fen,since,reference\ntunion:{PURSE},4294967296,2026-06-01T08:00:00+08:00,x\n",
        "line 2, column fen",
    ),
    "an instant without an offset": (f"token,fen,since,reference\ntunion:{PURSE},1,2026-06-01,x\n", "column since"),
    "a row of TOML that is wrong": (
        f'kind = "debts"\nrows = [{{ token = "{PURSE}", fen = 1 }}]',
        "row 1, column token",
    ),
}


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_line_and_column_and_no_number(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_publication(text, KEY)
    assert told in str(caught.value)
    assert not [number for number in (PERSON, PURSE, BANK) if number in str(caught.value)]
