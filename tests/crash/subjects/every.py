"""The subjects of the crash lab: every part of the product that keeps files. A new one is added here."""

from __future__ import annotations

from typing import Final

from tests.crash.lab.subject import Subject
from tests.crash.subjects.centre import CENTRE
from tests.crash.subjects.courier import COURIER
from tests.crash.subjects.editions import EDITIONS
from tests.crash.subjects.enrolment import ENROLMENT
from tests.crash.subjects.journal import JOURNAL
from tests.crash.subjects.migration import MIGRATION
from tests.crash.subjects.returns import RETURNS
from tests.crash.subjects.sync_files import SYNC_FILES
from tests.crash.subjects.versions import VERSIONS

SHARES: Final = {
    JOURNAL: 33,
    EDITIONS: 11,
    RETURNS: 10,
    ENROLMENT: 17,
    CENTRE: 12,
    SYNC_FILES: 4,
    COURIER: 7,
    MIGRATION: 3,
    VERSIONS: 3,
}
"""Subject -> its share of the states, in percent: more where more writes are in flight at once."""

SUBJECTS: Final = tuple(SHARES)


def subject_named(name: str) -> Subject:
    """Return a subject by its name."""
    return next(subject for subject in SUBJECTS if subject.name == name)


def shares(states: int) -> dict[str, int]:
    """Return how many of ``states`` each subject gets: at least its share."""
    return {subject.name: -(-states * percent // 100) for subject, percent in SHARES.items()}
