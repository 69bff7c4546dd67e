"""Follows the centre to its next signing key: asks what it announced, and hands that to the terminal, which decides."""

from __future__ import annotations

import logging
from typing import Final, Protocol

from edge.domain.errors import OneCardError, PolicyError, ProtocolError, UplinkError
from edge.ports import Clock
from sync.centre_trust import CentreTrust
from sync.feed import Feed
from sync.paths import KEYS_PATH, KEYS_TYPE
from sync.reply import Reply
from sync.succession import SUCCESSION_BYTES_MAX, pack_succession

OK: Final = 200
ABSENT: Final = 404
BUSY: Final = 500
"""And above: a centre or a proxy in trouble, which says nothing of who answers."""
LOOK_S: Final = 3600.0
UNPROVEN: Final = frozenset({"CENTRE_IMPOSTOR", "ARTIFACT_UNSIGNED"})
"""Troubles that a key may be behind which is not known here yet."""
LOG: Final = logging.getLogger("onecard.sync")


class Link(Protocol):
    """Fetches a file of the centre's; raises UplinkError."""

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> Reply:
        """Return the answer, whatever its status."""
        ...


class KeyFollower:
    """Looks for announcements hourly, and whenever what came is signed by no key that is believed here."""

    def __init__(self, link: Link, trust: CentreTrust, clock: Clock) -> None:
        self._link = link
        self._trust = trust
        self._clock = clock
        self._due_ms = 0.0
        self._feed: Feed | None = None

    async def look(self, feed: Feed, trouble: str) -> OneCardError | None:
        """Follow where it is time to, or ``trouble`` asks for it; returns what kept it from being done."""
        self._feed = feed
        if self._clock.monotonic_ms() < self._due_ms and trouble not in UNPROVEN:
            return None
        try:
            error = await self.follow(feed)
        except UplinkError as unreachable:
            return unreachable
        self._due_ms = self._clock.monotonic_ms() + LOOK_S * 1000
        return error

    async def another(self) -> bool:
        """Say whether the centre is known by another key now; asked in the middle of a round, for an ack."""
        if self._feed is None:
            return False
        before = self._trust.in_force.keys
        try:
            error = await self.follow(self._feed)
        except UplinkError as unreachable:
            error = unreachable
        if error is not None:
            LOG.info("no other key of the centre: %s", error)
        return self._trust.in_force.keys != before

    async def follow(self, feed: Feed) -> OneCardError | None:
        """Ask the centre, and hand news to the terminal; returns why that does not believe it. Raises UplinkError."""
        offered = await self._published()
        if offered is None or not self._is_news(offered):
            return None
        return await offer_keys(feed, self._trust, offered)

    async def _published(self) -> bytes | None:
        """Return what the centre publishes, None where it is one that publishes nothing."""
        reply = await self._link.get(KEYS_PATH, limit=SUCCESSION_BYTES_MAX)
        if reply.status == ABSENT:
            return None
        if reply.status >= BUSY:
            raise UplinkError("CENTRE_BUSY", f"status {reply.status}")
        if reply.status != OK or reply.content_type != KEYS_TYPE:
            raise UplinkError("CENTRE_IMPOSTOR", f"status {reply.status}, {reply.content_type}, in place of keys")
        return reply.body

    def _is_news(self, offered: bytes) -> bool:
        """Say whether the terminal should look: at another succession, or at a key whose time may be over."""
        held, now_ms = self._trust.held, self._clock.wall_ms()
        ended = sum(announced.said.until_ms <= now_ms for announced in held.succession)
        return offered != pack_succession(held.succession) or ended > held.retired


async def offer_keys(feed: Feed, trust: CentreTrust, offered: bytes) -> OneCardError | None:
    """Hand a terminal what the centre publishes of its keys; returns why it is not believed.

    Raises ``CONTROL_ABSENT`` where the terminal goes away.
    """
    try:
        await feed.keys(offered)
    except (PolicyError, ProtocolError) as error:
        if error.code == "CONTROL_ABSENT":
            raise
        return error
    trust.reload()
    LOG.info("keys of the centre: %d known, %d believed", len(trust.ever.keys), len(trust.in_force.keys))
    return None


async def carry_keys(feed: Feed, trust: CentreTrust, offered: bytes | None) -> OneCardError | None:
    """Hand a terminal the keys that a stick carries, if any are news; returns why they are not believed."""
    if offered is None or offered == pack_succession(trust.held.succession):
        return None
    return await offer_keys(feed, trust, offered)
