"""Drafts of entries for tests of the store: valid, small, and told apart by their tap number."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.decision import Charge, Line, Share
from edge.domain.entry import (
    Body,
    DebitTerms,
    DeclinedTap,
    Draft,
    Entry,
    Intent,
    Kind,
    PaidTap,
    Posted,
    Remark,
    Settled,
    Torn,
    Voided,
)
from edge.domain.medium import CodeFacts, PurseFacts
from edge.domain.policy import State
from edge.domain.pricing import NOT_PRICED, Pricing
from edge.domain.shown import MediumFacts
from edge.domain.tap import Place, TimeQuality, Token
from edge.ports import HolderRow

START_MS: Final = 1_800_000_000_000
PLACE: Final = Place("bus", "4520", "qd-bus", line="1")
PSAM: Final = bytes.fromhex("266100000042")


def token_of(number: int) -> Token:
    """Return the made-up token of a made-up holder."""
    return Token(number.to_bytes(16, "big"))


def tap_id_of(number: int) -> bytes:
    """Return the tap id of tap ``number``."""
    return number.to_bytes(8, "big")


def drafted(kind: Kind, body: Body, tap: int, ref_seq: int = 0, time_ms: int = START_MS) -> Draft:
    """Return a draft of tap ``tap``."""
    return Draft(kind, time_ms, TimeQuality.TRUSTED, 3, tap_id_of(tap), ref_seq, body)


def intent(
    tap: int,
    *,
    holder: int = 1,
    fen: int = 200,
    time_ms: int = START_MS,
    psam_sequence: int = 0,
    pricing: Pricing = NOT_PRICED,
) -> Draft:
    """Return an intent that charges ``fen``, half of it carried by a funder."""
    charge = Charge(fen, 0, fen - fen // 2, (Share("city", fen // 2, "relief"),))
    terms = DebitTerms(
        amount_fen=charge.payer_fen,
        kind=6,
        counter=tap,
        balance_fen=5_000,
        overdraft_fen=0,
        key_version=1,
        algorithm=0,
        psam_number=PSAM,
        psam_sequence=psam_sequence or tap,
        time="20270115080000",
    )
    body = Intent(
        family="purse",
        token=token_of(holder),
        token_key=1,
        box=b"sealed",
        clearing_key=1,
        issuer=b"\x31\x04",
        medium=PurseFacts("4520", 2, 1, "20240101", "20441231", 5_000, None, fci_agrees=True, counter=tap, newest=tap),
        place=PLACE,
        charge=charge,
        explanation=(Line("flat", applied=True, reason="base", fen=fen),),
        pricing=pricing,
        state=State(),
        debit=terms,
    )
    return drafted(Kind.INTENT, body, tap, time_ms=time_ms)


def posted(tap: int, ref_seq: int, *, time_ms: int = START_MS) -> Draft:
    return drafted(Kind.POSTED, Posted(b"\x01\x02\x03\x04", b"\x05" * 4, False, 4_900), tap, ref_seq, time_ms)


def voided(tap: int, ref_seq: int, *, time_ms: int = START_MS) -> Draft:
    return drafted(Kind.VOIDED, Voided("card_refused_9403"), tap, ref_seq, time_ms)


def torn(tap: int, ref_seq: int, *, reason: str = "card_left", time_ms: int = START_MS) -> Draft:
    return drafted(Kind.TORN, Torn(reason), tap, ref_seq, time_ms)


def settled(tap: int, ref_seq: int, verdict: Verdict = Verdict.POSTED, *, time_ms: int = START_MS) -> Draft:
    body = Settled(verdict, "log_record_is_ours", b"\x01" * 4, b"", True, False)
    return drafted(Kind.SETTLED, body, tap, ref_seq, time_ms)


def code_of(tap: int) -> bytes:
    """Return the id of the code that pays tap ``tap``."""
    return b"code" + tap.to_bytes(12, "big")


def paid(
    tap: int, *, holder: int = 1, fen: int = 200, time_ms: int = START_MS, reusable: bool = False, minutes: int = 1
) -> Draft:
    """Return the one entry of a tap that a code paid, good for some minutes."""
    until_ms = time_ms + minutes * 60_000
    code = CodeFacts("own", "city", "", code_of(tap), time_ms, time_ms, until_ms, None, local=True, reusable=reusable)
    body = PaidTap(
        family="code",
        scheme="own",
        token=token_of(holder),
        token_key=1,
        box=b"sealed",
        clearing_key=1,
        medium=MediumFacts(code=code),
        place=PLACE,
        charge=Charge(fen, 0, fen - fen // 2, (Share("city", fen // 2, "relief"),)),
        explanation=(Line("flat", applied=True, reason="base", fen=fen),),
        pricing=NOT_PRICED,
        state=State(),
    )
    return drafted(Kind.TAP, body, tap, time_ms=time_ms)


def declined(tap: int, *, time_ms: int = START_MS) -> Draft:
    body = DeclinedTap("purse", token_of(1), 1, "expired", None, PLACE, (), State())
    return drafted(Kind.DECLINED, body, tap, time_ms=time_ms)


def note(text: str = "boot") -> Draft:
    return replace(drafted(Kind.NOTE, Remark(text), 0), tap_id=b"")


def holder_row(holder: int, entry: Entry, fen: int = 100) -> HolderRow:
    """Return what is remembered of ``holder`` after ``entry``."""
    return HolderRow(token_of(holder), entry.time_ms, fen, entry.seq)
