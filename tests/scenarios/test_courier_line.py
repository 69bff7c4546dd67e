"""A terminal that never sees a network lives by stick: real processes, virtual devices, a real centre."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from edge.demo.cards import DENIED
from edge.demo.processes import run_to_end
from edge.demo.script import LOCAL, OTHER
from tests.scenarios.netless_stage import NetlessStage

pytestmark = [pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetlessStage]:
    """One line for all these tests, which tell one story in order."""
    async with NetlessStage(tmp_path_factory.mktemp("netless"), card_time=False) as line:
        yield line


async def test_without_lists_it_is_out_of_service(stage: NetlessStage) -> None:
    assert (await stage.status())["stop"] == "policy_missing"


async def test_the_first_stick_brings_tariff_and_deny_list_into_force(stage: NetlessStage) -> None:
    loaded, brought = await stage.central_courier("export"), await stage.courier("import")
    assert (loaded.facts["edition"], loaded.facts["files"]) == (1, 3)
    assert (brought.code, brought.facts["edition"], brought.facts["edition_before"]) == (0, 1, 0)
    await stage.until("it serves", stage.serves)
    refused = await stage.present(DENIED)
    assert (refused["accepted"], refused["prompt"]) == (False, "deny_listed")


async def test_its_taps_are_drained_by_stick(stage: NetlessStage) -> None:
    for name in (LOCAL, OTHER):
        assert (await stage.present(name))["accepted"]
    trip = await stage.there_and_back()
    assert [end.code for end in trip] == [0, 0, 0, 0]
    journal = (await stage.status())["journal"]
    assert (journal["unsent_entries"], journal["acked_seq"]) == (0, journal["last_seq"])
    books = await stage.reconcile()
    assert (books["balanced"], sum(line["taps"] for line in books["by_medium"])) == (True, 2)


async def test_the_same_stick_once_more_is_no_news(stage: NetlessStage) -> None:
    before = await places(stage), await stage.reconcile()
    imported, brought = await stage.central_courier("import"), await stage.courier("import")
    assert (imported.code, imported.facts["batches"], imported.facts["acks_written"]) == (0, {"duplicate": 1}, 0)
    assert (brought.code, brought.facts["acks_new"], brought.facts["edition_before"]) == (0, 0, 1)
    assert (await places(stage), await stage.reconcile()) == before


async def test_lists_that_were_torn_on_their_way_leave_those_in_force_and_come_whole_next_time(
    stage: NetlessStage,
) -> None:
    limits = stage.folder / "limits.toml"
    limits.write_text('kind = "limits"\nunsent_count_max = 500\n', "utf-8")
    await run_to_end("central", "publish", str(limits), *stage.central)
    await stage.central_courier("export")
    for path in stage.stick.glob("onecard-*/v1/lists/edition/segments/*"):
        path.write_bytes(path.read_bytes()[:-1])
    torn = await stage.courier("import")
    assert (torn.code, torn.facts["edition"]) == (1, 1)
    assert [refused["code"] for refused in torn.facts["refused"]] == ["ARTIFACT_DAMAGED"]
    for path in stage.stick.glob("onecard-*/v1/lists/edition/segments/*"):
        path.unlink()
    gone = await stage.courier("import")
    assert [refused["code"] for refused in gone.facts["refused"]] == ["STICK_DAMAGED"]
    assert (await stage.central_courier("export")).facts["written"] == 3
    whole = await stage.courier("import")
    assert (whole.code, whole.facts["edition"]) == (0, 2)


async def places(stage: NetlessStage) -> dict[str, Any]:
    """Return what the terminal says of its journal, but for the disk that others write to as well."""
    journal = (await stage.status())["journal"]
    return {name: value for name, value in journal.items() if not name.endswith("_bytes")}


async def test_a_terminal_that_is_down_is_drained_and_fed_by_its_files(stage: NetlessStage) -> None:
    assert (await stage.present(LOCAL))["accepted"]
    await stage.terminal.stop()
    trip = await stage.there_and_back()
    assert [end.code for end in trip] == [0, 0, 0, 0]
    await stage.restart_terminal()
    assert (await stage.status())["journal"]["unsent_entries"] == 0
    assert (await stage.present(OTHER))["accepted"]
