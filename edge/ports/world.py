"""Time, chance, signals, identities and reference data, as protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from edge.domain.exchange import ArtifactHeader
from edge.domain.frozen import frozen
from edge.domain.holder import Debt, Holder
from edge.domain.medium import CardNumber
from edge.domain.tap import TapId, TimeQuality, Token

if TYPE_CHECKING:  # the journal is opened before there are any
    from edge.domain.diners import DinerRecord
    from edge.domain.policy import Policy

V = TypeVar("V")


class Clock(Protocol):
    """Wall time with its quality, and a monotonic count. Nobody else asks the operating system for the time."""

    def wall_ms(self) -> int:
        """Return milliseconds UTC since 1970, as well as is known."""
        ...

    def quality(self) -> TimeQuality:
        """Say how far :meth:`wall_ms` can be trusted."""
        ...

    def error_s(self) -> int:
        """Return how far :meth:`wall_ms` may be off in either direction, in s; -1 where nobody knows."""
        ...

    def known_ms(self) -> int:
        """Return milliseconds UTC that have surely passed, by signed time; an unconfirmed clock does not count."""
        ...

    def monotonic_ms(self) -> float:
        """Return milliseconds since an arbitrary start; never jumps."""
        ...


class IdSource(Protocol):
    """Where identities and random bytes come from."""

    def tap_id(self) -> TapId:
        """Return eight fresh bytes."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes fit for keys and nonces."""
        ...


@frozen
class Signal:
    """What the passenger gets: ``lamp`` green, red or amber; ``tone`` and ``prompt`` are keys of the prompts.

    ``fen`` and ``balance_fen`` are shown where they are known (-1: not), ``riders`` where a tap pays for several (0: it
    does not). It stands for ``stay_ms``, or for as long as each display lets signals stand (0).
    """

    lamp: str
    tone: str
    prompt: str
    fen: int = -1
    balance_fen: int = -1
    riders: int = 0
    stay_ms: int = 0


class Signals(Protocol):
    """Lamp, tone, voice and screen."""

    def show(self, signal: Signal) -> None:
        """Start the signal and return at once; a signal that fails never blocks the next tap."""
        ...


class Identity(Protocol):
    """Tokens and sealed boxes: the only use the terminal makes of clear numbers."""

    def token(self, scheme: str, number: CardNumber) -> Token:
        """Return the keyed token of a number."""
        ...

    def token_key_version(self) -> int:
        """Return the version of the token key in use."""
        ...

    def seal(self, number: CardNumber) -> bytes:
        """Seal the number to the clearing key; the terminal cannot open it again."""
        ...

    def clearing_key_version(self) -> int:
        """Return the version of the clearing key in use."""
        ...


class Values(Protocol):
    """The artifacts in force that are one value each: keys, rosters, texts. They change together, with the edition."""

    def value(self, wanted: type[V]) -> V | None:
        """Return the value of this type; None where the edition in force has none, or no edition is."""
        ...


class NoValues:
    """Implements :class:`Values` where no edition has any."""

    def value(self, wanted: type[V]) -> V | None:
        """Return nothing."""
        del wanted
        return None


class Reference(Values, Protocol):
    """The reference data in force: immutable until the next swap, which happens between two taps."""

    def policy(self) -> Policy:
        """Return the policy of the edition in force; raises ``POLICY_MISSING``."""
        ...

    def listed(self, token: Token) -> bool:
        """Say whether the deny list of the edition names this token."""
        ...

    def holder(self, token: Token) -> Holder | None:
        """Return who holds the medium of this token, where the entitlement list knows it."""
        ...

    def debt(self, token: Token) -> Debt | None:
        """Return what the token owes, where the debt list names it."""
        ...

    def diner(self, token: Token) -> DinerRecord | None:
        """Return whose meal the registered code of this token collects, where the list of diners knows it."""
        ...

    def artifacts(self) -> Sequence[ArtifactHeader]:
        """Return the headers of the artifacts in force; none where no edition is installed."""
        ...
