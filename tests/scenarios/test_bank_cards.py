"""Bank cards on the whole line: one entry a tap, no number in any file, and no charge by surprise."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.cards.bankcard import BankCardSettings
from drivers.cards.epurse import PurseSettings
from drivers.cards.identity import IdentitySettings
from drivers.registry import card_applications
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_faults import FAULTS
from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.card_spec import card_from
from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from drivers.virtual.social_card import SocialCard
from edge.domain.entry import DeclinedTap, PaidTap
from edge.domain.medium import BankCardFacts, BankCardSnapshot, CardNumber
from edge.terminal.reading import told_of
from tests.drivers.cards.bank_bench import bank_settings
from tests.scenarios.tap_bench import FARE, IDENTITY, Bench, play, write_fare

pytestmark = pytest.mark.line

SERVED: Final = ("identity", "epurse", "bankcard")
PAN: Final = "6228000100001117"
CODE: Final = "370200D156000005A1B2C3D4E5F60718"
Scene = Callable[[Bench], Coroutine[Any, Any, None]]


def bank_line(folder: Path, scene: Scene, *, denied: tuple[bytes, ...] = (), **settings: Any) -> None:  # noqa: ANN401 - fields of the settings
    """Play a scene at a terminal that takes purses and bank cards at one flat fare."""
    write_fare(folder, denied=denied, also=["bank_card"])

    async def played() -> None:
        bench = Bench(folder)
        purse = PurseSettings(home_city="4520")
        bench.applications = card_applications(SERVED, [purse, IdentitySettings(), bank_line_settings(bench, settings)])
        async with bench:
            await scene(bench)

    play(played())


def bank_line_settings(bench: Bench, more: dict[str, Any]) -> BankCardSettings:
    def now() -> datetime:
        return datetime.fromtimestamp(bench.clock.wall_ms() / 1000, UTC) + timedelta(hours=8)

    return replace(bank_settings(**more), now=now)


def in_every_form(number: str) -> set[bytes]:
    """Return a number as text, as binary coded digits, and in base64 at each of its three offsets."""
    packed = bytes.fromhex(number)
    plain = {number.encode(), number.lower().encode(), packed}
    coded = {base64.b64encode(bytes(skip) + each)[2:-4] for each in plain for skip in range(3)}
    return plain | coded


def found_in(folder: Path, numbers: tuple[str, ...]) -> list[str]:
    """Return every file below a folder that holds one of these numbers."""
    wanted = {form for number in numbers for form in in_every_form(number)}
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(form in path.read_bytes() for form in wanted)]


def test_a_tap_is_one_entry_with_what_clearing_needs_and_without_the_number(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        outcome = await bench.ride(BankCard())
        assert (outcome.accepted, outcome.signal.fen) == (True, FARE)
        assert await bench.written() == ["tap"]
        (entry,) = await bench.entries()
        assert isinstance(entry.body, PaidTap)
        facts = entry.body.medium.bank_card
        assert isinstance(facts, BankCardFacts)
        assert (facts.counter, facts.method, facts.refusal) == (23, "fdda", "")
        assert bytes.fromhex("9F2608") in facts.field_55
        assert entry.body.token == IDENTITY.token("unionpay", CardNumber(PAN))

    bank_line(tmp_path, scene)
    assert found_in(tmp_path, (PAN,)) == []


@pytest.mark.parametrize("planted", sorted(in_every_form(PAN)))
def test_the_scan_for_numbers_finds_a_planted_one(tmp_path: Path, planted: bytes) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"\x00\x01" + planted + b"\xff")
    assert found_in(tmp_path, (PAN,)) == ["a.db"]
    file.unlink()  # the folder of a test of the line must be clean when it ends


@pytest.mark.parametrize("method", ["fdda", "dda", "cda"])
def test_where_the_exact_amount_is_wanted_it_is_signed_and_both_counters_are_kept(tmp_path: Path, method: str) -> None:
    async def scene(bench: Bench) -> None:
        assert (await bench.ride(BankCard(BankPlan(method=method)))).accepted
        (entry,) = await bench.entries()
        assert isinstance(entry.body, PaidTap)
        facts = entry.body.medium.bank_card
        assert facts is not None
        assert [(each.amount_fen, each.counter) for each in facts.rounds] == [(1, 23), (FARE, 24)]

    bank_line(tmp_path, scene, exact=True)


def test_a_card_that_leaves_before_the_exact_amount_pays_nothing(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        bench.field.plan_tear(Tear(Moment(apdu=14)))
        assert not (await bench.ride(BankCard())).accepted
        assert "tap" not in await bench.written()

    bank_line(tmp_path, scene, exact=True)


REFUSED: Final = {
    "a certificate that is over": ("card_expired", "expired", "card_certificate.expired"),
    "a signature over another amount": ("signature_wrong", "not_authentic", "dynamic_signature.hash"),
    "a card that declines by itself": ("declines", "card_refuses", "card_refuses"),
    "a card that wants a PIN": ("asks_pin", "holder_check", "pin"),
    "an application past its last day": ("application_expired", "expired", "expired"),
    "a card in another currency": ("foreign_currency", "foreign_currency", "0840"),
}


@pytest.mark.parametrize(("fault", "reason", "said"), REFUSED.values(), ids=REFUSED)
def test_a_refused_card_is_a_declined_entry_with_the_reason(tmp_path: Path, fault: str, reason: str, said: str) -> None:
    async def scene(bench: Bench) -> None:
        assert not (await bench.ride(BankCard(FAULTS[fault](BankPlan())))).accepted
        (entry,) = await bench.entries()
        assert isinstance(entry.body, DeclinedTap)
        assert (entry.body.reason, entry.body.explanation[-1].reason) == (reason, said)

    bank_line(tmp_path, scene)


def test_a_denied_bank_card_is_refused(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        assert (await bench.ride(BankCard())).signal.lamp == "red"
        assert await bench.written() == ["declined"]

    bank_line(tmp_path, scene, denied=(IDENTITY.token("unionpay", CardNumber(PAN)),))


def test_a_recorded_card_is_refused_by_its_counter(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        assert (await bench.ride(BankCard(BankPlan(counter=30)))).accepted
        await bench.pass_time(600)
        assert not (await bench.ride(BankCard(BankPlan(counter=29)))).accepted
        assert await bench.written() == ["tap", "declined"]

    bank_line(tmp_path, scene)


def several(description: str) -> tuple[SocialCard, PurseCard, BankCard]:
    card = card_from(description)
    assert isinstance(card, SocialCard)
    assert card.purse is not None
    assert card.bank is not None
    return card, card.purse, card.bank


def test_a_card_with_purse_and_bank_card_is_charged_once_from_the_purse(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card, purse, bank = several("ssc:epurse.balance=1000")
        assert (await bench.ride(card)).accepted
        assert (purse.balance_fen, bank.taps) == (1000 - FARE, [])
        assert await bench.written() == ["intent", "posted"]

    bank_line(tmp_path, scene)
    assert found_in(tmp_path, (PAN, CODE, "03104930499900000017")) == []


def test_an_empty_purse_is_refused_and_the_bank_card_beside_it_not_charged(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card, purse, bank = several("ssc:epurse.balance=0")
        assert not (await bench.ride(card)).accepted
        assert (purse.balance_fen, bank.taps) == (0, [])
        assert await bench.written() == ["declined"]

    bank_line(tmp_path, scene)


def test_a_bank_card_in_one_wallet_with_a_transit_card_is_not_charged(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        bank = BankCard()
        bench.field.present(PurseCard())
        assert (await bench.tap(bank)).signal.prompt == "one_card_only"
        assert (bank.taps, await bench.written()) == ([], [])

    bank_line(tmp_path, scene)


def test_a_technician_sees_a_bank_card_masked_and_nothing_is_charged(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        reading = asyncio.create_task(bench.supervisor.read_card(10_000))
        await asyncio.sleep(0.5)
        assert (await bench.ride(BankCard())).signal.prompt == "read_only"
        medium = await reading
        assert isinstance(medium, BankCardSnapshot)
        told = told_of(medium)
        assert (told["family"], told["number"]) == ("bank_card", "62280001****1117")
        assert (told["method"], told["refusal"], told["test_key"]) == ("fdda", "", True)
        assert PAN not in str(told)
        assert await bench.written() == []

    bank_line(tmp_path, scene)
