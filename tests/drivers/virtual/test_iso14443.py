"""The block protocol of ISO/IEC 14443-4 from the card's side, block by block."""

from __future__ import annotations

import pytest

from drivers.virtual.card_time import CardTime
from drivers.virtual.field import Field, Outcome, Presentation
from drivers.virtual.iso14443 import Layer4
from tests.drivers.virtual.edge_card import EdgeCard

ATS = "067577810280"
SELECT = "00A4040008454447454341524400"
FCI = "6f0a840845444745434152449000"
LONG = "00B00000000200"


class Host:
    """Sends blocks as text and returns the card's, ``-`` for silence."""

    def __init__(self, rats: str = "E080") -> None:
        field = Field(card_time=CardTime(enabled=False))
        field.power(on=True)
        self.card = EdgeCard()
        self.field = field
        field.present(self.card)
        self.layer4 = Layer4(field, Presentation(self.card))
        self.outcomes: list[Outcome] = []
        if rats:
            self.say(rats)

    def say(self, block: str) -> str:
        self.layer4.receive(bytes.fromhex(block), self.outcomes.append)
        answer = self.outcomes[-1].answer
        return "-" if answer is None else answer.hex()


@pytest.mark.parametrize(
    ("talk"),
    [
        pytest.param([("02" + SELECT, "02" + FCI), ("03" + SELECT, "03" + FCI)], id="numbers toggle"),
        pytest.param([("B2", "a3"), ("02" + SELECT, "02" + FCI)], id="a presence check changes nothing"),
        pytest.param([("02" + SELECT, "02" + FCI), ("B2", "02" + FCI)], id="R(NAK) with its number repeats the block"),
        pytest.param([("02" + SELECT, "02" + FCI), ("B3", "a2")], id="R(NAK) with the next number is a presence check"),
        pytest.param([("12" + SELECT[:10], "a2"), ("03" + SELECT[10:], "03" + FCI)], id="the host chains"),
        pytest.param([("0A01" + SELECT, "0a01" + FCI)], id="a card number (CID) is echoed"),
        pytest.param([("0600" + SELECT, "02" + FCI)], id="a node address (NAD) is passed over"),
        pytest.param([("D01100", "d0"), ("02" + SELECT, "02" + FCI)], id="parameters are selected"),
        pytest.param([("C2", "c2"), ("02" + SELECT, "-")], id="a deselected card is silent"),
        pytest.param([("C2", "c2"), ("E080", ATS)], id="a deselected card wakes by RATS"),
        pytest.param([("A3", "a3")], id="R(ACK) with its number repeats what it has"),
        pytest.param([("A2", "-")], id="R(ACK) without a chain meets silence"),
        pytest.param([("F201", "-")], id="S(WTX) that was not asked for meets silence"),
        pytest.param([("40", "-")], id="no block at all meets silence"),
        pytest.param([("", "-")], id="nothing meets silence"),
    ],
)
def test_blocks_after_rats(talk: list[tuple[str, str]]) -> None:
    host = Host()
    assert [host.say(block) for block, _ in talk] == [answer for _, answer in talk]


@pytest.mark.parametrize("block", ["02" + SELECT, "B2", "E0", "5000"])
def test_a_card_before_rats_answers_rats_alone(block: str) -> None:
    host = Host(rats="")
    assert host.say(block) == "-"
    assert host.say("E080") == ATS


@pytest.mark.parametrize(("rats", "frame"), [("E000", 16), ("E050", 64), ("E080", 256), ("E0F0", 256)])
def test_a_long_answer_is_chained_in_the_hosts_frame_size(rats: str, frame: int) -> None:
    host = Host(rats)
    answer, number = host.say("02" + LONG), 0
    received = ""
    while answer.startswith(("12", "13")):
        assert len(answer) // 2 == frame - 2
        received += answer[2:]
        number ^= 1
        answer = host.say(f"A{2 + number:X}")
    received += answer[2:]
    assert bytes.fromhex(received) == bytes(range(256)) * 2 + b"\x90\x00"
    assert host.card.received == [bytes.fromhex(LONG)]


def test_a_part_of_a_chain_is_repeated_on_request() -> None:
    host = Host()
    first = host.say("02" + LONG)
    assert host.say("B2") == first
    assert host.say("A3") != first


def test_a_card_may_ask_for_time_and_answers_afterwards() -> None:
    host = Host()
    host.layer4.wtx_requests = 2
    assert host.say("02" + SELECT) == "f201"
    assert host.say("F201") == "f201"
    assert host.say("F201") == "02" + FCI


def test_a_card_that_has_gone_is_silent() -> None:
    host = Host()
    host.field.power(on=False)
    assert host.say("02" + SELECT) == "-"
