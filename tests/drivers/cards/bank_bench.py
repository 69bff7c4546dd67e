"""Bank card conversations held with a virtual card, command by command, without any line between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final, Protocol, TypeVar

from drivers.apdu import Response
from drivers.cards.bankcard import BankCardSettings, snapshot
from drivers.conversation import Conversation
from drivers.oda.key_file import read_ca_keys
from drivers.oda.scheme import SCHEMES
from drivers.oda.verify import Trust
from edge.crypto.sm import sm2_verify, sm3
from edge.domain.medium import BankCardSnapshot

T = TypeVar("T")
NOW: Final = datetime(2026, 3, 1, 9, 30, 15)  # noqa: DTZ001 - the civil time of a terminal has no zone
FIRST_CHALLENGE: Final = 0xA1B2C3D4
TEST_KEYS: Final = read_ca_keys(None, test_keys=True)


class Card(Protocol):
    """Anything that answers commands."""

    def process(self, apdu: bytes) -> bytes: ...


def rising() -> Callable[[int], bytes]:
    """Return unpredictable numbers that a test can predict: A1B2C3D4, A1B2C3D5, ..."""
    numbers: Iterator[int] = count(FIRST_CHALLENGE)
    return lambda length: next(numbers).to_bytes(length, "big")


def trust(scheme: str = "unionpay-test") -> Trust:
    """Return what accepts the chains of virtual cards."""
    return Trust(SCHEMES[scheme], TEST_KEYS, sm2_verify, sm3)


def bank_settings(scheme: str = "unionpay-test", **more: Any) -> BankCardSettings:  # noqa: ANN401 - fields of the settings
    """Return settings with the test chains, a fixed time and predictable numbers."""
    trusted = more.pop("trust", trust(scheme))
    return BankCardSettings(**{"trust": lambda: trusted, "now": lambda: NOW, "random_bytes": rising(), **more})


@dataclass
class Talk:
    """One card and everything that was said to it."""

    card: Card
    commands: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    def hold(self, conversation: Conversation[T]) -> T:
        """Run a conversation to its end."""
        try:
            command = next(conversation)
            while True:
                answer = self.card.process(command.apdu)
                self.commands.append(command.apdu)
                self.answers.append(answer)
                command = conversation.send(Response.parse(answer))
        except StopIteration as finished:
            return finished.value  # type: ignore[no-any-return]  # StopIteration leaves its value untyped
        finally:
            conversation.close()

    def instructions(self) -> list[str]:
        """Return class and instruction of each command."""
        return [command[:2].hex().upper() for command in self.commands]


def tapped(card: Card, settings: BankCardSettings | None = None) -> BankCardSnapshot:
    """Return the snapshot of a bank card."""
    medium = Talk(card).hold(snapshot(settings or bank_settings()))
    assert isinstance(medium, BankCardSnapshot)
    return medium
