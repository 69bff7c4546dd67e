"""One tap as the centre holds it: its entries with what proves each, and what it came to in the books."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.tap import TAP_ID_BYTES
from sync.central.books.adjusting import bucket_of
from sync.central.evidence import Evidence, evidence_of
from sync.central.receive import streams_of
from sync.central.store import book_statements as books
from sync.central.store import tap_statements as sql
from sync.central.store.port import Query, Row, Work, listed
from sync.wire import decode_entry

Identity = tuple[str, int, int]
"""(terminal, epoch, seq)"""

PREFIX: Final = re.compile(rf"(?:[0-9a-f]{{2}}){{4,{TAP_ID_BYTES}}}")
"""A tap's id in hexadecimal, or four bytes of its beginning or more."""
NAMED: Final = re.compile(r"([^/]{1,64})/([0-9]{1,18})/([0-9]{1,18})")
CANDIDATES_MAX: Final = 50
ASIDE_MAX: Final = 20_000
"""Entries set aside that are looked through for an id."""


@frozen
class HeldEntry:
    """One entry of a tap. ``entry`` is None where it cannot be read; ``code`` says why it was set aside, if it was."""

    seq: int
    entry: Entry | None
    code: str
    evidence: Evidence


@frozen
class MoneyLine:
    """One line of the books. ``reason`` is empty where the entry says so itself, else why the centre decided it.

    ``file_day`` is the closed day in whose files it lies, 0 while none is. ``about`` is the entry that it hangs on.
    """

    about: str
    day: int
    file_day: int
    reason: str
    reference: str
    account: str
    party: str
    fen: int


@frozen
class LookedUp:
    """A tap, by the number of the entry that begins it."""

    identity: Identity
    entries: tuple[HeldEntry, ...]
    lines: tuple[MoneyLine, ...]


def candidates_work(asked: str) -> Work[list[Identity]]:
    """Return the taps that an id, the beginning of one, or the name TERMINAL/EPOCH/SEQ of an entry means.

    At most fifty. Raises ``CONFIG_VALUE`` for anything else.
    """
    named, text = NAMED.fullmatch(asked), asked.lower()
    if named is not None:
        identity = (named[1], int(named[2]), int(named[3]))
        return [(yield from _beginning_work(identity))] if (yield from _is_held(identity)) else []
    if not PREFIX.fullmatch(text):
        raise ConfigError("CONFIG_VALUE", "8 to 16 hexadecimal digits of a tap's id, or TERMINAL/EPOCH/SEQ")
    low = bytes.fromhex(text)
    missing = TAP_ID_BYTES - len(low)
    rows = yield Query(sql.FOUND, (low + bytes(missing), low + b"\xff" * missing, CANDIDATES_MAX))
    found = [cast("Identity", tuple(row)) for row in rows]
    aside = yield from _aside_work(low)
    return list(dict.fromkeys([*found, *aside]))[:CANDIDATES_MAX]


def _aside_work(low: bytes) -> Work[list[Identity]]:
    """Return the taps of that beginning that were set aside: few are, and no index holds what may be unreadable."""
    found: list[Identity] = []
    for terminal, epoch, seq, raw in (yield Query(sql.ALL_ASIDE, (ASIDE_MAX,))):
        entry = _readable(cast("bytes", raw)) if low in cast("bytes", raw) else None
        if entry is not None and entry.tap_id.startswith(low):
            found.append((yield from _beginning_work(cast("Identity", (terminal, epoch, seq)))))
    return found


def _is_held(identity: Identity) -> Work[bool]:
    return bool((yield Query(books.HELD_ANYWHERE, identity + identity)))


def _beginning_work(identity: Identity) -> Work[Identity]:
    """Return the entry that begins the tap of an entry: the one it names, or itself."""
    ((raw,), *_) = yield Query(books.HELD_ANYWHERE, identity + identity)
    entry = _readable(cast("bytes", raw))
    if entry is None or not 0 < entry.ref_seq < entry.seq:
        return identity
    named = (*identity[:2], entry.ref_seq)
    return named if (yield from _is_held(named)) else identity


def look_up_work(identity: Identity) -> Work[LookedUp]:
    """Return all that is held of a tap; it raises nothing that is not the store's, for one that was found."""
    terminal, epoch, begun_seq = identity
    journal = (terminal, epoch)
    rows = [(seq, "", raw) for seq, raw in (yield Query(sql.ENTRIES_OF, identity + identity))]
    for seq, code, raw in (yield Query(sql.ASIDE_SINCE, identity)):
        entry = _readable(cast("bytes", raw))
        if seq == begun_seq or (entry is not None and entry.ref_seq == begun_seq):
            rows.append((seq, cast("str", code), raw))
    held = yield from _proven_work(journal, sorted(cast("list[tuple[int, str, bytes]]", rows)))
    lines = yield from _lines_work(journal, [one.seq for one in held])
    decided = yield from _decided_work(journal, held)
    return LookedUp(identity, held, (*lines, *decided))


def _proven_work(journal: tuple[str, int], rows: Sequence[tuple[int, str, bytes]]) -> Work[tuple[HeldEntry, ...]]:
    streams = yield from streams_of(journal[0])
    held: list[HeldEntry] = []
    for seq, code, raw in rows:
        found = yield Query(sql.BATCH_OF, (*journal, seq, seq))
        batch = cast("tuple[int, bytes]", tuple(found[0])) if found else None
        held.append(HeldEntry(seq, _readable(raw), code, evidence_of(seq, raw, batch, streams)))
    return tuple(held)


def _lines_work(journal: tuple[str, int], seqs: Sequence[int]) -> Work[list[MoneyLine]]:
    lines: list[MoneyLine] = []
    files: dict[tuple[int, int], int] = {}
    for row in (yield listed(sql.LINES_OF, journal, seqs)):
        seq, day, account, party, fen = cast("tuple[int, int, str, str, int]", tuple(row))
        if (seq, day) not in files:
            ((files[seq, day],),) = cast("list[tuple[int]]", (yield Query(sql.FILE_DAY, (*journal, seq, day))))
        about = _name((*journal, seq))
        lines.append(MoneyLine(about, day, files[seq, day], "", about, account, party, fen))
    return lines


def _decided_work(journal: tuple[str, int], held: Sequence[HeldEntry]) -> Work[list[MoneyLine]]:
    """Return what the centre decided about the tap: items that hang on its entries, and its journey's."""
    tapped = next((one.entry for one in held if one.entry and isinstance(one.entry.body, Intent | PaidTap)), None)
    token = tapped.body.token if tapped is not None and isinstance(tapped.body, Intent | PaidTap) else b""
    names = {_name((*journal, one.seq)) for one in held}
    bucket = bucket_of(token)
    lines: list[MoneyLine] = []
    for row in (yield Query(sql.DECIDED_OF, (bucket, token))):
        about, reference = _name(cast("Identity", tuple(row[1:4]))), cast("str", row[4])
        if about in names or names & set(reference.split()):
            lines.append((yield from _decided_line(row, about, reference, bucket)))
    return lines


def _decided_line(row: Row, about: str, reference: str, bucket: int) -> Work[MoneyLine]:
    reason, day, turn = cast("tuple[str, int, int]", (row[0], row[5], row[6]))
    account, party, fen = cast("tuple[str, str, int]", tuple(row[7:]))
    ((file_day,),) = cast("list[tuple[int]]", (yield Query(sql.ADJUSTMENT_FILE, (bucket, turn, day))))
    return MoneyLine(about, day, file_day, reason, reference, account, party, fen)


def totals_of(lines: Sequence[MoneyLine]) -> Mapping[tuple[str, str], int]:
    """Return what a tap comes to, by account and party; nothing that is even."""
    totals: dict[tuple[str, str], int] = {}
    for line in lines:
        totals[line.account, line.party] = totals.get((line.account, line.party), 0) + line.fen
    return {key: fen for key, fen in sorted(totals.items()) if fen}


def _name(identity: Identity) -> str:
    return "{}/{}/{}".format(*identity)


def _readable(raw: bytes) -> Entry | None:
    try:
        return decode_entry(raw)
    except RemoteProtocolError:
        return None
