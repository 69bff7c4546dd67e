"""Something between terminal and centre answers with reference data of yesterday: stale, or rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.network import Reply, Request
from sync.paths import MANIFEST_PATH

if TYPE_CHECKING:
    from edge.simulation.town import Town

STALE: Final = FaultClass("artifact_stale", 0.01, "a cache said that nothing had changed")
ROLLED_BACK: Final = FaultClass("artifact_rolled_back", 0.02, "an old edition was offered in place of the newest")
UNCHANGED: Final = 304
OK: Final = 200


class OldArtifact(Injector):
    """Keeps every manifest it sees and offers an old one."""

    classes: ClassVar[tuple[FaultClass, ...]] = (STALE, ROLLED_BACK)

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self._seen: list[Reply] = []

    def at_reply(self, request: Request, reply: Reply) -> Reply:
        """Replace the answer, perhaps."""
        if request.path != MANIFEST_PATH:
            return reply
        seen = self._seen
        if reply.status == OK and reply not in seen:
            seen.append(reply)
        if request.etag and self.faults.strike(STALE, "cache"):
            return Reply(UNCHANGED, "", b"", etag=request.etag)
        if len(seen) > 1 and self.faults.strike(ROLLED_BACK, "cache"):
            return seen[0]
        return reply
