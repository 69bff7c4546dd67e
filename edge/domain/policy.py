"""What a decision rests on: one immutable cut of the reference data, and the state read for one holder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Passback(StrEnum):
    """What a second tap of one medium inside the passback window means."""

    DENY = "deny"
    COMPANION = "companion"


@dataclass(frozen=True, slots=True)
class FlatFare:
    """The simplest tariff: one price, and another for purses of other cities (``None``: they are refused).

    Amounts in fen. ``passback_window_s`` counts from the last accepted tap of the same medium at this terminal.
    """

    id: str
    fare_fen: int
    foreign_fen: int | None
    passback: Passback = Passback.COMPANION
    passback_window_s: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings on what a terminal risks. Fen and counts; they come signed with the reference data.

    The cautious ceiling holds while it is not proven that this journal is the only one of its epoch.
    """

    fare_fen_max: int = 100_000
    unsent_fen_max: int = 100_000_000
    unsent_count_max: int = 1_000_000
    cautious_unsent_count_max: int = 50


@dataclass(frozen=True, slots=True)
class TariffBody:
    """Body of the artifact of kind ``tariff``: the first tariff, a flat fare, and what a policy needs beside it."""

    tariff: FlatFare
    home_city: str
    limits: Limits
    utc_offset_min: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Reference data in force: the edition's number, the tariff, and what they are about.

    ``utc_offset_min`` turns an entry's time into the civil time of the city (no summer time in China: 480).
    """

    edition: int
    tariff: FlatFare
    home_city: str
    limits: Limits = Limits()
    utc_offset_min: int = 480


@dataclass(frozen=True, slots=True)
class LastTap:
    """The last accepted tap of a medium at this terminal. ``counter`` is its card counter after that tap."""

    time_ms: int
    payer_fen: int
    counter: int


@dataclass(frozen=True, slots=True)
class State:
    """All that a decision reads beside tap and policy; it is written into the entry, so that it can be replayed.

    ``listed``: the deny list of the edition names this token. ``unsent_fen`` and ``unsent_count``: accepted and not
    yet acked by the centre. ``stop`` is the reason word for which the terminal sells nothing, or empty. ``cautious``:
    continuity of the journal is in doubt. ``suspect``: the PSAM once refused MAC2 of a debit of this medium.
    """

    listed: bool = False
    last: LastTap | None = None
    unsent_fen: int = 0
    unsent_count: int = 0
    stop: str = ""
    cautious: bool = False
    suspect: bool = False
