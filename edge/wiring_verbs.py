"""What the control sockets of a terminal can do, joined from its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.clock import SystemClock
from edge.config import TerminalConfig
from edge.domain.exchange import HEAD_PURPOSE, SliceHead
from edge.terminal.control import Verb
from edge.terminal.drive_verbs import DriveVerbs
from edge.terminal.key_verbs import KeyVerbs
from edge.terminal.lease_verbs import LeaseVerbs
from edge.terminal.list_verbs import ListVerbs
from edge.terminal.no_till import no_desk
from edge.terminal.remarks import noting
from edge.terminal.ride_verbs import RideVerbs
from edge.terminal.risk_report import RiskVerbs
from edge.terminal.service import TerminalService
from edge.terminal.technicians import Technicians
from edge.terminal.till.receipt_check import ReceiptVerbs
from edge.terminal.till.texts import TextVerbs
from edge.terminal.time_verbs import TimeVerbs
from edge.terminal.timekeeping import trusted_ms
from edge.terminal.trial_tap import TrialTap
from edge.terminal.verbs import OperatorVerbs, SyncVerbs
from sync.batch import open_ack
from sync.enrolment_files import Enrolment
from sync.signed_time import open_time
from sync.wire import statement

ACTS: Final = frozenset({"card.read", "lists.rollback", "tap.test"})
"""The verbs by which a technician changes something or takes a card; all others tell, or are noted by themselves."""


def terminal_verbs(
    config: TerminalConfig, enrolment: Enrolment, service: TerminalService, clock: SystemClock
) -> dict[str, Verb]:
    """Return verb -> coroutine, of every role."""
    acting = Technicians(service.supervisor.line, service.report).acting
    of_people = {**_operator_verbs(service, clock), **_till_verbs(config, service)}
    acts = {name: acting(name, of_people[name]) for name in ACTS}
    return {**_sync_verbs(config, enrolment, service, clock), **of_people, **acts}


def _sync_verbs(
    config: TerminalConfig, enrolment: Enrolment, service: TerminalService, clock: SystemClock
) -> Mapping[str, Verb]:
    def sign(head: SliceHead) -> bytes:
        return enrolment.signing_key.sign(statement(HEAD_PURPOSE, head))

    sync = SyncVerbs(
        streams=lambda: list(service.streams()),
        sign=sign,
        open_ack=lambda packed: open_ack(packed, enrolment.centre.in_force),
        install=lambda path: service.editions.install(config.paths.state / path),
        acked=service.acked,
    )
    time = TimeVerbs(
        random_bytes=service.supervisor.line.ids.random_bytes,
        monotonic_ms=clock.monotonic_ms,
        open_time=lambda packed: open_time(packed, enrolment.centre.in_force),
        heard=service.told_time,
        patience_ms=config.centre.request_timeout_s * 1000,
    )
    keys = KeyVerbs(enrolment.centre, lambda: trusted_ms(clock), noting(service.supervisor.line, service.report))
    return {**sync.verbs(), **time.verbs(), **keys.verbs()}


def _operator_verbs(service: TerminalService, clock: SystemClock) -> Mapping[str, Verb]:
    journal, line = service.journal, service.supervisor.line

    async def problems() -> list[str]:
        return [str(problem) for problem in await journal.verify()]

    people = OperatorVerbs(
        hello=service.hello,
        status=service.status,
        page=journal.page,
        tap_entries=journal.tap_entries,
        verify=problems,
        read_card=service.read_card,
        test_tap=TrialTap(service.supervisor).run,
        broadcast=service.broadcast,
    )
    risk = RiskVerbs(
        reference=line.reference,
        journals=lambda: [stream.feed for stream in service.streams()],
        reading=clock.reading,
        confirmed_ms=lambda: service.time.confirmed_ms,
        cautious=lambda: line.service.continuity == "lost",
    )
    lists, leases = ListVerbs(service.editions, line), LeaseVerbs(line, service.supervisor.between_taps)
    receipts = ReceiptVerbs(line.terminal, service.journals)
    drive = DriveVerbs(service.vehicle)
    ride = RideVerbs(line, service.vehicle, service.whole_status, lambda: service.shown)
    told = {**people.verbs(), **risk.verbs(), **drive.verbs(), **ride.verbs()}
    return {**told, **lists.verbs(), **leases.verbs(), **receipts.verbs()}


def _till_verbs(config: TerminalConfig, service: TerminalService) -> Mapping[str, Verb]:
    texts = TextVerbs(service.supervisor.line.reference).verbs()
    if service.till is None:
        return {**texts, **no_desk()}
    from edge.wiring_desk import desk_verbs  # noqa: PLC0415 - a terminal that is no till loads none of it

    return {**desk_verbs(config, service, service.till), **texts}
