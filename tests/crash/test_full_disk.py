"""No room for one more byte: the kernel refuses to let the files grow. Nothing promised is lost.

A limit on the size of files stands for the full disk: it needs no rights and no mount, and the error comes from the
kernel in the middle of a write. The errno of a full disk itself is in the sweep of I/O errors.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.lab.trace import read_marks
from tests.crash.subjects.journal_life import SETTINGS
from tests.crash.subjects.promises import broken_promises, promised
from tests.store.journals import opened

pytestmark = pytest.mark.crash

BYTES_MAX = 128 * 1024


def fill(journal: Path) -> list[bytes]:
    """Run a journal into the limit; returns its marks, and last the code it ended with."""
    command = [sys.executable, "-m", "tests.crash.filler", str(journal), str(BYTES_MAX)]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.splitlines()


async def test_a_journal_without_room_loses_nothing_however_often_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    *marks, code = fill(path)
    promises = promised(read_marks(b"\n".join(marks)))
    assert code == b"STORE_IO"
    assert promises.done_seq() > 20
    for _ in range(2):
        journal = await opened(path, SETTINGS)
        try:
            assert await broken_promises(journal, promises) == []
        finally:
            await journal.close()
