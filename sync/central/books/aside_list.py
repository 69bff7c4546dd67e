"""What is set aside, as a list: open ones by terminal and number, ended ones by the time of their end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from sync.central.books.set_aside import Identity
from sync.central.store import quarantine_statements as sql
from sync.central.store.port import Query, Row, Work

BEGINNING: Final[Identity] = ("", 0, 0)
NOW: Final[tuple[int, Identity]] = (2**62, BEGINNING)


@frozen
class Aside:
    """One entry that was set aside: why, when it came, its fen in suspense. ``how`` is empty while it is open."""

    terminal: str
    epoch: int
    seq: int
    code: str
    received_ms: int
    raw: bytes
    suspense_fen: int
    how: str
    who: str
    reason: str
    ended_ms: int

    @property
    def identity(self) -> Identity:
        """Return (terminal, epoch, seq)."""
        return self.terminal, self.epoch, self.seq


def open_aside_work(count: int, after: Identity = BEGINNING) -> Work[list[Aside]]:
    """Return the next ``count`` that wait for somebody, behind one of them."""
    return _asides((yield Query(sql.OPEN_ASIDE, (*after, count))))


def ended_aside_work(count: int, before: tuple[int, Identity] = NOW) -> Work[list[Aside]]:
    """Return ``count`` that came to an end, the latest first, from before the end and number of one of them."""
    ended_ms, identity = before
    return _asides((yield Query(sql.ENDED_ASIDE, (ended_ms, *identity, count))))


def one_aside_work(identity: Identity) -> Work[Aside]:
    """Return one of either; raises ``CONFIG_VALUE`` where nothing of this number was set aside."""
    found = _asides((yield Query(sql.ONE_ASIDE, identity)))
    if not found:
        raise ConfigError("CONFIG_VALUE", "no entry {}/{}/{} is set aside".format(*identity))
    return found[0]


def _asides(rows: Sequence[Row]) -> list[Aside]:
    return [Aside(*cast("tuple[str, int, int, str, int, bytes, int, str, str, str, int]", tuple(row))) for row in rows]
