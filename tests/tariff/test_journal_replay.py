"""Journals of this build and of older ones: every decision is made again, byte for byte, under the edition it names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.decision import Approved, Decision, Declined, Reason
from edge.domain.entry import DeclinedTap, Entry, Intent, PaidTap, chain
from edge.domain.policy import Policy
from edge.domain.replay import Decided, differences, replay
from edge.domain.reversal import Reversed
from edge.domain.tariff.bundle import build_bundle
from edge.store.edition import open_edition
from sync.wire import decode_entry, encode_entry
from tests.scenarios.line_tariffs import flat
from tests.tariff.journal_scenes import SCENES, written_in

JOURNALS: Final = sorted((Path(__file__).parents[1] / "vectors" / "journal").glob("*.json"))
BY_FILE: Final = pytest.mark.parametrize("file", JOURNALS, ids=lambda file: file.stem)

EXPLAINED_BY_NOTHING_READ: Final = {Reason.UNKNOWN_MEDIUM}
"""Of such a medium the entry keeps nothing that could be decided again."""
NEEDS_A_CARD: Final = {Reason.SAM_UNAVAILABLE, Reason.CARD_FAULT, Reason.CONTINUITY_LOST}
"""Reasons that devices give, not ``authorize``."""


@cache
def journal_of(file: Path) -> dict[str, Any]:
    """Return a vector file."""
    read: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return read


def entries_of(file: Path) -> list[Entry]:
    return [decode_entry(bytes.fromhex(text)) for text in journal_of(file)["entries"]]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, dict[int, Policy]]:
    """Return the policies of every file's editions, opened as a terminal opens them."""
    return {file: opened(file, tmp_path_factory.mktemp(file.stem)) for file in JOURNALS}


def opened(file: Path, folder: Path) -> dict[int, Policy]:
    """Lay a file's editions out and open each."""
    found: dict[int, Policy] = {}
    for name, artifacts in journal_of(file)["editions"].items():
        segments = folder / name / "segments"
        segments.mkdir(parents=True)
        (folder / name / "manifest").write_bytes(bytes.fromhex(artifacts["manifest"]))
        for text in artifacts["segments"]:
            content = bytes.fromhex(text)
            (segments / hashlib.sha256(content).hexdigest()).write_bytes(content)
        edition = open_edition(folder / name, bytes.fromhex(journal_of(file)["centre_key"]))
        edition.close()
        found[int(name)] = edition.policy
    return found


def decided_anew(entry: Entry, decision: Decision) -> bytes:
    """Return the bytes of an entry with another decision in it."""
    match entry.body, decision:
        case Intent() | PaidTap() as body, Approved():
            approved = replace(body, charge=decision.charge, explanation=decision.explanation, pricing=decision.pricing)
            return encode_entry(replace(entry, body=replace(approved, flags=decision.flags)))
        case DeclinedTap() as body, Declined():
            refused = replace(
                body, reason=decision.reason.value, explanation=decision.explanation, flags=decision.flags
            )
            return encode_entry(replace(entry, body=refused))
    pytest.fail(f"entry {entry.seq}: {type(entry.body).__name__} became {type(decision).__name__}")


@BY_FILE
def test_every_decision_is_made_again_byte_for_byte(file: Path, policies: dict[Path, dict[int, Policy]]) -> None:
    decided = 0
    for entry in entries_of(file):
        if not isinstance(entry.body, Decided):
            continue
        decision = replay(entry, policies[file][entry.edition])
        if decision is None:
            assert isinstance(entry.body, DeclinedTap)
            assert entry.body.reason in EXPLAINED_BY_NOTHING_READ
            continue
        assert decided_anew(entry, decision).hex() == encode_entry(entry).hex()
        assert differences(entry, decision) == []
        decided += 1
    assert decided > len(SCENES)


@BY_FILE
def test_the_chain_of_an_older_journal_still_holds(file: Path) -> None:
    head = bytes.fromhex(journal_of(file)["grant_hash"])
    for text in journal_of(file)["entries"]:
        head = chain(head, bytes.fromhex(text))
    assert head.hex() == journal_of(file)["head_hash"]


@BY_FILE
def test_another_fare_is_noticed_in_every_ride_at_list_price(file: Path) -> None:
    dearer = Policy(1, (build_bundle(flat(fare_fen=201)),))
    for entry in entries_of(file):
        if entry.edition == 1 and isinstance(entry.body, Intent):
            decision = replay(entry, dearer)
            assert decision is not None
            assert differences(entry, decision) == ["charge", "explanation"]


def test_the_journals_hold_taps_for_one_two_and_three_riders() -> None:
    bodies = [entry.body for file in JOURNALS for entry in entries_of(file)]
    several = [body for body in bodies if isinstance(body, Intent) and body.boarding is not None]
    assert {len(intent.pricing.parts) for intent in several} == {1, 2, 3}


def test_the_journals_hold_every_kind_of_decision() -> None:
    """What a vector does not hold it cannot keep from changing."""
    bodies = [entry.body for file in JOURNALS for entry in entries_of(file)]
    intents = [body for body in bodies if isinstance(body, Intent)]
    reasons = {Reason(body.reason) for body in bodies if isinstance(body, DeclinedTap)}
    assert set(Reason) - reasons == NEEDS_A_CARD
    lines = {line.rule for intent in intents for line in intent.explanation if line.applied}
    assert lines >= {
        "flat",
        "month_tier",
        "one_fen",
        "bus_transfer",
        "dearest_line",
        "day_cap",
        "tap.companion",
        "night",
        "holder.claim",
        "holder.lease",
        "elder_part",
    }
    assert any(intent.medium.city != intent.place.city for intent in intents)
    assert {name for intent in intents for name in intent.pricing.uncertain} == {
        "month_paid",
        "promo_today",
        "clock",
        "free_today",
        "used_today",
        "delivered_today",
    }
    assert any(intent.state.open_grants and not intent.charge.shares for intent in intents)
    assert {effect.subject for intent in intents for effect in intent.pricing.effects} > {b""}
    assert {intent.pricing.debt_fen for intent in intents} == {0, 300}
    assert {
        line.reason.partition(":")[0]
        for body in bodies
        if isinstance(body, Intent | DeclinedTap)
        for line in body.explanation
        if line.rule == "risk.tier"
    } == {"normal", "cautious", "local_only", "refuse"}
    assert {len(intent.charge.shares) for intent in intents} == {0, 1, 2, 3}
    assert any(intent.pricing.chain and intent.pricing.chain.transfers_used for intent in intents)
    assert any(row.possible for intent in intents for row in intent.state.counters)
    assert any(intent.charge.surcharge_fen for intent in intents)
    sales = [intent for intent in intents if intent.sale is not None]
    parts = {part.name for intent in sales for part in intent.pricing.parts}
    assert parts == {"meal", "further_meals", "delivery"}
    assert {intent.sale.party for intent in sales if intent.sale} == {"diner", "guest"}
    assert any(isinstance(body, Reversed) for body in bodies)
    paid = [body for body in bodies if isinstance(body, PaidTap)]
    assert {body.family for body in paid} == {"bank_card", "code", "identity", "manual"}


async def test_the_scenes_give_the_same_journal_every_time(tmp_path: Path) -> None:
    """The generator depends on nothing but itself; an older file may differ from what it writes today."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert await written_in(tmp_path / "one") == await written_in(tmp_path / "two")
