"""What one or more bank card applications said, gathered from commands and their answers, live or recorded.

``observe`` takes each pair as it is exchanged. It keeps what authentication needs and nothing of PIN commands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Final

from drivers import tlv
from drivers.apdu import Response
from drivers.oda.records import RecordPlace, primitives
from edge.domain.errors import CardError
from edge.domain.frozen import frozen, mutable

PPSE: Final = b"2PAY.SYS.DDF01"
PSE: Final = b"1PAY.SYS.DDF01"

TAG_DF_NAME: Final = 0x84
TAG_PDOL: Final = 0x9F38
TAG_AIP: Final = 0x82
TAG_AFL: Final = 0x94
TAG_COMMAND_TEMPLATE: Final = 0x83
TAG_SIGNED_DYNAMIC: Final = 0x9F4B
_FORMAT_1: Final = 0x80
_FORMAT_2: Final = 0x77
_AIP_BYTES: Final = 2
_CDA_ASKED: Final = 0x10
_GENERATED_1: Final = ((0x9F27, 0, 1), (0x9F36, 1, 3), (0x9F26, 3, 11), (0x9F10, 11, 43))
"""Tag, start and end of the fields of a cryptogram in format 1 (EMV book 3, 6.5.5.4)."""

APPLICATIONS_MAX: Final = 32
GENERATED_MAX: Final = 2

Objects = dict[int, bytes]


@frozen
class Generated:
    """One GENERATE AC: what the terminal sent, the card's objects, and those encodings that CDA hashes."""

    cda_asked: bool
    sent: bytes
    objects: Objects
    hashed: bytes


@mutable
class Observed:
    """One selected application: who it is, what was asked, what it said."""

    name: bytes
    pdol: bytes
    sent: bytes | None = None
    terminal: Objects = field(default_factory=dict)
    gpo: Objects = field(default_factory=dict)
    records: dict[RecordPlace, bytes] = field(default_factory=dict)
    challenge: bytes | None = None
    signed: bytes | None = None
    generated: list[Generated] = field(default_factory=list)

    @property
    def rid(self) -> bytes:
        """Return the registered provider: the first five bytes of the name."""
        return self.name[:5]

    @property
    def started(self) -> bool:
        """Say whether GPO was answered."""
        return self.sent is not None

    def __repr__(self) -> str:
        return f"Observed({self.name.hex().upper()})"


@mutable
class Exchanges:
    """The applications of one card in the order they were selected; ``current`` is None while a directory is."""

    applications: list[Observed] = field(default_factory=list)
    current: Observed | None = None

    def observe(self, command: bytes, answer: Response) -> str:
        """Take one pair; returns what the step was, in words without any value that names the holder.

        Raises ``CARD_MALFORMED`` where an answer, or the command it belongs to, is not of the form that EMV gives it.
        """
        instruction = command[1] if len(command) > 1 else None
        if instruction == _SELECT and command[2:3] == _BY_NAME:
            return self._select(command, answer)
        taken = _TAKERS.get(instruction) if instruction is not None else None
        if taken is None or self.current is None:
            return "not needed"
        name, take = taken
        if not answer.fine:
            return f"{name}: refused"
        return f"{name}: {take(self.current, command, answer.body)}"

    def _select(self, command: bytes, answer: Response) -> str:
        asked = _body(command)
        said = asked.decode("ascii") if asked in {PPSE, PSE} else asked.hex().upper()
        if not answer.fine:
            return f"SELECT {said}: refused"
        self.current = None
        if asked in {PPSE, PSE}:
            names = ", ".join(name.hex().upper() for name in directory(answer.body))
            return f"SELECT {said}: {names or 'no application'}"
        if len(self.applications) == APPLICATIONS_MAX:
            raise _malformed("more applications are selected than any card has")
        fci = tlv.parse(answer.body)
        self.current = Observed(tlv.find(fci, TAG_DF_NAME) or asked, tlv.find(fci, TAG_PDOL) or b"")
        self.applications.append(self.current)
        return f"SELECT {said}: {self.current.name.hex().upper()}"


def directory(fci: bytes) -> tuple[bytes, ...]:
    """Return the application names that PPSE lists, in its order."""
    return tuple(each.value for each in primitives(tlv.parse(fci)) if each.tag == 0x4F)  # noqa: PLR2004 - ADF name


def _start(card: Observed, command: bytes, answer: bytes) -> str:
    asked = tlv.find(tlv.parse(_body(command)), TAG_COMMAND_TEMPLATE)
    sent = asked if asked is not None else b""
    terminal = tlv.split_dol(card.pdol, sent)
    form, objects = _answered(answer)
    if form == _FORMAT_1:
        content = objects[_FORMAT_1]
        objects = {TAG_AIP: content[:_AIP_BYTES], TAG_AFL: content[_AIP_BYTES:]}
    if len(objects.get(TAG_AIP, b"")) != _AIP_BYTES:
        raise _malformed("GPO gives no AIP of two bytes")
    card.sent, card.terminal, card.gpo = sent, terminal, objects
    card.records.clear()
    card.generated.clear()
    card.challenge = card.signed = None
    return f"template {form:X}, AIP {objects[TAG_AIP].hex().upper()}, AFL {objects.get(TAG_AFL, b'').hex().upper()}"


def _record(card: Observed, command: bytes, answer: bytes) -> str:
    place = (command[3] >> 3, command[2]) if len(command) > 3 else (0, 0)  # noqa: PLR2004 - CLA INS P1 P2
    if card.records.setdefault(place, answer) != answer:
        raise _malformed(f"record {place[1]} of file {place[0]} changed between two readings")
    return f"record {place[1]} of file {place[0]}, {len(answer)} bytes"


def _authenticate(card: Observed, command: bytes, answer: bytes) -> str:
    form, objects = _answered(answer)
    signed = objects.get(_FORMAT_1 if form == _FORMAT_1 else TAG_SIGNED_DYNAMIC, b"")
    card.challenge, card.signed = _body(command), signed
    return f"signature of {len(signed)} bytes"


def _generate(card: Observed, command: bytes, answer: bytes) -> str:
    if len(card.generated) == GENERATED_MAX:
        raise _malformed("a third cryptogram")
    form, objects = _answered(answer)
    hashed = b""
    if form == _FORMAT_1:
        content = objects[_FORMAT_1]
        objects = {tag: content[start:end] for tag, start, end in _GENERATED_1}
    else:
        template = tlv.parse(answer)[0].value
        hashed = b"".join(whole for tag, whole in tlv.pieces(template) if tag != TAG_SIGNED_DYNAMIC)
    card.generated.append(Generated(bool(command[2] & _CDA_ASKED), _body(command), objects, hashed))
    return f"template {form:X}, {'CDA' if TAG_SIGNED_DYNAMIC in objects else 'no signature'}"


def _answered(answer: bytes) -> tuple[int, Objects]:
    """Return the tag of an answer's only template, 77 or 80, and what it holds."""
    found = tlv.parse(answer)
    if len(found) != 1 or found[0].tag not in {_FORMAT_1, _FORMAT_2}:
        raise _malformed("an answer is neither template 77 nor 80")
    return found[0].tag, _once(found)


def _once(objects: tuple[tlv.Tlv, ...]) -> Objects:
    """Return the primitive objects by tag; none may stand twice."""
    once: Objects = {}
    for each in primitives(objects):
        if each.tag in once:
            raise _malformed(f"tag {each.tag:X} stands twice")
        once[each.tag] = each.value
    return once


def _body(command: bytes) -> bytes:
    """Return the body of a short command (ISO/IEC 7816-3, cases 3 and 4)."""
    if len(command) <= 5:  # noqa: PLR2004 - header and one length byte
        return b""
    length = command[4]
    if len(command) not in {5 + length, 6 + length}:
        raise _malformed("the recorded command's length does not fit its body")
    return command[5 : 5 + length]


def _malformed(why: str) -> CardError:
    return CardError("CARD_MALFORMED", why)


_SELECT: Final = 0xA4
_BY_NAME: Final = b"\x04"
_TAKERS: Final[dict[int, tuple[str, Callable[[Observed, bytes, bytes], str]]]] = {
    0xA8: ("GET PROCESSING OPTIONS", _start),
    0xB2: ("READ RECORD", _record),
    0x88: ("INTERNAL AUTHENTICATE", _authenticate),
    0xAE: ("GENERATE AC", _generate),
}
