"""BER-TLV as cards use it (ISO/IEC 7816-4, EMV book 3 annex B): definite lengths, tags of up to three bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from edge.domain.errors import CardError

BYTES_MAX: Final = 4096
DEPTH_MAX: Final = 6
DOL_BYTES_MAX: Final = 252
TAG_BYTES_MAX: Final = 3
LENGTH_BYTES_MAX: Final = 2


class Tlv(NamedTuple):
    """One object: its tag as a number (``0x9F0C``), its value, and the objects inside a constructed one."""

    tag: int
    value: bytes
    children: tuple[Tlv, ...] = ()


def parse(raw: bytes, *, depth: int = DEPTH_MAX) -> tuple[Tlv, ...]:
    """Split ``raw`` into its objects; zero bytes between them are padding.

    Raises ``CARD_MALFORMED`` for an object that runs past its container, an indefinite or absurd length, a tag above
    three bytes, nesting above ``depth`` or more than 4096 bytes.
    """
    if len(raw) > BYTES_MAX or depth == 0:
        raise _malformed("too long or nested too deep")
    objects: list[Tlv] = []
    at = 0
    while at < len(raw):
        if raw[at] == 0:
            at += 1
            continue
        constructed = bool(raw[at] & 0x20)
        tag, start, end = _object(raw, at)
        value = raw[start:end]
        objects.append(Tlv(tag, value, parse(value, depth=depth - 1) if constructed else ()))
        at = end
    return tuple(objects)


def pieces(raw: bytes) -> tuple[tuple[int, bytes], ...]:
    """Return the tag and the whole encoding of each object on the outermost level: what signatures cover.

    Raises ``CARD_MALFORMED`` as :func:`parse` does.
    """
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(raw):
        if raw[at] == 0:
            at += 1
            continue
        tag, _, end = _object(raw, at)
        found.append((tag, raw[at:end]))
        at = end
    return tuple(found)


def parse_dol(raw: bytes) -> tuple[tuple[int, int], ...]:
    """Return the tags and lengths that a data object list asks for (EMV book 3, 5.4); raises ``CARD_MALFORMED``."""
    if len(raw) > DOL_BYTES_MAX:
        raise _malformed("a data object list is too long")
    asked: list[tuple[int, int]] = []
    at = 0
    while at < len(raw):
        tag, at = _tag(raw, at)
        length, at = _length(raw, at)
        asked.append((tag, length))
    return tuple(asked)


def split_dol(dol: bytes, body: bytes) -> dict[int, bytes]:
    """Return what ``body`` answers to a data object list, by tag; raises ``CARD_MALFORMED`` unless it fits exactly."""
    values: dict[int, bytes] = {}
    at = 0
    for tag, length in parse_dol(dol):
        values[tag] = body[at : at + length]
        at += length
    if at != len(body):
        raise _malformed(f"{len(body)} bytes stand where a list asks for {at}")
    return values


def find(objects: Sequence[Tlv], tag: int) -> bytes | None:
    """Return the value of the one object with this tag, at any depth; None where there is none.

    Raises ``CARD_MALFORMED`` where two stand: which of them counts is a question no card may ask.
    """
    found = [each.value for each in _walk(objects) if each.tag == tag]
    if len(found) > 1:
        raise _malformed(f"tag {tag:X} stands twice")
    return found[0] if found else None


def _walk(objects: Sequence[Tlv]) -> Iterator[Tlv]:
    for each in objects:
        yield each
        yield from _walk(each.children)


def _object(raw: bytes, at: int) -> tuple[int, int, int]:
    """Return the tag of the object at this place, and where its value begins and ends."""
    tag, at = raw[at], at + 1
    if tag & 0x1F == 0x1F:  # noqa: PLR2004 - five low bits set: more tag bytes follow
        tag, at = _long_tag(raw, tag, at)
    length, at = _length(raw, at)
    end = at + length
    if end > len(raw):
        raise _malformed("an object runs past its container")
    return tag, at, end


def _tag(raw: bytes, at: int) -> tuple[int, int]:
    tag, at = raw[at], at + 1
    return _long_tag(raw, tag, at) if tag & 0x1F == 0x1F else (tag, at)  # noqa: PLR2004 - as above


def _long_tag(raw: bytes, tag: int, at: int) -> tuple[int, int]:
    """Return a tag of several bytes, whose first byte was read."""
    for _ in range(TAG_BYTES_MAX - 1):
        if at == len(raw):
            raise _malformed("a tag is cut short")
        tag = tag << 8 | raw[at]
        at += 1
        if not tag & 0x80:
            return tag, at
    raise _malformed("a tag has more than three bytes")


def _length(raw: bytes, at: int) -> tuple[int, int]:
    if at == len(raw):
        raise _malformed("a length is missing")
    first = raw[at]
    at += 1
    if first < 0x80:  # noqa: PLR2004 - short form
        return first, at
    count = first & 0x7F
    if not 1 <= count <= LENGTH_BYTES_MAX or at + count > len(raw):
        raise _malformed("a length is indefinite, absurd or cut short")
    return int.from_bytes(raw[at : at + count], "big"), at + count


def _malformed(why: str) -> CardError:
    return CardError("CARD_MALFORMED", f"TLV: {why}")
