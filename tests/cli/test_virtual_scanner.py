"""``onecard virtual scanner`` as a process: codes by order, for a client that knows nothing of this product."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import pytest

from drivers.scanners.codes.jtt1179 import Jtt1179
from drivers.virtual.scanner import TONGUES
from edge.clock import SystemClock
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from tests.cli.test_virtual import served
from tests.drivers.codes.trusting import FOREVER_MS, trust_of
from tests.drivers.virtual.pty_client import PtyClient

pytestmark = pytest.mark.line

ACCOUNT: Final = "3104520000000000017"
CODE_BYTES: Final = 332

SPOKEN = {
    "gm65": b"]Q1ONECARD1\r",
    "line": b"]Q1ONECARD1\r",
    "zebra_ssi": bytes.fromhex("10f300001c5d51314f4e454341524431fbd5"),
}


@pytest.mark.parametrize("protocol", sorted(TONGUES))
async def test_a_code_is_spoken_in_the_protocol_that_was_asked_for(protocol: str, tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    async with served("scanner", "--protocol", protocol, "--prefix", "]Q1", "--link", str(link)) as device:
        assert device.path == link
        with PtyClient(link) as client:
            assert (await device.order(do="scan", text="ONECARD1"))["event"] == "obeyed"
            assert await client.read(len(SPOKEN[protocol])) == SPOKEN[protocol]
            assert (await device.order(do="scan", hex="4f4e454341524431"))["event"] == "obeyed"
            assert await client.read(len(SPOKEN[protocol])) == SPOKEN[protocol]
            client.write(bytes.fromhex("7e000901000000dec8") if protocol == "gm65" else b"?")
        await device.order(do="quit")
        assert await device.process.wait() == 0


async def test_what_the_engine_was_told_is_told(tmp_path: Path) -> None:
    async with served("scanner", "--protocol", "gm65", "--link", str(tmp_path / "scanner")) as device:
        with PtyClient(device.path) as client:
            client.write(bytes.fromhex("7e000801000201abcd 7e000801006000abcd 7e000901000000dec8"))
            assert await client.read(21) == bytes.fromhex("02000001003331") * 3
        device.say("engine")
        state = await device.event("engine")
        assert (state["triggers"], state["setups"], state["flash_writes"]) == (1, ["006000"], 1)


@pytest.mark.parametrize(("ago_s", "late"), [(0, False), (3_600, True)], ids=["just now", "an hour ago"])
async def test_a_transit_code_is_made_for_an_account_and_verifies_by_the_root_that_is_told(
    ago_s: int, *, late: bool, tmp_path: Path
) -> None:
    async with served("scanner", "--protocol", "gm65", "--link", str(tmp_path / "scanner")) as device:
        device.say("issuer")
        told = cast("Mapping[str, Any]", await device.event("issuer"))
        with PtyClient(device.path) as client:
            await device.order(do="scan", transit=ACCOUNT, made_ago_s=ago_s)
            spoken = await client.read(CODE_BYTES + 1)
    key = told["key"]
    root = CodeKey(
        key["scheme"], bytes.fromhex(key["id"]), CodeAlgorithm.SM2, bytes.fromhex(key["public"]), "", 0, FOREVER_MS
    )
    code = Jtt1179(trust_of([root])).read(spoken[:CODE_BYTES])
    assert (code.known.refusal, code.number.reveal()) == ("", ACCOUNT)
    assert (code.known.untimely(SystemClock().system_ms()) == "expired") is late


@pytest.mark.parametrize(
    ("order", "why"),
    [
        pytest.param({"do": "scan"}, "either", id="nothing to scan"),
        pytest.param({"do": "scan", "text": "a", "hex": "61"}, "either", id="a code in two forms"),
        pytest.param({"do": "scan", "hex": "6"}, "hex", id="half a byte"),
        pytest.param({"do": "scan", "text": "x" * 2954}, "2953", id="more than a QR code holds"),
        pytest.param({"do": "scan", "text": ""}, "1 to", id="an empty code"),
        pytest.param({"do": "scan", "text": 7}, "texts", id="a number"),
        pytest.param({"do": "scan", "transit": "31"}, "19 digits", id="an account that is none"),
        pytest.param({"do": "scan", "transit": ACCOUNT, "made_ago_s": "1"}, "seconds", id="a time that is none"),
        pytest.param({"do": "present"}, "present", id="a card"),
    ],
)
async def test_a_wrong_order_is_refused_with_a_reason(order: dict[str, object], why: str) -> None:
    async with served("scanner", "--protocol", "line") as device:
        refused = await device.order(**order)
        assert refused["event"] == "refused"
        assert why in str(refused["why"])
