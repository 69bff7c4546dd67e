"""The PSAM of a purse terminal: who it is, MAC1 for a debit, and its check of the card's MAC2.

Commands: PBOC PSAM as public T-Union validators use it. Every function is a part of a longer conversation, to be run
with ``yield from``. A mute or reset PSAM arrives as ``SamError`` thrown at the command.
"""

from __future__ import annotations

from typing import Final

from drivers.apdu import Response
from drivers.conversation import Conversation
from drivers.iso7816 import command, exchange, read_binary
from edge.domain.errors import SamError
from edge.domain.frozen import frozen

NUMBER_FILE: Final = 0x16
KEY_FILE: Final = 0x17
NUMBER_BYTES: Final = 6
DF_TRANSPORT: Final = b"\x80\x11"
"""The ministry of transport's DF; ETC has DF01, older cities 1001."""

LOCKED: Final = frozenset({0x6283, 0x6983, 0x6A81, 0x9303})
"""Status words of a PSAM, or of its application, that locked itself."""

NO_SESSION: Final = 0x6985
"""Conditions of use not satisfied: there is no purchase whose MAC2 could be checked."""

MAC1_STEP: Final = "mac1"
MAC2_STEP: Final = "mac2"
"""Names of the two commands that begin and end a purchase in the PSAM."""

_MAC1_BYTES: Final = 8


@frozen
class PsamSettings:
    """Where the PSAM is and how it is addressed.

    ``channel`` as in :class:`drivers.apdu.Command`; ``df`` the DF with the purchase keys; ``expected`` the number it
    must have (empty: any); ``names_issuer`` sends the card's issuer with MAC1's input, as newer PSAMs want.
    """

    channel: str = "sam:psam"
    df: bytes = DF_TRANSPORT
    expected: bytes = b""
    names_issuer: bool = True


@frozen
class PsamFacts:
    """A PSAM that has been started: its number (six bytes), the index of its purchase key, and how to address it."""

    channel: str
    number: bytes
    key_index: int
    names_issuer: bool = True


@frozen
class Mac1Request:
    """What MAC1 covers and its key is made from; ``time`` fourteen digits, ``serial`` and ``issuer`` eight bytes."""

    random: bytes
    counter: int
    amount_fen: int
    kind: int
    time: str
    key_version: int
    algorithm: int
    serial: bytes
    issuer: bytes


@frozen
class Mac1:
    """The PSAM's terminal transaction number and its four bytes of MAC1."""

    sequence: int
    mac: bytes


def start(settings: PsamSettings) -> Conversation[PsamFacts]:
    """Read number and key index, select the application.

    Raises ``SAM_WRONG`` for another number than expected, ``SAM_LOCKED``, ``SAM_STATUS``.
    """
    channel = settings.channel
    answer = yield from exchange(read_binary(channel, NUMBER_FILE, NUMBER_BYTES, "psam number"))
    number = _fine(answer, "the PSAM's number").body
    if len(number) != NUMBER_BYTES or settings.expected not in (b"", number):
        raise SamError("SAM_WRONG", "the PSAM's number is not the expected one")
    key_file = read_binary(channel, KEY_FILE, 1, "psam key index")
    outside = yield from exchange(key_file)
    df = command(channel, "00A40000", settings.df, step="psam df")
    _fine((yield from exchange(df)), "the PSAM's application")
    answer = outside if outside.fine else (yield from exchange(key_file))
    body = _fine(answer, "the PSAM's key index").body
    if not body:
        raise SamError("SAM_STATUS", "the PSAM's key index is empty")
    return PsamFacts(channel, number, body[0], settings.names_issuer)


def mac1(psam: PsamFacts, request: Mac1Request) -> Conversation[Mac1]:
    """INIT FOR PURCHASE: the PSAM opens a session, counts its transaction and gives MAC1.

    Raises ``SAM_LOCKED``, ``SAM_STATUS``.
    """
    covered = b"".join(
        (
            request.random,
            request.counter.to_bytes(2, "big"),
            request.amount_fen.to_bytes(4, "big"),
            bytes([request.kind]),
            bytes.fromhex(request.time),
            bytes([request.key_version, request.algorithm]),
            request.serial,
            request.issuer if psam.names_issuer else b"",
        )
    )
    answer = yield from exchange(command(psam.channel, "80700000", covered, step=MAC1_STEP))
    body = _fine(answer, "INIT FOR PURCHASE").body
    if len(body) != _MAC1_BYTES:
        raise SamError("SAM_STATUS", f"MAC1 came in {len(body)} bytes instead of {_MAC1_BYTES}")
    return Mac1(int.from_bytes(body[:4], "big"), body[4:])


def check_mac2(psam: PsamFacts, mac2: bytes) -> Conversation[bool]:
    """CREDIT SAM FOR PURCHASE: the PSAM checks the card's MAC2 in the session that MAC1 opened.

    True for 9000; False is a counterfeit or replayed card, and counts against the PSAM's own error limit. Raises
    ``SAM_LOCKED`` or ``SAM_STATUS`` where the PSAM did not look at MAC2 at all: that says nothing of the card.
    """
    answer = yield from exchange(command(psam.channel, "80720000", mac2, step=MAC2_STEP))
    if answer.status in LOCKED or answer.status == NO_SESSION:
        _fine(answer, "CREDIT SAM FOR PURCHASE")
    return answer.fine


def _fine(answer: Response, what: str) -> Response:
    if answer.status in LOCKED:
        raise SamError("SAM_LOCKED", f"{what} was answered {answer.status:04X}")
    if not answer.fine:
        raise SamError("SAM_STATUS", f"{what} was answered {answer.status:04X}")
    return answer
