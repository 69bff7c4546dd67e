"""Sound media that need no write, from which a test departs in one point. Numbers are invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from edge.domain.medium import (
    BankCardFacts,
    BankCardSnapshot,
    CardNumber,
    CardRound,
    CodeFacts,
    CodeSnapshot,
    IdentitySnapshot,
)
from tests.domain.samples import NOON_MS

MINUTE_MS: Final = 60_000

BANK_CARD: Final = BankCardFacts(
    application="A000000333010101",
    scheme="unionpay",
    method="fdda",
    refusal="",
    issuer_prefix="623091",
    valid_from="20240101",
    valid_until="20301231",
    rounds=(CardRound(1, 17, "ARQC"),),
    exact_due=False,
    cvr=bytes.fromhex("A00000"),
    tvr=bytes(5),
    tsi=bytes.fromhex("8000"),
    over_floor=False,
    holder_check="",
    offline_fen=None,
    by_test_key=False,
    field_55=bytes.fromhex("9F36020011"),
)
CODE: Final = CodeFacts(
    scheme="jtt1179",
    issuer="11112222",
    refusal="",
    code=bytes(range(16)),
    made_ms=NOON_MS - 5_000,
    valid_from_ms=NOON_MS - 5_000,
    valid_until_ms=NOON_MS + MINUTE_MS,
    amount_max_fen=3_000,
    local=True,
    evidence=b"signature",
)


def bank_card(number: int = 1, **facts: Any) -> BankCardSnapshot:  # noqa: ANN401 - any fact of the card
    """Return the sample bank card of holder ``number`` with some of its facts changed."""
    return BankCardSnapshot(CardNumber(f"62309100{number:08d}"), replace(BANK_CARD, **facts))


def signed(counter: int, *amounts_fen: int, kind: str = "ARQC") -> tuple[CardRound, ...]:
    """Return the rounds of a bank card whose counter stands at ``counter`` in the first."""
    return tuple(CardRound(fen, counter + at, kind) for at, fen in enumerate(amounts_fen or (1,)))


def code(number: int = 1, **facts: Any) -> CodeSnapshot:  # noqa: ANN401 - any fact of the code
    """Return the sample code of account ``number`` with some of its facts changed."""
    return CodeSnapshot(CardNumber(f"{number:016d}"), replace(CODE, **facts))


def code_made(made_ms: int, number: int = 1, **facts: Any) -> CodeSnapshot:  # noqa: ANN401 - any fact of the code
    """Return a fresh code made at a time and good for a minute; its id follows from both."""
    id_ = number.to_bytes(8, "big") + made_ms.to_bytes(8, "big")
    times = {"made_ms": made_ms, "valid_from_ms": made_ms, "valid_until_ms": made_ms + MINUTE_MS}
    return code(number, code=id_, **{**times, **facts})


def identity(number: int = 1, **facts: Any) -> IdentitySnapshot:  # noqa: ANN401 - any fact of the card
    """Return the sample identity of holder ``number``."""
    known = {"valid_from": "20200101", "valid_until": "20300101", **facts}
    return IdentitySnapshot(CardNumber(f"370200D156000005{number:016X}"), **known)
