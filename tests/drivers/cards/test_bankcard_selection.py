"""Which application of a bank card is taken, and what it is told of this terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pytest

from drivers.cards.bankcard import snapshot
from drivers.cards.bankcard.selection import served
from drivers.cards.bankcard.settings import AID_CREDIT, AID_DEBIT, AID_QUASI_CREDIT, TerminalQualifiers
from drivers.cards.bankcard.terminal_objects import answer_list, terminal_objects
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.emv_objects import template, tlv
from edge.domain.errors import CardError, CardRefused, LocalProtocolError
from edge.domain.medium import BankCardSnapshot, UnknownSnapshot
from tests.drivers.cards.bank_bench import NOW, Talk, bank_settings, tapped

SERVED: Final = (AID_DEBIT, AID_CREDIT, AID_QUASI_CREDIT)
PURSE: Final = bytes.fromhex("A000000632010105")
LONG: Final = AID_DEBIT + b"\x01\x02"


def entry(name: bytes, priority: str | None = None) -> bytes:
    return template("61", {"4F": name, **({} if priority is None else {"87": bytes.fromhex(priority)})})


def directory(*entries: bytes) -> bytes:
    return tlv("6F", tlv("A5", tlv("BF0C", b"".join(entries))))


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        pytest.param([entry(AID_DEBIT, "01"), entry(AID_CREDIT, "02")], [AID_DEBIT, AID_CREDIT], id="by priority"),
        pytest.param([entry(AID_CREDIT, "02"), entry(AID_DEBIT, "01")], [AID_DEBIT, AID_CREDIT], id="not by place"),
        pytest.param([entry(AID_CREDIT), entry(AID_DEBIT, "0F")], [AID_DEBIT, AID_CREDIT], id="no priority is last"),
        pytest.param([entry(AID_CREDIT, "00"), entry(AID_DEBIT)], [AID_CREDIT, AID_DEBIT], id="alike: as they stand"),
        pytest.param([entry(AID_CREDIT, "82")], [AID_CREDIT], id="the confirmation bit is no priority"),
        pytest.param([entry(PURSE, "01"), entry(AID_DEBIT, "02")], [AID_DEBIT], id="what is not served is left out"),
        pytest.param([entry(LONG, "01")], [LONG], id="a longer name of a served application"),
        pytest.param([entry(AID_DEBIT[:7], "01")], [], id="a shorter name is another application"),
        pytest.param([entry(AID_DEBIT + bytes(9), "01")], [], id="a name longer than any name"),
        pytest.param([entry(AID_DEBIT, "01"), entry(AID_DEBIT, "02")], [AID_DEBIT], id="the same twice"),
        pytest.param([template("61", {"50": b"PBOC"})], [], id="an entry without a name"),
        pytest.param([], [], id="an empty directory"),
    ],
)
def test_a_directory_names_the_candidates(listed: list[bytes], chosen: list[bytes]) -> None:
    assert list(served(directory(*listed), SERVED)) == chosen


def test_a_directory_without_end_is_cut_off() -> None:
    many = [entry(AID_DEBIT + bytes([number]), "01") for number in range(30)]
    assert len(served(directory(*many), SERVED)) == 8


@dataclass
class Stubborn:
    """A card that answers some commands in its own way, by their beginning in hexadecimal, and others as its like."""

    card: BankCard
    own: dict[str, str] = field(default_factory=dict)

    def process(self, apdu: bytes) -> bytes:
        for beginning, answer in self.own.items():
            if apdu.hex().upper().startswith(beginning):
                return bytes.fromhex(answer)
        return self.card.process(apdu)


SELECT_DIRECTORY: Final = "00A404000E325041592E"
SELECT_DEBIT: Final = "00A4040008A000000333010101"
GPO: Final = "80A8"


def held(own: dict[str, str], plan: BankPlan | None = None) -> tuple[Talk, BankCardSnapshot | UnknownSnapshot]:
    talk = Talk(Stubborn(BankCard(plan), own))
    return talk, talk.hold(snapshot(bank_settings()))


@pytest.mark.parametrize("refused", ["6A82", "6A81", "6D00", "6283"])
def test_without_a_directory_the_served_names_are_tried(refused: str) -> None:
    talk, medium = held({SELECT_DIRECTORY: refused}, BankPlan(aid="A000000333010103"))
    assert isinstance(medium, BankCardSnapshot)
    assert talk.instructions()[:4] == ["00A4"] * 4
    assert medium.known.application == "A000000333010103"


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({SELECT_DEBIT: "6A82"}, id="that cannot be selected"),
        pytest.param({SELECT_DEBIT: "6283"}, id="that was invalidated, beside one that was not"),
        pytest.param({SELECT_DIRECTORY: "6A82", SELECT_DEBIT: "6A81"}, id="that is locked, without a directory"),
    ],
)
def test_an_application_gives_way_to_the_next(own: dict[str, str]) -> None:
    both = directory(entry(AID_DEBIT, "01"), entry(AID_CREDIT, "02")).hex() + "9000"
    _, medium = held({SELECT_DIRECTORY: both, **own}, BankPlan(aid=AID_CREDIT.hex()))
    assert isinstance(medium, BankCardSnapshot)
    assert medium.known.application == "A000000333010102"


def test_an_application_that_does_not_start_gives_way_too() -> None:
    _, medium = held({GPO: "6985"})
    assert medium == UnknownSnapshot(("A000000333010101",))


@pytest.mark.parametrize("status", ["6283", "6A81", "9303"])
def test_a_locked_application_alone_is_told_by_its_status(status: str) -> None:
    with pytest.raises(CardRefused) as caught:
        held({SELECT_DEBIT: status})
    assert caught.value.status == int(status, 16)


def test_a_card_without_bank_applications_costs_one_command() -> None:
    talk, medium = held({SELECT_DIRECTORY: directory(entry(PURSE, "01")).hex() + "9000"})
    assert isinstance(medium, UnknownSnapshot)
    assert len(talk.commands) == 1


def test_a_card_that_selects_another_name_than_asked_is_malformed() -> None:
    other = tlv("6F", tlv("84", AID_CREDIT)).hex() + "9000"
    with pytest.raises(CardError, match="another application"):
        held({SELECT_DEBIT: other})


@pytest.mark.parametrize(
    ("aid", "announces", "ttq"),
    [
        pytest.param("A000000333010101", "", "61000080", id="a card that announces nothing"),
        pytest.param("A000000333010101", "82", "61000080", id="a card whose bit for online ODA is clear"),
        pytest.param("A000000333010101", "C2", "27800080", id="a debit card that can sign for an online tap"),
        pytest.param("A000000333010102", "40", "21800080", id="a credit card that can"),
        pytest.param("A000000333010103", "40", "21800080", id="a quasi-credit card that can"),
    ],
)
def test_the_terminals_qualifiers_follow_what_the_card_announces(aid: str, announces: str, ttq: str) -> None:
    card = BankCard(BankPlan(aid=aid, announces=announces))
    tapped(card)
    assert card.taps[0]["9F66"].hex() == ttq


def test_the_card_is_told_amount_date_and_a_fresh_number() -> None:
    card = BankCard()
    settings = bank_settings(nominal_fen=200, qualifiers=TerminalQualifiers(plain=bytes.fromhex("20000080")))
    for _ in range(2):
        tapped(card, settings)
    first, second = ({tag: value.hex().upper() for tag, value in sent.items()} for sent in card.taps)
    assert first == {
        "9F66": "20000080",
        "9F02": "000000000200",
        "9F03": "000000000000",
        "9F1A": "0156",
        "95": "0000000000",
        "5F2A": "0156",
        "9A": "260301",
        "9C": "00",
        "9F37": "A1B2C3D4",
        "DF69": "01",
    }
    assert second["9F37"] == "A1B2C3D5"


@pytest.mark.parametrize(
    ("dol", "answer"),
    [
        pytest.param("9F0204", "00000200", id="a shorter amount loses its left"),
        pytest.param("9F0208", "0000000000000200", id="a longer amount is filled on the left"),
        pytest.param("9F3306", "2008C8000000", id="other objects are filled on the right"),
        pytest.param("9F3301", "20", id="and cut on the right"),
        pytest.param("9F4005DF6001", "000000000000", id="what this terminal does not know is zeros"),
        pytest.param("9F2103", "093015", id="the time"),
        pytest.param("9F0200", "", id="nothing"),
        pytest.param("", "", id="an empty list"),
    ],
)
def test_a_list_is_answered_in_its_lengths(dol: str, answer: str) -> None:
    objects = terminal_objects(bank_settings(), bytes(4), 200)
    assert answer_list(bytes.fromhex(dol), objects).hex().upper() == answer


@pytest.mark.parametrize("dol", ["9F02" + "81FD", "9F0282FFFF" * 50, "9F02FF", "9F", "9F0206" * 100])
def test_a_list_that_no_command_can_answer_is_malformed(dol: str) -> None:
    with pytest.raises(CardError) as caught:
        answer_list(bytes.fromhex(dol), terminal_objects(bank_settings(), bytes(4), 1))
    assert caught.value.code == "CARD_MALFORMED"


@pytest.mark.parametrize("amount_fen", [-1, 10**12])
def test_an_amount_that_no_field_holds_never_reaches_a_card(amount_fen: int) -> None:
    with pytest.raises(LocalProtocolError):
        terminal_objects(bank_settings(), bytes(4), amount_fen)


def test_the_terminals_day_is_the_one_that_its_settings_give() -> None:
    assert terminal_objects(bank_settings(), bytes(4), 1)[0x9A].hex() == f"{NOW:%y%m%d}"
