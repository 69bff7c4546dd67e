"""``onecard card read`` with a bank card before the real terminal process: shown masked, charged nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.virtual.card_spec import card_from
from tests.scenarios.running_line import onecard, running_line

pytestmark = pytest.mark.line

PAN = "6228000100001117"
CODE = "370200D156000005A1B2C3D4E5F60718"


async def test_a_technician_sees_a_bank_card_masked(tmp_path: Path) -> None:
    async with running_line(tmp_path) as stage:
        card = card_from("ssc:has=bank+identity")
        reading = asyncio.create_task(onecard("card", "read", "--config", str(stage.config)))
        while not reading.done():
            stage.reader.field.present(card)
            await asyncio.sleep(1.0)
            stage.reader.field.remove()
            await asyncio.sleep(0.5)
        read = await reading
        noted = await onecard("journal", "list", "--config", str(stage.config))
    assert read.code == 0, read.err
    assert "bank_card" in read.out
    assert "62280001****1117" in read.out
    assert "A000000333010101" in read.out
    assert "technician action=card.read" in noted.out
    for secret in (PAN, CODE):
        assert secret not in read.out + read.err + noted.out
