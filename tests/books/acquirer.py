"""A made-up acquirer and clearing house: reads clear files, checks what they need, and answers with a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

HEADER = "reference,result,fen,reason"


def rows_of(folder: Path, kind: str) -> Iterator[dict[str, str]]:
    """Yield the rows of all files of a kind."""
    for path in sorted(folder.glob(f"{kind}-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def acquirer_answers(folder: Path, *, short_of_money: set[str], capped_fen: int) -> list[str]:
    """Decline who has no money, pay at most so much, and accept the rest; a row without evidence is an error."""
    answers: list[str] = []
    for row in rows_of(folder, "bank"):
        assert row["number"].isdecimal()
        assert all((row["field_55"], row["atc"]))
        fen = int(row["fen"])
        if row["number"] in short_of_money:
            answers.append(f"{row['reference']},declined,0,51")
        elif fen > capped_fen:
            answers.append(f"{row['reference']},adjusted,{capped_fen},cap")
        else:
            answers.append(f"{row['reference']},accepted,{fen},")
    return answers


def clearing_house_answers(folder: Path, *, debited: set[str]) -> list[str]:
    """Accept purses whose TAC is there, and say of torn ones whether the card's later trades show the debit."""
    answers = []
    for row in rows_of(folder, "purse"):
        assert all((row["tac"], row["psam_number"], int(row["psam_sequence"])))
        answers.append(f"{row['reference']},accepted,{row['fen']},")
    for row in rows_of(folder, "torn"):
        settled = row["number"] in debited
        answers.append(f"{row['reference']},{'settled' if settled else 'voided'},{row['fen'] if settled else 0},")
    return answers


def table(answers: list[str]) -> str:
    """Return answers as the table that the centre takes in."""
    return "\n".join([HEADER, *answers]) + "\n"
