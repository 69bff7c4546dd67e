"""What a running terminal says of itself, gathered from its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.control.status import JournalStatus, LastTapStatus, ListStatus, Status
from edge.domain.errors import PolicyError
from edge.ports import JournalKeeper, Reference
from edge.terminal.supervisor import Supervisor

PORTS: Final = ("reader", "sam")


async def status_of(supervisor: Supervisor, journal: JournalKeeper, last_tap: LastTapStatus | None) -> Status:
    """Return the status of a terminal that runs."""
    line = supervisor.line
    now_ms = line.clock.wall_ms()
    stop = line.service.stop or ("" if supervisor.reader_open else "reader_absent")
    return Status(
        running=True,
        terminal=line.terminal,
        epoch=journal.position().epoch,
        now_ms=now_ms,
        time_quality=line.clock.quality().name.lower(),
        edition=edition_of(line.reference),
        stop=stop,
        continuity=line.service.continuity,
        journal=await journal_status(journal),
        lists=list_status(line.reference, now_ms),
        last_tap=last_tap,
        ports=by_port(supervisor.reader.counters()),
    )


async def journal_status(journal: JournalKeeper) -> JournalStatus:
    """Return where the journal stands and how much room it has."""
    place, space = journal.position(), await journal.space()
    oldest = await journal.entry(place.acked + 1) if place.last > place.acked else None
    reasons = [debit.reason for debit in await journal.unsettled()]
    return JournalStatus(
        last_seq=place.last,
        acked_seq=place.acked,
        unsent_entries=place.last - place.acked,
        unsent_taps=place.unsent_count,
        unsent_fen=place.unsent_fen,
        oldest_unsent_ms=oldest.time_ms if oldest is not None else 0,
        open_debits=reasons.count(""),
        torn_debits=len(reasons) - reasons.count(""),
        used_bytes=space.journal_bytes,
        limit_bytes=space.journal_bytes + space.free_bytes,
        free_bytes=space.free_bytes,
        space="full" if space.stop else "warn" if space.warn else "ok",
    )


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
        for port in PORTS
    }
