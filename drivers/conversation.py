"""A card application is a generator of commands.

A ``Conversation[T]`` yields :class:`Command`, is sent :class:`Response`, returns a ``T``. No async, no I/O, no state
class. :func:`hold` runs it on live channels, :func:`replay` on recorded pairs. A card pulled away arrives in the
conversation as :class:`CardLeft`, thrown exactly where it happened; a mute SAM as ``SamError``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable
from typing import TypeVar

from drivers.apdu import Command, Response
from edge.domain.errors import CardError, OneCardError

T = TypeVar("T")
Conversation = Generator[Command, Response, T]
Send = Callable[[Command], Awaitable[Response]]


class CardLeft(CardError):  # noqa: N818 - an event of the card, thrown into a conversation
    """The card left the field, or the line to it was lost, before it answered."""

    def __init__(self, message: str = "the card left the field") -> None:
        super().__init__("CARD_LEFT", message)


async def hold(conversation: Conversation[T], send: Send) -> T:
    """Run a conversation on live channels; coded errors of ``send`` are thrown into it where they happened."""
    try:
        command = next(conversation)
        while True:
            try:
                response = await send(command)
            except OneCardError as error:
                command = conversation.throw(error)
            else:
                command = conversation.send(response)
    except StopIteration as finished:
        return finished.value  # type: ignore[no-any-return]  # StopIteration leaves its value untyped
    finally:
        conversation.close()


def replay(conversation: Conversation[T], script: Iterable[tuple[bytes, bytes | Exception]]) -> T:
    """Run a conversation on recorded (command, answer) pairs; an exception in place of an answer is thrown.

    Raises ``AssertionError`` where a command differs from the script, so that a test needs nothing else.
    """
    steps = iter(script)
    try:
        command = next(conversation)
        while True:
            expected, answer = next(steps, (b"", LookupError("the script is at its end")))
            if expected != command.apdu:
                raise AssertionError(f"sent {command.apdu.hex()}, the script says {expected.hex()}")
            if isinstance(answer, Exception):
                command = conversation.throw(answer)
            else:
                command = conversation.send(Response.parse(answer))
    except StopIteration as finished:
        return finished.value  # type: ignore[no-any-return]  # StopIteration leaves its value untyped
    finally:
        conversation.close()
