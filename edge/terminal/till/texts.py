"""The centre's texts for the pages of a till and of a passenger: prompts, and names of set meals."""

from __future__ import annotations

from collections.abc import Mapping

from edge.control.messages import Message
from edge.domain.frozen import frozen
from edge.domain.meals.menu import Menus
from edge.domain.prompts import Prompts
from edge.ports import Values
from edge.terminal.control import Verb
from edge.terminal.prompts_in_force import overlay_of


@frozen
class TextVerbs:
    """Tells what the edition in force puts in the place of built-in texts."""

    values: Values

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"till.texts": self.texts, "ride.texts": self.texts}

    async def texts(self, _message: Message) -> Message:
        """Return texts by the pages' tables (``prompt``, ``menu``), key and language; what is absent is built in."""
        menus = self.values.value(Menus)
        names = {} if menus is None else {item.menu: dict(item.names()) for item in menus.items}
        return {"prompt": overlay_of(self.values.value(Prompts)), "menu": names}
