"""The terminal's process: enrolment, journals, reference data, reader and control sockets joined. No network."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Protocol

from edge.clock import SystemClock, SystemIds
from edge.config import TerminalConfig
from edge.crypto.identity import TerminalIdentity
from edge.domain.debit import TripFacts
from edge.domain.frozen import frozen
from edge.domain.tap import TerminalId
from edge.ports import Clock, CodeReader, Identity, IdSource, Reader, Values
from edge.ports.display import TextDisplay
from edge.ports.place import PlaceSource
from edge.profile_overlay import overlaid
from edge.proof import prove
from edge.readiness import until_stopped
from edge.store.epochs import EarlierJournals, open_earlier
from edge.store.journal import SqliteJournal, open_journal
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from edge.store.settings import JournalSettings
from edge.telemetry import log, log_to
from edge.terminal.code_line import CodeLine
from edge.terminal.control import ControlServer
from edge.terminal.display_line import DisplayLine
from edge.terminal.events import Broadcast
from edge.terminal.line import TapLine, TapRules
from edge.terminal.prompts import load_prompts
from edge.terminal.prompts_in_force import PromptsInForce
from edge.terminal.restarts import keep_serving
from edge.terminal.service import IDLE_MS, TerminalService
from edge.terminal.spare import HOUR_MS, has_served
from edge.terminal.streams import EpochStream
from edge.terminal.supervisor import Supervisor
from edge.terminal.till.lately import Lately
from edge.terminal.till.offers import Offers
from edge.terminal.timekeeping import passed_ms
from edge.terminal.torn import close_open_intents
from edge.terminal.unheard import unheard_answer
from edge.terminal.voice_line import VoiceLine
from edge.wiring_code_reader import no_codes, terminal_codes
from edge.wiring_display import no_display, terminal_display
from edge.wiring_outputs import MakeOutputs, join_outputs, no_outputs, terminal_outputs
from edge.wiring_place import driver_keypad, no_place, terminal_place
from edge.wiring_printer import no_printer, till_printer
from edge.wiring_reader import terminal_reader
from edge.wiring_vehicle import boardings_of, join_vehicle
from edge.wiring_verbs import terminal_verbs
from edge.wiring_voice import Speaking, no_voice, terminal_voice
from sync.enrolment_files import Enrolment, load_enrolment

if TYPE_CHECKING:
    from edge.terminal.till.receipts import ReceiptPrinter

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
        service = await open_terminal(config, enrolment, this_machine(), stack)
        log(LOG, logging.INFO, "service started", epoch=service.journal.epoch)
        proving = asyncio.create_task(
            prove(config.paths.state, lambda: service.journal.position().last, service.report)
        )
        stack.callback(proving.cancel)
        await until_stopped(service.run())


class MakeClock(Protocol):
    """Makes the clock of a machine."""

    def __call__(self, floor_ms: int, *, drift_ppm: int, travel_ms: int) -> SystemClock:
        """Return it; see :class:`edge.clock.SystemClock`."""
        ...


@frozen
class Outside:
    """What a machine gives to the terminal on it: time, chance, the use of its keys, and the reader.

    ``clock`` takes a time that has surely passed, in ms UTC, and how far the clock may drift. ``idle_ms`` is the pause
    between two pieces of idle work.
    """

    clock: MakeClock
    ids: IdSource
    identity: Callable[[Enrolment], Identity]
    reader: Callable[[TerminalConfig, IdSource, Clock, Values], Reader]
    idle_ms: int = IDLE_MS
    codes: Callable[[TerminalConfig, Values], CodeReader | None] = no_codes
    printer: Callable[[TerminalConfig], ReceiptPrinter | None] = no_printer
    place: Callable[[TerminalConfig], PlaceSource | None] = no_place
    keypad: Callable[[TerminalConfig], PlaceSource | None] = no_place
    display: Callable[[TerminalConfig], TextDisplay | None] = no_display
    voice: Callable[[TerminalConfig], Speaking | None] = no_voice
    outputs: MakeOutputs = no_outputs


def this_machine() -> Outside:
    """Return the machine that this process runs on."""
    make = (SystemClock, SystemIds(), _identity, terminal_reader)
    return Outside(
        *make,
        codes=terminal_codes,
        printer=till_printer,
        place=terminal_place,
        keypad=driver_keypad,
        display=terminal_display,
        voice=terminal_voice,
        outputs=terminal_outputs,
    )


def _identity(enrolment: Enrolment) -> TerminalIdentity:
    return TerminalIdentity(enrolment.token_keys[-1], enrolment.clearing_key)


async def open_terminal(
    config: TerminalConfig, enrolment: Enrolment, outside: Outside, stack: AsyncExitStack
) -> TerminalService:
    """Open everything, ready to serve; ``stack`` closes it again, whatever happens."""
    stack.enter_context(JournalLock(config.paths.journal_lock))
    service, clock = await _build(config, enrolment, outside, stack)
    control = ControlServer(config.paths.sockets, terminal_verbs(config, enrolment, service, clock), service.broadcast)
    await control.start()
    stack.push_async_callback(control.close)
    stack.push_async_callback(service.supervisor.reader.close)
    if service.codes is not None:
        stack.push_async_callback(service.codes.codes.close)
    return service


async def _build(
    config: TerminalConfig, enrolment: Enrolment, outside: Outside, stack: AsyncExitStack
) -> tuple[TerminalService, SystemClock]:
    journal, earlier = await _open_journals(config, enrolment, stack)
    clock = outside.clock(
        await passed_ms([*earlier.journals, journal]),
        drift_ppm=config.clock.drift_ppm,
        travel_ms=config.centre.request_timeout_s * 1000,
    )
    reference = stack.enter_context(FileReference(config.paths.editions, enrolment.centre_key))
    for fault in reference.start(serves=True):
        log(LOG, logging.WARNING, "edition refused", code=fault.code, message=str(fault.args[0]))
    config = overlaid(config, reference)
    line = await _tap_line(config, enrolment, outside, Held(clock, reference, journal, earlier))
    for each in (*earlier.journals, journal):
        await close_open_intents(line, each)
    broadcast = Broadcast(PromptsInForce(load_prompts(), reference))
    unheard = await unheard_answer(line, journal, *reversed(earlier.journals))
    supervisor = Supervisor(line, outside.reader(config, outside.ids, clock, reference), broadcast, unheard=unheard)

    codes = outside.codes(config, reference)
    older = [EpochStream(each.epoch, each) for each in earlier.journals]
    service = TerminalService(
        supervisor,
        journal,
        older,
        broadcast,
        reference,
        clock.learn,
        outside.idle_ms,
        config.lists.probation_s * 1000,
        codes=None if codes is None else CodeLine(codes, supervisor),
        spare_age_ms=config.lists.spare_age_h * HOUR_MS,
        used=await has_served([*earlier.journals, journal]),
        printer=outside.printer(config),
    )
    _join_beside(service, config, outside, stack)
    for left_out in earlier.faults:
        service.report(left_out)
    return service, clock


@frozen
class Held:
    """What a start has opened: the clock by its journals, the reference data, the journals."""

    clock: SystemClock
    reference: FileReference
    journal: SqliteJournal
    earlier: EarlierJournals


async def _tap_line(config: TerminalConfig, enrolment: Enrolment, outside: Outside, held: Held) -> TapLine:
    clock, reference, journals = held.clock, held.reference, [*held.earlier.journals, held.journal]
    is_till = config.place.mode == "till"
    return TapLine(
        terminal=TerminalId(enrolment.terminal),
        rules=tap_rules(config),
        clock=clock,
        ids=outside.ids,
        identity=outside.identity(enrolment),
        journal=held.journal,
        reference=reference,
        older=tuple([each for each in held.earlier.journals if await _still_matters(each)]),
        offers=Offers(clock, reference, config.tap.torn_window_s * 1000) if is_till else None,
        boardings=boardings_of(config, clock),
        meals=Lately(lambda: journals) if is_till else None,
    )


def _join_beside(service: TerminalService, config: TerminalConfig, outside: Outside, stack: AsyncExitStack) -> None:
    """Add what only some terminals have: who says where the vehicle is, a text display, a voice."""
    supervisor, display = service.supervisor, config.display
    join_vehicle(service, config, {"place": outside.place(config), "keypad": outside.keypad(config)}, stack)
    join_outputs(service, config, outside.outputs)
    if (screen := outside.display(config)) is not None:
        service.display = DisplayLine(screen, service.broadcast, service.report, display.language, display.show_ms)
        stack.push_async_callback(screen.close)
    if (speaking := outside.voice(config)) is not None:
        line, tones, language = supervisor.line, speaking.tones, config.voice.language
        loudspeaker = speaking.loudspeaker
        service.voice = VoiceLine(loudspeaker, service.broadcast, service.report, line.reference, tones, language)
        stack.push_async_callback(loudspeaker.close)


async def _open_journals(
    config: TerminalConfig, enrolment: Enrolment, stack: AsyncExitStack
) -> tuple[SqliteJournal, EarlierJournals]:
    """Open the journal in force and those of earlier epochs; where it begins, it is the heir of the newest of them."""
    settings = journal_settings(config)
    earlier = await open_earlier(config.paths.state, enrolment.terminal, enrolment.old_epochs, settings, stack)
    journal = await open_journal(
        config.paths.journal,
        terminal=enrolment.terminal,
        epoch=enrolment.epoch,
        grant_hash=enrolment.grant_hash,
        settings=settings,
        heir_of=earlier.journals[-1] if earlier.journals else None,
    )
    stack.push_async_callback(journal.close)
    return journal, earlier


async def _still_matters(journal: SqliteJournal) -> bool:
    """Say whether a tap has to look into a journal of an earlier epoch.

    What the centre keeps aside it may lose with a backup: then it is at risk again, at once.
    """
    at = journal.position()
    return bool(at.unsent_count or at.aside > at.acked or await journal.unsettled())


def tap_rules(config: TerminalConfig) -> TapRules:
    """Return the tap line's constants from the configuration."""
    cards = config.cards
    trip = TripFacts(
        kind=cards.trip_kind,
        industry=cards.trip_industry,
        line_station=bytes.fromhex(cards.trip_line_station),
        city=config.place.city,
        acquirer=bytes.fromhex(cards.trip_acquirer),
    )
    return TapRules(config.place.value(), trip, config.tap.debounce_ms, config.tap.torn_window_s)


def journal_settings(config: TerminalConfig) -> JournalSettings:
    """Return how the journal keeps house; the section's names are the settings' own."""
    return JournalSettings(**asdict(config.journal))
