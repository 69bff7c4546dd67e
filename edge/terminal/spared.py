"""A part without which taps go on: what is wrong with it is told once, until it works again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge.domain.errors import OneCardError
from edge.domain.frozen import mutable


@mutable
class Spared:
    """Stands around each try of such a part. ``report`` hears of the first failure after a success."""

    report: Callable[[OneCardError], None]
    failed: bool = False

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Let a coded error end the try and nothing else."""
        try:
            yield
        except OneCardError as error:
            if not self.failed:
                self.report(error)
            self.failed = True
        else:
            self.failed = False
