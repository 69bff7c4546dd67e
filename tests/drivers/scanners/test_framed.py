"""The vectors of GM65 and Zebra SSI, both directions, and what damage does to their frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.framing import ResendAsked
from drivers.registry import scanner_model
from drivers.scanners import gm65, zebra_ssi
from drivers.scanning import Answered, ScanCodec, Scanned, ScannerSettings
from drivers.virtual.scanner import TONGUES
from drivers.virtual.scanner_gm65 import Gm65Tongue
from drivers.virtual.scanner_ssi import SsiTongue, packet
from edge.domain.errors import ConfigError
from tests.drivers.scanners.engine_side import after_silence, answers_in, carried, codes_in, damages_in, events_of

FOLDER: Final = Path(__file__).parents[2] / "vectors" / "readers"
PROTOCOLS: Final = ("gm65", "zebra_ssi")
ROWS: Final = [
    pytest.param(protocol, row, id=f"{protocol}: {row['name']}")
    for protocol in PROTOCOLS
    for row in json.loads((FOLDER / f"{protocol}.json").read_text("utf-8"))["vectors"]
]


def built(protocol: str) -> ScanCodec:
    return scanner_model(protocol).build(ScannerSettings())


@pytest.mark.parametrize(("protocol", "row"), ROWS)
def test_vector(protocol: str, row: dict[str, Any]) -> None:
    codec, frame = built(protocol), bytes.fromhex(row["frame"])
    match row["kind"]:
        case "trigger":
            assert codec.trigger() == frame
        case "command":
            assert codec.command(row["step"]) == frame
            assert len(TONGUES[protocol]().heard(frame)) == 1
        case "heard":
            tongue = TONGUES[protocol]()
            assert len(tongue.heard(frame)) == 1
            assert tongue.triggers == 1
        case "refused":
            assert gm65.encode(bytes.fromhex(row["step"])) == frame
            with pytest.raises(ConfigError, match="flash"):
                codec.command(row["step"])
        case "owed":
            codec.receive_data(bytes.fromhex(row["after"]))
            assert codec.bytes_to_send() == frame
        case "answer":
            codec.command("E900" if protocol == "zebra_ssi" else "07002A02")
            codec.receive_data(frame)
            assert events_of(codec) == [Answered(row.get("accepted", True), bytes.fromhex(row.get("body", "")))]
        case "resend":
            codec.command("E900")
            codec.receive_data(frame)
            assert events_of(codec) == [ResendAsked()]
        case "codes":
            codec.receive_data(bytes.fromhex(row.get("before", "")) + frame)
            assert events_of(codec) == [Scanned(bytes.fromhex(code)) for code in row["codes"]]


@pytest.mark.parametrize(("protocol", "row"), ROWS)
def test_vector_byte_by_byte_after_noise(protocol: str, row: dict[str, Any]) -> None:
    if row["sender"] != "engine" or row["kind"] != "codes":
        assert len(bytes.fromhex(row["frame"])) >= 6
        return
    codec = built(protocol)
    for byte in b"AT\r\n\xff\x00\x7e" + bytes.fromhex(row.get("before", "")) + bytes.fromhex(row["frame"]):
        codec.receive_data(bytes((byte,)))
    assert codes_in(events_of(codec) + after_silence(codec)) == [bytes.fromhex(code) for code in row["codes"]]


def test_no_flipped_bit_of_an_ssi_packet_makes_another_code() -> None:
    """A flip in length, opcode, source, status or content; where the sum still fits, the content is the same."""
    frame = SsiTongue().spoken(b"ONECARD1")
    for bit in range(8 * len(frame)):
        flipped = bytearray(frame)
        flipped[bit // 8] ^= 1 << bit % 8
        codec = zebra_ssi.SsiCodec(ScannerSettings())
        codec.receive_data(bytes(flipped))
        assert codes_in(events_of(codec) + after_silence(codec)) == [], bit
        codec.receive_data(frame)
        assert codes_in(events_of(codec)) == [b"ONECARD1"], bit


def test_no_flipped_bit_of_a_gm65_answer_is_accepted() -> None:
    tongue = Gm65Tongue()
    (answer,) = tongue.heard(gm65.encode(bytes.fromhex("07002A02")))
    for bit in range(8 * len(answer)):
        flipped = bytearray(answer)
        flipped[bit // 8] ^= 1 << bit % 8
        codec = gm65.Gm65Codec(ScannerSettings())
        codec.command("07002A02")
        codec.receive_data(bytes(flipped))
        assert answers_in(events_of(codec) + after_silence(codec)) == [], bit


def test_a_damaged_gm65_answer_is_damage_and_no_code() -> None:
    codec = gm65.Gm65Codec(ScannerSettings())
    codec.command("07002A02")
    codec.receive_data(bytes.fromhex("020000023901C14D"))
    events = events_of(codec) + after_silence(codec)
    assert (damages_in(events), codes_in(events)) == (1, [])


def test_a_gm65_answer_that_nobody_awaits_any_more_is_no_code() -> None:
    codec = gm65.Gm65Codec(ScannerSettings(ends_by_silence=True))
    codec.receive_data(bytes.fromhex("02000001003331"))
    assert events_of(codec) + after_silence(codec) == []
    assert codec.counters.strangers == 1


def test_a_terminator_inside_a_gm65_answer_does_not_cut_it() -> None:
    codec, tongue = gm65.Gm65Codec(ScannerSettings()), Gm65Tongue()
    tongue.zones |= {0x40: 0x0D, 0x41: 0x02}
    (answer,) = tongue.heard(codec.command("07004002"))
    assert carried(codec, tongue, answer) == [Answered(accepted=True, body=b"\x0d\x02")]


@pytest.mark.parametrize("cause", [2, 6, 10])
def test_an_ssi_engine_that_denies_a_command_refuses_it(cause: int) -> None:
    codec = zebra_ssi.SsiCodec(ScannerSettings())
    codec.command("C600FFEE01")
    codec.receive_data(packet(0xD1, 0, bytes([cause])))
    assert answers_in(events_of(codec)) == [False]


def test_an_ssi_code_whose_rest_does_not_come_is_dropped_at_silence() -> None:
    codec, tongue = zebra_ssi.SsiCodec(ScannerSettings()), SsiTongue(part=4)
    codec.receive_data(tongue.spoken(b"ONECARD1"))
    assert codes_in(after_silence(codec)) == []
    assert codes_in(carried(codec, SsiTongue(), SsiTongue().spoken(b"NEXT"))) == [b"NEXT"]


@pytest.mark.parametrize("odd", [0x20, 0x80, 0xA4])
def test_ssi_status_bits_outside_the_guide_refuse_nothing(odd: int) -> None:
    codec, tongue = zebra_ssi.SsiCodec(ScannerSettings()), SsiTongue(part=3, odd_status=odd)
    assert codes_in(carried(codec, tongue, tongue.spoken(b"ONECARD1"))) == [b"ONECARD1"]


def test_an_ssi_packet_that_arrived_damaged_is_asked_for_again() -> None:
    codec, tongue = zebra_ssi.SsiCodec(ScannerSettings()), SsiTongue()
    frame = tongue.spoken(b"ONECARD1")
    assert codes_in(carried(codec, tongue, frame[:-1] + bytes([frame[-1] ^ 1]), step=64)) == [b"ONECARD1"]


@pytest.mark.parametrize("step", ["C608FFEE01", "c60aff"])
def test_an_ssi_parameter_that_the_engine_would_keep_is_refused(step: str) -> None:
    with pytest.raises(ConfigError, match="flash"):
        zebra_ssi.SsiCodec(ScannerSettings(setup=(step,)))
