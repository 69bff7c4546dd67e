"""What a running terminal says of itself, gathered from its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final, Protocol

from edge.control.messages import Message
from edge.control.status import JournalStatus, LastTapStatus, ListStatus, SlotStatus, Status
from edge.domain.errors import PolicyError
from edge.ports import EditionKeeper, JournalKeeper, Reference
from edge.terminal.risk_report import Moment, tier_of
from edge.terminal.supervisor import Supervisor

PORTS: Final = ("reader", "sam")
OTHER_PORTS: Final = ("scanner", "printer", "place", "keypad", "display", "voice", "lamp", "relay")
"""Ports that only some terminals have."""


class CountedPort(Protocol):
    """A port that counts what happens on it."""

    def counters(self) -> Mapping[str, float]:
        """Return the counters, each named by its port: ``scanner_frames``."""
        ...


class Beside(Protocol):
    """What serves beside the taps, each at a port of its own."""

    @property
    def port(self) -> CountedPort:
        """Return the port it serves."""
        ...

    async def serve(self) -> None:
        """Serve until cancelled."""
        ...


async def status_of(
    supervisor: Supervisor,
    journal: JournalKeeper,
    older: Iterable[JournalKeeper],
    last_tap: LastTapStatus | None,
    beside: Iterable[CountedPort] = (),
) -> Status:
    """Return the status of a terminal that runs; ``older`` are the journals of its earlier epochs.

    ``beside`` are the ports beside the reader's: scanner, printer, place source, display.
    """
    line = supervisor.line
    clock, now_ms = line.clock, line.clock.wall_ms()
    tier, why = tier_of(line.reference, Moment(clock.known_ms(), clock.error_s(), line.service.confirmed_ms))
    return Status(
        running=True,
        terminal=line.terminal,
        epoch=journal.position().epoch,
        now_ms=now_ms,
        time_quality=line.clock.quality().name.lower(),
        edition=edition_of(line.reference),
        stop=stop_of(supervisor),
        continuity=line.service.continuity,
        journal=await journal_status(journal, older),
        lists=list_status(line.reference, now_ms),
        last_tap=last_tap,
        tier=tier,
        tier_why=why,
        clock_error_s=clock.error_s(),
        high_water_ms=clock.known_ms(),
        ports=by_port(dict(chain.from_iterable(port.counters().items() for port in (supervisor.reader, *beside)))),
    )


def stop_of(supervisor: Supervisor) -> str:
    """Return the word for which nothing is sold, empty in service."""
    return supervisor.line.service.stop or ("" if supervisor.reader_open else "reader_absent")


async def journal_status(journal: JournalKeeper, older: Iterable[JournalKeeper] = ()) -> JournalStatus:
    """Return where the journal in force stands, its room, and what it owes together with the older ones."""
    space, journals = await journal.space(), [*older, journal]
    places = [each.position() for each in journals]
    oldest_ms = [await _oldest_unsent_ms(each) for each in journals]
    reasons = [debit.reason for each in journals for debit in await each.unsettled()]
    return JournalStatus(
        last_seq=places[-1].last,
        acked_seq=places[-1].acked,
        unsent_entries=sum(place.last - place.held for place in places),
        unsent_taps=sum(place.unsent_count for place in places),
        unsent_fen=sum(place.unsent_fen for place in places),
        oldest_unsent_ms=min(filter(None, oldest_ms), default=0),
        older_unsent=sum(place.last > place.held for place in places[:-1]),
        open_debits=reasons.count(""),
        torn_debits=len(reasons) - reasons.count(""),
        used_bytes=space.journal_bytes,
        limit_bytes=space.journal_bytes + space.free_bytes,
        free_bytes=space.free_bytes,
        space="full" if space.stop else "warn" if space.warn else "ok",
    )


async def _oldest_unsent_ms(journal: JournalKeeper) -> int:
    place = journal.position()
    oldest = await journal.entry(place.held + 1) if place.last > place.held else None
    return oldest.time_ms if oldest is not None else 0


def list_status(reference: Reference, now_ms: int) -> tuple[ListStatus, ...]:
    """Return the artifacts in force with their ages."""
    return tuple(
        ListStatus(
            header.kind,
            header.name,
            header.version,
            (now_ms - header.not_before_ms) // 1000 if header.not_before_ms else -1,
        )
        for header in reference.artifacts()
    )


def versions_and_ages(reference: Reference, now_ms: int) -> Message:
    """Return the version and the age in s of each artifact in force, as they go with every batch."""
    return {f"{part.kind} {part.name}": [part.version, part.age_s] for part in list_status(reference, now_ms)}


def slot_status(keeper: EditionKeeper, *, damaged: bool = False) -> SlotStatus:
    """Return how the two slots stand."""
    slots = keeper.slots()
    refused = {str(refused.number): refused.reason for refused in slots.refused}
    return SlotStatus(edition_of(keeper), keeper.returnable(), not slots.proven, damaged, refused)


def edition_of(reference: Reference) -> int:
    """Return the number of the edition in force, 0 where there is none."""
    try:
        return reference.policy().edition
    except PolicyError:
        return 0


def by_port(counters: Mapping[str, float]) -> Mapping[str, Mapping[str, float]]:
    """Group counters named ``<port>_<name>`` by their port."""
    return {
        port: {name.removeprefix(port + "_"): value for name, value in counters.items() if name.startswith(port + "_")}
        for port in (*PORTS, *(port for port in OTHER_PORTS if any(name.startswith(f"{port}_") for name in counters)))
    }
