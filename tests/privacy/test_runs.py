"""What whole runs leave behind: journals, lists, keys, logs, the centre's store, and every byte on the network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.virtual.bank_card import BankCard
from edge.demo.script import LOCAL, VISITOR, other_media, tap
from edge.demo.stage import Stage
from tests.privacy.known import KNOWN
from tests.privacy.scan import Scan
from tests.scenarios.running_line import onecard
from tests.scenarios.tap_bench import Bench
from tests.scenarios.test_bank_cards import bank_line, several

pytestmark = pytest.mark.line


async def test_a_run_with_every_medium_leaves_no_number_in_clear(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    capture.mkdir()
    async with Stage(tmp_path / "run", card_time=False, capture=capture) as stage:
        for name in (LOCAL, VISITOR):
            await tap(stage, lambda _line: None, name)
        await other_media(stage, lambda _line: None)
        await stage.drained()
        config = str(stage.config)
        told = [
            await onecard("journal", "list", "--json", "--config", config),
            await onecard("status", "--config", config),
            await onecard("bundle", "--to", str(tmp_path), "--config", config),
            await onecard("central", "reconcile", "--json", *stage.central),
            await onecard("central", "clearing", "--day", _day(), "--json", *stage.central),
        ]
    for at, ended in enumerate(told):
        assert ended.code == 0, ended.err
        (tmp_path / f"printed-{at}").write_text(ended.out + ended.err, "utf-8")
    assert Scan(KNOWN).folders([tmp_path]) == []
    sent = [path for path in capture.iterdir() if path.name.endswith("-up.bin")]
    assert sent, "no packet was captured"


def _day() -> str:
    return (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y%m%d")


def test_a_card_with_every_application_leaves_no_number_in_the_terminals_files(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        card, purse, _ = several("ssc:epurse.balance=1000")
        assert (await bench.ride(card)).accepted
        purse.memory.balance_fen = 0
        assert not (await bench.ride(card)).accepted
        assert (await bench.ride(BankCard())).accepted
        assert await bench.written() == ["intent", "posted", "declined", "tap"]

    bank_line(tmp_path, scene)
    assert Scan(KNOWN).folders([tmp_path]) == []
