"""The unmodified schemathesis asks a running centre what its own contract allows and forbids, and finds nothing."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from edge.crypto.signing import SigningKey
from sync.central.artifacts import Publication
from sync.central.centre import Centre
from sync.central.contract import contract
from sync.central.keys import open_keys
from sync.central.store.sqlite import open_sqlite
from sync.kit import EnrolmentRequest
from sync.wire import encode
from tests.architecture.source_tree import ROOT
from tests.centre.servers import Server, enrolled_journal
from tests.conformance.central_store import enrol
from tests.sync.builders import NOON_MS
from tests.sync.keys import BOX_PUBLIC

pytestmark = pytest.mark.centre

SEED: Final = 20_261_125
EXAMPLES: Final = 2_000
EXAMPLES_OF_EACH: Final = 245
"""Of one operation; the tool adds what it finds at the edges of the contract."""
LEFT_OUT: Final = "positive_data_acceptance"
"""That sound data is accepted: no schema can say what is signed, by whom, and continues what."""
TIMEOUT_S: Final = 120
SEEDS_VARIABLE: Final = "ONECARD_CONTRACT_SEEDS"


async def begun(folder: Path) -> dict[str, object]:
    """Begin a centre's work on a store in ``folder``; returns sound bodies, and names that it knows."""
    chance = iter(range(1, 1_000))
    keys = open_keys(folder, lambda count: next(chance).to_bytes(count, "big"))
    store = await open_sqlite(folder / "central.db")
    try:
        centre = Centre(store, keys, lambda: NOON_MS, lambda count: next(chance).to_bytes(count, "big"))
        kit = await enrol(centre, "BUS-3")
        ledger = (await enrolled_journal(centre, "BUS-1")).ledger
        for tap in range(4):
            ledger.ride(tap)
        await centre.receive("BUS-1", ledger.packed(1, 4))
        twin = ledger.copied()
        twin.raws[2] = twin.raws[4]
        await centre.publish([Publication("tariff", "t", b"1"), Publication("deny_list", "d", b"")])
        token = await centre.new_token("BUS-2")
        request = EnrolmentRequest("BUS-2", token.secret, SigningKey(b"2" * 32).public, BOX_PUBLIC, 0)
        manifest = await centre.manifest()
    finally:
        await store.close()
    assert manifest is not None
    sent = [ledger.packed(1, 4), ledger.packed(3, 8), ledger.packed(7, 8), twin.packed(1, 6)]
    return {
        "batches": [body.hex() for body in sent],
        "requests": [encode(request).hex()],
        "grants": [kit.grant.hex(), kit.spare.hex()],
        "names": {"terminal": "BUS-1", "sha256": manifest[1].hex(), "name": "crowded"},
    }


async def asked(contract: str, seeds: Path, *options: str) -> tuple[int, str]:
    """Return the tool's exit code, and what it says of a centre by a contract's place."""
    hooks = {"SCHEMATHESIS_HOOKS": "tests.centre.contract_inputs", SEEDS_VARIABLE: str(seeds)}
    fixed = [f"--seed={SEED}", "--generation-database=none", f"--exclude-checks={LEFT_OUT}", "--no-color"]
    tool = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "run", contract, *fixed, *options),
        cwd=seeds.parent,
        env={**os.environ, **hooks, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(TIMEOUT_S):
        told = (await tool.communicate())[0].decode()
    return tool.returncode or 0, told


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """Yield the address of a centre in a process of its own, and the file of sound inputs for it."""
    seeds = folder / "seeds.json"
    seeds.write_text(json.dumps(await begun(folder)))
    server = Server(f"sqlite:{folder / 'central.db'}", folder)
    try:
        await server.start()
        yield server.address, seeds
    finally:
        await server.end(signal.SIGTERM)


async def test_two_thousand_examples_find_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as (address, seeds):
        code, told = await asked(f"{address}/openapi.json", seeds, f"--max-examples={EXAMPLES_OF_EACH}")
    assert code == 0, told
    counted = re.search(r"(\d+) generated, (\d+) passed", told)
    assert counted is not None, told
    assert counted[1] == counted[2]
    assert int(counted[1]) >= EXAMPLES


async def test_a_planted_gap_in_the_contract_is_found(tmp_path: Path) -> None:
    document = json.loads(contract())
    del document["paths"]["/problems/{name}"]["get"]["responses"]["404"]
    planted = tmp_path / "planted.json"
    planted.write_text(json.dumps(document))
    only = ["--include-path=/problems/{name}", "--max-examples=5"]
    async with running(tmp_path) as (address, seeds):
        code, told = await asked(str(planted), seeds, f"--url={address}", *only)
    assert (code, "Undocumented status code" in told) == (1, True), told
