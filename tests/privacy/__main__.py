"""``python -m tests.privacy FOLDER...``: exit 1 where a run left a number or name of a known test card in clear."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.privacy.known import KNOWN
from tests.privacy.scan import Scan


def main(folders: list[str]) -> int:
    """Scan the folders and print what is found."""
    found = Scan(KNOWN).folders(map(Path, folders))
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"{len(found)} secrets in clear, {len(KNOWN)} looked for\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
