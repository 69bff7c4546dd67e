"""A purse as it was read, put before the terminal's own checks: which are let in on 1 June 2025."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.cards.epurse import PurseSettings, snapshot
from edge.domain.authorize import authorize
from edge.domain.decision import Approved, Decision, Declined
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import LastTap, Policy, State
from edge.domain.tap import Place, Tap, TapId, TerminalId, TimeQuality, Token
from edge.domain.tariff.flat import flat_bundle
from tests.drivers.cards.purse_script import FCI, PUBLIC, READ_PUBLIC, SELECT, Script, ok, run, vectors

NOON_MS = 1_748_750_400_000
"""2025-06-01 12:00 in China."""

POLICY = Policy(edition=1, versions=(flat_bundle("flat", 200, 300),))


def decide(medium: PurseSnapshot, state: State | None = None) -> Decision:
    tap = Tap(
        id=TapId(bytes(8)),
        terminal=TerminalId("t1"),
        place=Place("bus", "4520", "operator"),
        time_ms=NOON_MS,
        quality=TimeQuality.TRUSTED,
        token=Token(bytes(16)),
        medium=medium,
    )
    return authorize(tap, POLICY, state or State())


def purse_of(public_file: str, copy: str = "", admin: str = "6A82", log: str = "6A83") -> PurseSnapshot:
    script: Script = [
        (SELECT, ok(FCI.replace(PUBLIC, copy or public_file))),
        (READ_PUBLIC, ok(public_file)),
        ("805C000204", ok("000011F8")),
        ("805C010204", ok("00000000")),
        ("00B097003C", admin),
        ("00B201C417", log),
    ]
    purse = run(snapshot(PurseSettings()), script)
    assert isinstance(purse, PurseSnapshot)
    return purse


@pytest.mark.parametrize("check", vectors()["validity"]["purses"], ids=lambda check: str(check["name"]))
def test_file_15_lets_in_or_declines(check: dict[str, Any]) -> None:
    decision = decide(purse_of(check["public_file"]))
    verdict = decision.reason.value if isinstance(decision, Declined) else "valid"
    assert verdict == check["verdict"]


def declined_for(decision: Decision) -> str:
    assert isinstance(decision, Declined)
    return decision.reason.value


def test_a_file_15_unlike_its_copy_is_a_counterfeit() -> None:
    assert declined_for(decide(purse_of(PUBLIC, copy=PUBLIC[:-4] + "0114"))) == "counterfeit"


def test_a_counter_not_above_the_last_seen_is_declined() -> None:
    seen = State(last=LastTap(time_ms=NOON_MS - 86_400_000, payer_fen=200, counter=6))
    older = purse_of(PUBLIC, log=ok("00050000000000012C0945200121000120250601083512"))
    assert declined_for(decide(older, seen)) == "counter_regressed"


FOREIGN = PUBLIC.replace("4520", "2900", 1)
ADMIN = "0000015629002900{}" + "00" * 50

TRAVELLERS = {
    "a foreign purse with its flag rides at the foreign price": (ok(ADMIN.format("0001")), 300),
    "a foreign purse without its flag stays out": (ok(ADMIN.format("0000")), None),
    "a foreign purse without file 17 stays out": ("6A82", None),
}


@pytest.mark.parametrize(("admin", "fen"), TRAVELLERS.values(), ids=TRAVELLERS)
def test_a_foreign_purse_is_served_by_its_flag(admin: str, fen: int | None) -> None:
    decision = decide(purse_of(FOREIGN, admin=admin))
    assert (decision.charge.payer_fen if isinstance(decision, Approved) else None) == fen
