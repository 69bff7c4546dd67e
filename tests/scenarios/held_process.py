"""Runs a command of the product, and stands still for ever at the place that an order names: to be killed there.

Usage: ``held_process.py FOLDER run --config ...``. An order is the file ``FOLDER/order``, for instance ``intent
before``; whoever reaches that place renames it to ``reached`` and does nothing more. The product knows nothing of it:
the methods at the seams are wrapped here.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DAYS_LATER_MS: Final = 5 * 86_400_000
"""Retention counts in days: whoever is ordered to stop at a prune believes that so much time has passed."""

ORPHAN_LOOK_S: Final = 0.5


def always(*_arguments: Any, **_named: Any) -> bool:  # noqa: ANN401 - whatever the wrapped method takes
    return True


def of_kinds(*kinds: str) -> Callable[..., bool]:
    def meant(_journal: Any, draft: Any, **_named: Any) -> bool:  # noqa: ANN401 - whatever the wrapped method takes
        return draft.kind.name in kinds

    return meant


def is_green(_broadcast: Any, shown: Any) -> bool:  # noqa: ANN401 - whatever the wrapped method takes
    return bool(shown.lamp == "green")


def is_batch(_link: Any, path: str, *_rest: Any) -> bool:  # noqa: ANN401 - whatever the wrapped method takes
    return path.endswith("/batches")


@dataclass(frozen=True)
class Seam:
    """A method of the product, and which of its calls are meant."""

    name: str
    module: str
    owner: str
    method: str
    meant: Callable[..., bool] = always


SEAMS: Final = {
    "run": (
        Seam("intent", "edge.store.journal", "SqliteJournal", "append", of_kinds("INTENT")),
        Seam("result", "edge.store.journal", "SqliteJournal", "append", of_kinds("POSTED", "SETTLED")),
        Seam("torn", "edge.store.journal", "SqliteJournal", "append", of_kinds("TORN")),
        Seam("signal", "edge.terminal.events", "Broadcast", "show", is_green),
        Seam("checkpoint", "edge.store.journal", "SqliteJournal", "checkpoint"),
        Seam("ack", "edge.store.journal", "SqliteJournal", "apply_ack"),
        Seam("prune", "edge.store.journal", "SqliteJournal", "prune"),
    ),
    "sync": (
        Seam("send", "sync.centre_link", "CentreLink", "post", is_batch),
        Seam("hand over", "sync.feed", "Feed", "ack"),
    ),
    "central": (Seam("receive", "sync.central.centre", "Centre", "receive"),),
}


@dataclass(frozen=True)
class Orders:
    """The folder of orders."""

    folder: Path

    def name(self, seam: str) -> bool:
        """Say whether the order of the moment names this seam."""
        order = self.folder / "order"
        return order.exists() and order.read_text().rpartition(" ")[0] == seam

    def obey(self, seam: str, side: str) -> None:
        """Stand still where the order says so."""
        order = self.folder / "order"
        if order.exists() and order.read_text() == f"{seam} {side}":
            order.rename(self.folder / "reached")
            parent = os.getppid()
            while os.getppid() == parent:  # an orphan ends: nobody is left to kill it
                time.sleep(ORPHAN_LOOK_S)
            os._exit(1)


def hold(seam: Seam, orders: Orders) -> None:
    """Wrap one method."""
    owner = getattr(importlib.import_module(seam.module), seam.owner)
    original = getattr(owner, seam.method)

    @functools.wraps(original)
    async def awaited(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the wrapped method takes
        if not seam.meant(*arguments, **named):
            return await original(*arguments, **named)
        if seam.name == "prune" and orders.name("prune"):
            arguments = (arguments[0], arguments[1] + DAYS_LATER_MS)
        orders.obey(seam.name, "before")
        result = await original(*arguments, **named)
        if result != 0:  # a prune that found nothing is none
            orders.obey(seam.name, "after")
        return result

    @functools.wraps(original)
    def called(*arguments: Any) -> None:  # noqa: ANN401 - whatever the wrapped method takes
        if seam.meant(*arguments):
            orders.obey(seam.name, "before")
        original(*arguments)
        if seam.meant(*arguments):
            orders.obey(seam.name, "after")

    setattr(owner, seam.method, awaited if inspect.iscoroutinefunction(original) else called)


def main() -> int:
    folder, *words = sys.argv[1:]
    for seam in SEAMS[words[0]]:
        hold(seam, Orders(Path(folder)))
    onecard: Callable[[list[str]], int] = importlib.import_module("edge.cli.main").main
    return onecard(words)


if __name__ == "__main__":
    sys.exit(main())
