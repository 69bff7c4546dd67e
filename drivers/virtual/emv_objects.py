"""BER-TLV objects and object lists as a card's own code writes and reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Objects = Mapping[str, bytes]
"""Values by tag in hexadecimal."""


def tlv(tag: str, value: bytes) -> bytes:
    """Return one object of at most 65535 bytes."""
    length = len(value)
    if length < 0x80:  # noqa: PLR2004 - short form
        return bytes.fromhex(tag) + bytes([length]) + value
    size = 1 if length <= 0xFF else 2  # noqa: PLR2004 - one byte
    return bytes.fromhex(tag) + bytes([0x80 | size]) + length.to_bytes(size, "big") + value


def template(tag: str, objects: Objects) -> bytes:
    """Return a constructed object."""
    return tlv(tag, joined(objects))


def joined(objects: Objects) -> bytes:
    """Return objects one after the other."""
    return b"".join(tlv(tag, value) for tag, value in objects.items())


def listed(dol: bytes) -> Iterator[tuple[str, int]]:
    """Yield tags and lengths of a list that the card itself made: one length byte each."""
    at = 0
    while at < len(dol):
        end = at + 1
        if dol[at] & 0x1F == 0x1F:  # noqa: PLR2004 - five low bits set: more tag bytes follow
            while dol[end] & 0x80:
                end += 1
            end += 1
        yield dol[at:end].hex().upper(), dol[end]
        at = end + 1


def split(dol: bytes, body: bytes) -> dict[str, bytes] | None:
    """Return what a terminal sent by a list; None where the lengths do not fit."""
    sent: dict[str, bytes] = {}
    at = 0
    for tag, length in listed(dol):
        sent[tag] = body[at : at + length]
        at += length
    return sent if at == len(body) else None
