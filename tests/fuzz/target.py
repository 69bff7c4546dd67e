"""One parser of hostile bytes: how it is fed, what it may answer, and where a search begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.domain.error_codes import CODES
from edge.domain.errors import OneCardError

CORPUS: Final = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Target:
    """``feed`` gives bytes to the parser and holds its promises by assertions; ``refusals`` are what it may raise.

    ``seeds`` are sound inputs. Inputs are at most ``bytes_max`` long.
    """

    name: str
    feed: Callable[[bytes], object]
    seeds: Sequence[bytes]
    refusals: tuple[type[Exception], ...] = (OneCardError,)
    bytes_max: int = 1024

    def __call__(self, taken: bytes) -> None:
        """Feed one input; anything but a value or a refusal with a known code is the finding."""
        try:
            self.feed(taken)
        except self.refusals as error:
            if isinstance(error, OneCardError) and error.code not in CODES:
                raise

    def corpus(self) -> list[bytes]:
        """Return the inputs that are kept in the repository: one a line, hexadecimal."""
        file = CORPUS / f"{self.name}.hex"
        return [bytes.fromhex(line) for line in file.read_text("ascii").splitlines()] if file.exists() else []


class Cutter:
    """Takes fields off an input, so that one input becomes several arguments; short inputs give short fields."""

    def __init__(self, rest: bytes) -> None:
        self.rest = rest

    def take(self, count: int) -> bytes:
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, length: int = 1) -> int:
        return int.from_bytes(self.take(length), "big")

    def field(self) -> bytes:
        """Return a field whose length stands in two bytes before it."""
        return self.take(self.number(2))


def fields(*parts: bytes) -> bytes:
    """Return fields as :meth:`Cutter.field` takes them off."""
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)
