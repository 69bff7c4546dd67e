"""Codes on the whole line beside cards: engine, codec, verification, tap line, journal; one entry a tap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.code_reader import CodeStand
from drivers.code_scheme import CodeRules
from drivers.links.memory import MemoryLine
from drivers.registry import code_scheme, scanner_model
from drivers.scanner import Scanner
from drivers.scanning import ScannerSettings
from drivers.virtual.purse import PurseCard
from drivers.virtual.scanner import TONGUES, VirtualScanner
from drivers.virtual.transit_codes import TransitIssuer
from edge.domain.entry import DeclinedTap, PaidTap
from edge.domain.medium import CardNumber
from edge.terminal.code_line import CodeLine
from edge.terminal.outcome import Outcome
from edge.terminal.unheard import unheard_answer
from tests.drivers.codes.trusting import HOME, transit_root, trust_of
from tests.scenarios.tap_bench import DEBOUNCED_S, FARE, IDENTITY, Bench, play, write_fare

pytestmark = pytest.mark.line

ISSUER: Final = TransitIssuer()
ACCOUNT: Final = "3104520000000000017"
RULES: Final = CodeRules(home_issuers=frozenset({HOME}))


class CodeBench(Bench):
    """A terminal with a scanner as well; ``show_code`` holds a code before it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.engine = VirtualScanner(TONGUES["zebra_ssi"](), answer_delay_ms=1.0)
        self.engine_line = MemoryLine("scanner", self.engine)
        self.codes: CodeLine
        self._scanning: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await super().start()
        scheme = code_scheme("jtt1179").build(trust_of([transit_root(ISSUER)], RULES))
        settings = ScannerSettings()
        scanner = Scanner(self.engine_line.link(), scanner_model("zebra_ssi").build(settings), settings.setup)
        self.codes = CodeLine(CodeStand(scanner, [scheme]), self.supervisor)
        self.supervisor.unheard = await unheard_answer(self.supervisor.line, self.journal)
        self._scanning = asyncio.create_task(self.codes.serve())
        await self.until(lambda: scanner.is_open)

    async def stop(self) -> None:
        assert self._scanning is not None
        self._scanning.cancel()
        await asyncio.gather(self._scanning, return_exceptions=True)
        await self.codes.codes.close()
        await super().stop()

    def fresh(self, *, made_ago_s: int = 1, account: str = ACCOUNT) -> bytes:
        """Return a code that a phone made a moment ago."""
        made_s = self.clock.wall_ms() // 1000 - made_ago_s
        return ISSUER.code(made_s, user_account=bytes.fromhex(account + "f"))

    async def show_code(self, code: bytes) -> Outcome:
        self.engine.scan(code)
        return await self.answer()


Scene = Callable[[CodeBench], Coroutine[Any, Any, None]]


def code_line(folder: Path, scene: Scene, *, denied: tuple[bytes, ...] = ()) -> None:
    """Play a scene at a terminal that takes purses and codes at one flat fare."""
    write_fare(folder, denied=denied, also=["code"])

    async def played() -> None:
        async with CodeBench(folder) as bench:
            await scene(bench)

    play(played())


def test_a_code_pays_with_one_entry_that_holds_its_evidence_and_no_account(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        shown = await bench.show_code(bench.fresh())
        assert (shown.accepted, shown.signal.fen) == (True, FARE)
        assert await bench.written() == ["tap"]
        (entry,) = await bench.entries()
        assert isinstance(entry.body, PaidTap)
        assert entry.body.token == IDENTITY.token("jtt1179", CardNumber(ACCOUNT))
        assert entry.body.medium.code is not None
        assert entry.body.medium.code.evidence
        assert ACCOUNT.encode() not in (bench.folder / "journal.db").read_bytes()

    code_line(tmp_path, scene)


def test_a_code_that_is_held_there_is_answered_once_and_refused_when_it_comes_back(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        code = bench.fresh()
        assert (await bench.show_code(code)).accepted
        for _ in range(3):
            bench.engine.scan(code)
            await asyncio.sleep(0.4)
        assert len(bench.shown) == 1
        await asyncio.sleep(DEBOUNCED_S)
        assert (await bench.show_code(code)).signal.prompt == "code_used"
        assert await bench.written() == ["tap", "declined"]

    code_line(tmp_path, scene)


def test_a_stock_of_codes_lets_one_person_pass(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        first, second = bench.fresh(made_ago_s=3), bench.fresh(made_ago_s=2)
        assert (await bench.show_code(first)).accepted
        await asyncio.sleep(DEBOUNCED_S)
        assert (await bench.show_code(second)).signal.prompt == "code_used"
        await asyncio.sleep(DEBOUNCED_S)
        assert (await bench.show_code(bench.fresh())).accepted

    code_line(tmp_path, scene)


def test_a_code_is_remembered_across_a_restart_but_its_unheard_answer_is_given_once_more(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        code = bench.fresh()
        assert (await bench.show_code(code)).accepted
        await bench.restart()
        again = await bench.show_code(code)
        assert (again.accepted, again.signal.prompt) == (True, "accepted_before")
        await asyncio.sleep(DEBOUNCED_S)
        assert not (await bench.show_code(code)).accepted
        assert await bench.written() == ["tap", "declined"]

    code_line(tmp_path, scene)


def test_a_forged_code_of_the_same_account_gets_no_answer_of_another(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        code = bench.fresh()
        assert (await bench.show_code(code)).accepted
        await bench.restart()
        forged = code[:-1] + bytes([code[-1] ^ 1])
        assert (await bench.show_code(forged)).signal.prompt == "not_authentic"
        assert await bench.written() == ["tap", "declined"]

    code_line(tmp_path, scene)


REFUSED: Final[dict[str, tuple[Callable[[CodeBench], bytes], str]]] = {
    "an expired code": (lambda bench: bench.fresh(made_ago_s=3_600), "code_expired"),
    "a code from a phone that is far ahead": (lambda bench: bench.fresh(made_ago_s=-600), "code_from_future"),
    "a code of an unknown root": (
        lambda bench: replace(ISSUER, root_index=9).code(bench.clock.wall_ms() // 1000),
        "issuer_unknown",
    ),
    "a web address": (lambda _: b"https://example.org/", "unknown_medium"),
}


@pytest.mark.parametrize(("made", "prompt"), REFUSED.values(), ids=REFUSED)
def test_is_refused(tmp_path: Path, made: Callable[[CodeBench], bytes], prompt: str) -> None:
    async def scene(bench: CodeBench) -> None:
        assert (await bench.show_code(made(bench))).signal.prompt == prompt
        assert await bench.written() == ["declined"]

    code_line(tmp_path, scene)


def test_a_denied_account_is_refused_and_its_entry_keeps_no_evidence(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        assert (await bench.show_code(bench.fresh())).signal.prompt == "deny_listed"
        (entry,) = await bench.entries()
        assert isinstance(entry.body, DeclinedTap)
        assert entry.body.other is not None
        assert entry.body.other.code is not None
        assert entry.body.other.code.evidence == b""

    code_line(tmp_path, scene, denied=(IDENTITY.token("jtt1179", CardNumber(ACCOUNT)),))


def test_a_code_is_served_while_a_card_lies_on_the_reader(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        assert (await bench.tap(PurseCard())).accepted
        assert (await bench.show_code(bench.fresh())).accepted
        assert await bench.written() == ["intent", "posted", "tap"]

    code_line(tmp_path, scene)


def test_a_scanner_that_was_unplugged_heals_and_no_card_waits_for_it(tmp_path: Path) -> None:
    async def scene(bench: CodeBench) -> None:
        bench.engine_line.unplug()
        assert (await bench.ride(PurseCard())).accepted
        await bench.until(lambda: any(fault.code.startswith("LINK_") for fault in bench.faults))
        bench.engine_line.plug()
        await asyncio.sleep(6)
        assert (await bench.show_code(bench.fresh())).accepted

    code_line(tmp_path, scene)
