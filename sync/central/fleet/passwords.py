"""Passwords of the fleet pages, hashed by Argon2id (RFC 9106, its second recommended choice). The only door to argon2.

A hash takes some 64 MB and tens of milliseconds on purpose: it is made in a thread, few at once, and whoever comes
when all places are taken is told to come again.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from edge.domain.errors import ConfigError

T = TypeVar("T")

CHARACTERS: Final = range(12, 129)
SALT_BYTES: Final = 16
AT_ONCE: Final = 2
WAITING_MAX: Final = 8


class ArgonPasswords:
    """Makes hashes and compares; ``random_bytes`` is fit for salts."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._argon = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._inside = 0
        self._nobodys = ""

    @property
    def is_crowded(self) -> bool:
        """Say whether who comes now would wait long."""
        return self._inside >= AT_ONCE + WAITING_MAX

    async def hashed(self, password: str) -> str:
        """Return the hash, with salt and cost inside; raises ``CONFIG_VALUE`` for one that is too short or too long."""
        clean = _clean(password)
        if len(clean) not in CHARACTERS:
            told = f"a password has {CHARACTERS.start} to {CHARACTERS.stop - 1} characters"
            raise ConfigError("CONFIG_VALUE", told)
        salt = self._random_bytes(SALT_BYTES)
        return await self._in_turn(lambda: self._argon.hash(clean, salt=salt))

    async def fits(self, password_hash: str, password: str) -> bool:
        """Say whether a password is the one of a hash; an empty hash, which is nobody's, takes as long."""
        if not self._nobodys:
            self._nobodys = await self.hashed(self._random_bytes(SALT_BYTES).hex())
        fits = await self._in_turn(lambda: self._compare(password_hash or self._nobodys, _clean(password)))
        return fits and bool(password_hash)

    def _compare(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], T]) -> T:
        self._inside += 1
        try:
            async with self._places:
                return await asyncio.to_thread(work)
        finally:
            self._inside -= 1


def _clean(password: str) -> str:
    """Return a password in the form in which every keyboard means the same (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
