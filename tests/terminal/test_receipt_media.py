"""Receipts of every medium and kind of meal, through the till's own path: the same words for everybody."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.bank_card import BankCard
from edge.domain.entry import Intent
from edge.domain.holder import Claim
from edge.terminal.tap_loop import take_paid_tap
from edge.terminal.till.paper_words import WORDS_FILE
from tests.domain.canteen import RESIDENT
from tests.domain.media_samples import code_made
from tests.scenarios.tap_bench import play
from tests.terminal.receipt_bench import PrintedTill, at_printed_till
from tests.terminal.test_till_media import taking_bank_cards
from tests.terminal.till_bench import MEAL, elder, write_canteen

Pay = Callable[[PrintedTill], Awaitable[None]]


async def by_bank_card(till: PrintedTill) -> None:
    await till.bench.ask("offer", **MEAL)
    assert (await till.bench.ride(BankCard())).accepted


async def by_code(till: PrintedTill) -> None:
    line = till.bench.supervisor.line
    await till.bench.ask("offer", **MEAL)
    outcome = await take_paid_tap(line, None, line.tap(code_made(line.clock.wall_ms() - 5_000)), lambda _token: None)
    till.bench.desk.hear(outcome)


@pytest.mark.parametrize(
    ("pay", "paid"),
    [
        pytest.param(by_bank_card, "实付 (银行卡)            ￥15.00", id="a bank card"),
        pytest.param(by_code, "实付 (二维码)            ￥15.00", id="a code"),
    ],
)
def test_a_medium_without_a_write_has_its_receipt(pay: Pay, paid: str, tmp_path: Path) -> None:
    write_canteen(tmp_path)

    async def scene() -> None:
        bench = taking_bank_cards(tmp_path)
        async with bench:
            await bench.ask("shift.open")
            till = PrintedTill(bench)
            await till.begin()
            await pay(till)
            await till.idle()
            (sold,) = (await bench.ask("sales"))["sales"]
            await bench.ask("void", tap=sold["tap"], way="cash")
            await till.idle()
            await till.end()
            assert paid in till.slips[0]
            back = "清算前撤回" if pay is by_bank_card else "退"
            assert any(line.startswith("应退") and back in line for line in till.slips[1])

    play(scene())


MEALS: Final[Mapping[str, tuple[Mapping[str, object], Sequence[str]]]] = {
    "a meal that the relief pays whole": (
        {"unit_fen": 400},
        ["餐费 x1                   ￥4.00", "区补贴                   -￥4.00", "实付 (电子钱包)           ￥0.00"],
    ),
    "further meals at their list price": (
        {"unit_fen": 1000, "quantity": 3},
        ["餐费 x1                  ￥10.00", "加餐 x2                  ￥20.00", "实付 (电子钱包)          ￥26.00"],
    ),
    "a delivery": (
        {"unit_fen": 1000, "delivery_m": 900, "delivery_fen": 300},
        ["餐费 x1                  ￥10.00", "送餐费                    ￥3.00", "合计                     ￥13.00"],
    ),
    "a guest's meal": ({"unit_fen": 1000, "party": "guest"}, ["餐费 x1 (客人)           ￥10.00"]),
    "a staff meal": ({"unit_fen": 1000, "party": "staff"}, ["餐费 x1 (员工餐)         ￥10.00"]),
    "a menu that has no words": ({"menu": "set_b", "unit_fen": 0}, ["套餐 B x1                ￥18.00"]),
}


@pytest.mark.parametrize("name", sorted(MEALS))
def test_a_receipt_tells_the_whole_sale(name: str, tmp_path: Path) -> None:
    wish, expected = MEALS[name]

    async def scene(till: PrintedTill) -> None:
        assert (await till.bench.sell(elder(), **wish)).accepted
        await till.idle()
        (slip,) = till.slips
        assert [line for line in expected if line not in slip] == []
        assert payer_and_funders(slip) == list_price(slip)

    at_printed_till(tmp_path, scene)


AMOUNT: Final = re.compile(r"(-?)￥(\d+)\.(\d\d)$")


def fen(line: str) -> int:
    found = AMOUNT.search(line)
    assert found is not None
    return int(found[2] + found[3])


def list_price(slip: Sequence[str]) -> int:
    return sum(fen(line) for line in slip if line.startswith("合计"))


def payer_and_funders(slip: Sequence[str]) -> int:
    return sum(fen(line) for line in slip if line.startswith("实付") or "-￥" in line)


CATEGORIES: Final[Mapping[str, Sequence[Claim]]] = {
    "nobody's list": (),
    "an elder of this district": RESIDENT,
    "an elder with a care bed": (*RESIDENT, Claim("bed_contract", "20200101")),
    "an elder in hardship": (*RESIDENT, Claim("hardship", "20200101")),
}
WHY: Final = re.compile("岁|龄|老|残|贫|困|低保|特困|失能|床位|慈善")


def lines_of(claims: Sequence[Claim], folder: Path, **settings: str) -> list[str]:
    """Return the slip of an elder's meal, its figures blotted out."""
    found: list[str] = []

    async def scene(till: PrintedTill) -> None:
        assert (await till.bench.sell(elder())).accepted
        await till.idle()
        (slip,) = till.slips
        tokens = [entry.body.token.hex() for entry in await till.bench.entries() if isinstance(entry.body, Intent)]
        assert tokens
        assert not any(token[:8] in "".join(slip).lower() for token in tokens)
        found.extend(re.sub(r"[-￥0-9A-Z.: ]", "", line) for line in slip)

    at_printed_till(folder, scene, claims, **settings)
    return [line for line in found if not line.startswith("补贴待中心确认")]


def test_where_reliefs_are_one_sum_the_receipt_of_every_category_has_the_same_words(tmp_path: Path) -> None:
    slips = [lines_of(claims, tmp_path / name, reliefs="one_sum") for name, claims in CATEGORIES.items()]
    assert slips[1:] == slips[:-1]
    assert "优惠" in slips[0]


def test_where_funders_are_named_no_name_says_why_somebody_is_relieved(tmp_path: Path) -> None:
    slips = {name: lines_of(claims, tmp_path / name) for name, claims in CATEGORIES.items()}
    assert not any(WHY.search("".join(slip)) for slip in slips.values())
    assert "区补贴" in slips["an elder of this district"]
    assert "其他优惠" in slips["an elder with a care bed"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_that_a_receipt_can_hold_says_why(language: str) -> None:
    words = tomllib.loads(WORDS_FILE.read_text("utf-8"))
    said = " ".join(pair[language] for table in words.values() for pair in table.values())
    assert not WHY.search(said)
    assert not re.search(r"(?i)elder|old age|disab|poor|hardship|charit|\bbed\b", said)
