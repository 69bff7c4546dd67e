"""Every published and synthetic purse decodes as it says; damaged bytes are a coded error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cards.epurse import files
from drivers.cards.epurse.reading import balance
from drivers.cards.epurse.rules import DEFAULT_RULES, IssuerRules
from drivers.conversation import replay
from drivers.issuers import load_issuers
from edge.domain.debit import TripFacts
from edge.domain.errors import CardError
from edge.domain.medium import CardNumber, LogRecord, TripRecord
from tests.drivers.cards.purse_script import NUMBER, ORDER, PSAM, PUBLIC, TRIP, cards_with

ISSUERS = load_issuers()


def named(card: dict[str, Any]) -> str:
    return str(card["name"])


@pytest.mark.parametrize("card", cards_with("public_file"), ids=named)
def test_the_public_file_says(card: dict[str, Any]) -> None:
    public, says = files.decode_public(bytes.fromhex(card["read"]["public_file"])), card["says"]["public_file"]
    assert {
        "issuer": public.issuer.hex().upper(),
        "city": public.city,
        "application_type": f"{public.application_type:02X}",
        "enabled": f"{public.enabled:02X}",
        "number": public.number.reveal(),
        "valid_from": public.valid_from,
        "valid_until": public.valid_until,
        "custom": public.custom.hex().upper(),
    } == says


@pytest.mark.parametrize("card", cards_with("fci"), ids=named)
def test_the_answer_to_select_carries_the_copy_and_the_names(card: dict[str, Any]) -> None:
    fci = files.decode_fci(bytes.fromhex(card["read"]["fci"]))
    assert fci.public_copy == bytes.fromhex(card["read"]["public_file"])
    assert (fci.label, fci.preferred_name) == (card["says"].get("label"), card["says"].get("preferred_name"))


@pytest.mark.parametrize("card", cards_with("log"), ids=named)
def test_the_log_says(card: dict[str, Any]) -> None:
    decoded = [files.decode_log(bytes.fromhex(record)) for record in card["read"]["log"]]
    expected = [LogRecord(**{**says, "terminal": bytes.fromhex(says["terminal"])}) for says in card["says"]["log"]]
    assert [record for record in decoded if record is not None] == expected


@pytest.mark.parametrize("card", cards_with("trips"), ids=named)
def test_the_trips_say(card: dict[str, Any]) -> None:
    decoded = [files.decode_trip(bytes.fromhex(record)) for record in card["read"]["trips"]]
    assert [trip_facts(record) for record in decoded if record is not None] == card["says"]["trips"]


def trip_facts(record: TripRecord) -> dict[str, object]:
    place = files.decode_line_station(record, ISSUERS.by_city.get(record.city, ISSUERS.default))
    return {
        "kind": record.kind,
        "terminal": record.terminal.hex().upper(),
        "industry": record.industry,
        "line_station": record.line_station.hex().upper(),
        "line": place.line,
        "station": place.station,
        "operator": place.operator,
        "amount_fen": record.amount_fen,
        "balance_after_fen": record.balance_after_fen,
        "time": record.time,
        "city": record.city,
        "acquirer": record.acquirer.hex().upper(),
    }


@pytest.mark.parametrize("card", cards_with("balance"), ids=named)
def test_the_balance_follows_the_issuers_rule(card: dict[str, Any]) -> None:
    readings = card["read"]["balance"]
    script = [(bytes.fromhex(f"805C{p1}0204"), bytes.fromhex(readings.get(p1, "") + "9000")) for p1 in ("00", "01")]
    if "01" not in readings:
        script[1] = (script[1][0], b"\x6a\x86")
    assert replay(balance(DEFAULT_RULES), script) == card["says"]["balance_fen"]


TRIP_OF_LINE_318 = files.decode_trip(bytes.fromhex(TRIP[:18] + "02" + "03180000000000" + TRIP[34:]))

ROUTES = {
    "Qingdao writes decimal digits": (IssuerRules(bus_route="decimal"), 318),
    "others write a binary number": (IssuerRules(bus_route="binary"), 0x318),
    "a city with four bytes of line": (IssuerRules(line="0+4", bus_route="decimal"), 3_180_000),
}


@pytest.mark.parametrize(("rules", "route"), ROUTES.values(), ids=ROUTES)
def test_a_bus_route_is_read_as_its_city_writes_it(rules: IssuerRules, route: int) -> None:
    assert TRIP_OF_LINE_318 is not None
    assert files.decode_line_station(TRIP_OF_LINE_318, rules).route == route


def test_a_metro_trip_has_no_route() -> None:
    trip = files.decode_trip(bytes.fromhex(TRIP))
    assert trip is not None
    assert files.decode_line_station(trip, DEFAULT_RULES).route is None


def test_a_written_trip_is_read_back_as_it_was_meant() -> None:
    record = files.encode_trip(ORDER.trip, PSAM.number, 200, 4400, ORDER.time)
    trip = files.decode_trip(record)
    assert len(record) == files.TRIP_BYTES
    assert trip is not None
    assert (trip.terminal, trip.amount_fen, trip.balance_after_fen) == (b"\0\0" + PSAM.number, 200, 4400)
    assert TripFacts(trip.kind, trip.industry, trip.line_station, trip.city, trip.acquirer) == ORDER.trip


def test_the_psam_is_given_the_low_half_of_the_serial() -> None:
    assert files.serial_low8(NUMBER) == bytes.fromhex(PUBLIC)[12:20]


DAMAGED = {
    "file 15 of 29 bytes": (files.decode_public, PUBLIC[:-2]),
    "file 15 of 31 bytes": (files.decode_public, PUBLIC + "00"),
    "a serial that is not decimal": (files.decode_public, PUBLIC[:20] + "0A" + PUBLIC[22:]),
    "a log record of 22 bytes": (files.decode_log, "00" * 22),
    "a trip record of 47 bytes": (files.decode_trip, "00" * 47),
    "file 17 that ends before its flag": (files.decode_interop, "00" * 9),
}


@pytest.mark.parametrize(("decode", "raw"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_bytes_are_a_coded_error(decode: Any, raw: str) -> None:  # noqa: ANN401 - any of the decoders
    with pytest.raises(CardError) as refused:
        decode(bytes.fromhex(raw))
    assert refused.value.code == "CARD_MALFORMED"


def outcomes(raw: bytes) -> Iterator[str]:
    for decode in (files.decode_fci, files.decode_public, files.decode_interop, files.decode_log, files.decode_trip):
        try:
            decode(raw)
        except CardError as error:
            yield error.code
        else:
            yield "read"


@given(st.binary(max_size=64) | st.binary(min_size=30, max_size=30) | st.binary(min_size=48, max_size=48))
def test_any_bytes_end_in_facts_or_a_coded_error(raw: bytes) -> None:
    assert set(outcomes(raw)) <= {"read", "CARD_MALFORMED"}


def test_a_number_never_prints_itself() -> None:
    assert "4999" not in repr(CardNumber("3104930499900000017"))
