"""What is asked of a returned card, word for word, and when MAC2 may go to the PSAM."""

from __future__ import annotations

import pytest

from drivers.cards.epurse import PurseSettings, evidence
from drivers.conversation import CardLeft
from edge.domain.debit import Evidence, Verdict, judge
from edge.domain.errors import CardError, ReaderError, SamError
from tests.drivers.cards.purse_script import (
    FCI,
    LOG,
    OPEN,
    OTHER_PUBLIC,
    PREPARED,
    PSAM,
    PUBLIC,
    PURSE,
    READ_PUBLIC,
    SELECT,
    Script,
    ok,
    run,
)

OURS = "0006000000000000C80945200121000120250601083512"
ELSEWHERE = "0006000000000000640645200000000920250601084000"
END = "6A83"
PROVE = "805A0009020006" + "08"
TAC, MAC2 = "01020304", "05060708"
CHECK = "8072000004" + MAC2
INITIALIZE = "805003020B" + "01" + "00000000" + "452001210001" + "0F"


def log(*records: str, end: str | Exception = END) -> Script:
    read: Script = [(f"00B2{number:02X}C417", ok(record)) for number, record in enumerate(records, 1)]
    return [*read, (f"00B2{len(records) + 1:02X}C417", end)]


def initialized(counter: str) -> Script:
    return [(INITIALIZE, ok("00001130" + counter + "000000010011223344"))]


SAME: Script = [(SELECT, ok(FCI))]
PROVED: Script = [(PROVE, ok(MAC2 + TAC))]


def ask(script: Script, *, session_alive: bool = False) -> Evidence:
    return run(evidence(OPEN, PURSE, PSAM, PurseSettings(), session_alive=session_alive), script)


CASES: dict[str, tuple[Script, bool, Verdict]] = {
    "our record, proof, session alive: posted with MAC2 checked": (
        [*SAME, *log(OURS, LOG), *PROVED, (CHECK, "9000"), *initialized("0006")],
        True,
        Verdict.POSTED,
    ),
    "our record, session gone: MAC2 never goes to the PSAM": (
        [*SAME, *log(OURS, LOG), *PROVED, *initialized("0006")],
        False,
        Verdict.POSTED,
    ),
    "our record, no proof kept any more: posted by the record": (
        [*SAME, *log(OURS), (PROVE, "9406"), *initialized("0007")],
        False,
        Verdict.POSTED,
    ),
    "our number in another terminal's record: voided, and its MAC2 never goes to our PSAM": (
        [*SAME, *log(ELSEWHERE, LOG), *initialized("0006")],
        True,
        Verdict.VOIDED,
    ),
    "the counter unchanged: voided, no proof is asked for": (
        [*SAME, *log(LOG), *initialized("0005")],
        True,
        Verdict.VOIDED,
    ),
    "an empty log and an unchanged counter: voided": (
        [*SAME, *log(end=ok("00" * 23)), *initialized("0005")],
        False,
        Verdict.VOIDED,
    ),
    "the record has rolled out: undecided": (
        [*SAME, *log(*["0010" + OURS[4:]] * 9, end=ok("0010" + OURS[4:])), *initialized("0010")],
        False,
        Verdict.UNDECIDED,
    ),
    "our record, and MAC2 that the PSAM found wrong: undecided": (
        [*SAME, *log(OURS, LOG), *PROVED, (CHECK, "9302"), *initialized("0006")],
        True,
        Verdict.UNDECIDED,
    ),
    "a refused INITIALIZE does not hide our record": (
        [*SAME, *log(OURS), *PROVED, (INITIALIZE, "9303")],
        False,
        Verdict.POSTED,
    ),
}


@pytest.mark.parametrize(("script", "alive", "verdict"), CASES.values(), ids=CASES)
def test_the_card_settles_its_debit(script: Script, alive: bool, verdict: Verdict) -> None:  # noqa: FBT001 - a table's column
    assert judge(PREPARED, ask(script, session_alive=alive))[0] is verdict


def test_the_proof_comes_in_the_reverse_order_of_a_debit() -> None:
    found = ask([*SAME, *log(OURS), *PROVED, *initialized("0006")])
    assert (found.tac, found.mac2) == (bytes.fromhex(TAC), bytes.fromhex(MAC2))
    assert (found.counter, found.log[0].sequence) == (6, 6)


CHECKS: dict[str, tuple[str | Exception, bool]] = {
    "accepted": ("9000", True),
    "refused": ("9302", False),
    "no session after all": ("6985", False),
    "mute": (SamError("SAM_MUTE", "no answer"), False),
    "line lost": (ReaderError("LINK_LOST", "unplugged"), False),
}


@pytest.mark.parametrize(("answer", "checked"), CHECKS.values(), ids=CHECKS)
def test_mac2_counts_as_checked_only_when_the_psam_accepted_it(answer: str | Exception, checked: bool) -> None:  # noqa: FBT001 - a table's column
    script: Script = [*SAME, *log(OURS), *PROVED, (CHECK, answer), *initialized("0006")]
    assert ask(script, session_alive=True).mac2_checked is checked


def test_the_file_is_read_where_select_gives_no_copy() -> None:
    assert ask([(SELECT, "9000"), (READ_PUBLIC, ok(PUBLIC)), *log(LOG), *initialized("0005")]).counter == 5


FAILURES: dict[str, tuple[Script, str]] = {
    "another purse answers": ([(SELECT, ok(FCI.replace(PUBLIC, OTHER_PUBLIC)))], "CARD_SWAPPED"),
    "a card without a purse answers": ([(SELECT, "6A82")], "CARD_SWAPPED"),
    "a damaged record may be the one": ([*SAME, ("00B201C417", ok("0006"))], "CARD_MALFORMED"),
    "INITIALIZE refused and nothing in the log": ([*SAME, *log(LOG), (INITIALIZE, "9303")], "CARD_STATUS"),
    "the card leaves again": ([*SAME, *log(OURS), (PROVE, CardLeft())], "CARD_LEFT"),
}


@pytest.mark.parametrize(("script", "code"), FAILURES.values(), ids=FAILURES)
def test_what_proves_nothing_is_a_coded_error(script: Script, code: str) -> None:
    with pytest.raises(CardError) as failed:
        ask(script)
    assert failed.value.code == code
