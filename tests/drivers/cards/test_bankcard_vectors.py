"""Recorded exchanges of the published test card, command for command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.cards.bankcard import snapshot
from drivers.cards.bankcard.settings import TerminalQualifiers
from drivers.conversation import CardLeft, replay
from drivers.tlv import parse
from edge.domain.errors import CardError
from edge.domain.medium import BankCardSnapshot
from tests.drivers.cards.bank_bench import NOW, bank_settings

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "cards" / "quickpass_taps.json").read_text("utf-8")
)
TAPS: Final[dict[str, dict[str, Any]]] = VECTORS["taps"]
Script = list[tuple[bytes, bytes | Exception]]


def script(tap: dict[str, Any]) -> Script:
    return [(bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in tap["exchange"]]


def settings_of(tap: dict[str, Any]) -> Any:  # noqa: ANN401 - the settings of the conversation
    qualifiers = TerminalQualifiers(plain=bytes.fromhex(VECTORS["qualifiers"]))
    return bank_settings(tap["scheme"], nominal_fen=tap["amount_fen"], qualifiers=qualifiers)


def test_the_bench_has_the_day_of_the_vectors() -> None:
    assert str(NOW.date()) == VECTORS["date"]


@pytest.mark.parametrize("name", TAPS)
def test_a_recorded_tap_ends_as_its_vector_says(name: str) -> None:
    tap = TAPS[name]
    medium = replay(snapshot(settings_of(tap)), script(tap))
    assert isinstance(medium, BankCardSnapshot)
    assert medium.known.refusal == tap["refusal"]


def test_what_the_card_says_is_read_from_the_recording() -> None:
    tap, says = TAPS["format 05"], VECTORS["says"]
    medium = replay(snapshot(settings_of(tap)), script(tap))
    assert isinstance(medium, BankCardSnapshot)
    assert medium.number.reveal() == says["number"]
    assert medium.to_seal.reveal() == says["track_2"]
    known = medium.known
    assert (known.application, known.counter) == (says["application"], says["counter"])
    assert (known.valid_from, known.valid_until) == (says["valid_from"], says["valid_until"])
    assert (known.tvr.hex(), known.cvr.hex(), known.currency) == ("0000000000", "000000", "0156")
    assert {each.tag: each.value.hex() for each in parse(known.field_55)}[0x9F37] == VECTORS["challenge"].lower()


@pytest.mark.parametrize("step", range(len(TAPS["format 05"]["exchange"])))
def test_a_card_pulled_away_leaves_where_it_was(step: int) -> None:
    tap = TAPS["format 05"]
    pairs = script(tap)
    pairs[step] = (pairs[step][0], CardLeft())
    with pytest.raises(CardError) as caught:
        replay(snapshot(settings_of(tap)), pairs)
    assert caught.value.code == "CARD_LEFT"
