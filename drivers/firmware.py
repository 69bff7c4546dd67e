"""Which firmware a profile wants on a line, held against what was found there."""

from __future__ import annotations

import re
from typing import Final

from edge.domain.frozen import frozen

_VERSION: Final = re.compile(r"\d+(?:\.\d+)*", re.ASCII)


@frozen
class FirmwareWanted:
    """The text that a name must contain, and the first and last version that will do; what is empty is not asked.

    The version is the first number behind that text, with its dots. ``last`` takes in all it begins: 1 is also 1.6.
    """

    like: str = ""
    first: str = ""
    last: str = ""

    @property
    def is_asked(self) -> bool:
        """Say whether anything is wanted at all."""
        return bool(self.like or self.first or self.last)

    def refusal(self, found: str) -> str:
        """Return why this is another one, naming what was found; empty where it will do."""
        return "" if self._fits(found) else f"found {found!r}, the profile wants {self}"

    def _fits(self, found: str) -> bool:
        _, named, rest = found.partition(self.like) if self.like else ("", "named", found)
        if not named:
            return False
        if not self.first and not self.last:
            return True
        version = _VERSION.search(rest)
        return version is not None and self._in_range(_parts(version[0]))

    def _in_range(self, version: tuple[int, ...]) -> bool:
        first, last = _parts(self.first), _parts(self.last)
        return version >= first and (not last or version[: len(last)] <= last)

    def __str__(self) -> str:
        bounds = [f"{word} {bound}" for word, bound in (("from", self.first), ("to", self.last)) if bound]
        return " ".join([repr(self.like) if self.like else "a version", *bounds])


ANY_FIRMWARE: Final = FirmwareWanted()


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)
