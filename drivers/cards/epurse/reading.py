"""Select a purse and read what a decision needs. Moves no money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from drivers.apdu import CARD, Command, Response
from drivers.cards.epurse import files
from drivers.cards.epurse.rules import DEFAULT_TABLE, IssuerRules, IssuerTable
from drivers.conversation import Conversation
from drivers.iso7816 import command, exchange, read_binary, read_record, select_name
from edge.domain.errors import CardError, CardRefused
from edge.domain.frozen import frozen, mutable
from edge.domain.medium import PurseSnapshot, UnknownSnapshot

T = TypeVar("T")

AID_PURSE: Final = bytes.fromhex("A000000632010105")
"""MOT_T_EP, the purse that every T-Union card carries."""

LOCKED: Final = frozenset({0x6283, 0x6A81, 0x9303})
"""Status words of a card or application that was locked or invalidated."""


@frozen
class PurseSettings:
    """What to look for on a card, and how much of it to read.

    ``applications`` are AIDs or names in the order they are tried. ``compare_public_file`` reads file 0x15 even where
    SELECT gave a copy, so that one unlike the other is seen. ``log_records`` and ``trip_records`` are how many of the
    newest to read; ``optional_max`` is the most commands that everything optional may cost. ``home_city``: cards of
    this city are not asked for their interop flag (empty: all are). ``skip_inactive`` takes a purse that its issuer
    never put into service as absent, so that another application of the card may pay.
    """

    issuers: IssuerTable = DEFAULT_TABLE
    applications: tuple[bytes, ...] = (AID_PURSE,)
    compare_public_file: bool = True
    log_records: int = 1
    trip_records: int = 0
    optional_max: int = 12
    home_city: str = ""
    skip_inactive: bool = False


def snapshot(settings: PurseSettings) -> Conversation[PurseSnapshot | UnknownSnapshot]:
    """Read the purse: public file and balance always, interop flag, log and trips where the card gives them.

    A status word against an optional read never loses the core read. Raises ``CARD_STATUS`` (as
    :class:`~edge.domain.errors.CardRefused`) for a locked application or a refused core read, ``CARD_MALFORMED`` for
    core bytes against the specification.
    """
    fci = yield from select(settings.applications)
    if fci is None:
        return UnknownSnapshot(tuple(name.hex().upper() for name in settings.applications))
    public, agrees = yield from _public_file(fci, compare=settings.compare_public_file)
    if settings.skip_inactive and public.inactive:
        return UnknownSnapshot(tuple(name.hex().upper() for name in settings.applications))
    rules = settings.issuers.rules_of(public.issuer, public.city)
    balance_fen = yield from balance(rules)
    optional = _Budget(settings.optional_max)
    interop: bool | None = None
    if rules.admin_file and public.city != settings.home_city:
        interop = yield from _optional(optional, _ADMIN, files.decode_interop)
    log = yield from _records(optional, log_commands(rules, settings.log_records), files.decode_log)
    trips = yield from _records(optional, _trip_commands(rules, settings.trip_records), files.decode_trip)
    return PurseSnapshot(
        number=public.number,
        issuer=public.issuer,
        city=public.city,
        application_type=public.application_type,
        enabled=public.enabled,
        valid_from=public.valid_from,
        valid_until=public.valid_until,
        balance_fen=balance_fen,
        interop=interop,
        fci_agrees=agrees,
        log=log,
        trips=trips,
    )


def select(applications: tuple[bytes, ...]) -> Conversation[files.Fci | None]:
    """Select the first application that the card has; None where it has none of them.

    Raises ``CARD_STATUS`` where one is locked and no other is there.
    """
    locked: Response | None = None
    for name in applications:
        answer = yield from exchange(select_name(CARD, name))
        if answer.fine:
            return files.decode_fci(answer.body)
        if answer.status in LOCKED:
            locked = answer
    if locked is not None:
        raise CardRefused("select", locked.status)
    return None


def read_public(fci: files.Fci) -> Conversation[files.PublicFile]:
    """Return file 0x15, from SELECT's copy where there is one."""
    public, _ = yield from _public_file(fci, compare=False)
    return public


def balance(rules: IssuerRules) -> Conversation[int]:
    """Return the balance in fen by the issuer's rule, for display and first refusal only; never below 0.

    A refused second reading (the overdraft) counts as 0; a refused first one raises ``CARD_STATUS``.
    """
    plus, minus = rules.balance_parts()
    answer = yield from exchange(balance_command(plus))
    if not answer.fine:
        raise CardRefused("balance", answer.status)
    fen = files.decode_balance(answer.body, rules)
    if minus is not None:
        answer = yield from exchange(balance_command(minus))
        fen -= files.decode_balance(answer.body, rules) if answer.fine else 0
    return max(fen, 0)


def balance_command(p1: int) -> Command:
    """Return GET BALANCE; what ``p1`` means differs from issuer to issuer."""
    return command(CARD, f"805C{p1:02X}02", le=files.BALANCE_BYTES, step="balance")


def log_commands(rules: IssuerRules, count: int) -> list[Command]:
    """Return READ RECORD for the newest ``count`` records of the purse log."""
    numbers = range(1, min(count, rules.log_records) + 1)
    return [read_record(CARD, files.LOG_FILE, number, rules.log_record_bytes, "log") for number in numbers]


_ADMIN: Final = read_binary(CARD, files.ADMIN_FILE, files.ADMIN_BYTES, "admin file")
_PUBLIC: Final = read_binary(CARD, files.PUBLIC_FILE, files.PUBLIC_BYTES, "public file")


def _trip_commands(rules: IssuerRules, count: int) -> list[Command]:
    numbers = range(1, count + 1) if rules.trip_file else ()
    return [read_record(CARD, files.TRIP_FILE, number, files.TRIP_BYTES, "trips") for number in numbers]


def _public_file(fci: files.Fci, *, compare: bool) -> Conversation[tuple[files.PublicFile, bool]]:
    """Return file 0x15 and whether it equals SELECT's copy; the copy alone where the card refuses to read the file."""
    copy = fci.public_copy
    if copy is not None and not compare:
        return files.decode_public(copy), True
    answer = yield from exchange(_PUBLIC)
    if answer.fine:
        return files.decode_public(answer.body), copy in (None, answer.body)
    if copy is None:
        raise CardRefused("public file", answer.status)
    return files.decode_public(copy), True


@mutable
class _Budget:
    """How many optional commands are left."""

    commands: int

    def spend(self) -> bool:
        self.commands -= 1
        return self.commands >= 0


def _optional(budget: _Budget, asked: Command, decode: Callable[[bytes], T | None]) -> Conversation[T | None]:
    """Return an optional file's content; None where it is refused, out of budget, empty or against its layout."""
    if not budget.spend():
        return None
    answer = yield from exchange(asked)
    if not answer.fine:
        return None
    try:
        return decode(answer.body)
    except CardError:
        return None  # an optional file that no layout fits is as good as absent


def _records(budget: _Budget, asked: list[Command], decode: Callable[[bytes], T | None]) -> Conversation[tuple[T, ...]]:
    """Return records, newest first, up to the first that is refused or empty."""
    found: list[T] = []
    for each in asked:
        record = yield from _optional(budget, each, decode)
        if record is None:
            break
        found.append(record)
    return tuple(found)
