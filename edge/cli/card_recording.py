"""A recorded exchange with a card as text: ``> command`` and ``< answer`` in hexadecimal, ``#`` begins a comment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drivers.apdu import Response
from edge.domain.errors import ConfigError

FILE_BYTES_MAX: Final = 1_000_000
ANSWER_BYTES_MAX: Final = 4096
_GET_RESPONSE: Final = 0xC0
_MORE_TO_FETCH: Final = 0x61

Pair = tuple[bytes, Response]


def read_recording(path: Path) -> list[Pair]:
    """Return the pairs of a file, an answer fetched by GET RESPONSE joined to its command.

    Raises ``CONFIG_UNREADABLE`` with the line for anything else than pairs of hexadecimal.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError("CONFIG_UNREADABLE", f"{path}: more than {FILE_BYTES_MAX} bytes")
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {type(error).__name__}, not a text file to be read") from error
    pairs = list(_joined(_pairs(path, text)))
    if not pairs:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: no `> command` with its `< answer`")
    return pairs


def _pairs(path: Path, text: str) -> Iterator[Pair]:
    command: bytes | None = None
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        where = f"{path}, line {number}"
        mark, raw = said[0], _bytes(where, said[1:])
        if mark == ">" and command is None:
            command = raw
        elif mark == "<" and command is not None:
            yield command, _answer(where, raw)
            command = None
        else:
            raise ConfigError("CONFIG_UNREADABLE", f"{where}: `> command` and `< answer` take turns")
    if command is not None:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: the last command has no answer")


def _bytes(where: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ConfigError("CONFIG_UNREADABLE", f"{where}: not hexadecimal") from None


def _answer(where: str, raw: bytes) -> Response:
    try:
        return Response.parse(raw)
    except ValueError as short:
        raise ConfigError("CONFIG_UNREADABLE", f"{where}: {short}") from None


def _joined(pairs: Iterator[Pair]) -> Iterator[Pair]:
    """Join what 61xx announced and GET RESPONSE fetched to the command that asked (ISO/IEC 7816-4, 5.1.3)."""
    asked: bytes | None = None
    body = b""
    for command, answer in pairs:
        fetching = command[1:2] == bytes([_GET_RESPONSE])
        if asked is None or not fetching:
            asked, body = command, b""
        body = (body + answer.body)[:ANSWER_BYTES_MAX]
        if answer.status >> 8 != _MORE_TO_FETCH:
            yield asked, Response(body, answer.status)
            asked = None
