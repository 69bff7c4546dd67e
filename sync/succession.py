"""How the centre came to the key it signs by now: announcements, each signed by the key before it and by the new one.

Published under ``/v1/keys``, carried on sticks and given with every enrolment as one file: a msgpack array of
``[announcement, signature by the old key, signature by the new key]``, from the centre's second key on. Whoever trusts
one of the keys follows to the newest, however many changes were missed; nothing in it is secret.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from edge.crypto.signing import KEY_BYTES, SigningKey, verify
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.exchange import SUCCESSION_PURPOSE, KeyAnnouncement
from edge.domain.frozen import frozen
from sync.wire import from_plain, pack, statement, to_plain, unpack

ANNOUNCEMENTS_MAX: Final = 64
SUCCESSION_BYTES_MAX: Final = 20 * 1024
"""Fits a line of the control socket."""
PARTS: Final = 3


@frozen
class Announced:
    """One announcement with its signatures, as it is published."""

    said: KeyAnnouncement
    by_old: bytes
    by_new: bytes

    def plain(self) -> list[object]:
        """Return it as it is packed."""
        return [to_plain(self.said), self.by_old, self.by_new]


Succession = tuple[Announced, ...]


def announce(number: int, old: SigningKey, new: SigningKey, not_before_ms: int, until_ms: int) -> Announced:
    """Let one key announce the next."""
    said = KeyAnnouncement(number, old.public, new.public, not_before_ms, until_ms)
    message = statement(SUCCESSION_PURPOSE, said)
    return Announced(said, old.sign(message), new.sign(message))


def pack_succession(succession: Succession) -> bytes:
    """Return the file of a succession; that of a centre with its first key is an empty array."""
    return pack([announced.plain() for announced in succession])


def read_succession(packed: bytes) -> Succession:
    """Return a succession that proves itself from its first key on.

    Raises ``WIRE_*`` for bytes of another form, ``SUCCESSION_REFUSED`` where a link is unsigned, leaves one out, goes
    back in time or to an earlier key, or ends before it begins.
    """
    plain = unpack(packed, limit=SUCCESSION_BYTES_MAX)
    if not isinstance(plain, list) or len(plain) > ANNOUNCEMENTS_MAX:
        raise RemoteProtocolError("WIRE_MALFORMED", "not a succession of keys")
    succession = tuple(map(_announced, plain))
    for place, announced in enumerate(succession):
        _check_signed(announced)
        if announced.said.number != place + 2:
            raise _refused(announced, "an announcement is missing before it")
    for one, other in pairwise(succession):
        _check_follows(one.said, other)
    keys = keys_in(succession)
    if len(set(keys)) != len(keys):
        raise PolicyError("SUCCESSION_REFUSED", "a key comes back that another took the place of")
    return succession


def keys_in(succession: Succession) -> tuple[bytes, ...]:
    """Return the keys, oldest first; none of a centre that has its first key."""
    first = tuple(announced.said.old_key for announced in succession[:1])
    return first + tuple(announced.said.new_key for announced in succession)


def check_continues(known: Succession, trusted: bytes, offered: Succession) -> None:
    """Raise ``SUCCESSION_REFUSED`` unless ``offered`` goes on from what is known, and holds the key that is trusted."""
    if offered[: len(known)] != known:
        said = "it contradicts an announcement that is kept here" if len(offered) >= len(known) else "it lacks one"
        raise PolicyError("SUCCESSION_REFUSED", f"{len(offered)} announcements: {said}")
    if offered and trusted not in keys_in(offered):
        raise PolicyError("SUCCESSION_REFUSED", "no key that is trusted here announces another in it")


def _announced(plain: object) -> Announced:
    if not isinstance(plain, list) or len(plain) != PARTS or not all(isinstance(part, bytes) for part in plain[1:]):
        raise RemoteProtocolError("WIRE_MALFORMED", "not the announcement of a key")
    said = from_plain(KeyAnnouncement, plain[0])
    if not len(said.old_key) == len(said.new_key) == KEY_BYTES:
        raise RemoteProtocolError("WIRE_MALFORMED", f"a key has {KEY_BYTES} bytes")
    return Announced(said, plain[1], plain[2])


def _check_signed(announced: Announced) -> None:
    message = statement(SUCCESSION_PURPOSE, announced.said)
    for key, signature, whose in (
        (announced.said.old_key, announced.by_old, "the key before it"),
        (announced.said.new_key, announced.by_new, "the new key"),
    ):
        try:
            verify(key, signature, message)
        except RemoteProtocolError as error:
            raise _refused(announced, f"it is not signed by {whose}") from error
    if not 0 <= announced.said.not_before_ms < announced.said.until_ms:
        raise _refused(announced, "the old key ends before the new one begins")


def _check_follows(before: KeyAnnouncement, announced: Announced) -> None:
    if announced.said.old_key != before.new_key:
        raise _refused(announced, "it is announced by another key than the one before it")
    if announced.said.not_before_ms < before.not_before_ms:
        raise _refused(announced, "it begins before the one before it")


def _refused(announced: Announced, why: str) -> PolicyError:
    return PolicyError("SUCCESSION_REFUSED", f"key {announced.said.number}: {why}")
