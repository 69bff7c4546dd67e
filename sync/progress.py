"""How the sync process fares, said in the log and in one small file that ``onecard status`` and people read."""

from __future__ import annotations

import json
import logging
from dataclasses import field
from pathlib import Path
from typing import Final

from edge.crypto.signing import write_durably
from edge.domain.errors import StoreError
from edge.domain.frozen import mutable

LOG: Final = logging.getLogger("onecard.sync")


@mutable
class Progress:
    """What the file at ``path`` says: the last trouble with the centre, and the journals it refuses, by epoch."""

    path: Path
    trouble: str = ""
    last_ack_ms: int = 0
    stopped: dict[int, str] = field(default_factory=dict)
    _told: tuple[str, dict[int, str]] | None = None

    def tell(self, trouble: str, sentence: str) -> None:
        """Log, and rewrite the file where trouble or refused journals changed (flash wears: not at every ack).

        Said once after each start: the file may tell of yesterday's trouble. A disk without room keeps no batch here.
        """
        now = trouble, dict(self.stopped)
        changed = now != self._told
        self.trouble, self._told = trouble, now
        LOG.log(logging.WARNING if trouble and changed else logging.INFO, "%s", sentence)
        if changed:
            words = {"trouble": trouble, "last_ack_ms": self.last_ack_ms, "stopped": self.stopped}
            try:
                write_durably(self.path, json.dumps(words).encode())
            except StoreError as error:
                LOG.warning("%s", error)
