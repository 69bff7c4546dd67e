"""The content of an artifact that is one value: decoded when its edition is opened, whole in memory."""

from __future__ import annotations

from edge.domain.errors import PolicyError
from edge.ports.editions import Steps
from edge.store.segment import Segment
from sync.value_forms import decode_value


class OneValue:
    """The value of one artifact, of the type that its kind says; see ``sync/value_forms.py``."""

    def __init__(self, segment: Segment) -> None:
        if segment.manifest is not None:
            raise PolicyError("ARTIFACT_FOREIGN", f"{segment.header.name}: a list in place of a value")
        self.value = decode_value(segment.header.kind, segment.body)
        self._count = len(self.value)

    def __len__(self) -> int:
        return self._count

    def reading(self) -> Steps[None]:
        """Do nothing: all of it was read when it was opened."""
        yield from ()

    def close(self) -> None:
        """Do nothing: no file is mapped."""
