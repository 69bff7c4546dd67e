"""What pages follow: the verb that tells a whole state, and what each event says of it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edge.control.messages import Message
from edge.domain.frozen import frozen

Says = Callable[[Message], Message]


@frozen
class Topic:
    """``state`` and ``texts`` are verbs; ``heard`` are events and what they say; ``changes`` ask for all of it anew."""

    state: str
    texts: str
    heard: Mapping[str, Says]
    changes: frozenset[str]


def _named(event: Message) -> Message:
    return {name: event[name] for name in ("outcome", "offer", "printer") if name in event}


def _of_a_tap(event: Message) -> Message:
    return {**_named(event), "card_left": False}


def _left(_event: Message) -> Message:
    return {"card_left": True}


def _answer(event: Message) -> Message:
    told = {name: part for name, part in event.items() if name not in ("event", "tap")}
    return {"shown": told, "card_left": False}


def _nothing(_event: Message) -> Message:
    return {}


TILL: Final = Topic(
    "till.state",
    "till.texts",
    {
        "till.outcome": _of_a_tap,
        "till.changed": _of_a_tap,
        "till.void": _of_a_tap,
        "till.printer": _named,  # paper comes out whether the card has left or not
        "card_left": _left,
    },
    frozenset({"till.changed", "till.void"}),
)
RIDE: Final = Topic(
    "ride.state",
    "ride.texts",
    {"tap": _answer, "card_left": _left, "drive.changed": _nothing},
    frozenset({"drive.changed"}),
)
