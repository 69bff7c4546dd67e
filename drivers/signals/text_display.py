"""A text display on a serial line: a command clears it, then come its lines; what it shows stays until the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivers.links import Link
from drivers.port_use import PortUse
from edge.domain.errors import ReaderError
from edge.domain.frozen import frozen


@frozen
class DisplayModel:
    """``clear`` empties the screen and homes the cursor, ``line_end`` begins the next line."""

    columns: int = 20
    rows: int = 2
    encoding: str = "gb18030"
    clear: bytes = b"\x0c"
    line_end: bytes = b"\r\n"


def composed(lines: Sequence[str], model: DisplayModel) -> bytes:
    """Return the bytes of a whole screen; what its font lacks is a question mark, and no text becomes a command."""
    texts = ["".join(character for character in line if character.isprintable()) for line in lines[: model.rows]]
    return model.clear + model.line_end.join(text.encode(model.encoding, "replace") for text in texts)


class DisplayPort:
    """Implements :class:`edge.ports.display.TextDisplay`. It answers nothing, so only a lost line is known."""

    def __init__(self, link: Link, model: DisplayModel) -> None:
        self._link = link
        self._model = model
        self._use = PortUse()

    @property
    def columns(self) -> int:
        """Return the columns of a line."""
        return self._model.columns

    async def show(self, lines: Sequence[str]) -> None:
        """Send a whole screen."""
        await self._use.open(self._link)
        try:
            self._link.write(composed(lines, self._model))
        except ReaderError:
            self._use.failures += 1
            await self._link.close()
            raise
        self._use.frames += 1

    async def close(self) -> None:
        """Release the port; idempotent."""
        await self._link.close()

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port."""
        return self._use.named("display")
