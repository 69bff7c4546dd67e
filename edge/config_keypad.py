"""The settings of the driver's keypad; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from edge.config_values import Between
from edge.domain.frozen import frozen


@frozen
class KeypadSection:
    """A keypad on a line of its own, and how long its keys count; an empty ``path``: there is none.

    ``armed_ms`` and ``waive_s`` hold for the keys of ``onecard drive`` and of an announcer with a keypad, too.
    """

    path: Path = Path()
    baud: Annotated[int, Between(2_400, 115_200)] = 9_600
    armed_ms: Annotated[int, Between(1_000, 120_000)] = 10_000
    waive_s: Annotated[int, Between(1, 600)] = 60
