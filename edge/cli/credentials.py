"""Where the service manager puts secrets."""

from __future__ import annotations

import os
from pathlib import Path


def credentials_folder() -> Path | None:
    """Return systemd's folder of credentials (systemd.exec(5)): the one place that asks the environment for it."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None
