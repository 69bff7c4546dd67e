"""``onecard why`` of taps that a real tariff priced: its lines, its funders, and the decision made again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main
from edge.domain.charge import Charge, Line
from edge.domain.entry import DeclinedTap, Draft, Entry, Intent, PaidTap
from sync.wire import decode_entry
from tests.cli.terminal_folder import Folder, enrolled
from tests.scenarios.line_tariffs import funded, shipped
from tests.store.editions import CENTRE
from tests.tariff.hand_scenes import meals_by_hand
from tests.tariff.paper_line import PROVEN, PaperLine, purse

Capture = pytest.CaptureFixture[str]
Change = Callable[[Intent], Intent]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a terminal that is enrolled with the centre that signs the tests' editions."""
    made = enrolled(tmp_path)
    (made.state / "keys" / "centre.pub").write_bytes(CENTRE.public)
    return made


def played(folder: Folder, scene: Callable[[PaperLine], Any]) -> str:
    """Play a scene on the folder's journal and return the id of the tap that it returns an entry of."""

    async def whole() -> str:
        journal = await folder.open_journal()
        line = PaperLine(folder.state, journal)
        try:
            entry: Entry = await scene(line)
        finally:
            line.reference.close()
            await journal.close()
        return entry.tap_id.hex()

    return asyncio.run(whole())


async def transfer(line: PaperLine) -> Entry:
    """Ride and change buses."""
    line.install(1, [shipped("qd-bus")])
    await line.tap(purse())
    return await line.tap(purse())


async def shared(line: PaperLine) -> Entry:
    """Ride at a price that three funders share."""
    line.install(1, [funded()])
    return await line.tap(purse())


async def refused(line: PaperLine) -> Entry:
    """Ride for less than the list price, and tap again at once."""
    line.install(1, [funded_with_passback()])
    await line.tap(purse())
    return await line.tap(purse(), after_s=30)


def funded_with_passback() -> dict[str, Any]:
    passback = {"window_s": 60, "below_normal": "duplicate", "otherwise": "companion"}
    return {**funded(), "x_tap_policy": {"bus": {"mode": "in", "passback": passback}}}


def why(folder: Folder, tap: str, capsys: Capture, *words: str, code: int = 0) -> str:
    """Ask why, and return what was said."""
    assert main(["why", tap, "--config", str(folder.config), *words]) == code
    return capsys.readouterr().out


async def by_code(line: PaperLine) -> Entry:
    """Let a relative collect a meal by registered code, and try once more than the day allows."""
    await meals_by_hand(line)
    return next(entry for entry in await taps(line) if isinstance(entry.body, PaidTap))


async def above_the_count(line: PaperLine) -> Entry:
    """As above, and return the refusal."""
    await meals_by_hand(line)
    return next(entry for entry in await taps(line) if isinstance(entry.body, DeclinedTap))


async def taps(line: PaperLine) -> list[Entry]:
    return [decode_entry(packed) for packed in await line.journal.page(1, 10)]


SAME = "decided again under its edition, the same (edition "
SHOWN: dict[str, tuple[Callable[[PaperLine], Any], tuple[str, ...]]] = {
    "a transfer": (transfer, ("✓ bus_flat (list price) 1.00", "✓ bus_transfer (inside the transfer window) 1.00")),
    "three funders": (shared, ("list 2.00, surcharge 0.30, payer 1.30, district 0.60, bank 0.35, operator 0.05",)),
    "a meal by code": (
        by_code,
        (
            "registered code 9.00",
            "by hand: code_pin of a relative 6f6e652077686f20636f6c6c65637473, paid by account",
            "✓ 票价允许凭登记码用餐 · the tariff lets meals be taken by registered code",
        ),
    ),
    "one meal by code too many": (above_the_count, ("✗", "the person's meals by registered code today (2 of 2 today)")),
    "a repeated tap": (refused, ("✗", "not a second tap inside the passback window")),
}


@pytest.mark.parametrize(("scene", "lines"), SHOWN.values(), ids=SHOWN)
def test_why_shows_the_lines_of_the_tariff(
    scene: Callable[[PaperLine], Any], lines: tuple[str, ...], folder: Folder, capsys: Capture
) -> None:
    said = why(folder, played(folder, scene), capsys)
    assert [line for line in (*lines, SAME) if line not in said] == []


def changed(intent: Intent, **parts: Any) -> Intent:  # noqa: ANN401 - any field of the intent
    return replace(intent, **parts)


WRONG: dict[str, tuple[Change, str]] = {
    "a fare that no rule gives": (
        lambda intent: changed(
            intent, charge=Charge(90, 0, 90), debit=replace(intent.debit, amount_fen=90)
        ),
        "charge",
    ),
    "a line that nobody wrote": (
        lambda intent: changed(intent, explanation=(*intent.explanation, Line("made_up", True, "x", 1))),
        "explanation",
    ),
    "another version's name": (
        lambda intent: changed(intent, pricing=replace(intent.pricing, bundle="qd-bus-promo")),
        "pricing",
    ),
    "a state in which it was no transfer": (
        lambda intent: changed(intent, state=replace(intent.state, chain=None)),
        "charge, explanation, pricing",
    ),
    "a purse that would have been refused": (
        lambda intent: changed(intent, medium=replace(intent.medium, valid_until="20200101")),
        "decision",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "parts"), WRONG.values(), ids=WRONG)
def test_why_names_the_part_of_a_wrong_entry_that_differs(
    change: Change, parts: str, folder: Folder, capsys: Capture
) -> None:
    """The chain is sound: the terminal itself wrote down what its tariff does not say."""

    async def planted(line: PaperLine) -> Entry:
        sound = await transfer(line)
        assert isinstance(sound.body, Intent)
        tap_id = b"\xff" * 8
        body = change(sound.body)
        wrong = await line.journal.append(
            Draft(sound.kind, sound.time_ms, sound.quality, sound.edition, tap_id, 0, body)
        )
        end = Draft(PROVEN.KIND, sound.time_ms, sound.quality, sound.edition, tap_id, wrong.seq, PROVEN)
        await line.journal.append(end)
        return wrong

    tap = played(folder, planted)
    told = json.loads(why(folder, tap, capsys, "--json", code=1))
    (replayed,) = [part for part in told["compared"] if part["name"] == "decision_replayed"]
    assert (replayed["agrees"], replayed["figures"]) == (False, f"differs in {parts}")
    assert f"differs in {parts}" in why(folder, tap, capsys, code=1)


def test_why_names_a_refusal_that_the_tariff_does_not_give(folder: Folder, capsys: Capture) -> None:
    async def planted(line: PaperLine) -> Entry:
        sound = await refused(line)
        assert isinstance(sound.body, DeclinedTap)
        body = replace(sound.body, reason="expired")
        return await line.journal.append(
            Draft(sound.kind, sound.time_ms, sound.quality, sound.edition, b"\xff" * 8, 0, body)
        )

    assert "differs in reason" in why(folder, played(folder, planted), capsys, code=1)


def test_why_says_when_the_edition_is_gone(folder: Folder, capsys: Capture) -> None:
    tap = played(folder, shared)
    (folder.state / "editions" / "1").rename(folder.state / "elsewhere")
    said = why(folder, tap, capsys)
    assert "not compared: the decision: edition 1 is not on the device any more" in said
