"""What every scanner codec owes its channel, whatever its protocol. A new protocol file joins by existing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanning import PAYLOAD_BYTES_MAX, ScannerModel, ScannerSettings
from edge.domain.errors import ConfigError
from tests.drivers.scanners.engine_side import (
    STEPS,
    after_silence,
    answers_in,
    carried,
    codec_of,
    codes_in,
    damages_in,
    events_of,
    models,
    tongue_of,
)

every = pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
CODE = b"ONECARD1"
BINARY = bytes(range(256)) * 8
"""Holds every byte, and every start of a frame there is."""


@every
@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 4096])
def test_a_code_comes_through_however_the_line_cuts_it(model: ScannerModel, step: int) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    assert codes_in(carried(codec, tongue, tongue.spoken(CODE), step=step) + after_silence(codec)) == [CODE]
    assert not codec.partial


@every
def test_a_code_cut_at_every_byte_is_the_same_code(model: ScannerModel) -> None:
    whole = tongue_of(model).spoken(CODE)
    for at in range(len(whole) + 1):
        codec = codec_of(model)
        codec.receive_data(whole[:at])
        codec.receive_data(whole[at:])
        assert codes_in(events_of(codec) + after_silence(codec)) == [CODE], at


@every
@pytest.mark.parametrize("length", [1, 247, 248, 600, 2953])
def test_every_byte_comes_through_where_codes_end_safely(model: ScannerModel, length: int) -> None:
    codec, tongue = codec_of(model, ends_by_silence=True), tongue_of(model)
    content = (BINARY * 2)[3 : 3 + length]
    spoken = tongue.spoken(content).removesuffix(b"\r")
    assert codes_in(carried(codec, tongue, spoken, step=16) + after_silence(codec)) == [content]


@every
@pytest.mark.parametrize("prefix", [b"]Q1", rb"\000026", rb"]Q1\000029"], ids=repr)
def test_prefixes_of_the_engine_are_taken_off_once_at_the_start(model: ScannerModel, prefix: bytes) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    inside = rb"A\000026]Q1"
    assert codes_in(carried(codec, tongue, tongue.spoken(prefix + inside)) + after_silence(codec)) == [inside]


@every
def test_two_codes_in_a_row_are_two_codes(model: ScannerModel) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    stream = tongue.spoken(CODE) + tongue.spoken(CODE[::-1])
    assert codes_in(carried(codec, tongue, stream, step=5)) == [CODE, CODE[::-1]]


@every
@given(noise=st.binary(min_size=1, max_size=300), step=st.integers(1, 64))
def test_after_noise_and_silence_the_next_code_is_read(model: ScannerModel, noise: bytes, step: int) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    carried(codec, tongue, noise, step=step)
    after_silence(codec)
    tongue = tongue_of(model)  # noise may have been an acknowledgement
    assert CODE in codes_in(carried(codec, tongue, tongue.spoken(CODE), step=step) + after_silence(codec))


@every
@given(pieces=st.lists(st.binary(max_size=80), max_size=12), silences=st.sets(st.integers(0, 11)))
def test_no_bytes_are_an_error_and_none_are_kept_for_ever(
    model: ScannerModel, pieces: list[bytes], silences: set[int]
) -> None:
    codec = codec_of(model)
    codec.command(STEPS.get(model.name, "00"))
    for number, piece in enumerate(pieces):
        codec.receive_data(piece)
        if number in silences:
            codec.line_silent()
        assert all(0 < len(code) <= PAYLOAD_BYTES_MAX for code in codes_in(events_of(codec)))
        codec.bytes_to_send()
    codec.line_silent()
    assert not codec.partial


@every
def test_what_is_longer_than_any_code_is_damage_and_the_next_code_is_read(model: ScannerModel) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    events = carried(codec, tongue, tongue.spoken(b"x" * (2 * PAYLOAD_BYTES_MAX)), step=64) + after_silence(codec)
    assert damages_in(events) >= 1
    assert all(len(code) <= PAYLOAD_BYTES_MAX for code in codes_in(events))
    assert codes_in(carried(codec, tongue, tongue.spoken(CODE)) + after_silence(codec)) == [CODE]


@every
def test_a_code_and_an_answer_back_to_back_are_told_apart(model: ScannerModel) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    (answer,) = tongue.heard(codec.command(STEPS[model.name]))
    for stream in (answer + tongue.spoken(CODE), tongue.spoken(CODE) + answer):
        codec.command(STEPS[model.name])
        events = carried(codec, tongue, stream) + after_silence(codec)
        assert (codes_in(events), answers_in(events)) == ([CODE], [True])


@every
def test_a_set_up_command_arrives_at_the_engine_and_is_answered(model: ScannerModel) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    (answer,) = tongue.heard(codec.command(STEPS[model.name]))
    assert answers_in(carried(codec, tongue, answer)) == [True]
    assert (len(tongue.setups), tongue.flash_writes) == (1, 0)


@every
def test_the_trigger_starts_one_reading(model: ScannerModel) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    tongue.heard(codec.trigger())
    assert tongue.triggers == 1


@every
def test_a_reset_forgets_half_a_code_and_the_awaited_answer(model: ScannerModel) -> None:
    codec, tongue = codec_of(model), tongue_of(model)
    (answer,) = tongue.heard(codec.command(STEPS[model.name]))
    codec.receive_data(tongue.spoken(CODE)[:-1])
    codec.reset()
    assert not codec.partial
    assert answers_in(carried(codec, tongue, answer) + after_silence(codec)) == []


@every
@pytest.mark.parametrize("step", ["", "?", "QRCENA1;", "7"])
def test_a_set_up_command_that_cannot_be_framed_is_refused_when_it_is_configured(
    model: ScannerModel, step: str
) -> None:
    settings = ScannerSettings(setup=(step,))
    if model.name == "line" and step == "7":
        model.build(settings)
        return
    with pytest.raises(ConfigError) as refused:
        model.build(settings)
    assert refused.value.code == "CONFIG_VALUE"
