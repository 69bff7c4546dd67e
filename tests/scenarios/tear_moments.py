"""Every moment at which a tap can be cut, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from drivers.virtual.field import Moment, Tear
from tests.scenarios.cutting_line import Cut
from tests.scenarios.tap_bench import Bench

COMMANDS: Final = (
    "SELECT",
    "READ BINARY",
    "GET BALANCE",
    "GET BALANCE",
    "READ RECORD",
    "INITIALIZE",
    "UPDATE CAPP DATA CACHE",
    "DEBIT",
)
"""What a card of the city is asked in one tap."""
DEBIT_NUMBER: Final = COMMANDS.index("DEBIT") + 1
SENT_BYTES: Final = 31
"""The frame of DEBIT: preamble, start code, LEN, LCS, TFI, code, target, 20 bytes of APDU, Le, DCS, postamble."""
ANSWERED_BYTES: Final = 26
"""The acknowledgement (6) and the answer with status, TAC, MAC2 and status word (20)."""
AIR_BYTES: Final = 10
"""TAC, MAC2 and status word as they come over the air."""
NEEDLESS_TO_READER: Final = frozenset({0, 1, SENT_BYTES - 1})
"""Bytes that the reader does not miss: preamble (it stands in for the first byte of the start code) and postamble."""

UNNOTICED_TO_READER: Final = frozenset({11, 13, 14, 15, 22, 23})
"""Zero bytes: without one the frame's sum still holds, and the checksum passes for the last byte of the command."""
MISSED_BY_HOST: Final = frozenset({8, 13, 23})
"""The end of the answer's start code, its status, and the last byte of 9000: without them no answer is to be read."""


class First(Enum):
    """What the passenger is shown at the cut tap."""

    AGAIN = "present_again"
    SAME_CARD = "present_same_card"
    REFUSED = "card_fault"
    GREEN = "accepted"


@dataclass(frozen=True, slots=True)
class Cutting:
    """One moment: how it is brought about, whether the card has debited by then, and what is shown.

    ``line_lost``: the reader is gone until somebody plugs it in; the SAM is reset on the way.
    """

    sentence: str
    plan: Callable[[Bench], None]
    debited: bool
    first: First
    line_lost: bool = False


def _tear(tear: Tear) -> Callable[[Bench], None]:
    return lambda bench: bench.field.plan_tear(tear)


def _cut(cut: Cut) -> Callable[[Bench], None]:
    def plan(bench: Bench) -> None:
        bench.cut.cut = cut

    return plan


def _around_commands() -> Iterator[Cutting]:
    for number, name in enumerate(COMMANDS, 1):
        first = First.SAME_CARD if number == DEBIT_NUMBER else First.AGAIN
        before, after = Tear(Moment(apdu=number)), Tear(Moment(apdu=number), executed=True)
        yield Cutting(f"torn before command {number}, {name}", _tear(before), debited=False, first=first)
        ran = number == DEBIT_NUMBER
        yield Cutting(f"torn after command {number}, {name}, its answer lost", _tear(after), debited=ran, first=first)


def _on_the_air() -> Iterator[Cutting]:
    for byte in range(1, AIR_BYTES + 1):
        tear = Tear(Moment(step="DEBIT"), byte=byte)
        yield Cutting(
            f"torn at byte {byte} of the debit's answer on the air", _tear(tear), debited=True, first=First.SAME_CARD
        )


def _to_reader() -> Iterator[Cutting]:
    for at in range(SENT_BYTES):
        needless = at in NEEDLESS_TO_READER
        lost = Cut(at, to_reader=True, hang_up=False)
        first = First.REFUSED if at in UNNOTICED_TO_READER else First.GREEN if needless else First.SAME_CARD
        yield Cutting(
            f"byte {at} of the debit lost on its way to the reader", _cut(lost), debited=needless, first=first
        )
        whole = at == SENT_BYTES - 1
        yield Cutting(
            f"unplugged before byte {at} of the debit went to the reader",
            _cut(Cut(at, to_reader=True, hang_up=True)),
            debited=whole,
            first=First.SAME_CARD,
            line_lost=True,
        )


def _to_host() -> Iterator[Cutting]:
    for at in range(ANSWERED_BYTES):
        lost = Cut(at, to_reader=False, hang_up=False)
        first = First.SAME_CARD if at in MISSED_BY_HOST else First.GREEN
        yield Cutting(f"byte {at} of the reader's answer to the debit lost", _cut(lost), debited=True, first=first)
        whole = at == ANSWERED_BYTES - 1
        yield Cutting(
            f"unplugged before byte {at} of the reader's answer to the debit",
            _cut(Cut(at, to_reader=False, hang_up=True)),
            debited=True,
            first=First.GREEN if whole else First.SAME_CARD,
            line_lost=True,
        )


CUTTINGS: Final = (*_around_commands(), *_on_the_air(), *_to_reader(), *_to_host())
