"""The lists of a terminal that does not run, from its files under the journal's lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.cli.locate import Located
from edge.cli.stopped_terminal import as_owner
from edge.clock import SystemClock
from edge.control.messages import Message
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber
from edge.domain.tap import Token
from edge.ports import finished
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from edge.terminal.list_verbs import check_message, lists_message
from edge.terminal.reporting import edition_of
from sync.enrolment_files import load_enrolment, read_trust


@frozen
class StoppedLists:
    """Answers the verbs of ``onecard lists`` from files. ``credentials`` holds the token key, where it is at hand."""

    reference: FileReference
    state: Path
    credentials: Path | None

    async def call(self, verb: str, **members: object) -> Message:
        """Do one verb as the running terminal would; the journal hears of a way back at the next start."""
        match verb:
            case "lists":
                return lists_message(self.reference, SystemClock(0).wall_ms())
            case "lists.check":
                return check_message(self.reference, str(members["asked"]), self._token)
            case "lists.rollback":
                before = edition_of(self.reference)
                return {"edition": finished(self.reference.returning("technician")), "from": before}
            case "lease.return":
                raise RemoteProtocolError("CONTROL_ABSENT", "a lease is given back by the running terminal alone")
            case _:
                raise RemoteProtocolError("CONTROL_MALFORMED", f"no such verb: {verb}")

    def _token(self, scheme: str, number: CardNumber) -> Token:
        if self.credentials is None:
            raise ConfigError("KEY_UNUSABLE", "the token key is a credential: name --config, or ask for a token")
        return load_enrolment(self.state, self.credentials).token_keys[-1].token(scheme, number)


@contextmanager
def open_lists(located: Located) -> Iterator[StoppedLists]:
    """Take the lock and open what is in force; raises ``STORE_LOCKED`` where the terminal runs, ``NOT_ENROLLED``."""
    paths = located.paths
    with (
        as_owner(paths.state),
        JournalLock(paths.journal_lock),
        FileReference(paths.editions, read_trust(paths.state).ever) as reference,
    ):
        reference.start()
        yield StoppedLists(reference, paths.state, None if located.config is None else paths.credentials)
