"""A terminal takes the time that was signed for its own question, once, and while it is still the time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import pytest

from edge.clock import SystemIds
from edge.control.messages import to_text
from edge.crypto.signing import SigningKey
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import SignedTime
from edge.terminal.time_verbs import TimeVerbs
from sync.signed_time import open_time, seal_time
from tests.store.editions import CENTRE

PATIENCE_MS: Final = 1_000
NOW_MS: Final = 1_800_000_000_000
EDITION: Final = 7


@dataclass
class Asker:
    """A terminal that asks, with a clock that is set by hand; ``heard`` is what it believed."""

    heard: list[SignedTime] = field(default_factory=list)
    now_ms: float = 0.0

    def __post_init__(self) -> None:
        self.verbs = TimeVerbs(
            random_bytes=SystemIds().random_bytes,
            monotonic_ms=lambda: self.now_ms,
            open_time=lambda packed: open_time(packed, CENTRE.public),
            heard=self._hear,
            patience_ms=PATIENCE_MS,
        )

    async def _hear(self, told: SignedTime) -> None:
        self.heard.append(told)

    async def ask(self) -> bytes:
        return bytes.fromhex((await self.verbs.ask({}))["nonce"])

    async def take(self, nonce: bytes, key: SigningKey = CENTRE, spoil: Callable[[bytes], bytes] = bytes) -> None:
        signed = spoil(seal_time(key, SignedTime(nonce, NOW_MS, EDITION)))
        await self.verbs.take({"bytes": to_text(signed)})


async def test_the_answer_to_its_question_is_heard() -> None:
    asker = Asker()
    nonce = await asker.ask()
    asker.now_ms += PATIENCE_MS
    await asker.take(nonce)
    assert asker.heard == [SignedTime(nonce, NOW_MS, EDITION)]


async def test_each_question_is_another() -> None:
    asker = Asker()
    assert len({await asker.ask() for _ in range(20)}) == 20


async def nothing_asked(asker: Asker) -> None:
    await asker.take(b"")


async def another_question(asker: Asker) -> None:
    await asker.ask()
    await asker.take(b"n" * 16)


async def the_question_before(asker: Asker) -> None:
    before = await asker.ask()
    await asker.ask()
    await asker.take(before)


async def twice(asker: Asker) -> None:
    nonce = await asker.ask()
    await asker.take(nonce)
    asker.heard.clear()
    await asker.take(nonce)


async def too_late(asker: Asker) -> None:
    nonce = await asker.ask()
    asker.now_ms += PATIENCE_MS + 1
    await asker.take(nonce)


async def another_key(asker: Asker) -> None:
    await asker.take(await asker.ask(), SigningKey(b"x" * 32))


async def cut_short(asker: Asker) -> None:
    await asker.take(await asker.ask(), spoil=lambda signed: signed[:-1])


REFUSED: Final = {
    "where nothing was asked": (nothing_asked, "ACK_FOREIGN"),
    "for another question": (another_question, "ACK_FOREIGN"),
    "for the question before": (the_question_before, "ACK_FOREIGN"),
    "a second time": (twice, "ACK_FOREIGN"),
    "that was kept back": (too_late, "ACK_FOREIGN"),
    "by another key": (another_key, "SIGNATURE_WRONG"),
    "that was cut short": (cut_short, "WIRE_MALFORMED"),
}


@pytest.mark.parametrize(("scene", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_no_time_is_believed(scene: Callable[[Asker], Awaitable[None]], code: str) -> None:
    asker = Asker()
    with pytest.raises(RemoteProtocolError) as raised:
        await scene(asker)
    assert raised.value.code == code
    assert asker.heard == []
