"""The identity application as the terminal calls it."""

from __future__ import annotations

from typing import ClassVar

from drivers.cards.identity.reading import IdentitySettings, snapshot
from drivers.conversation import Conversation
from edge.domain.medium import Snapshot


class Application:
    """Says who holds a card. It pays nothing: another application of the same card does, where there is one."""

    name: ClassVar[str] = "identity"
    settings_type: ClassVar[type[IdentitySettings]] = IdentitySettings
    joins: ClassVar[bool] = True

    def __init__(self, settings: IdentitySettings) -> None:
        self._settings = settings

    def snapshot(self) -> Conversation[Snapshot]:
        """Select, and read the card identification code and the dates."""
        return (yield from snapshot(self._settings))
