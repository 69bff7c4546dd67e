"""The virtual GemCore reader answers its vectors byte for byte and keeps state per slot."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.card_time import CardTime
from drivers.virtual.device import Reply
from drivers.virtual.field import Hold, HoldPoint, Moment
from drivers.virtual.gemcore import INSERTED, REMOVED, SamCard, VirtualGemCore
from drivers.virtual.gemcore_frames import DAMAGED, lrc
from tests.drivers.virtual.edge_card import EdgeCard
from tests.drivers.virtual.terminal_side import vectors

PAIRS = vectors("readers/gemcore_pairs.json")["cases"]
CHALLENGES = ("36C9058E4B291108", "FC77AFB52906FA7A", "7F0B19A815568CC3")
FIRMWARE = bytes.fromhex("03066B010000000000000000026D")
SYNCHRONOUS = bytes.fromhex("03066B030000000001000000010101" + "6D")


def reader() -> VirtualGemCore:
    sams: dict[int, SamCard] = {slot: EdgeCard(challenge=bytes.fromhex(hex_)) for slot, hex_ in enumerate(CHALLENGES)}
    return VirtualGemCore(sams, card_time=CardTime(enabled=False))


def framed(body: str) -> bytes:
    covered = b"\x03\x06" + bytes.fromhex(body)
    return covered + bytes([lrc(covered)])


def said(replies: list[Reply]) -> list[bytes]:
    return [reply.outgoing for reply in replies]


def body(device: VirtualGemCore, message: str) -> str:
    """Send one body and return the answer's, its check verified."""
    (answer,) = said(device.receive(framed(message)))
    assert lrc(answer) == 0
    return answer[2:-1].hex()


def power_on(device: VirtualGemCore, slot: int) -> str:
    return body(device, f"6200000000{slot:02X}19010000")


@pytest.mark.parametrize("case", PAIRS, ids=[case["case"] for case in PAIRS])
def test_a_request_is_answered(case: dict[str, str]) -> None:
    device = reader()
    for request in case["first"]:
        device.receive(bytes.fromhex(request))
    assert said(device.receive(bytes.fromhex(case["request"]))) == [bytes.fromhex(case["answer"])]


@given(st.data())
def test_the_division_of_the_bytes_does_not_matter(draw: st.DataObject) -> None:
    stream = b"AT\r" + FIRMWARE + framed("65000000000002000000") + DAMAGED
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    device, answers = reader(), list[bytes]()
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        answers += said(device.receive(stream[start:end]))
    assert answers == said(reader().receive(stream))
    assert len(answers) == 3


@given(st.binary(max_size=300))
def test_no_bytes_can_end_the_reader(noise: bytes) -> None:
    device = reader()
    device.receive(noise)
    device.receive(bytes(300))
    assert said(device.receive(FIRMWARE))[-1].startswith(b"\x03\x06\x83")


@pytest.mark.parametrize("position", range(2, len(FIRMWARE)))
def test_a_flipped_bit_is_noticed(position: int) -> None:
    damaged = FIRMWARE[:position] + bytes([FIRMWARE[position] ^ 0x40]) + FIRMWARE[position + 1 :]
    answers = said(reader().receive(damaged + bytes(300)))
    assert not any(answer.startswith(b"\x03\x06") for answer in answers)
    assert DAMAGED in answers


def test_a_frame_behind_a_damaged_one_is_still_found() -> None:
    damaged = FIRMWARE[:-1] + b"\x00"
    answers = said(reader().receive(damaged + FIRMWARE))
    assert [answer[:3] for answer in answers] == [DAMAGED, b"\x03\x06\x83"]


def test_the_host_may_ask_for_the_last_answer_again() -> None:
    device = reader()
    answer = said(device.receive(FIRMWARE))
    assert said(device.receive(DAMAGED)) == answer


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        pytest.param("6F050000000107000000" + "0084000008", "8000000000010741fe00", id="a SAM without power is mute"),
        pytest.param("6F050000000307000000" + "0084000008", "8000000000030742fe00", id="an empty slot is mute"),
        pytest.param(
            "61050000000307000000" + "1100000A00", "8200000000030742fe00", id="an empty slot has no parameters"
        ),
        pytest.param("6C000000000107000000", "820500000001070100001100000a00", id="parameters are told"),
        pytest.param("63000000000307000000", "81000000000307020001", id="power off of an empty slot"),
        pytest.param("65000000000907000000", "81000000000907420500", id="a slot that does not exist"),
        pytest.param("77000000000107000000", "81000000000107410000", id="an unknown message"),
        pytest.param("6B000000000107000000", "83000000000107010000", id="an empty escape"),
    ],
)
def test_every_message_is_answered(message: str, answer: str) -> None:
    assert body(reader(), message) == answer


def test_parameters_are_those_of_the_start_after_power_on() -> None:
    device = reader()
    power_on(device, 1)
    assert body(device, "61050000000107000000" + "9500000A00").endswith("9500000a00")
    assert body(device, "6C000000000107000000").endswith("9500000a00")
    power_on(device, 1)
    assert body(device, "6C000000000107000000").endswith("1100000a00")


def test_slots_keep_their_own_state() -> None:
    device = reader()
    power_on(device, 1)
    states = [body(device, f"6500000000{slot:02X}07000000")[14:16] for slot in range(5)]
    assert states == ["01", "00", "01", "02", "02"]


def test_a_sam_that_falls_mute_says_nothing_until_it_speaks_again() -> None:
    device = reader()
    power_on(device, 1)
    device.set_mute(1, mute=True)
    assert body(device, "6F050000000107000000" + "0084000008") == "8000000000010740fe00"
    assert power_on(device, 1) == "8000000000011941fe00"
    device.set_mute(1, mute=False)
    assert power_on(device, 1).endswith("3b055053414d31")


def test_a_sam_pulled_out_is_absent_and_back_again() -> None:
    device = reader()
    power_on(device, 1)
    device.withdraw(1)
    assert power_on(device, 1) == "8000000000011942fe00"
    device.insert(1, EdgeCard())
    assert power_on(device, 1).endswith("3b055053414d31")


def test_a_reader_that_lost_power_has_to_power_its_sams_again() -> None:
    device = reader()
    power_on(device, 1)
    device.power_cycle()
    assert body(device, "65000000000107000000")[14:16] == "01"


def test_movement_in_the_main_slot_is_told_at_once_or_before_the_next_answer() -> None:
    device, later = reader(), list[Reply]()
    device.on_unsolicited = later.append
    device.withdraw(0)
    assert said(later) == [REMOVED]
    device.receive(SYNCHRONOUS)
    device.insert(0, EdgeCard())
    assert said(later) == [REMOVED]
    answers = said(device.receive(FIRMWARE))
    assert answers[0] == INSERTED
    assert len(answers) == 2


def test_a_slow_sam_asks_for_time_in_both_ways_before_its_answer() -> None:
    device = reader()
    power_on(device, 1)
    device.time_extensions, device.t0_requests = 1, 2
    answers = said(device.receive(framed("6F050000000107000000" + "0084000008")))
    assert [answer[2:12].hex() if len(answer) > 1 else answer.hex() for answer in answers] == [
        "80000000000107800100",
        "80",
        "80",
        "800a0000000107000000",
    ]


def test_sam_steps_are_timed_and_reported_without_bytes() -> None:
    events: list[Mapping[str, object]] = []
    device = VirtualGemCore({1: EdgeCard()}, report=events.append)
    (on,) = device.receive(framed("62000000000119010000"))
    (answered,) = device.receive(framed("6F050000000107000000" + "8070000000"))
    assert (on.delay_ms, answered.delay_ms) == (60.0, 25.0)
    assert events[-1] == {"event": "sam", "slot": 1, "step": "PSAM INIT FOR PURCHASE", "status": "6d00"}


@pytest.mark.parametrize(("point", "phase"), [(HoldPoint.BEFORE, "received"), (HoldPoint.AFTER, "held")])
def test_a_held_exchange_is_answered_only_when_released(point: HoldPoint, phase: str) -> None:
    events: list[Mapping[str, object]] = []
    later = list[Reply]()
    device = VirtualGemCore({1: EdgeCard()}, report=events.append)
    device.on_unsolicited = later.append
    device.receive(framed("62000000000119010000"))
    device.plan_hold(Hold(Moment(step="PSAM INIT FOR PURCHASE"), point))
    assert device.receive(framed("6F050000000107000000" + "8070000000")) == []
    executed = [event for event in events if "status" in event]
    assert (events[-1]["phase"], len(executed)) == (phase, point is HoldPoint.AFTER)
    device.release()
    device.release()
    assert [answer.outgoing[-3:-1].hex() for answer in later] == ["6d00"]
