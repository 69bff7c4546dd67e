"""Keys and MACs of the virtual purse against published examples alone."""

from __future__ import annotations

import pytest

from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_crypto import ALGORITHMS, PurseKeys, Sm4Assumed, TripleDes
from tests.drivers.virtual.terminal_side import SELECT_PURSE, vectors

VECTORS = vectors("cards/epurse_mac.json")


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def test_the_published_purchase_has_our_session_key_and_both_macs() -> None:
    case, des = VECTORS["purchase"], TripleDes()
    session = des.session_key(h(case["key"]), h(case["random"]), case["counter"], case["psam_sequence"])
    assert session == h(case["session_key"])
    assert des.mac(session, h(case["mac1_covers"])) == h(case["mac1"])
    assert des.mac(session, h(case["mac2_covers"])) == h(case["mac2"])


def test_the_published_load_has_our_session_key_and_both_macs() -> None:
    case, des = VECTORS["load"], TripleDes()
    session = des.load_session_key(h(case["key"]), h(case["random"]), case["counter"])
    assert session == h(case["session_key"])
    assert des.mac(session, h(case["mac1_covers"])) == h(case["mac1"])
    assert des.mac(session, h(case["mac2_covers"])) == h(case["mac2"])


def test_the_tac_follows_its_rule() -> None:
    case = VECTORS["tac"]
    assert TripleDes().tac(h(case["key"]), h(case["covers"])) == h(case["tac"])


def test_a_card_with_the_published_key_and_random_runs_the_published_purchase() -> None:
    case = VECTORS["purchase"]  # its balance of zero cannot pay; ours can
    keys = PurseKeys(h(case["key"]), h(VECTORS["tac"]["key"]), bytes(16))
    card = PurseCard(0x1000, keys=keys, random_bytes=lambda count: h(case["random"])[:count])
    card.process(SELECT_PURSE)
    answer = card.process(h(case["initialize"]))
    assert answer[4:15] == h(case["card_answer"])[4:15]
    time = h(case["mac1_covers"])[11:]
    debited = card.process(h("805401000F") + (1).to_bytes(4, "big") + time + h(case["mac1"]))
    assert debited[4:] == h(case["mac2"]) + b"\x90\x00"
    assert card.balance_fen == 0


@pytest.mark.parametrize("algorithm", [TripleDes(), Sm4Assumed()], ids=["triple DES", "SM4, assumed"])
def test_a_key_below_a_master_depends_on_issuer_and_serial(algorithm: TripleDes | Sm4Assumed) -> None:
    master = PurseKeys(bytes(16), bytes(16), bytes(16))
    keys = {master.below(algorithm, *factors).purchase for factors in ([b"a" * 8], [b"b" * 8], [b"a" * 8, b"b" * 8])}
    assert len(keys) == 3
    assert all(len(key) == 16 for key in keys)


def test_the_session_key_takes_the_low_half_of_the_terminal_sequence() -> None:
    keys = {sequence: TripleDes().session_key(bytes(16), bytes(4), 0, sequence) for sequence in (1, 0x101, 0x10001)}
    assert keys[1] == keys[0x10001]
    assert keys[1] != keys[0x101]


def test_every_algorithm_byte_has_its_algorithm() -> None:
    assert {code: type(algorithm).__name__ for code, algorithm in ALGORITHMS.items()} == {
        0x00: "TripleDes",
        0x01: "TripleDes",
        0x04: "Sm4Assumed",
    }


def test_keys_are_never_shown() -> None:
    assert "00" * 16 not in repr(PurseKeys(bytes(16), bytes(16), bytes(16)))
    assert "11223344" not in repr(Psam())
