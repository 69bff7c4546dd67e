"""Virtual boxes against the vectors of their protocols: each command is taken, and answered as the vectors say."""

from __future__ import annotations

import pytest

from drivers.virtual.acr1281s import VirtualAcr1281s
from drivers.virtual.acs import VirtualAcr122
from drivers.virtual.card_time import CardTime
from drivers.virtual.device import Reply, VirtualDevice
from drivers.virtual.field import Field
from drivers.virtual.twn4 import VirtualTwn4
from drivers.virtual.zlg import VirtualZlg
from tests.drivers.reader_vectors import Vector, load
from tests.drivers.virtual.edge_card import EdgeCard

CHALLENGE = bytes.fromhex("1122334455667788")
UID = bytes.fromhex("08A1B2C3")
BY_NAME = {vector.name: vector for name in ("acs", "twn4", "zlg") for vector in load(name)}
TAKEN = BY_NAME["status ok"].frame


def named(vector: Vector) -> str:
    return vector.name


def sam() -> EdgeCard:
    return EdgeCard(challenge=CHALLENGE)


def field(*, card: bool = True) -> Field:
    air = Field(card_time=CardTime(enabled=False))
    if card:
        air.present(EdgeCard(uid=UID))
    return air


def said(replies: list[Reply]) -> bytes:
    return b"".join(reply.outgoing for reply in replies)


def device_for(vector: Vector) -> VirtualDevice:
    if vector.name.startswith("acr1281s"):
        return VirtualAcr1281s(field(), {2: sam()})
    return VirtualAcr122(field(), {0: sam(), 1: sam(), 2: sam()}, model="acr122l")


ACS_COMMANDS = [vector for vector in load("acs") if vector.sender == "host" and vector.message]


@pytest.mark.parametrize("vector", ACS_COMMANDS, ids=named)
def test_a_command_of_the_vectors_is_taken_at_once_and_answered(vector: Vector) -> None:
    status, answer = device_for(vector).receive(vector.frame)
    assert status.outgoing[1:3] == bytes(2)
    assert (answer.outgoing[1] & 0xF0, answer.outgoing[7]) == (0x80, vector.sequence)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("sam get challenge", "sam get challenge answer"),
        ("picc release", "picc release answer"),
        ("picc field off", "picc field off answer"),
        ("acr1281s buzzer 50ms", "acr1281s buzzer answer"),
    ],
    ids=str,
)
def test_an_acs_reader_answers_as_the_vectors_say(command: str, answer: str) -> None:
    device: VirtualDevice = VirtualAcr122(field(), {0: sam()})
    if command.startswith("acr1281s"):
        device = VirtualAcr1281s(field(), {})
    device.receive(BY_NAME["sam power on"].frame)
    assert said(device.receive(BY_NAME[command].frame)) == TAKEN + BY_NAME[answer].frame


def test_lamps_are_answered_with_their_state_after_the_signal() -> None:
    device = VirtualAcr122(field(), {})
    device.lamps = 0b10
    status, answer = device.receive(BY_NAME["led buzzer red blink"].frame)
    assert (status.outgoing, answer.outgoing) == (TAKEN, BY_NAME["led buzzer answer"].frame)
    assert answer.delay_ms == 3000


def test_a_damaged_frame_gets_its_status_and_nothing_else() -> None:
    damaged = bytearray(BY_NAME["sam power on"].frame)
    damaged[-2] ^= 1
    assert said(VirtualAcr122(field(), {0: sam()}).receive(bytes(damaged))) == BY_NAME["status checksum error"].frame


def test_the_last_answer_is_repeated_when_the_host_asks() -> None:
    device = VirtualAcr122(field(), {0: sam()})
    _, answer = device.receive(BY_NAME["sam power on"].frame)
    assert said(device.receive(BY_NAME["host nak"].frame)) == answer.outgoing


@pytest.mark.parametrize("mode", ["ascii", "binary"])
@pytest.mark.parametrize("there", [True, False], ids=["found", "none"])
def test_a_twn4_answers_a_search_as_the_vectors_say(mode: str, *, there: bool) -> None:
    device = VirtualTwn4(field(card=there), {}, binary=mode == "binary")
    answer = said(device.receive(BY_NAME[f"{mode} search tag"].frame))
    assert answer == BY_NAME[f"{mode} search tag {'found' if there else 'none'}"].frame


@pytest.mark.parametrize(
    "command", ["new psam get challenge", "new picc a activate", "new device info", "old psam get challenge"]
)
def test_a_zlg_answers_as_the_vectors_say(command: str) -> None:
    old = command.startswith("old")
    device = VirtualZlg(field(), {0: sam()}, old=old)
    device.receive(BY_NAME[f"{'old' if old else 'new'} psam cold reset"].frame)
    answer = said(device.receive(BY_NAME[command].frame))
    vector = BY_NAME.get(f"{command} answer")
    if vector is not None:
        assert answer == vector.frame
    else:
        assert (CHALLENGE + b"\x90\x00" if "challenge" in command else b"ZLG600A") in answer


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("command", ["sam power on", "binary search tag", "ascii search tag", "new device info"])
def test_the_division_of_the_bytes_does_not_matter(command: str, size: int) -> None:
    def device() -> VirtualDevice:
        if command == "sam power on":
            return VirtualAcr122(field(), {0: sam()})
        return VirtualZlg(field(), {}) if command.startswith("new") else VirtualTwn4(field(), {}, binary="b" in command)

    stream = b"AT\r" + BY_NAME[command].frame
    whole, cut = device(), device()
    pieces = b"".join(said(cut.receive(stream[at : at + size])) for at in range(0, len(stream), size))
    assert pieces == said(whole.receive(stream))
    assert pieces
