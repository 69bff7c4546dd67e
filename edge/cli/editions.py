"""The policies of editions that are on the device, for commands that decide a past tap again."""

from __future__ import annotations

from functools import lru_cache

from edge.config import Paths
from edge.domain.policy import Policy
from edge.explaining.explain import PolicyOf
from edge.store.edition import open_edition
from sync.enrolment_files import read_trust


def policies(paths: Paths) -> PolicyOf:
    """Return a look-up of policies by edition, each checked as the terminal checks it; None where it is gone."""

    @lru_cache
    def policy_of(number: int) -> Policy | None:
        folder = paths.editions / str(number)
        if not folder.is_dir():
            return None
        edition = open_edition(folder, read_trust(paths.state).ever)
        edition.close()
        return edition.policy

    return policy_of
