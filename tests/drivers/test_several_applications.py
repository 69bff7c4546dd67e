"""One card with several applications, and bank cards, on the whole line: reader protocol, chip, air and card."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from drivers.assembly import ReaderSetup, build_terminal_reader
from drivers.card_application import CardApplication
from drivers.cards.bankcard import Application as BankApplication
from drivers.cards.bankcard import BankCardSettings
from drivers.cards.epurse import PurseSettings
from drivers.cards.identity import IdentitySettings
from drivers.channel import ChannelSettings
from drivers.links.serial_port import SerialSettings
from drivers.registry import card_applications
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.card_spec import card_from
from drivers.virtual.field import Field, Moment, Tear
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.purse import PurseCard
from drivers.virtual.social_card import SocialCard
from edge.domain.debit import DebitProof
from edge.domain.errors import CardError, LocalProtocolError
from edge.domain.medium import (
    BankCardSnapshot,
    CardNumber,
    IdentitySnapshot,
    PurseSnapshot,
    Snapshot,
    UnknownSnapshot,
)
from edge.ports import Trouble
from tests.drivers.cards.bank_bench import bank_settings
from tests.drivers.reader_bench import EvenIds, on_virtual_time
from tests.drivers.terminal_bench import ORDER, TerminalBench, opened

CODE: Final = CardNumber("370200D156000005A1B2C3D4E5F60718")
PURSE_FIRST: Final = ("identity", "epurse", "bankcard")


def applications(
    *names: str, bank: BankCardSettings | None = None, skip_inactive: bool = False
) -> tuple[CardApplication, ...]:
    purse = PurseSettings(home_city="4520", skip_inactive=skip_inactive)
    settings = [purse, IdentitySettings(), bank or bank_settings()]
    return card_applications(names, settings)


async def read(description: str, *names: str, skip_inactive: bool = False) -> Snapshot:
    """Return what a terminal with these applications reads of a card."""
    bench = await opened(applications(*names, skip_inactive=skip_inactive))
    bench.field.present(card_from(description))
    return await (await bench.card()).snapshot()


PICKED: Final = {
    "the purse where it stands first": ("ssc:", ("epurse", "bankcard"), PurseSnapshot, None),
    "the bank card where it stands first": ("ssc:", ("bankcard", "epurse"), BankCardSnapshot, None),
    "the bank card of a card without a purse": (
        "ssc:has=bank+identity",
        ("epurse", "bankcard"),
        BankCardSnapshot,
        None,
    ),
    "the purse of a card without a bank card": ("epurse:", ("bankcard", "epurse"), PurseSnapshot, None),
    "the purse with the holder beside it": ("ssc:", PURSE_FIRST, PurseSnapshot, CODE),
    "the bank card with the holder beside it": ("ssc:has=bank+identity", PURSE_FIRST, BankCardSnapshot, CODE),
    "the holder, wherever identity is listed": ("ssc:", ("epurse", "identity"), PurseSnapshot, CODE),
    "no holder where identity is contact only": ("ssc:identity.contactless=0", PURSE_FIRST, PurseSnapshot, None),
    "no holder on a plain bank card": ("bank:", PURSE_FIRST, BankCardSnapshot, None),
    "an empty purse, never the bank card beside it": ("ssc:epurse.balance=0", PURSE_FIRST, PurseSnapshot, CODE),
    "an expired purse as well": ("ssc:epurse.end=20200101", PURSE_FIRST, PurseSnapshot, CODE),
    "a purse that was never enabled": ("ssc:epurse.enabled=0", PURSE_FIRST, PurseSnapshot, CODE),
}


@pytest.mark.parametrize(("card", "names", "kind", "holder"), PICKED.values(), ids=PICKED)
def test_the_terminal_picks(card: str, names: tuple[str, ...], kind: type[Snapshot], holder: CardNumber | None) -> None:
    medium = on_virtual_time(read(card, *names))
    assert isinstance(medium, kind)
    assert isinstance(medium, PurseSnapshot | BankCardSnapshot)
    assert medium.holder == holder


def test_identity_alone_is_itself_the_medium() -> None:
    medium = on_virtual_time(read("identity:", *PURSE_FIRST))
    assert isinstance(medium, IdentitySnapshot)
    assert medium.number == CODE


def test_a_card_with_nothing_that_is_served_is_unknown() -> None:
    assert isinstance(on_virtual_time(read("identity:contactless=0", *PURSE_FIRST)), UnknownSnapshot)


@pytest.mark.parametrize(
    ("card", "kind"),
    [
        pytest.param("ssc:epurse.enabled=0,epurse.start=00000000,epurse.end=00000000", BankCardSnapshot, id="inactive"),
        pytest.param("ssc:epurse.enabled=0", PurseSnapshot, id="not enabled, with dates: somebody switched it off"),
        pytest.param("ssc:epurse.balance=0", PurseSnapshot, id="empty"),
    ],
)
def test_a_purse_that_was_never_in_service_may_count_as_absent(card: str, kind: type[Snapshot]) -> None:
    assert isinstance(on_virtual_time(read(card, *PURSE_FIRST, skip_inactive=True)), kind)


def test_a_purse_with_a_bank_card_beside_it_is_debited_once_and_the_bank_card_not_started() -> None:
    async def scene() -> None:
        bench = await opened(applications(*PURSE_FIRST))
        card = card_from("ssc:epurse.balance=1000")
        assert isinstance(card, SocialCard)
        bench.field.present(card)
        session = await bench.card()
        await session.snapshot()
        assert isinstance(await session.debit(await session.prepare(ORDER)), DebitProof)
        assert card.purse is not None
        assert card.bank is not None
        assert card.purse.balance_fen == 800
        assert card.bank.taps == []

    on_virtual_time(scene())


def test_a_bank_card_beside_a_transit_card_is_trouble_and_neither_is_touched() -> None:
    async def scene() -> None:
        bench = await opened(applications(*PURSE_FIRST))
        bank, purse = BankCard(), PurseCard(1000)
        bench.field.present(purse)
        bench.field.present(bank)
        assert await bench.reader.next_card() is Trouble.TWO_CARDS
        assert (bank.taps, purse.balance_fen) == ([], 1000)

    on_virtual_time(scene())


async def bank_bench(settings: BankCardSettings, card: BankCard) -> TerminalBench:
    bench = await opened(applications("epurse", "bankcard", bank=settings))
    bench.field.present(card)
    return bench


@pytest.mark.parametrize("algorithm", ["rsa", "sm2"])
@pytest.mark.parametrize("method", ["fdda", "dda", "cda"])
def test_the_exact_amount_is_signed_while_the_card_stays(method: str, algorithm: str) -> None:
    async def scene() -> None:
        card = BankCard(BankPlan(method=method, algorithm=algorithm))
        bench = await bank_bench(bank_settings(exact=True), card)
        session = await bench.card()
        first = await session.snapshot()
        assert isinstance(first, BankCardSnapshot)
        assert (first.known.refusal, first.known.exact_due) == ("", True)
        exact = await session.authenticate(350)
        assert (exact.known.refusal, exact.known.exact_due) == ("", False)
        assert [each.counter for each in exact.known.rounds] == [23, 24]
        assert [each.amount_fen for each in exact.known.rounds] == [1, 350]

    on_virtual_time(scene())


def test_a_bank_card_cannot_be_debited_and_a_purse_signs_nothing() -> None:
    async def scene() -> None:
        bench = await bank_bench(bank_settings(), BankCard())
        session = await bench.card()
        await session.snapshot()
        with pytest.raises(LocalProtocolError, match="nothing can be debited from `bankcard`"):
            await session.prepare(ORDER)
        bench.field.remove()
        bench.field.present(PurseCard(1000))
        purse = await bench.card()
        await purse.snapshot()
        with pytest.raises(LocalProtocolError, match="`epurse` signs no amount"):
            await purse.authenticate(1)

    on_virtual_time(scene())


@pytest.mark.parametrize("apdu", range(1, 9))
def test_a_bank_card_torn_at_any_command_has_left(apdu: int) -> None:
    async def scene() -> None:
        bench = await bank_bench(bank_settings(), BankCard())
        bench.field.plan_tear(Tear(Moment(apdu=apdu)))
        session = await bench.card()
        with pytest.raises(CardError) as caught:
            await session.snapshot()
        assert caught.value.code == "CARD_LEFT"

    on_virtual_time(scene())


def test_a_signature_takes_the_time_of_the_card_time_model() -> None:
    async def took_ms(method: str) -> float:
        bench = await bank_bench(bank_settings(), BankCard(BankPlan(method=method)))
        session = await bench.card()
        start = asyncio.get_running_loop().time()
        await session.snapshot()
        return (asyncio.get_running_loop().time() - start) * 1000

    contactless, whole = on_virtual_time(took_ms("fdda")), on_virtual_time(took_ms("dda"))
    assert 120 < contactless < 330
    assert contactless + 50 < whole


@pytest.mark.line
async def test_a_bank_card_is_read_through_a_pty(tmp_path: Path) -> None:
    field = Field()
    reader = build_terminal_reader(
        ReaderSetup("pn532", SerialSettings(str(tmp_path / "reader")), channel=ChannelSettings(open_patience_ms=5000)),
        None,
        (BankApplication(bank_settings(exact=True)),),
        EvenIds(),
    )
    async with VirtualPort(VirtualPn532(field), tmp_path / "reader", baud=115_200):
        await reader.open()
        field.present(BankCard())
        session = await reader.next_card()
        assert not isinstance(session, Trouble)
        medium = await session.snapshot()
        assert isinstance(medium, BankCardSnapshot)
        assert medium.known.refusal == ""
        assert (await session.authenticate(200)).known.refusal == ""
        await reader.close()
