"""The control sockets of a running terminal: who may ask what, nonsense, and listeners that do not listen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from edge.control.client import connect
from edge.control.messages import LINE_BYTES_MAX, ROLES, VERBS, Message, decode_line, encode_line
from edge.demo.script import LOCAL, OTHER
from edge.demo.stage import Stage
from edge.terminal.events import QUEUE_MAX
from tests.scenarios.running_line import running_line

pytestmark = [pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

ARGUMENTS: dict[str, dict[str, object]] = {
    "why": {"tap": "00"},
    "card.read": {"timeout_ms": 0},
    "tap.test": {"timeout_ms": 0},
    "entries": {"epoch": 1},
    "ack": {"bytes": "AAAA"},
    "edition": {"path": "../elsewhere"},
}
NO_TILL = dict.fromkeys([verb for verb in VERBS if verb.startswith("till.")], "CONTROL_REFUSED")
EXPECTED: dict[str, str] = NO_TILL | {
    "card.read": "CARD_LEFT",
    "tap.test": "CARD_LEFT",
    "ack": "WIRE_MALFORMED",
    "time": "CONTROL_MALFORMED",
    "keys": "CONTROL_MALFORMED",
    "edition": "CONTROL_MALFORMED",
    "lists.check": "TOKEN_MALFORMED",
    "lists.rollback": "EDITION_ALONE",
    "lease.return": "TOKEN_MALFORMED",
    "drive.move": "CONTROL_MALFORMED",
    "drive.press": "CONTROL_MALFORMED",
    "receipt.check": "CONTROL_MALFORMED",
}
"""Codes of the verbs that refuse these arguments; the others succeed."""

NONSENSE = {
    "not JSON": b"{",
    "not an object": b"[1]",
    "no verb": b"{}",
    "a verb that is no text": b'{"verb": 7}',
    "an unknown verb": b'{"verb": "sell"}',
    "not UTF-8": b"\xff\xfe",
    "an empty line": b"",
    "nested beyond reason": b"[" * 20_000,
    "a slice from a word": b'{"verb": "entries", "epoch": 1, "from": "one"}',
    "an epoch nobody has": b'{"verb": "entries", "epoch": 99}',
    "an ack that is no base64": b'{"verb": "ack", "bytes": "?"}',
    "an absolute path": b'{"verb": "edition", "path": "/etc"}',
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_line(tmp_path_factory.mktemp("line")) as line:
        yield line


async def ask(stage: Stage, role: str, line: bytes) -> tuple[Message, Message]:
    """Send one line and a greeting after it; return both answers."""
    reader, writer = await asyncio.open_unix_connection(stage.socket.with_name(f"{role}.sock"))
    try:
        writer.write(line + b"\n" + encode_line({"verb": "hello"}))
        return decode_line(await reader.readline()), decode_line(await reader.readline())
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "subscribe"])
@pytest.mark.parametrize("role", ROLES)
async def test_each_role_has_its_verbs(stage: Stage, role: str, verb: str) -> None:
    answer, greeting = await ask(stage, role, encode_line({"verb": verb, **ARGUMENTS.get(verb, {})})[:-1])
    expected = EXPECTED.get(verb, "") if role in VERBS[verb] else "CONTROL_REFUSED"
    assert answer.get("code", "") == expected
    assert bool(answer["ok"]) is (expected == "")
    assert greeting["terminal"] == "bus-101"


@pytest.mark.parametrize("line", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_refused_and_the_connection_goes_on(stage: Stage, line: bytes) -> None:
    answer, greeting = await ask(stage, "sync", line)
    assert (answer["ok"], answer["code"]) == (False, "CONTROL_MALFORMED")
    assert greeting["ok"]


async def test_a_line_beyond_the_limit_ends_the_connection(stage: Stage) -> None:
    reader, writer = await asyncio.open_unix_connection(stage.socket)
    writer.write(b"x" * (LINE_BYTES_MAX + 1) + b"\n")
    assert decode_line(await reader.readline())["code"] == "WIRE_TOO_LARGE"
    assert await reader.read() == b""
    writer.close()
    assert (await stage.status())["terminal"] == "bus-101"


async def test_every_subscriber_hears_the_tap(stage: Stage) -> None:
    async with connect(stage.socket) as one, connect(stage.socket.with_name("till.sock")) as other:
        await one.call("subscribe")
        await other.call("subscribe")
        told = await stage.present(LOCAL)
        for client in (one, other):
            while (heard := await client.event())["event"] != "tap":
                pass
            assert heard == told


async def test_a_subscriber_that_does_not_listen_delays_nobody(stage: Stage) -> None:
    """It hears nothing while far more events pass than its queue and the kernel's buffers hold; the tap is served."""
    deaf_reader, deaf = await asyncio.open_unix_connection(stage.socket, limit=1)
    deaf.write(encode_line({"verb": "subscribe"}))
    async with connect(stage.socket.with_name("technician.sock")) as technician:
        for _ in range(40 * QUEUE_MAX):
            await technician.call("sync.now")
    assert (await stage.present(OTHER))["accepted"]
    deaf.close()
    assert not deaf_reader.at_eof()
