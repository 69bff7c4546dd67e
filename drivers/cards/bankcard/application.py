"""The bank card as the terminal calls it: its conversations, bound to this terminal's settings."""

from __future__ import annotations

from typing import ClassVar

from drivers.cards.bankcard.reading import authenticate, snapshot
from drivers.cards.bankcard.settings import BankCardSettings
from drivers.conversation import Conversation
from edge.domain.media_bank import BankCardSnapshot
from edge.domain.medium import Snapshot


class Application:
    """QuickPass, authenticated offline."""

    name: ClassVar[str] = "bankcard"
    settings_type: ClassVar[type[BankCardSettings]] = BankCardSettings
    joins: ClassVar[bool] = False

    def __init__(self, settings: BankCardSettings) -> None:
        self._settings = settings

    def snapshot(self) -> Conversation[Snapshot]:
        """Select, start, read and authenticate for the nominal amount."""
        return (yield from snapshot(self._settings))

    def authenticate(self, identified: BankCardSnapshot, amount_fen: int) -> Conversation[BankCardSnapshot]:
        """Run the same application again for the exact amount."""
        return (yield from authenticate(self._settings, identified, amount_fen))
