"""A clear number in memory, and how it is shown."""

from __future__ import annotations

from typing import Final


class CardNumber:
    """A clear number, held in memory only.

    ``repr`` and ``str`` are masked to the issuer prefix and the last four digits. The terminal calls :meth:`reveal` in
    three places alone: where the token is computed, where the box for clearing is sealed, and where the PSAM is given
    the serial that its key is diversified by.
    """

    __slots__ = ("_digits",)
    PREFIX: Final = 8
    SUFFIX: Final = 4
    HIDDEN_MIN: Final = 4

    def __init__(self, digits: str) -> None:
        self._digits = digits

    def reveal(self) -> str:
        """Return the digits in clear."""
        return self._digits

    def __bool__(self) -> bool:
        """Say whether there is a number at all."""
        return bool(self._digits)

    def masked(self) -> str:
        """Return issuer prefix and last four: ``31049304*******0017``; of a short account, stars alone."""
        hidden = len(self._digits) - self.PREFIX - self.SUFFIX
        if hidden < self.HIDDEN_MIN:
            return "*" * len(self._digits)
        return self._digits[: self.PREFIX] + "*" * hidden + self._digits[self.PREFIX + hidden :]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CardNumber) and self._digits == other._digits

    def __hash__(self) -> int:
        return hash(self._digits)

    def __repr__(self) -> str:
        return f"CardNumber({self.masked()})"
