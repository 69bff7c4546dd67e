"""The terminal's :class:`edge.ports.CodeReader`: a scanner and the schemes whose codes it may bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivers.code_scheme import CodeScheme
from drivers.scanner import Scanner
from edge.domain.medium import CodeSnapshot, UnknownSnapshot


class CodeStand:
    """Turns what is scanned into snapshots, by the scheme that recognises it."""

    def __init__(self, scanner: Scanner, schemes: Sequence[CodeScheme]) -> None:
        self._scanner = scanner
        self._schemes = tuple(schemes)
        self._refused = 0

    async def open(self) -> None:
        """Open the port and set the engine up; raises ReaderError. Nothing where it is open."""
        await self._scanner.open()

    async def next_code(self) -> CodeSnapshot | UnknownSnapshot:
        """Wait for a code and verify it; raises ReaderError when the line fails. May be cancelled at any time."""
        return self.read(await self._scanner.next_payload())

    def read(self, payload: bytes) -> CodeSnapshot | UnknownSnapshot:
        """Verify one payload; one that no scheme recognises is no medium served here."""
        for scheme in self._schemes:
            if scheme.recognises(payload):
                code = scheme.read(payload)
                self._refused += bool(code.known.refusal)
                return code
        self._refused += 1
        return UnknownSnapshot(tuple(scheme.name for scheme in self._schemes))

    async def close(self) -> None:
        """Release the line; idempotent."""
        await self._scanner.close()

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port, named ``scanner_...``."""
        counted = {**self._scanner.counters(), "refused": self._refused}
        return {f"scanner_{name}": value for name, value in counted.items()}
