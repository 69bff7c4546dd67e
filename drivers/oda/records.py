"""From the application file locator to objects and static data (EMV book 3, 10.2 and 10.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from drivers import tlv
from drivers.oda.refusal import Fault, OdaRefused, Part
from drivers.tlv import Tlv
from edge.domain.errors import CardError
from edge.domain.frozen import frozen

STATIC_BYTES_MAX: Final = 2048
AFL_BYTES_MAX: Final = 252
RECORDS_MAX: Final = 64
SFI_MAX: Final = 30
SFI_OF_SCHEMES_MAX: Final = 10
"""Records of these files are signed without tag and length of their template, those of others whole."""

TAG_TEMPLATE: Final = 0x70
TAG_AIP: Final = 0x82
TAG_STATIC_TAG_LIST: Final = 0x9F4A

RecordPlace = tuple[int, int]
"""SFI and record number."""


@frozen
class Located:
    """One record that the AFL names; ``certified`` where the card's certificates cover it."""

    place: RecordPlace
    certified: bool


def read_afl(afl: bytes) -> tuple[Located, ...]:
    """Return the records in the order of the AFL; refuses what EMV book 3, 10.2 calls an error."""
    if len(afl) % 4 or len(afl) > AFL_BYTES_MAX:
        raise _bad_afl(f"{len(afl)} bytes")
    located: dict[RecordPlace, Located] = {}
    for sfi_byte, first, last, certified in zip(afl[::4], afl[1::4], afl[2::4], afl[3::4], strict=True):
        sfi = sfi_byte >> 3
        if sfi_byte & 7 or not 1 <= sfi <= SFI_MAX:
            raise _bad_afl(f"file byte {sfi_byte:02X}")
        if not 1 <= first <= last or certified > last - first + 1 or last - first >= RECORDS_MAX:
            raise _bad_afl(f"records {first} to {last}, {certified} certified")
        for number in range(first, last + 1):
            if (sfi, number) in located:
                raise _bad_afl(f"record {number} of file {sfi} stands twice")
            located[sfi, number] = Located((sfi, number), number - first < certified)
    if len(located) > RECORDS_MAX:
        raise _bad_afl(f"{len(located)} records")
    return tuple(located.values())


def places_to_read(afl: bytes) -> tuple[RecordPlace, ...]:
    """Return the records that a terminal has to read; none where the locator is wrong, which verification refuses."""
    try:
        return tuple(each.place for each in read_afl(afl))
    except OdaRefused:
        return ()


def gather(
    afl: bytes, records: Mapping[RecordPlace, bytes], other: Mapping[int, bytes]
) -> tuple[dict[int, bytes], bytes]:
    """Return all primitive objects of the application, and its static data.

    ``other`` are the objects that came with GPO. No record may hold an object twice. Between records the same value
    may stand again, as published test cards have it; two values for one tag are refused.
    """
    located = read_afl(afl)
    static = b""
    objects = dict(other)
    for each in located:
        raw = records.get(each.place)
        if raw is None:
            sfi, number = each.place
            raise OdaRefused(Part.RECORDS, Fault.MISSING, f"record {number} of file {sfi} was not read")
        template = _template(each, raw)
        if each.certified:
            static += raw if each.place[0] > SFI_OF_SCHEMES_MAX or template is None else template.value
        if template is not None:
            _add(objects, primitives(template.children))
    if len(static) > STATIC_BYTES_MAX:
        raise OdaRefused(Part.RECORDS, Fault.TOO_LONG, f"{len(static)} bytes of static data")
    return objects, static + _listed(objects)


def primitives(objects: Iterable[Tlv]) -> Iterator[Tlv]:
    """Yield the primitive objects at any depth."""
    for each in objects:
        if each.children:
            yield from primitives(each.children)
        else:
            yield each


def parsed(part: Part, raw: bytes) -> tuple[Tlv, ...]:
    """Parse objects; bytes that are none are a refusal of that part."""
    try:
        return tlv.parse(raw)
    except CardError as malformed:
        raise OdaRefused(part, Fault.MALFORMED, str(malformed.args[0])) from malformed


def _template(located: Located, raw: bytes) -> Tlv | None:
    """Return the record's template; None for what a file of the issuer's own may hold uncertified."""
    sfi, number = located.place
    own_form_allowed = sfi > SFI_OF_SCHEMES_MAX and not located.certified
    if own_form_allowed and raw[:1] != bytes([TAG_TEMPLATE]):
        return None
    found = parsed(Part.RECORDS, raw)
    if len(found) != 1 or found[0].tag != TAG_TEMPLATE:
        raise OdaRefused(Part.RECORDS, Fault.TEMPLATE, f"record {number} of file {sfi} is no template 70")
    return found[0]


def _add(objects: dict[int, bytes], record: Iterable[Tlv]) -> None:
    seen: set[int] = set()
    for each in record:
        if each.tag in seen or objects.setdefault(each.tag, each.value) != each.value:
            raise OdaRefused(Part.RECORDS, Fault.DUPLICATE, f"tag {each.tag:X} stands twice")
        seen.add(each.tag)


def _listed(objects: Mapping[int, bytes]) -> bytes:
    """Return what the static data authentication tag list adds: the AIP, and it may add nothing else."""
    listed = objects.get(TAG_STATIC_TAG_LIST)
    if listed is None:
        return b""
    if listed != bytes([TAG_AIP]):
        raise OdaRefused(Part.RECORDS, Fault.TAG_LIST, "9F4A names something else than the AIP")
    if TAG_AIP not in objects:
        raise OdaRefused(Part.RECORDS, Fault.MISSING, "9F4A names the AIP, which the card did not give")
    return objects[TAG_AIP]


def _bad_afl(why: str) -> OdaRefused:
    return OdaRefused(Part.RECORDS, Fault.AFL, f"the file locator is wrong: {why}")
