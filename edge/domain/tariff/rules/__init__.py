"""Rule kinds, one file each: existing in this folder is enough to be found, authored, documented and tested.

A kind is a frozen model derived from :class:`Operation` with a ``KIND``. It says what a price becomes; the engine
keeps the price within [0, price before], so that no rule can raise it, and books the difference on the rule's funder.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import ClassVar

from edge.domain.frozen import mutable
from edge.domain.tariff.reading import Reading
from edge.domain.tariff.scene import Scene


@mutable
class Ask:
    """What a rule is asked about: the price so far and the list price in fen, the scene, and how to learn more.

    ``count`` reads a counter, ``product`` prices a fare product for this trip, ``reprice`` says what another list
    price would have become by the stages before this rule. ``window_paid_fen`` and ``window_dearest_fen`` are what
    the open transfer window has paid, and its dearest list price.
    """

    price_fen: int
    list_fen: int
    scene: Scene
    count: Callable[[str], int]
    product: Callable[[str], int]
    reprice: Callable[[int], int]
    window_paid_fen: int = 0
    window_dearest_fen: int = 0


class Operation:
    """What a rule does to a price."""

    __slots__ = ()
    KIND: ClassVar[str] = ""

    def price(self, ask: Ask) -> int | str:
        """Return the price in fen after the rule, or the reason why it cannot apply."""
        raise NotImplementedError

    def counters(self) -> tuple[str, ...]:
        """Return the counters that the price depends on."""
        return ()

    def breakpoints(self) -> tuple[int, ...]:
        """Return the counter values from which on the price may change."""
        return ()

    def products(self) -> tuple[str, ...]:
        """Return the fare products that the rule refers to."""
        return ()

    @staticmethod
    def from_plain(reading: Reading, plain: object, path: str) -> Operation:
        """Read ``{ kind = "...", ... }`` into the operation of that kind."""
        if not isinstance(plain, Mapping) or "kind" not in plain:
            raise reading.refuse(path, "an operation names its kind", f"write kind = one of: {', '.join(kinds())}")
        wanted = kinds().get(str(plain["kind"]))
        if wanted is None:
            raise reading.refuse(f"{path}.kind", f"unknown kind {plain['kind']}", f"known kinds: {', '.join(kinds())}")
        settings = {name: value for name, value in plain.items() if name != "kind"}
        return reading.table(wanted, settings, path)


@cache
def kinds() -> Mapping[str, type[Operation]]:
    """Return every rule kind by name; raises ``ValueError`` where two files claim one name."""
    found: dict[str, type[Operation]] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        content = vars(importlib.import_module(f"{__name__}.{module.name}"))
        for value in content.values():
            is_kind = isinstance(value, type) and issubclass(value, Operation) and value.KIND
            if is_kind and found.setdefault(value.KIND, value) is not value:
                raise ValueError(f"two rule kinds are called {value.KIND}")
    return dict(sorted(found.items()))
