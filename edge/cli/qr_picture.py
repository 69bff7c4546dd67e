"""QR codes in the terminal and as files: the one door to segno, an extra that nothing else loads."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

from edge.domain.errors import ConfigError

KINDS: Final = ("png", "svg")
SCALE: Final = 8
BORDER: Final = 4
"""Modules of quiet zone that ISO/IEC 18004 asks for."""


class QrPicture:
    """One code, level M, in the smallest version that holds it."""

    def __init__(self, text: str) -> None:
        """Raise ``CONFIG_VALUE`` where segno is not installed."""
        try:
            import segno  # noqa: PLC0415 - an extra, loaded only where a picture is asked for
        except ImportError:
            raise ConfigError("CONFIG_VALUE", "pictures need the extra: pip install 'onecard-edge[qr]'") from None
        self._code = segno.make(text, error="m", micro=False)

    def show(self) -> None:
        """Print it with half blocks, dark on light whatever the terminal's colours."""
        self._code.terminal(out=sys.stdout, border=BORDER, compact=True)

    def write(self, path: Path) -> None:
        """Write it as PNG or SVG, by the file's ending."""
        kind = path.suffix.removeprefix(".").lower()
        if kind not in KINDS:
            raise ConfigError("CONFIG_VALUE", f"{path}: a picture is a file in .png or .svg")
        picture = io.BytesIO()
        self._code.save(picture, kind=kind, scale=SCALE, border=BORDER)
        try:
            path.write_bytes(picture.getvalue())
        except OSError as error:
            raise ConfigError("CONFIG_VALUE", f"{path}: {error.strerror}") from error
