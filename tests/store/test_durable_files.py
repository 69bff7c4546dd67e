"""Files and folders that are written durably: what goes wrong has a code, what was there stays."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.crypto.signing import make_folder, write_durably, write_secret
from edge.domain.errors import StoreError

WRITERS: dict[str, Callable[[Path, bytes], None]] = {"write_durably": write_durably, "write_secret": write_secret}
ERRORS = {errno.ENOSPC: "STORE_FULL", errno.EDQUOT: "STORE_FULL", errno.EROFS: "STORE_IO", errno.EIO: "STORE_IO"}


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("writer", WRITERS)
def test_a_file_that_cannot_be_flushed_raises_a_code_and_leaves_the_old_one(
    writer: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the operating system's own error left an enrolment, a staging or a status without a code."""
    path = tmp_path / "file"
    WRITERS[writer](path, b"old")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(StoreError, match=ERRORS[number]):
            WRITERS[writer](path, b"new")
    assert path.read_bytes() == b"old"
    WRITERS[writer](path, b"new")
    assert path.read_bytes() == b"new"


def test_every_folder_that_is_made_is_flushed_in_the_one_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: the files in a new folder were flushed, the folder's own name was not: a cut took all of them."""
    flushed: list[Path] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    make_folder(tmp_path / "state" / "keys", 0o750)
    assert flushed == [tmp_path, tmp_path / "state"]
    make_folder(tmp_path / "state" / "keys")
    assert flushed == [tmp_path, tmp_path / "state"]
