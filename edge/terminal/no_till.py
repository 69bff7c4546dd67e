"""What a terminal that is no till answers to a till's verbs; nothing of the till is loaded for it."""

from __future__ import annotations

from collections.abc import Mapping

from edge.control.messages import VERBS, Message
from edge.domain.errors import RemoteProtocolError
from edge.terminal.control import Verb


def no_desk() -> Mapping[str, Verb]:
    """Return the verbs of a terminal that is no till: each refuses."""

    async def refuse(_message: Message) -> Message:
        raise RemoteProtocolError("CONTROL_REFUSED", "this terminal is no till: see place.mode")

    return dict.fromkeys((verb for verb in VERBS if verb.startswith("till.")), refuse)
