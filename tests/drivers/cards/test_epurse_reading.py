"""The snapshot, word for word: what is read, in which order, and what a refusal costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.cards.epurse import IssuerRules, IssuerTable, PurseSettings, snapshot
from drivers.conversation import CardLeft
from edge.domain.errors import CardError, CardRefused
from edge.domain.medium import PurseSnapshot, UnknownSnapshot
from tests.drivers.cards.purse_script import (
    ADMIN,
    BALANCE_LIMIT,
    BALANCE_WITH_LIMIT,
    FCI,
    HOME_ONLY,
    LOG,
    OTHER_PUBLIC,
    PUBLIC,
    PURSE,
    READ_ADMIN,
    READ_LOG,
    READ_PUBLIC,
    READ_TRIP,
    SELECT,
    TRIP,
    Script,
    ok,
    run,
)

SETTINGS = PurseSettings(trip_records=1)
CORE: Script = [
    (SELECT, ok(FCI)),
    (READ_PUBLIC, ok(PUBLIC)),
    (BALANCE_WITH_LIMIT, ok("000011F8")),
    (BALANCE_LIMIT, ok("00000000")),
]
OPTIONAL: Script = [(READ_ADMIN, ok(ADMIN)), (READ_LOG, ok(LOG)), (READ_TRIP, ok(TRIP))]


def read(script: Script, settings: PurseSettings = SETTINGS) -> PurseSnapshot:
    purse = run(snapshot(settings), script)
    assert isinstance(purse, PurseSnapshot)
    return purse


def test_a_sound_purse_is_read_whole() -> None:
    purse = read([*CORE, *OPTIONAL])
    assert replace(purse, log=(), trips=()) == PURSE
    assert [(record.sequence, record.amount_fen) for record in purse.log] == [(5, 300)]
    assert [trip.balance_after_fen for trip in purse.trips] == [4600]


REFUSED = {
    "file 17 absent leaves interop unknown": (0, "6A82"),
    "the log refused leaves it empty": (1, "6982"),
    "no trip record leaves them empty": (2, "6A83"),
}


@pytest.mark.parametrize(("at", "status"), REFUSED.values(), ids=REFUSED)
def test_a_refused_optional_read_never_loses_the_core(at: int, status: str) -> None:
    optional = list(OPTIONAL)
    optional[at] = (optional[at][0], status)
    purse = read([*CORE, *optional])
    assert purse.balance_fen == 4600
    assert [purse.interop is None, purse.log == (), purse.trips == ()] == [place == at for place in range(3)]


def test_an_optional_file_against_its_layout_is_as_good_as_absent() -> None:
    purse = read([*CORE, (READ_ADMIN, ok("00")), (READ_LOG, ok("0005")), (READ_TRIP, ok(TRIP))])
    assert (purse.interop, purse.log, len(purse.trips)) == (None, (), 1)


def test_an_empty_slot_is_no_record() -> None:
    purse = read([*CORE, OPTIONAL[0], (READ_LOG, ok("00" * 23)), (READ_TRIP, ok("00" * 48))])
    assert (purse.log, purse.trips) == ((), ())


def test_optional_reads_stop_at_their_budget() -> None:
    assert read([*CORE, *OPTIONAL[:2]], replace(SETTINGS, optional_max=2)).trips == ()


def test_a_card_of_the_home_city_is_not_asked_whether_it_may_travel() -> None:
    assert read([*CORE, *OPTIONAL[1:]], replace(SETTINGS, home_city="4520")).interop is None


def test_a_city_flag_of_zero_keeps_the_card_at_home() -> None:
    assert read([*CORE, (READ_ADMIN, ok(HOME_ONLY)), *OPTIONAL[1:]]).interop is False


def test_a_file_unlike_its_copy_is_seen() -> None:
    assert not read([CORE[0], (READ_PUBLIC, ok(OTHER_PUBLIC)), *CORE[2:], *OPTIONAL]).fci_agrees


def test_the_copy_serves_where_the_file_is_refused() -> None:
    assert read([CORE[0], (READ_PUBLIC, "6982"), *CORE[2:], *OPTIONAL]).fci_agrees


def test_the_copy_saves_the_read_where_the_profile_trusts_it() -> None:
    assert read([CORE[0], *CORE[2:], *OPTIONAL], replace(SETTINGS, compare_public_file=False)).number == PURSE.number


def test_the_file_serves_where_select_gave_no_copy() -> None:
    assert read([(SELECT, "9000"), *CORE[1:], *OPTIONAL]).fci_agrees


def test_lengths_and_waiting_answers_are_followed() -> None:
    script: Script = [
        (SELECT, "6133"),
        ("00C0000033", ok(FCI)),
        (READ_PUBLIC, "6C1E"),
        (READ_PUBLIC, ok(PUBLIC)),
        *CORE[2:],
        *OPTIONAL,
    ]
    assert read(script).number == PURSE.number


BALANCES = {
    "the overdraft limit counted in is taken off": (IssuerRules(), "000004B0", "000004B0", 0),
    "a limit above the reading never goes below zero": (IssuerRules(), "00000064", "000003E8", 0),
    "bit 31 is garbage": (IssuerRules(), "800001F4", "00000000", 500),
    "bit 31 of the limit is garbage too": (IssuerRules(), "800001F4", "80000000", 500),
    "a refused limit counts as none": (IssuerRules(), "000001F4", None, 500),
    "a signed purse in debt shows nothing": (IssuerRules(ignore_top_bit=False), "FFFFFF9C", "00000000", 0),
}


@pytest.mark.parametrize(("rules", "plus", "minus", "fen"), BALANCES.values(), ids=BALANCES)
def test_the_balance_is_a_row_of_the_table(rules: IssuerRules, plus: str, minus: str | None, fen: int) -> None:
    script: Script = [
        *CORE[:2],
        (BALANCE_WITH_LIMIT, ok(plus)),
        (BALANCE_LIMIT, "6A86" if minus is None else ok(minus)),
        *OPTIONAL,
    ]
    assert read(script, replace(SETTINGS, issuers=IssuerTable(default=rules))).balance_fen == fen


def test_a_row_of_the_issuer_goes_before_its_city() -> None:
    table = IssuerTable(
        by_issuer={"02994520": IssuerRules(balance="03", admin_file=False)}, by_city={"4520": IssuerRules(balance="02")}
    )
    script: Script = [*CORE[:2], ("805C030204", ok("00000064")), *OPTIONAL[1:]]
    assert read(script, replace(SETTINGS, issuers=table)).balance_fen == 100


def test_a_longer_log_record_is_asked_for_by_its_row() -> None:
    table = IssuerTable(default=IssuerRules(log_record_bytes=32))
    script: Script = [*CORE, OPTIONAL[0], ("00B201C420", ok(LOG + "00" * 9)), OPTIONAL[2]]
    assert read(script, replace(SETTINGS, issuers=table)).log[0].sequence == 5


def test_a_medium_without_any_application_is_unknown() -> None:
    settings = PurseSettings(applications=(bytes.fromhex("A000000632010105"), b"PAY.SZT"))
    script: Script = [(SELECT, "6A82"), ("00A40400075041592E535A5400", "6A82")]
    assert run(snapshot(settings), script) == UnknownSnapshot(("A000000632010105", "5041592E535A54"))


def test_the_second_application_is_tried_where_the_first_is_locked() -> None:
    settings = replace(SETTINGS, applications=(bytes.fromhex("A000000632010105"), b"PAY.SZT"))
    script: Script = [(SELECT, "6A81"), ("00A40400075041592E535A5400", ok(FCI)), *CORE[1:], *OPTIONAL]
    assert read(script, settings).balance_fen == 4600


FAILURES = {
    "a locked card": ([(SELECT, "6A81")], "CARD_STATUS"),
    "a locked application": ([(SELECT, "9303")], "CARD_STATUS"),
    "an invalidated application": ([(SELECT, "6283")], "CARD_STATUS"),
    "an answer to SELECT that is no TLV": ([(SELECT, ok("6F50"))], "CARD_MALFORMED"),
    "no copy and no file": ([(SELECT, "9000"), (READ_PUBLIC, "6A82")], "CARD_STATUS"),
    "file 15 of the wrong length": ([CORE[0], (READ_PUBLIC, ok(PUBLIC[:-2]))], "CARD_MALFORMED"),
    "no balance at all": ([*CORE[:2], (BALANCE_WITH_LIMIT, "6A86")], "CARD_STATUS"),
    "a balance of three bytes": ([*CORE[:2], (BALANCE_WITH_LIMIT, ok("0011F8"))], "CARD_MALFORMED"),
    "a card that leaves": ([CORE[0], (READ_PUBLIC, CardLeft())], "CARD_LEFT"),
    "a card that leaves an optional read": ([*CORE, (READ_ADMIN, CardLeft())], "CARD_LEFT"),
}


@pytest.mark.parametrize(("script", "code"), FAILURES.values(), ids=FAILURES)
def test_a_failing_core_read_is_a_coded_error(script: Script, code: str) -> None:
    with pytest.raises(CardError) as failed:
        run(snapshot(SETTINGS), script)
    assert failed.value.code == code


def test_a_refusal_carries_its_status_word() -> None:
    with pytest.raises(CardRefused) as failed:
        run(snapshot(SETTINGS), [(SELECT, "9303")])
    assert failed.value.status == 0x9303
