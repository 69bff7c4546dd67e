"""A virtual card by description: every key does what it says, and a wrong one is named."""

from __future__ import annotations

import pytest

from drivers.virtual.card_spec import KEYS, card_from, purse_from
from drivers.virtual.entropy import seeded
from drivers.virtual.orders import card_state
from drivers.virtual.purse import PurseCard
from edge.domain.errors import ConfigError
from tests.drivers.virtual.terminal_side import initialize, selected, send

FILE15 = "00B095001E"


@pytest.mark.parametrize(
    ("description", "command", "part"),
    [
        pytest.param("epurse:balance=4600", "805C030204", "000011f8", id="balance"),
        pytest.param("epurse:city=2900", FILE15, "02992900ffffffff", id="city"),
        pytest.param("epurse:serial=3104930499900000025", FILE15, "03104930499900000025", id="serial"),
        pytest.param("epurse:interop=0", "00B097003C", "0000015645004520" + "0000", id="interop"),
        pytest.param("epurse:start=20250601", FILE15, "20250601", id="start"),
        pytest.param("epurse:end=FFFFFFFF", FILE15, "ffffffff0000", id="end"),
        pytest.param("epurse:seq=513", initialize(1).hex(), "000013880201", id="seq"),
        pytest.param("epurse:issuer=0231375000000000", FILE15, "0231375000000000", id="issuer"),
        pytest.param("epurse:overdraft=500", "805C010204", "000001f4", id="overdraft"),
        pytest.param("epurse:enabled=0", FILE15, "0200" + "0310", id="enabled"),
        pytest.param("epurse:type=01", FILE15, "ffffffff01", id="type"),
        pytest.param("epurse:algorithm=04", initialize(1).hex(), "0000000104", id="algorithm"),
        pytest.param("epurse:habit=top_bit", "805C000204", "80001388", id="habit"),
        pytest.param("epurse:unlike=file15", FILE15, "0001" + "9000", id="unlike"),
    ],
)
def test_a_key_shows_on_the_card(description: str, command: str, part: str) -> None:
    assert part in send(selected(purse_from(description)), command)


SELECT_BANK = "00A4040008A00000033301010100"
SELECT_IDENTITY = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00"
GPO = "80A8000024832261000080" + "000000000001" + "00" * 6 + "0156" + "00" * 5 + "0156" + "260301" + "00A1B2C3D401"


@pytest.mark.parametrize(
    ("description", "commands", "part"),
    [
        pytest.param("bank:number=6228000100001125", [SELECT_BANK, "00B2011C00"], "6228000100001125", id="number"),
        pytest.param("bank:expires=301130", [SELECT_BANK, "00B2011C00"], "5f2403301130", id="expires"),
        pytest.param("bank:effective=210101", [SELECT_BANK, "00B2011C00"], "5f2503210101", id="effective"),
        pytest.param("bank:atc=511", [SELECT_BANK, GPO], "9f36020200", id="atc"),
        pytest.param("bank:sequence=02", [SELECT_BANK, GPO], "5f340102", id="sequence"),
        pytest.param("bank:qualifiers=8000", [SELECT_BANK, GPO], "9f6c028000", id="qualifiers"),
        pytest.param("bank:announces=40", [SELECT_BANK], "df610140", id="announces"),
        pytest.param("bank:aid=A000000333010102", ["00A4040008A00000033301010200"], "a000000333010102", id="aid"),
        pytest.param("bank:method=cda", [SELECT_BANK, GPO], "800a7100", id="method"),
        pytest.param("bank:unlike=declines", [SELECT_BANK, GPO], "9f1008070101038000", id="unlike"),
        pytest.param("identity:code=" + "AB" * 16, [SELECT_IDENTITY, "00B2012C12"], "ab" * 16, id="code"),
        pytest.param("identity:until=20300101", [SELECT_IDENTITY, "00B2062C06"], "20300101", id="until"),
        pytest.param("identity:contactless=0", [SELECT_IDENTITY], "6a82", id="contact alone"),
        pytest.param("ssc:", ["00A404000E325041592E5359532E444446303100"], "a000000333010101", id="one directory"),
        pytest.param(
            "ssc:epurse.balance=7", ["00A4040008A000000632010105", "805C030204"], "00000007", id="a purse's key"
        ),
        pytest.param("ssc:bank.atc=511", [SELECT_BANK, GPO], "9f36020200", id="a bank card's key"),
        pytest.param("ssc:has=epurse", [SELECT_BANK], "6a82", id="what it has not"),
    ],
)
def test_a_key_shows_on_other_cards(description: str, commands: list[str], part: str) -> None:
    card = card_from(description)
    answers = [card.process(bytes.fromhex(command)).hex() for command in commands]
    assert part in answers[-1]


def test_a_card_with_several_applications_keeps_one_selected_and_tells_the_state_of_each() -> None:
    card = card_from("ssc:epurse.balance=7")
    assert card.process(bytes.fromhex(SELECT_BANK)).hex().endswith("9000")
    assert card.process(bytes.fromhex("805C030204")).hex() == "6d00"
    state = card_state(card)
    assert state["epurse"] == {"balance_fen": 7, "counter": 0, "debits": []}
    assert (state["bank"], state["identity"]) == ({"counter": 22, "taps": 0}, {"asked": []})


def test_several_keys_and_the_uid() -> None:
    card = purse_from("epurse:balance=1,uid=01020304050607,seq=9")
    assert (card.balance_fen, card.uid, card.counter) == (1, bytes(range(1, 8)), 9)


@pytest.mark.parametrize(
    ("description", "code", "said"),
    [
        ("bankcard:", "CONFIG_VALUE", "epurse, bank, identity, ssc"),
        ("bank:numbr=1", "CONFIG_KEY", "number"),
        ("bank:number=1", "CONFIG_VALUE", "number"),
        ("bank:algorithm=dsa", "CONFIG_VALUE", "algorithm"),
        ("bank:unlike=everything", "CONFIG_VALUE", "unlike"),
        ("bank:atc=65535", "CONFIG_VALUE", "atc"),
        ("bank:algorithm=sm2,unlike=card_weak", "CONFIG_VALUE", "SM2 has no card_weak"),
        ("bank:chain=published,number=6228000100001125", "CONFIG_VALUE", "6228000100001117 alone"),
        ("bank:chain=published,unlike=card_expired", "CONFIG_VALUE", "nobody can make card_expired"),
        ("identity:code=12", "CONFIG_VALUE", "code"),
        ("ssc:balance=5", "CONFIG_KEY", "epurse.balance"),
        ("ssc:has=epurse+purse", "CONFIG_VALUE", "has"),
        ("ssc:epurse.balance=lots", "CONFIG_VALUE", "balance"),
        ("epurse:balence=5", "CONFIG_KEY", "balance"),
        ("epurse:zzz=5", "CONFIG_KEY", KEYS[0]),
        ("epurse:balance", "CONFIG_KEY", "balance"),
        ("epurse:balance=lots", "CONFIG_VALUE", "balance"),
        ("epurse:city=45", "CONFIG_VALUE", "city"),
        ("epurse:start=2025", "CONFIG_VALUE", "start"),
        ("epurse:interop=yes", "CONFIG_VALUE", "interop"),
        ("epurse:issuer=0299", "CONFIG_VALUE", "issuer"),
        ("epurse:unlike=ours", "CONFIG_VALUE", "unlike"),
        ("epurse:algorithm=77", "CONFIG_VALUE", "algorithm"),
    ],
)
def test_a_wrong_description_is_refused_by_name(description: str, code: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        card_from(description)
    assert refused.value.code == code


def test_the_same_seed_draws_the_same_bytes_and_another_other_ones() -> None:
    draws = [seeded(seed) for seed in (b"a", b"a", b"b")]
    first, again, other = ([draw(4), draw(40)] for draw in draws)
    assert first == again != other
    assert len(first[1]) == 40


def test_two_cards_with_one_serial_draw_alike() -> None:
    assert send(selected(PurseCard()), "0084000008") == send(selected(PurseCard()), "0084000008")
