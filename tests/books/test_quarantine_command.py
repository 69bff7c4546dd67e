"""``onecard central quarantine``: what waits is named, and brought to its end from the machine itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.cli.main import main
from sync.central.store.sqlite import open_sqlite
from tests.conformance.central_store import centre_on
from tests.conformance.quarantine_cases import ride_of_an_odd_clock
from tests.sync.builders import Ledger

pytestmark = pytest.mark.centre


@pytest.fixture
async def ledger(tmp_path: Path) -> Ledger:
    """Return the journal whose ride the centre in the folder set aside."""
    store = await open_sqlite(tmp_path / "central.db")
    ledger = await ride_of_an_odd_clock(centre_on(store))
    await store.close()
    return ledger


def test_a_ride_is_vouched_for_and_its_proof_accepted(
    tmp_path: Path, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ["--state", str(tmp_path)]
    order, proof = (f"{ledger.terminal}/{ledger.epoch}/{seq}" for seq in (1, 2))

    def told(*words: str) -> str:
        assert main(["central", *places, "quarantine", *words]) == 0
        return capsys.readouterr().out

    first, second = json.loads(told("list", "--json"))["aside"]
    assert (first["entry"], first["ways"]) == (order, ["vouched", "written_off"])
    assert (second["entry"], second["bar"], second["suspense_fen"]) == (proof, "tap_aside", 150)
    assert f"{order} is vouched since" in told("vouch", order, "--reason", "paper slip seen")
    assert f"{proof} is accepted since" in told("accept", proof, "--reason", "its order stands")
    assert "nothing is set aside" in told("list")
