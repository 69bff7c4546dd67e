"""The reference data in force: one open edition, swapped as a whole between two taps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from edge.crypto.signing import PublicKey
from edge.domain.diners import DinerRecord
from edge.domain.errors import PolicyError, StoreError
from edge.domain.exchange import EDITION, ArtifactHeader
from edge.domain.holder import Debt, Holder
from edge.domain.policy import Policy
from edge.domain.slots import Slots
from edge.domain.tap import Token
from edge.ports.editions import ArtifactInForce, Steps, finished
from edge.store.deny_list import DenyList
from edge.store.edition import OpenEdition, Trusted, expired_among, opening
from edge.store.floors import check_floors, raise_floors, read_floors
from edge.store.people import NOBODY, People
from edge.store.slot_file import SlotFile
from edge.store.verified import Verified
from sync.deny_form import DENY_KIND

V = TypeVar("V")


class FileReference:
    """Implements :class:`edge.ports.EditionKeeper` over the folder ``editions`` of the state folder.

    A new edition is opened and checked whole before the old one is let go: a bad one changes nothing.
    """

    def __init__(
        self, editions: Path, centre_key: PublicKey, newest: PublicKey | None = None, token_key: int = 0
    ) -> None:
        self._editions = editions
        self._floor_file = self._editions / "floors"
        self._slot_file = SlotFile(self._editions / "slots")
        self._verified = Verified(self._editions / "verified")
        self._trusted = Trusted(centre_key, centre_key if newest is None else newest, token_key)
        self._edition: OpenEdition | None = None
        self._denied: tuple[DenyList, ...] = ()
        self._people = NOBODY
        self._serves = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._serves:
            with suppress(StoreError):  # the start stays counted: one of several that it would take
                self._slot_file.change(self.slots().calmed())
        self.close()

    # the port Reference: what a tap asks

    def policy(self) -> Policy:
        """Return the policy of the edition in force; raises ``POLICY_MISSING``."""
        return self._opened().policy

    def listed(self, token: Token) -> bool:
        """Say whether a deny list in force names this token; raises ``POLICY_MISSING``."""
        self._opened()
        return any(token in listed for listed in self._denied)

    def holder(self, token: Token) -> Holder | None:
        """Return who is known by this token, with the leases in force; raises ``POLICY_MISSING``."""
        self._opened()
        return self._people.holder(token)

    def debt(self, token: Token) -> Debt | None:
        """Return what the token owes; raises ``POLICY_MISSING``."""
        self._opened()
        return self._people.debt(token)

    def diner(self, token: Token) -> DinerRecord | None:
        """Return whose meal the registered code of this token collects."""
        return self._people.diner(token)

    def value(self, wanted: type[V]) -> V | None:
        """Return the value of this type in force; None where there is none."""
        return None if self._edition is None else self._edition.value(wanted)

    def artifacts(self) -> tuple[ArtifactHeader, ...]:
        """Return the headers in force, the edition's own first; none where no edition is installed."""
        return () if self._edition is None else self._edition.headers

    # how an edition comes into force and goes again

    def start(self, now_ms: int = 0, *, serves: bool = False) -> list[PolicyError | StoreError]:
        """Put the edition into force again that was; returns what was wrong on the way.

        Where it does not stand its check, the previous one is, else the newest that stands. An expired one is reported
        and serves all the same: how old reference data may be is the terminal's policy. Nothing is in force where none
        stands: the terminal then declines with ``policy_missing``. ``serves``: taps come, so that a start inside a
        probation counts, unless the end is a calm one.
        """
        faults: list[PolicyError | StoreError] = []
        try:
            self._slot_file.load()
            if serves:
                self._serves = True
                self._count_start()
        except (PolicyError, StoreError) as error:
            faults.append(error)
        for number in self._candidates():
            try:
                finished(self._restoring(number))
            except (PolicyError, StoreError) as error:
                faults.append(error)
            else:
                break
        return [*faults, *expired_among(self.artifacts(), now_ms)]

    def install(self, folder: Path, *, trusted_ms: int = 0) -> int:
        """Put the edition in ``folder`` into force at once; see :meth:`installing`."""
        return finished(self.installing(folder, trusted_ms=trusted_ms))

    def installing(self, folder: Path, *, trusted_ms: int = 0) -> Steps[int]:
        """Check the edition in ``folder`` and put it into force, in steps; returns its number.

        ``trusted_ms`` is the time by which expiry is judged, 0 where no time is trusted. Raises PolicyError:
        ``EDITION_REFUSED`` for one that failed here before, ``ARTIFACT_ROLLED_BACK`` below the floor or below what is
        in force, ``ARTIFACT_EXPIRED``, and what :func:`opening` raises; StoreError where floors or slots cannot be
        kept. The edition before then stays in force.
        """
        edition = yield from opening(folder, self._trusted, self._verified, self._edition, comes_now=True)
        try:
            self._check(edition, folder, trusted_ms)
            yield from self._noting(edition, self.slots().taken(edition.number))
        except BaseException:  # also where the work is given up between two steps
            edition.close()
            raise
        return self._swap(edition)

    def returning(self, reason: str) -> Steps[int]:
        """Put the previous edition into force again, in steps; returns its number.

        The centre's editions forbid all but themselves and the one before: what was in force here before several that
        were missed has lists that the centre has withdrawn since, and does not come back however the newest one fails.
        The other is not taken again where ``reason`` is not empty. Raises ``EDITION_ALONE`` where there is none,
        ``ARTIFACT_ROLLED_BACK`` where it lies below a floor, and what :func:`opening` raises.
        """
        slots = self.slots()
        if not slots.previous:
            raise PolicyError("EDITION_ALONE", "there is no previous edition to return to")
        if slots.previous < (floor := self._lowest()):
            passed = f"{slots.previous} was in force here before it, and none between"
            forbids = f"edition {slots.in_force} forbids all before {floor}"
            raise PolicyError("ARTIFACT_ROLLED_BACK", f"{forbids}; {passed}: only a newer edition helps")
        folder = self._editions / str(slots.previous)
        edition = yield from opening(folder, self._trusted, self._verified, self._edition)
        try:
            yield from self._noting(edition, slots.returned(reason))
        except BaseException:  # as above
            edition.close()
            raise
        return self._swap(edition)

    def rechecking(self) -> Steps[None]:
        """Hash every part in force once more; raises ``ARTIFACT_DAMAGED``. Ends early where the edition changes."""
        edition = self._opened()
        try:
            for path, part in edition.parts():
                for _ in self._verified.hashing(path, part):
                    yield
                    if self._edition is not edition:
                        return
        except PolicyError:
            self._verified.keep(edition.part_hashes())  # without the damaged one: the next start finds it too
            raise

    def prove(self) -> None:
        """End the probation of the edition in force; raises ``STORE_IO`` or ``STORE_FULL``."""
        self._slot_file.change(self.slots().passed())

    def close(self) -> None:
        """Let the edition in force go; idempotent."""
        if self._edition is not None:
            self._edition.close()
            self._edition, self._denied, self._people = None, (), NOBODY

    # what people ask

    def slots(self) -> Slots:
        """Return which editions are in force and before it."""
        return self._slot_file.slots

    def returnable(self) -> int:
        """Return the number of the previous edition, 0 where there is none or the floors forbid it."""
        previous = self.slots().previous
        try:
            return previous if previous >= self._lowest() else 0
        except PolicyError:
            return 0  # whoever tries to return is told why

    def _lowest(self) -> int:
        """Return the lowest edition that is still allowed; raises ``ARTIFACT_DAMAGED``."""
        return read_floors(self._floor_file).get((EDITION, EDITION), 0)

    def staged(self) -> Path | None:
        """Return the folder of the newest edition above the one in force that may be taken."""
        in_force = 0 if self._edition is None else self._edition.number
        above = [number for number in self._numbers() if number > in_force and not self.slots().why_refused(number)]
        return self._editions / str(max(above)) if above else None

    def in_force(self) -> tuple[ArtifactInForce, ...]:
        """Return the artifacts in force, the edition's own first; none where no edition is installed."""
        return () if self._edition is None else self._edition.contents()

    def lists_naming(self, token: Token) -> tuple[str, ...]:
        """Return the names of the deny lists that name this token; raises ``POLICY_MISSING``."""
        lists = self._opened().lists.items()
        return tuple(
            name
            for (kind, name), found in lists
            if kind == DENY_KIND and isinstance(found, DenyList) and token in found
        )

    def _opened(self) -> OpenEdition:
        if self._edition is None:
            raise PolicyError("POLICY_MISSING", "no edition of the reference data is in force")
        return self._edition

    def _check(self, edition: OpenEdition, folder: Path, trusted_ms: int) -> None:
        reason = self.slots().why_refused(edition.number)
        if reason:
            raise PolicyError("EDITION_REFUSED", f"edition {edition.number}: {reason}")
        if folder.name != str(edition.number):
            raise PolicyError("ARTIFACT_FOREIGN", f"edition {edition.number} in the place of {folder.name}")
        if self._edition is not None and edition.number < self._edition.number:
            raise PolicyError("ARTIFACT_ROLLED_BACK", f"edition {edition.number} after {self._edition.number}")
        for expired in expired_among(edition.headers, trusted_ms):
            raise expired

    def _noting(self, edition: OpenEdition, slots: Slots) -> Steps[None]:
        """Note what is about to be in force, each note a step of its own.

        Slots before floors: those may forbid what a start would otherwise go back to.
        """
        floors = read_floors(self._floor_file)
        check_floors(floors, edition.headers)
        yield
        before = set() if self._edition is None else self._edition.part_hashes()
        self._verified.keep(edition.part_hashes() | before)
        yield
        with self._slot_file.changed(slots):
            yield
            raise_floors(self._floor_file, floors, edition.headers)

    def _swap(self, edition: OpenEdition) -> int:
        self.close()
        self._edition = edition
        self._denied = edition.lists_of(DENY_KIND, DenyList)
        self._people = People.of(edition)
        return edition.number

    def _restoring(self, number: int) -> Steps[None]:
        """Put an edition into force at a start. A full disk must not keep it out: what cannot be noted is assumed."""
        edition = yield from opening(self._editions / str(number), self._trusted, self._verified)
        try:
            floors = read_floors(self._floor_file)
            check_floors(floors, edition.headers)
            raise_floors(self._floor_file, floors, edition.headers)
        except (PolicyError, StoreError):
            edition.close()
            raise
        self._swap(edition)
        restored = self.slots().restored(number)
        try:
            self._slot_file.change(restored)
            self._verified.save()
        except StoreError:
            self._slot_file.assume(restored)

    def _count_start(self) -> None:
        """Count a start on probation; too many of them are the edition's fault."""
        self._slot_file.change(self.slots().started())
        if self.slots().failing():
            finished(self.returning("restarts"))

    def _candidates(self) -> list[int]:
        """Return which editions to try at a start, in order; none where one is in force already."""
        slots = self.slots()
        if self._edition is not None:
            return []
        first = [number for number in (slots.in_force, slots.previous) if number]
        others = sorted((number for number in self._numbers() if not slots.why_refused(number)), reverse=True)
        return [*first, *(number for number in others if number not in first)]

    def _numbers(self) -> list[int]:
        if not self._editions.is_dir():
            return []
        return [int(path.name) for path in self._editions.iterdir() if path.name.isdecimal()]
