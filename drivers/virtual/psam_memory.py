"""What a PSAM keeps without power: its terminal sequence and its error counter, in a file where one is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

ERROR_LIMIT: Final = 15


class PsamMemory:
    """Terminal sequence and remaining wrong MACs. With ``path`` every change is in the file before it is answered."""

    def __init__(self, path: Path | None = None, *, sequence: int = 0, error_limit: int = ERROR_LIMIT) -> None:
        self._path = path
        self.error_limit = error_limit
        self.sequence = sequence
        self.errors_left = error_limit
        if path is not None and path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.sequence, self.errors_left = int(kept["sequence"]), int(kept["errors_left"])

    def next_sequence(self) -> int:
        """Count the terminal sequence up and return it."""
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF
        self._keep()
        return self.sequence

    def count_error(self) -> None:
        """Take one from the remaining errors."""
        self.errors_left = max(self.errors_left - 1, 0)
        self._keep()

    def forgive(self) -> None:
        """Restore the error counter after a right MAC."""
        if self.errors_left != self.error_limit:
            self.errors_left = self.error_limit
            self._keep()

    def _keep(self) -> None:
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"sequence": self.sequence, "errors_left": self.errors_left}), encoding="utf-8")
        fresh.replace(self._path)
