"""Registered codes: who may eat without a card, and who may collect for them. Reference data without names or numbers.

A diner registers a code and a PIN. The list holds neither: a code is its keyed token, a PIN its scrypt hash. Everybody
of one row has the row's salt, so that one look at a PIN tells who typed it: the diner, or a proxy, a relative who
collects the diner's meal. Times are ms UTC, the end excluded; 0 means no such bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hmac import compare_digest
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.staff import HASH_BYTES, SALT_BYTES, holds
from edge.domain.tap import TOKEN_BYTES, Token

CODE_SCHEME: Final = "registered"
"""What the token of a registered code is made of beside its digits."""
CODE: Final = re.compile(r"[0-9]{6,12}")
PIN: Final = re.compile(r"[0-9]{4,12}")
PROXIES_MAX: Final = 4
NOBODY: Final = Token(b"")


@frozen
class Proxy:
    """A relative who collects: the token of the relative's own code, and the hash of the own PIN."""

    token: bytes
    hash: bytes
    from_ms: int = 0
    until_ms: int = 0


@frozen
class DinerRecord:
    """One diner: ``code`` is the token of the registered code, ``holder`` that of the person on the entitlement list.

    Raises ValueError out of bounds.
    """

    code: bytes
    holder: bytes
    salt: bytes
    hash: bytes
    from_ms: int = 0
    until_ms: int = 0
    proxies: tuple[Proxy, ...] = ()

    def __post_init__(self) -> None:
        """Check the bounds."""
        if len(self.proxies) > PROXIES_MAX:
            raise ValueError(f"{len(self.proxies)} proxies of one diner, at most {PROXIES_MAX}")
        if {len(token) for token in (self.holder, *self.tokens())} != {TOKEN_BYTES}:
            raise ValueError(f"a token has {TOKEN_BYTES} bytes")
        if len(self.salt) != SALT_BYTES or {len(known) for known in self._hashes()} != {HASH_BYTES}:
            raise ValueError(f"a salt has {SALT_BYTES} bytes, a hash {HASH_BYTES}")
        if len(set(self._hashes())) < len(self._hashes()):
            raise ValueError("two people of one diner have one PIN: nobody could tell who collects")
        if len(set(self.tokens())) < len(self.tokens()):
            raise ValueError("somebody stands twice with one diner")
        times = [(self.from_ms, self.until_ms), *((proxy.from_ms, proxy.until_ms) for proxy in self.proxies)]
        if any(begins < 0 or 0 < ends <= begins for begins, ends in times):
            raise ValueError("a time ends before it begins")

    def _hashes(self) -> tuple[bytes, ...]:
        return (self.hash, *(proxy.hash for proxy in self.proxies))

    def tokens(self) -> tuple[bytes, ...]:
        """Return the tokens of all codes by which somebody may collect this diner's meal, the own one first."""
        return (self.code, *(proxy.token for proxy in self.proxies))


@frozen
class Collector:
    """Whoever typed a PIN that is right: ``proxy`` is empty where it was the diner."""

    diner: DinerRecord
    proxy: Token = NOBODY


def unshared(rows: Iterable[DinerRecord]) -> Iterator[tuple[tuple[bytes, ...], DinerRecord]]:
    """Yield each row with the keys that find it alone.

    A relative who collects for several types the code of the diner that is meant, so the own code finds none of them.
    Raises ValueError where a diner's own code stands twice.
    """
    listed = list(rows)
    own = [row.code for row in listed]
    if len(set(own)) < len(own):
        raise ValueError("a diner's code stands twice")
    times: dict[bytes, int] = {}
    for row in listed:
        for key in row.tokens():
            times[key] = times.get(key, 0) + 1
    taken = set(own)
    for row in listed:
        relatives = (proxy.token for proxy in row.proxies)
        yield (row.code, *(token for token in relatives if times[token] == 1 and token not in taken)), row


def collector_of(diner: DinerRecord, typed: bytes, found: bytes, trusted_ms: int) -> Collector | None:
    """Return who collects, by the token ``typed`` and the hash ``found`` of a PIN under the diner's salt.

    With the diner's code goes the diner's PIN or that of any proxy, with a proxy's code that proxy's alone.
    ``trusted_ms`` 0: no time is trusted, so nobody's is over.
    """
    if not holds(diner, trusted_ms):
        return None
    if typed == diner.code and compare_digest(found, diner.hash):
        return Collector(diner)
    for proxy in diner.proxies:
        if typed in (diner.code, proxy.token) and compare_digest(found, proxy.hash) and holds(proxy, trusted_ms):
            return Collector(diner, Token(proxy.token))
    return None
