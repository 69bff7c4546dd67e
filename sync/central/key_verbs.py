"""What an operator asks of the centre's signing keys: which there are, and to announce the next one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edge.crypto.signing import KEY_BYTES, coded_errors, write_secret
from edge.domain.errors import ConfigError
from sync.central.centre import Centre
from sync.central.keys import KeyRing, token_file, token_versions
from sync.central.verb import Arguments, Verb
from sync.kit import fingerprint_of
from sync.succession import Succession

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
BEGINS_H_MAX: Final = 24 * 92
OVERLAP_DAYS_MAX: Final = 366
FOR_EVER: Final = 0


class KeyVerbs:
    """The verbs on one centre's signing keys."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "keys.show": self.show,
            "keys.rotate": self.rotate,
            "keys.token.new": self.new_token_key,
            "keys.token.drop": self.drop_token_key,
        }

    async def show(self, _arguments: Arguments) -> dict[str, object]:
        """Return every signing key, oldest first, which of them signs now, and what is published (hexadecimal)."""
        keys = self._centre.keys
        succession = keys.ring.succession() if keys.ring is not None else ()
        rows = [
            {
                "number": number,
                "fingerprint": fingerprint_of(public).hex(),
                "key": public.hex(),
                "signs": public == keys.signing.public,
                **_times(succession, number),
            }
            for number, public in enumerate(keys.ever.keys, 1)
        ]
        versions = list(keys.token_key.versions())
        return {"keys": rows, "succession": keys.succession.hex(), "token_keys": versions}

    async def new_token_key(self, _arguments: Arguments) -> dict[str, object]:
        """Make the next token key beside those in use; the centre takes it at its next start."""
        folder = self._folder()
        version = max(token_versions(folder)) + 1
        write_secret(token_file(folder, version), self._centre.random_bytes(KEY_BYTES))
        return {"token_key": version}

    async def drop_token_key(self, arguments: Arguments) -> dict[str, object]:
        """Let the oldest token key, ``version``, go; raises ``CONFIG_VALUE`` for any other, and for the only one."""
        folder, version = self._folder(), int(arguments["version"])
        versions = token_versions(folder)
        if len(versions) == 1 or version != versions[0]:
            raise ConfigError("CONFIG_VALUE", f"the oldest of several token keys goes first; there are {versions}")
        with coded_errors(folder):
            token_file(folder, version).unlink()
        return {"dropped": version, "token_keys": versions[1:]}

    async def rotate(self, arguments: Arguments) -> dict[str, object]:
        """Announce a new key that signs after ``begins_h`` hours; the old one is believed ``overlap_days`` longer.

        Raises ``CONFIG_VALUE`` for numbers out of bounds, or while an announced key has not begun.
        """
        begins_h, days = int(arguments["begins_h"]), int(arguments["overlap_days"])
        if not (0 <= begins_h <= BEGINS_H_MAX and 1 <= days <= OVERLAP_DAYS_MAX):
            raise ConfigError("CONFIG_VALUE", f"0 to {BEGINS_H_MAX} hours and 1 to {OVERLAP_DAYS_MAX} days are wanted")
        begins_ms = self._centre.now_ms() + begins_h * HOUR_MS
        announced = self._ring().rotate(self._centre.random_bytes(KEY_BYTES), begins_ms, begins_ms + days * DAY_MS)
        return {"number": announced.said.number, **(await self.show({}))}

    def _ring(self) -> KeyRing:
        ring = self._centre.keys.ring
        if ring is None:
            raise ConfigError("CONFIG_VALUE", "this centre's keys are in no folder")
        return ring

    def _folder(self) -> Path:
        return self._ring().folder


def _times(succession: Succession, number: int) -> dict[str, int]:
    """Return when a key begins to sign (0: with the centre), and until when it is believed (0: no end is known)."""
    begins = succession[number - 2].said.not_before_ms if number > 1 else 0
    ends = succession[number - 1].said.until_ms if number <= len(succession) else FOR_EVER
    return {"begins_ms": begins, "until_ms": ends}
