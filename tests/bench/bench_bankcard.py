"""Offline data authentication beside its bare arithmetic, and a bank card's tap beside its wire and card time.

The floor of the chain is what no verification can do without: three signatures opened and what is hashed. ``known`` is
a card of an issuer that was seen before: its certificate is remembered, one opening less. The tap is the
terminal's whole line, from the activated card to its durable entry, on a pty paced to 115200 baud with the card-time
model; what a pty does not pace, the bytes to the reader, is added to both sides. What it writes is counted, not timed.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from drivers.apdu import Response
from drivers.cards.bankcard import Application
from drivers.oda import rsa_chain, sm2_chain
from drivers.oda.rsa_chain import RsaChain
from drivers.oda.session import Exchanges, Observed
from drivers.oda.sm2_chain import Sm2Chain
from drivers.oda.verify import Trust, verify
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.card_time import CardTime
from drivers.virtual.device import VirtualDevice
from drivers.virtual.emv_objects import tlv
from drivers.virtual.field import Field
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.psam import Psam
from edge.crypto.sm import sm2_verify, sm3
from edge.ports import Trouble
from edge.terminal.tap_loop import take_tap
from tests.bench.disk_counts import CountedDisk, Written, counted_disk
from tests.bench.modelled_line import BAUD, CountedDevice, Spent
from tests.bench.report import Report
from tests.bench.tap_session import TapSession, tap_session
from tests.bench.terminal_folder import enrolled
from tests.drivers.cards.bank_bench import NOW, Talk, bank_settings
from tests.scenarios.tap_bench import write_fare

ROW: Final = "bankcard"
CHAIN_X_MAX: Final = 2.5
TAP_X_MAX: Final = 1.25
TAPS: Final = 7
COUNTED: Final = 100
WRITES_MAX: Final = 1.05
"""Flushes of one tap: its one entry is the whole payment. Every few seconds the file system adds one of its own."""
ROUNDS: Final = 7
ROUND_S: Final = 0.15

RSA_PLANS: Final = {"RSA, published card": BankPlan(chain="published"), "RSA, made card": BankPlan()}
SM2_PLANS: Final = {"SM2, made card": BankPlan(algorithm="sm2")}


def run() -> int:
    """Print chain and tap; returns 1 where one misses its limit."""
    report = Report(
        ROW, "bank cards by offline data authentication", "three bare openings and hashes; wire + card time"
    )
    for name, plan in (RSA_PLANS | SM2_PLANS).items():
        _chain(report, name, plan)
    for name, plan in (RSA_PLANS | SM2_PLANS).items():
        _tap(report, name, plan)
    _writes(report)
    return report.end()


def _chain(report: Report, name: str, plan: BankPlan) -> None:
    observed, settings = observed_tap(plan), bank_settings()
    day, accepts = NOW.date(), settings.trust()

    def known() -> object:
        return verify(observed, accepts, day)

    def first() -> object:
        rsa_chain._issuer.cache_clear()  # noqa: SLF001 - an issuer that was never seen
        sm2_chain._issuer.cache_clear()  # noqa: SLF001 - as above
        return verify(observed, accepts, day)

    if not verify(observed, accepts, day).verified:
        raise RuntimeError(f"{name} is not verified")
    openings = bare_openings(observed, accepts)
    for issuer, figure in (("first", first), ("known", known)):
        pairs = [(took_us(figure), took_us(openings)) for _ in range(ROUNDS)]
        ratio = median(chain / floor for chain, floor in pairs)
        figure_us, floor_us = median(chain for chain, _ in pairs), median(floor for _, floor in pairs)
        text = f"{figure_us:6.0f} us on a floor of {floor_us:4.0f} us: {ratio:.2f}x"
        report.figure(f"chain, {name}, issuer {issuer}", text, value=ratio, limit=CHAIN_X_MAX)


def observed_tap(plan: BankPlan) -> Observed:
    """Return what one tap of a card brought."""
    talk, exchanges = Talk(BankCard(plan)), Exchanges()
    talk.hold(Application(bank_settings()).snapshot())
    for command, answer in zip(talk.commands, talk.answers, strict=True):
        exchanges.observe(command, Response.parse(answer))
    if exchanges.current is None:
        raise RuntimeError("no application was selected")
    return exchanges.current


def took_us(call: Callable[[], object]) -> float:
    """Return the time of one call: the best part of a round, for others share the machine."""
    count = 20
    best = float("inf")
    until = time.perf_counter() + ROUND_S
    while time.perf_counter() < until:
        start = time.perf_counter()
        for _ in range(count):
            call()
        best = min(best, (time.perf_counter() - start) / count * 1e6)
    return best


def bare_openings(observed: Observed, accepts: Trust) -> Callable[[], object]:
    """Return the arithmetic of one card alone: three signatures opened or verified, and what is hashed."""
    card = verify(observed, accepts, NOW.date()).objects
    authority = accepts.keys.find(observed.rid, card[0x8F][0], NOW.date()).public
    certificates = (card[0x90], card[0x9F46], card[0x9F4B])
    static, covered = _static(card), _covered(observed, card)
    if isinstance(authority, bytes):
        chain = Sm2Chain(sm2_verify, sm3, accepts.scheme.sm2_dynamic_format)
        issuer = chain.issuer(authority, card)
        points = (authority, issuer.key, chain.card(issuer.key, card, static).key)
        outside = (b"", static, covered)
        calls = [
            (point, raw[-64:], raw[:-64] + more) for point, raw, more in zip(points, certificates, outside, strict=True)
        ]
        return lambda: [sm2_verify(*each) for each in calls]
    rsa = RsaChain()
    known = rsa.issuer(authority, card)
    keys = (authority, known.key, rsa.card(known.key, card, static).key)
    numbers = [
        (int.from_bytes(raw, "big"), key.exponent, key.modulus) for raw, key in zip(certificates, keys, strict=True)
    ]
    tails = (card.get(0x92, b"") + card[0x9F32], card.get(0x9F48, b"") + card[0x9F47] + static, covered)
    hashed = [bytes(len(raw) - 22) + tail for raw, tail in zip(certificates, tails, strict=True)]
    return lambda: ([pow(*each) for each in numbers], [hashlib.sha1(each, usedforsecurity=False) for each in hashed])


def _static(card: Mapping[int, bytes]) -> bytes:
    """Return the certified bytes of the virtual cards: five objects and the AIP, or nothing on the published one."""
    if 0x9F4A not in card:
        return b""
    tags = ("5A", "5F24", "5F25", "5F28", "9F4A")
    return b"".join(tlv(tag, card[int(tag, 16)]) for tag in tags) + card[0x82]


def _covered(observed: Observed, card: Mapping[int, bytes]) -> bytes:
    return b"".join(observed.terminal[tag] for tag in (0x9F37, 0x9F02, 0x5F2A)) + card[0x9F69]


def _tap(report: Report, name: str, plan: BankPlan) -> None:
    taps = asyncio.run(_taps(plan))
    total_ms = median(total for total, _ in taps)
    ratio = median(total / spent.needed_ms for total, spent in taps)
    spent = taps[0][1]
    text = f"{total_ms:4.0f} ms, wire {spent.on_the_wire_ms:.0f} + card {spent.device_ms:.0f} ms: {ratio:.2f}x"
    report.figure(f"tap, {name}", text, value=ratio, limit=TAP_X_MAX)


async def _taps(plan: BankPlan) -> list[tuple[float, Spent]]:
    """Return total milliseconds and what was needed, of each tap: from the activated card to its durable entry."""
    spent, field = Spent(), Field()
    with tempfile.TemporaryDirectory() as root:
        async with _terminal(Path(root), CountedDevice(VirtualPn532(field), spent), baud=BAUD) as session:
            return [await _timed(session, field, BankCard(replace(plan, counter=tap)), spent) for tap in range(TAPS)]


@asynccontextmanager
async def _terminal(folder: Path, chip: VirtualDevice, *, baud: int = 0) -> AsyncIterator[TapSession]:
    """Open a terminal that takes bank cards, on two lines; with ``baud`` the reader's is paced."""
    terminal = enrolled(folder)
    write_fare(terminal.root / "state", 2, fare_fen=1, also=["bank_card"])
    async with (
        VirtualPort(chip, terminal.reader, baud=baud),
        VirtualPort(VirtualGemCore({1: Psam()}), terminal.sam),
        tap_session(terminal) as session,
    ):
        yield session


def _writes(report: Report) -> None:
    with counted_disk() as disk:
        written = asyncio.run(_written(disk))
        flushes = written.flushes / COUNTED
        report.figure("written for a tap", written.per(COUNTED), value=flushes, limit=WRITES_MAX)
        report.note(f"{COUNTED} taps, checkpoints left out; {disk.how}")


async def _written(disk: CountedDisk) -> Written:
    """Return what taps wrote together; the idle work between them is another's account."""
    written, field = Written(), Field(card_time=CardTime(enabled=False))
    async with _terminal(disk.folder / "terminal", VirtualPn532(field)) as session:
        for tap in range(COUNTED):
            before = disk.written()
            await _timed(session, field, BankCard(BankPlan(counter=tap)), Spent())
            written += disk.written() - before
            await session.upkeep()
    return written


async def _timed(session: TapSession, field: Field, card: BankCard, spent: Spent) -> tuple[float, Spent]:
    field.present(card)
    presented = await session.reader.next_card()
    if isinstance(presented, Trouble):
        raise TypeError("a single card was taken for two")
    before = replace(spent)
    start = time.perf_counter()
    outcome = await take_tap(session.line, presented, session.line.tap(await presented.snapshot()), lambda _token: None)
    took_ms = (time.perf_counter() - start) * 1000
    if not outcome.accepted:
        raise RuntimeError(f"a tap was not accepted: {outcome.signal.prompt}")
    own = spent - before
    field.remove()
    return took_ms + own.unpaced_ms, own
