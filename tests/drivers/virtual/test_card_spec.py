"""A virtual card by description: every key does what it says, and a wrong one is named."""

from __future__ import annotations

import pytest

from drivers.virtual.card_spec import KEYS, card_from, purse_from
from drivers.virtual.entropy import seeded
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
