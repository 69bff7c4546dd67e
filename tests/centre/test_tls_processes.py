"""Mutual TLS between whole processes: enrolled over HTTPS, taps up, news down, a renewal, another authority, an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from edge.clock import SystemClock
from edge.crypto.signing import read_secret_text, write_secret
from edge.demo.documents import FARE
from edge.demo.processes import run_to_end
from edge.demo.stage import TERMINAL
from sync.central.authority import open_authority
from sync.central.trust import DAY_MS
from sync.paths import time_path
from sync.transport import read_held
from tests.centre.tls_stage import INTERVAL_S, TlsStage
from tests.centre.transport_rig import ask

pytestmark = [pytest.mark.centre, pytest.mark.asyncio(loop_scope="module")]

TIME = time_path("00" * 16)
LET_IN = (200, "")
AGED_DAYS = 70
"""Past two thirds of the 90 days that a terminal's certificate lasts."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsStage]:
    """One line for all these tests; only the last leaves it shut out."""
    async with TlsStage(tmp_path_factory.mktemp("t"), card_time=False) as line:
        yield line


async def test_taps_go_up_and_whoever_shows_no_certificate_is_refused(stage: TlsStage) -> None:
    assert await ask(stage.url, TIME, root=stage.authorities) == (403, "CERTIFICATE_REFUSED")
    assert await ask(stage.url, TIME, root=stage.authorities, pair=stage.enrolled.certificate) == LET_IN
    await stage.ride()
    await stage.drained()
    books = await stage.reconcile()
    assert (books["balanced"], [line["terminal"] for line in books["streams"]]) == (True, [TERMINAL])


async def test_who_waits_for_news_is_told_of_them_at_once(stage: TlsStage) -> None:
    before = (await stage.status())["edition"]
    dearer = stage.folder / "dearer.toml"
    dearer.write_text(FARE.replace("fare_fen = 200", "fare_fen = 300"), "utf-8")
    began_s = asyncio.get_running_loop().time()
    await run_to_end("central", "publish", str(dearer), *stage.central)
    await stage.until("the edition is in force", lambda: newer(stage, before))
    assert asyncio.get_running_loop().time() - began_s < INTERVAL_S / 2


async def newer(stage: TlsStage, than: int) -> bool:
    return bool((await stage.status())["edition"] > than)


async def test_row_38_a_certificate_is_renewed_while_taps_go_on_and_the_one_before_stays_good(stage: TlsStage) -> None:
    aged = age(stage)
    await stage.restart_sync()
    process = stage.sync.process
    await stage.until("another certificate is in use", lambda: other_than(stage, aged))
    await stage.ride()
    await stage.drained()
    assert stage.sync.process is process
    assert await ask(stage.url, TIME, root=stage.authorities, pair=stage.enrolled.certificate) == LET_IN
    assert await ask(stage.url, TIME, root=stage.authorities, pair=stage.renewed.certificate) == LET_IN
    assert (await stage.certificate())["number"] == read_held(stage.renewed.certificate).facts.serial


def age(stage: TlsStage) -> str:
    """Put a certificate that is due for renewal in place of what the device has; return its number."""
    authority = open_authority(stage.folder / "centre" / "ca")
    assert authority is not None
    issued_ms = SystemClock().wall_ms() - AGED_DAYS * DAY_MS
    issued = authority.for_terminal(stage.enrolled.request(TERMINAL), TERMINAL, issued_ms)
    key = read_secret_text(stage.enrolled.next_key)
    stage.enrolled.next_key.unlink()
    for files in (stage.enrolled, stage.renewed):
        files.certificate.unlink(missing_ok=True)
    write_secret(stage.enrolled.certificate, key + issued.chain)
    return issued.serial


async def other_than(stage: TlsStage, number: str) -> bool:
    held = stage.renewed.certificate
    return held.exists() and read_held(held).facts.serial != number


async def test_an_authority_of_the_operators_own_signs_for_terminals_too(stage: TlsStage, tmp_path: Path) -> None:
    elsewhere = stage.elsewhere
    await stage.serve_anew(elsewhere.root, elsewhere.folder / "localhost.pem")
    assert (await stage.told("enrol", "--csr", str(tmp_path / "bus.csr"))).code == 3
    await elsewhere.sign(tmp_path / "bus.csr", tmp_path / "bus.pem")
    for files in (stage.enrolled, stage.renewed):
        files.certificate.unlink(missing_ok=True)
    assert (await stage.told("enrol", "--certificate", str(tmp_path / "bus.pem"))).code == 0
    await stage.restart_sync()
    await stage.ride()
    await stage.drained()
    own = open_authority(stage.folder / "centre" / "ca")
    assert own is not None
    await stage.serve_anew(stage.folder / "centre" / "ca" / "clients.pem", stage.folder / "localhost.pem")


async def test_a_terminal_that_was_shut_out_sells_no_more(stage: TlsStage) -> None:
    await run_to_end("central", "terminal", "revoke", TERMINAL, "--reason", "stolen", *stage.central)
    age(stage)
    await stage.restart_sync()
    await stage.ride()
    await stage.until("it has heard", lambda: stopped(stage))
    answer = await stage.present(next(iter(stage.cards)))
    assert (answer["accepted"], answer["prompt"]) == (False, (await stage.status())["stop"])
    said = await ask(stage.url, TIME, root=stage.authorities, pair=stage.enrolled.certificate)
    assert said == (409, "TERMINAL_REVOKED")
    assert (await stage.reconcile())["balanced"]


async def stopped(stage: TlsStage) -> bool:
    return bool((await stage.status())["stop"])
