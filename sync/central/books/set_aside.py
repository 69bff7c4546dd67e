"""What was set aside, why, and what may become of it: an operator takes it after all, or lets it go.

The rules that set it aside are asked again: whatever the centre has learnt since (a later release, the order to debit
that came to its end) may let it pass. What they still refuse may be vouched for where its charge is one that books can
hold and nothing else has taken it; all else can only be written off.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, cast

from edge.domain.entry import Entry, Intent, Kind, PaidTap, Settled
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.reversal import Reversed
from sync.central.booking import HeldIntent, earns, is_countable, is_sound, remember
from sync.central.receive import held_intents, take_terminal
from sync.central.store import quarantine_statements as sql
from sync.central.store.port import Query, Work, insert_rows
from sync.central.store.statements import EARNED_ENTRY
from sync.central.tables import LONG_NUMBER
from sync.wire import decode_entry

Identity = tuple[str, int, int]
"""(terminal, epoch, seq)"""

REASON_MAX: Final = 200


class How(StrEnum):
    """How something that was set aside came to its end; the words are in the store for ever."""

    ACCEPTED = "accepted"
    """The rules let it pass by now."""
    VOUCHED = "vouched"
    """They do not, and the operator stands for it."""
    WRITTEN_OFF = "written_off"
    """Nothing of it counts."""


class Bar(StrEnum):
    """What stands against taking an entry after all; the last ones leave nothing but writing it off."""

    NOTHING = ""
    RULES = "rules"
    """It breaks a rule of its kind: somebody may vouch for it."""
    TAP_ASIDE = "tap_aside"
    """The entry that states its charge is set aside as well: that one first."""
    TAKEN = "taken"
    """Another entry has taken its charge, or closed its debit."""
    UNTORN = "untorn"
    """It settles a debit that no entry tore, or whose torn result is set aside as well: that one first."""
    NO_CHARGE = "no_charge"
    """Nothing that was received says what it would charge, or what it says adds up to nothing that books can hold."""
    UNREADABLE = "unreadable"
    """This release cannot read it."""


@frozen
class Judged:
    """An entry that was set aside, judged again; ``tapped`` is the entry that states its charge."""

    entry: Entry | None
    bar: Bar
    tapped: Entry | None = None

    @property
    def ways(self) -> tuple[How, ...]:
        """Return the ends that it may come to."""
        taking = {Bar.NOTHING: (How.ACCEPTED,), Bar.RULES: (How.VOUCHED,)}.get(self.bar, ())
        return *taking, How.WRITTEN_OFF


@frozen
class End:
    """How an entry came to its end, by whose word, and why."""

    identity: Identity
    how: How
    who: str
    reason: str
    ended_ms: int


def judge_work(identity: Identity) -> Work[Judged]:
    """Judge again what was set aside; raises ``CONFIG_VALUE`` where nothing of this number was."""
    rows = yield Query(sql.ASIDE_OF, identity)
    if not rows:
        raise ConfigError("CONFIG_VALUE", "no entry {}/{}/{} is set aside".format(*identity))
    entry = _readable(cast("bytes", rows[0][2]))
    if entry is None or (entry.terminal, entry.epoch, entry.seq) != identity:
        return Judged(None, Bar.UNREADABLE)
    held = (yield from _held_work(entry)).get(entry.ref_seq)
    tapped = entry if isinstance(entry.body, Intent | PaidTap) else held.entry if held else None
    return Judged(entry, _bar(entry, held, tapped), tapped)


def _bar(entry: Entry, held: HeldIntent | None, tapped: Entry | None) -> Bar:
    if is_sound(entry, held):
        return Bar.NOTHING
    if held is not None and held.refused:
        return Bar.TAP_ASIDE
    if tapped is None or not is_countable(tapped):
        return Bar.NO_CHARGE
    if held is not None and (held.earned or held.closed_by is not None or isinstance(entry.body, Reversed)):
        return Bar.TAKEN
    if isinstance(entry.body, Settled):
        return Bar.UNTORN
    return Bar.RULES if isinstance(entry.body, Intent) or earns(entry) or entry.kind is Kind.TORN else Bar.NO_CHARGE


def _held_work(entry: Entry) -> Work[Mapping[int, HeldIntent]]:
    """Return the intent that an entry names, with all that was taken after it had been set aside."""
    if not 0 < entry.ref_seq < entry.seq:
        return {}
    journal = (entry.terminal, entry.epoch)
    held = yield from held_intents(*journal, [entry.ref_seq])
    for (raw,) in (yield Query(sql.TAKEN_FROM, (*journal, entry.ref_seq))):
        taken = _readable(cast("bytes", raw))
        if taken is not None and taken.seq != entry.seq and entry.ref_seq in (taken.seq, taken.ref_seq):
            remember(taken, held)
    return held


def end_work(asked: End) -> Work[End]:
    """Bring an entry to its end, once; the same word of the same person again changes nothing, and is returned.

    Raises ``CONFIG_VALUE`` where it cannot end so, or has ended otherwise.
    """
    check_reason(asked.reason)
    yield from take_terminal(asked.identity[0], 0)
    judged = yield from judge_work(asked.identity)
    ended = yield from ending_work(asked.identity)
    if ended is not None:
        if (ended.how, ended.who, ended.reason) != (asked.how, asked.who, asked.reason):
            raise ConfigError("CONFIG_VALUE", f"{ended.who} has ended it before: {ended.how}")
        return ended
    if asked.how not in judged.ways:
        raise ConfigError("CONFIG_VALUE", f"it cannot be {asked.how}: {judged.bar or 'the rules let it pass'}")
    yield insert_rows(sql.ADD_END, [(*asked.identity, asked.how, asked.who, asked.reason, asked.ended_ms, 0)])
    return asked


def ending_work(identity: Identity) -> Work[End | None]:
    """Return how an entry came to its end, None where it has not."""
    rows = yield Query(sql.END_OF, identity)
    if not rows:
        return None
    how, who, reason, ended_ms = cast("tuple[str, str, str, int]", tuple(rows[0]))
    return End(identity, How(how), who, reason, ended_ms)


def taken_work(identity: Identity) -> Work[list[Entry]]:
    """Return the entries about a tap that were taken after they had been set aside; one that begins it is none."""
    taken = [_readable(cast("bytes", raw)) for (raw,) in (yield Query(sql.TAKEN_FROM, identity))]
    return [entry for entry in taken if entry is not None and entry.ref_seq == identity[2]]


def earned_work(identity: Identity) -> Work[tuple[bytes, int, int] | None]:
    """Return token, fen of the payer and time of a tap that an entry proves to be earned; None where it proves none.

    The entry is one that was received and let pass, or taken after it had been set aside.
    """
    rows = yield Query(EARNED_ENTRY, identity)
    if rows:
        token, payer_fen, raw = cast("tuple[bytes, int, bytes]", tuple(rows[0]))
        return token, payer_fen, decode_entry(raw).time_ms
    ended = yield from ending_work(identity)
    if ended is None or ended.how is How.WRITTEN_OFF:
        return None
    judged = yield from judge_work(identity)
    body = judged.tapped.body if judged.tapped is not None else None
    if judged.entry is None or not earns(judged.entry) or not isinstance(body, Intent | PaidTap):
        return None
    return body.token, body.charge.payer_fen, judged.entry.time_ms


def check_reason(reason: str) -> None:
    """Raise ``CONFIG_VALUE`` where a reason says nothing, too much, or a number that nobody may keep."""
    if not 0 < len(reason.strip()) <= len(reason) <= REASON_MAX or not reason.isprintable():
        raise ConfigError("CONFIG_VALUE", f"a reason has 1 to {REASON_MAX} printable characters")
    if LONG_NUMBER.search(reason):
        raise ConfigError("CONFIG_VALUE", "a number as long as a card's or an identity's has no place in a reason")


def _readable(raw: bytes) -> Entry | None:
    try:
        return decode_entry(raw)
    except RemoteProtocolError:
        return None
