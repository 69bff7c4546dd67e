"""The process of ``onecard run``: journals first, then all else of the terminal, until it is asked to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from contextlib import AsyncExitStack
from typing import Final

from edge.clock import SystemClock
from edge.config import TerminalConfig
from edge.proof import prove
from edge.readiness import until_stopped
from edge.store.lock import JournalLock
from edge.telemetry import log, log_to
from edge.terminal.restarts import keep_serving
from edge.wiring_journals import open_journals
from sync.enrolment_files import load_enrolment

LOG: Final = logging.getLogger("onecard.terminal")


def run_terminal(config: TerminalConfig) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code of the error that ended it otherwise.

    A store in doubt is closed and opened again here, see :func:`edge.terminal.restarts.keep_serving`; the journal then
    says what was written.
    """
    return keep_serving(lambda: asyncio.run(_serve(config)), SystemClock(0).monotonic_ms)


async def _serve(config: TerminalConfig) -> None:
    enrolment = load_enrolment(config.paths.state, config.paths.credentials)
    log_to(sys.stderr, enrolment.terminal)
    async with AsyncExitStack() as stack:
        stack.enter_context(JournalLock(config.paths.journal_lock))
        journals = await open_journals(config, enrolment, SystemClock, stack)
        log(LOG, logging.INFO, "journal at rest", epoch=journals.current.epoch)

        from edge.wiring_terminal import join_terminal, this_machine  # noqa: PLC0415 - most of a start; see the module

        service = await join_terminal(config, enrolment, journals, this_machine(), stack)
        log(LOG, logging.INFO, "service started", epoch=journals.current.epoch)
        gc.freeze()  # what a terminal is made of stays: no collection between two taps looks through it again
        stack.callback(gc.unfreeze)  # until this one ends: the next begins in the same process
        proving = asyncio.create_task(
            prove(config.paths.state, lambda: service.journal.position().last, service.report)
        )
        stack.callback(proving.cancel)
        await until_stopped(service.run())
