"""The terminal: journals, reference data, reader, control sockets and what stands beside them joined. No network."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

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
from edge.store.journal import SqliteJournal
from edge.store.left_acts import take_left_acts
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from edge.telemetry import log
from edge.terminal.code_line import CodeLine
from edge.terminal.control import ControlServer
from edge.terminal.events import Broadcast
from edge.terminal.line import TapLine, TapRules
from edge.terminal.prompts import load_prompts
from edge.terminal.prompts_in_force import PromptsInForce
from edge.terminal.published_sealing import PublishedSealing
from edge.terminal.remarks import noting
from edge.terminal.service import IDLE_MS, TerminalService
from edge.terminal.spare import HOUR_MS, has_served
from edge.terminal.streams import EpochStream
from edge.terminal.supervisor import Supervisor
from edge.terminal.unheard import unheard_answer
from edge.wiring_code_reader import no_codes, terminal_codes
from edge.wiring_display import no_display, terminal_display
from edge.wiring_journals import Journals, MakeClock, open_journals
from edge.wiring_outputs import MakeOutputs, join_outputs, no_outputs, terminal_outputs
from edge.wiring_place import driver_keypad, no_place, terminal_place
from edge.wiring_printer import no_printer, till_printer
from edge.wiring_reader import terminal_reader
from edge.wiring_vehicle import TILL, boardings_of, join_vehicle
from edge.wiring_verbs import terminal_verbs
from edge.wiring_voice import Speaking, no_voice, terminal_voice
from sync.enrolment_files import Enrolment

if TYPE_CHECKING:
    from edge.terminal.till.receipts import ReceiptPrinter

LOG: Final = logging.getLogger("onecard.terminal")


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
    journals = await open_journals(config, enrolment, outside.clock, stack)
    return await join_terminal(config, enrolment, journals, outside, stack)


async def join_terminal(
    config: TerminalConfig, enrolment: Enrolment, journals: Journals, outside: Outside, stack: AsyncExitStack
) -> TerminalService:
    """Join everything else to the journals, ready to serve; ``stack`` closes it again, whatever happens."""
    service = await _service(config, enrolment, journals, outside, stack)
    await take_left_acts(config.paths.state, noting(service.supervisor.line, service.report))
    verbs = terminal_verbs(config, enrolment, service, journals.clock)
    control = ControlServer(config.paths.sockets, verbs, service.broadcast)
    await control.start()
    stack.push_async_callback(control.close)
    stack.push_async_callback(service.supervisor.reader.close)
    if service.codes is not None:
        stack.push_async_callback(service.codes.codes.close)
    return service


async def _service(
    config: TerminalConfig, enrolment: Enrolment, journals: Journals, outside: Outside, stack: AsyncExitStack
) -> TerminalService:
    clock, earlier = journals.clock, journals.earlier
    centre = enrolment.centre
    token_key = enrolment.token_keys[-1].version
    reference = stack.enter_context(FileReference(config.paths.editions, centre.ever, centre.in_force, token_key))
    for fault in reference.start(serves=True):
        log(LOG, logging.WARNING, "edition refused", code=fault.code, message=str(fault.args[0]))
    config = overlaid(config, reference)
    line = await _tap_line(config, enrolment, journals, outside, reference)
    broadcast = Broadcast(PromptsInForce(load_prompts(), reference))
    unheard = await unheard_answer(line, *reversed(journals.oldest_first))
    supervisor = Supervisor(line, outside.reader(config, outside.ids, clock, reference), broadcast, unheard=unheard)

    codes = outside.codes(config, reference)
    service = TerminalService(
        supervisor,
        journals.current,
        [EpochStream(each.epoch, each) for each in earlier.journals],
        broadcast,
        reference,
        clock.learn,
        outside.idle_ms,
        config.lists.probation_s * 1000,
        codes=None if codes is None else CodeLine(codes, supervisor),
        spare_age_ms=config.lists.spare_age_h * HOUR_MS,
        used=await has_served(journals.oldest_first),
        printer=outside.printer(config),
    )
    _join_beside(service, config, outside, stack)
    for left_out in earlier.faults:
        service.report(left_out)
    return service


async def _tap_line(
    config: TerminalConfig, enrolment: Enrolment, journals: Journals, outside: Outside, reference: FileReference
) -> TapLine:
    clock = journals.clock
    line = TapLine(
        terminal=TerminalId(enrolment.terminal),
        rules=tap_rules(config),
        clock=clock,
        ids=outside.ids,
        identity=PublishedSealing(outside.identity(enrolment), reference),
        journal=journals.current,
        reference=reference,
        older=tuple([each for each in journals.earlier.journals if await _still_matters(each)]),
        boardings=boardings_of(config, clock),
    )
    return _with_meals(line, journals) if config.place.mode == TILL else line


def _with_meals(line: TapLine, journals: Journals) -> TapLine:
    """Return the line of a till, with its offers and the meals that its guards look at."""
    from edge.terminal.till.lately import Lately  # noqa: PLC0415 - a terminal that is no till loads none of it
    from edge.terminal.till.offers import Offers  # noqa: PLC0415 - as above

    offers = Offers(line.clock, line.reference, line.rules.torn_window_s * 1000)
    return replace(line, offers=offers, meals=Lately(lambda: journals.oldest_first))


def _join_beside(service: TerminalService, config: TerminalConfig, outside: Outside, stack: AsyncExitStack) -> None:
    """Add what only some terminals have: who says where the vehicle is, a text display, a voice."""
    supervisor, display = service.supervisor, config.display
    join_vehicle(service, config, {"place": outside.place(config), "keypad": outside.keypad(config)}, stack)
    join_outputs(service, config, outside.outputs)
    if (screen := outside.display(config)) is not None:
        from edge.terminal.display_line import DisplayLine  # noqa: PLC0415 - loaded where there is one

        service.display = DisplayLine(screen, service.broadcast, service.report, display.language, display.show_ms)
        stack.push_async_callback(screen.close)
    if (speaking := outside.voice(config)) is not None:
        from edge.terminal.voice_line import VoiceLine  # noqa: PLC0415 - as above

        line, tones, language = supervisor.line, speaking.tones, config.voice.language
        loudspeaker = speaking.loudspeaker
        service.voice = VoiceLine(loudspeaker, service.broadcast, service.report, line.reference, tones, language)
        stack.push_async_callback(loudspeaker.close)


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
