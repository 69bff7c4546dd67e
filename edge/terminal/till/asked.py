"""What the members of a request of the till's pages may be. Each reader raises ``CONTROL_MALFORMED``."""

from __future__ import annotations

from edge.control.messages import Message
from edge.domain.errors import RemoteProtocolError
from edge.domain.meals.shift import WORDS_MAX
from edge.domain.staff import STAFF


def staff_of(message: Message) -> str:
    """Return who acts; raises ``CONTROL_MALFORMED``."""
    staff = words_of(message, "staff")
    if not STAFF.fullmatch(staff):
        raise RemoteProtocolError("CONTROL_MALFORMED", "`staff` is an id of lower-case letters and digits")
    return staff


def words_of(message: Message, name: str, default: str = "") -> str:
    """Return a member that is short text; raises ``CONTROL_MALFORMED``."""
    words = message.get(name, default)
    if not isinstance(words, str) or len(words) > WORDS_MAX:
        raise RemoteProtocolError("CONTROL_MALFORMED", f"`{name}` is text of at most {WORDS_MAX} characters")
    return words


def tap_of(message: Message) -> bytes:
    """Return the tap that is meant; raises ``CONTROL_MALFORMED``."""
    try:
        tap_id = bytes.fromhex(words_of(message, "tap"))
    except ValueError:
        tap_id = b""
    if not tap_id:
        raise RemoteProtocolError("CONTROL_MALFORMED", "`tap` is hexadecimal")
    return tap_id


def number_of(message: Message, name: str, high: int, *, default: int = 0, low: int = 0) -> int:
    """Return a member that is a number in its range; raises ``CONTROL_MALFORMED``."""
    number = message.get(name, default)
    if type(number) is not int or not low <= number <= high:
        raise RemoteProtocolError("CONTROL_MALFORMED", f"`{name}` is an integer from {low} to {high}")
    return number
