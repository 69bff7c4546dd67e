"""The reference data in force: one open edition, swapped as a whole between two taps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.domain.errors import PolicyError, StoreError
from edge.domain.exchange import ArtifactHeader
from edge.domain.holder import Debt, Holder
from edge.domain.policy import Policy
from edge.domain.tap import Token
from edge.store.deny_list import DENY_KIND, DenyList
from edge.store.edition import OpenEdition, open_edition
from edge.store.floors import check_floors, raise_floors, read_floors


class FileReference:
    """Implements :class:`edge.ports.Reference` over the folder ``editions`` of the state folder.

    A new edition is opened and checked whole before the old one is let go: a bad one changes nothing.
    """

    def __init__(self, editions: Path, centre_key: bytes) -> None:
        self._editions = editions
        self._floor_file = self._editions / "floors"
        self._centre_key = centre_key
        self._edition: OpenEdition | None = None
        self._denied: tuple[DenyList, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, now_ms: int = 0) -> list[PolicyError | StoreError]:
        """Put the newest edition into force that stands its check; returns what was wrong on the way.

        An expired one is reported and serves all the same: how old reference data may be is the terminal's policy.
        Nothing is in force where none stands: the terminal then declines with ``policy_missing``.
        """
        faults: list[PolicyError | StoreError] = []
        for number in sorted(self._numbers(), reverse=True):
            try:
                self.install(self._editions / str(number))
            except (PolicyError, StoreError) as error:
                faults.append(error)
            else:
                break
        return [*faults, *_expired(self.artifacts(), now_ms)]

    def install(self, folder: Path, *, trusted_ms: int = 0) -> int:
        """Put the edition in ``folder`` into force, between two taps; returns its number.

        ``trusted_ms`` is the time by which expiry is judged, 0 where no time is trusted. Raises PolicyError:
        ``ARTIFACT_ROLLED_BACK`` below the floor or below what is in force, ``ARTIFACT_EXPIRED``, and what
        :func:`open_edition` raises; StoreError where its floors cannot be kept. The edition before then stays in
        force.
        """
        edition = open_edition(folder, self._centre_key)
        try:
            self._check(edition, trusted_ms)
        except (PolicyError, StoreError):
            edition.close()
            raise
        self.close()
        self._edition = edition
        self._denied = edition.lists_of(DENY_KIND, DenyList)
        return edition.number

    def policy(self) -> Policy:
        """Return the policy of the edition in force; raises ``POLICY_MISSING``."""
        return self._in_force().policy

    def listed(self, token: Token) -> bool:
        """Say whether the deny list in force names this token; raises ``POLICY_MISSING``."""
        self._in_force()
        return any(token in listed for listed in self._denied)

    def holder(self, token: Token) -> Holder | None:  # noqa: ARG002 - no edition carries entitlements yet
        """Return who holds the medium of this token; raises ``POLICY_MISSING``."""
        self._in_force()
        return None

    def debt(self, token: Token) -> Debt | None:  # noqa: ARG002 - no edition carries debts yet
        """Return what the token owes; raises ``POLICY_MISSING``."""
        self._in_force()
        return None

    def artifacts(self) -> tuple[ArtifactHeader, ...]:
        """Return the headers in force, the edition's own first; none where no edition is installed."""
        return () if self._edition is None else self._edition.headers

    def close(self) -> None:
        """Let the edition in force go; idempotent."""
        if self._edition is not None:
            self._edition.close()
            self._edition = None

    def _in_force(self) -> OpenEdition:
        if self._edition is None:
            raise PolicyError("POLICY_MISSING", "no edition of the reference data is in force")
        return self._edition

    def _check(self, edition: OpenEdition, trusted_ms: int) -> None:
        if self._edition is not None and edition.number < self._edition.number:
            raise PolicyError("ARTIFACT_ROLLED_BACK", f"edition {edition.number} after {self._edition.number}")
        for expired in _expired(edition.headers, trusted_ms):
            raise expired
        floors = read_floors(self._floor_file)
        check_floors(floors, edition.headers)
        raise_floors(self._floor_file, floors, edition.headers)

    def _numbers(self) -> list[int]:
        if not self._editions.is_dir():
            return []
        return [int(path.name) for path in self._editions.iterdir() if path.name.isdecimal()]


def _expired(headers: Iterable[ArtifactHeader], now_ms: int) -> list[PolicyError]:
    late = [header for header in headers if 0 < header.expires_ms <= now_ms]
    return [PolicyError("ARTIFACT_EXPIRED", f"{header.name} {header.version}") for header in late]
