"""What a printer says of itself: the one-byte answers of DLE EOT n and GS r 1 (Epson, ESC/POS command reference).

=============  ======================================================================
DLE EOT 1      bit 3: offline
DLE EOT 2      bit 2: cover open; bit 5: stopped at the paper's end; bit 6: error
DLE EOT 4      bits 2, 3: paper near its end; bits 5, 6: no paper
=============  ======================================================================

These answers have the form 0xx1xx10. That of GS r has bits 4 and 7 clear, and comes when what was sent before is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.ports.printer import PrinterState

ASK: Final = b"\x10\x04"
BARRIER: Final = b"\x1dr\x01"

_STATUS_MASK: Final = 0x93
_STATUS_FORM: Final = 0x12
_BARRIER_MASK: Final = 0x90
_OFFLINE: Final = 0x08
_COVER: Final = 0x04
_STOPPED: Final = 0x20
_ERROR: Final = 0x40
_ENDS: Final = 0x60
_NEARS: Final = 0x0C


def is_status(answer: int) -> bool:
    """Say whether a byte is the answer to DLE EOT n."""
    return answer & _STATUS_MASK == _STATUS_FORM


def is_barrier(answer: int) -> bool:
    """Say whether a byte is the answer to GS r 1; XON and XOFF are neither this nor a status."""
    return answer & _BARRIER_MASK == 0


def state_of(answers: Mapping[int, int]) -> PrinterState:
    """Return how a printer stands by its answers, from n to byte; the worst of them counts."""
    printer, cause, paper = (answers.get(number, _STATUS_FORM) for number in (1, 2, 4))
    for told, state in (
        (paper & _ENDS or cause & _STOPPED, PrinterState.NO_PAPER),
        (cause & _COVER, PrinterState.COVER_OPEN),
        (cause & _ERROR, PrinterState.FAULT),
        (printer & _OFFLINE, PrinterState.OFFLINE),
        (paper & _NEARS, PrinterState.PAPER_LOW),
    ):
        if told:
            return state
    return PrinterState.READY
