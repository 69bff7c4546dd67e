"""Sound values of the domain, from which a test departs in one point. The card is invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge.domain.debit import Prepared
from edge.domain.decision import Charge, Line, Share
from edge.domain.entry import DebitTerms, Draft, Entry, Intent, Kind
from edge.domain.medium import CardNumber, LogRecord, PurseSnapshot
from edge.domain.policy import Policy, State
from edge.domain.pricing import NOT_PRICED
from edge.domain.tap import Place, Tap, TapId, TerminalId, TimeQuality, Token
from edge.domain.tariff.flat import flat_bundle

NOON_MS = 1_780_286_400_000
"""2026-06-01 12:00 in Qingdao."""

TAP_ID = TapId(bytes.fromhex("0102030405060708"))
TOKEN = Token(b"\x11" * 16)
PSAM = bytes.fromhex("452001210001")
PLACE = Place("bus", "4520", "qingdao-bus", line="321", vehicle="B-07")

POLICY = Policy(7, (flat_bundle("flat-2026", 100, 200),))

PURSE = PurseSnapshot(
    number=CardNumber("3104930499900000017"),
    issuer=bytes.fromhex("02994520FFFFFFFF"),
    city="4520",
    application_type=2,
    enabled=1,
    valid_from="20240101",
    valid_until="20441231",
    balance_fen=4_600,
    interop=True,
    fci_agrees=True,
    log=(LogRecord(5, 0, 300, 9, PSAM, "20250601083512"),),
)

PREPARED = Prepared(
    amount_fen=100,
    kind=9,
    counter=5,
    balance_fen=4_600,
    overdraft_fen=0,
    key_version=1,
    algorithm=0,
    random=b"\x01\x02\x03\x04",
    psam_number=PSAM,
    psam_sequence=41,
    time="20260601120000",
    mac1=b"\x0a\x0b\x0c\x0d",
)

TERMS = DebitTerms(100, 9, 5, 4_600, 0, 1, 0, PSAM, 41, "20260601120000")


def purse(**changes: Any) -> PurseSnapshot:  # noqa: ANN401 - any field of the snapshot
    """Return the sample purse with some fields changed."""
    return replace(PURSE, **changes)


def tap_of(medium: PurseSnapshot = PURSE, time_ms: int = NOON_MS) -> Tap:
    """Return a tap of ``medium`` at the sample place."""
    return Tap(TAP_ID, TerminalId("bus-07"), PLACE, time_ms, TimeQuality.TRUSTED, TOKEN, medium)


def policy(fare_fen: int = 100, foreign_fen: int | None = 200, **passback: Any) -> Policy:  # noqa: ANN401 - see flat_tree
    """Return the sample policy with another flat fare."""
    return replace(POLICY, versions=(flat_bundle("flat-2026", fare_fen, foreign_fen, **passback),))


def intent(charge: Charge | None = None, explanation: tuple[Line, ...] = ()) -> Intent:
    """Return the body of an intent for ``charge`` (one yuan, a third of it carried by the district)."""
    shared = charge or Charge(150, 0, 100, (Share("district", 50, "elder"),))
    return Intent(
        family="purse",
        token=TOKEN,
        token_key=1,
        box=b"box",
        clearing_key=1,
        issuer=PURSE.issuer,
        medium=PURSE.facts(),
        place=PLACE,
        charge=shared,
        explanation=explanation,
        pricing=NOT_PRICED,
        state=State(unsent_count=3),
        debit=TERMS,
    )


def entry(kind: Kind, body: Any, seq: int = 1, ref_seq: int = 0) -> Entry:  # noqa: ANN401 - any body
    """Return a numbered entry of the sample terminal."""
    draft = Draft(kind, NOON_MS, TimeQuality.TRUSTED, 7, TAP_ID, ref_seq, body)
    return draft.numbered("bus-07", 3, seq)
