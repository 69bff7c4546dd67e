"""The interindustry commands that card applications and SAMs share (ISO/IEC 7816-4), and how an answer is fetched."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.apdu import CARD, Command, Response
from drivers.conversation import Conversation
from edge.domain.errors import CardError, SamError

FOLLOW_UPS_MAX: Final = 4
ANSWER_BYTES_MAX: Final = 4096
_HEADER: Final = 4
_MORE_TO_FETCH: Final = 0x61
_WRONG_LE: Final = 0x6C


def command(channel: str, header: str, body: bytes = b"", *, le: int | None = None, step: str) -> Command:
    """Return a short APDU: ``header`` is CLA INS P1 P2 in hex, ``le`` the expected length (None: no Le byte)."""
    tail = b"" if le is None else bytes([le])
    sized = bytes([len(body)]) + body if body else b""
    return Command(channel, bytes.fromhex(header) + sized + tail, step)


def select_name(channel: str, name: bytes, step: str = "select") -> Command:
    """Return SELECT by DF name (AID)."""
    return command(channel, "00A40400", name, le=0, step=step)


def read_binary(channel: str, sfi: int, length: int, step: str) -> Command:
    """Return READ BINARY from the start of the file with this short identifier."""
    return command(channel, f"00B0{0x80 | sfi:02X}00", le=length, step=step)


def read_record(channel: str, sfi: int, number: int, length: int, step: str) -> Command:
    """Return READ RECORD; record 1 of a cyclic file is the newest."""
    return command(channel, f"00B2{number:02X}{sfi << 3 | 4:02X}", le=length, step=step)


def exchange(first: Command) -> Conversation[Response]:
    """Send one command and fetch its whole answer: 6Cxx repeats it with that Le, 61xx asks GET RESPONSE.

    Both are followed four times at most. An answer that does not end raises ``CARD_MALFORMED``, or ``SAM_STATUS`` on
    the channel of a SAM.
    """
    answer = yield first
    body = b""
    for _ in range(FOLLOW_UPS_MAX):
        kind, count = answer.status >> 8, answer.status & 0xFF
        if kind == _MORE_TO_FETCH:
            body += answer.body
            answer = yield command(first.channel, "00C00000", le=count, step=first.step)
        elif kind == _WRONG_LE and not body:
            answer = yield replace(first, apdu=_with_le(first.apdu, count))
        else:
            break
    body += answer.body
    if answer.status >> 8 in (_MORE_TO_FETCH, _WRONG_LE) or len(body) > ANSWER_BYTES_MAX:
        raise _endless(first)
    return Response(body, answer.status)


def _endless(asked: Command) -> CardError | SamError:
    message = f"the answer to {asked.step} does not end"
    return CardError("CARD_MALFORMED", message) if asked.channel == CARD else SamError("SAM_STATUS", message)


def _with_le(apdu: bytes, le: int) -> bytes:
    """Return the same APDU with another Le, whichever of the four cases of ISO/IEC 7816-3 it is."""
    if len(apdu) <= _HEADER + 1:
        return apdu[:_HEADER] + bytes([le])
    body_end = _HEADER + 1 + apdu[_HEADER]
    return apdu[:body_end] + bytes([le])
