"""Lets one subject live; the lab watches: ``python -m tests.crash.lab.life SUBJECT FOLDER MARKS [FAULT]``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.crash.lab.subject import Marks
from tests.crash.subjects.every import subject_named


def main() -> None:
    """Plant the fault, where one is named, and live."""
    name, folder, marks, *planted = sys.argv[1:]
    subject = subject_named(name)
    for fault in planted:
        subject.faults[fault]()
    subject.live(Path(folder), Marks(Path(marks)))


if __name__ == "__main__":
    main()
