"""How the sync process brings the keys that the centre announced: what is believed of it, and the note of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from edge.control.messages import Message, to_bytes
from edge.domain.entry import Remark
from edge.domain.frozen import frozen
from edge.terminal.control import Verb
from sync.centre_trust import CentreTrust, Held

KEYS_SUBJECT: Final = "centre.keys"


@frozen
class KeyVerbs:
    """Takes what the centre publishes of its keys.

    ``signed_ms`` is the time by the centre's own word, 0 where none is known; ``note`` writes into the journal.
    """

    trust: CentreTrust
    signed_ms: Callable[[], int]
    note: Callable[[Remark], Awaitable[None]]

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"keys": self.take}

    async def take(self, message: Message) -> Message:
        """Believe what proves itself, once it is noted and on disk; raises ``SUCCESSION_REFUSED`` or ``WIRE_*``."""
        held = self.trust.after(to_bytes(message.get("bytes")), self.signed_ms())
        if held != self.trust.held:
            await self.note(Remark(KEYS_SUBJECT, _told(held)))
            self.trust.keep(held)
        return {"keys": len(held.succession) + 1, "retired": held.retired}


def _told(held: Held) -> tuple[tuple[str, str], ...]:
    newest = held.succession[-1].said
    return ("newest", str(newest.number)), ("key", newest.new_key.hex()), ("retired", str(held.retired))
