"""What cards answer: objects, locators, certificates, whole exchanges."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from hashlib import sha1
from typing import Final

from drivers import tlv
from drivers.apdu import Response
from drivers.oda.ca_keys import load_ca_keys
from drivers.oda.records import gather, primitives
from drivers.oda.refusal import OdaRefused
from drivers.oda.rsa import RsaKey
from drivers.oda.rsa_chain import RsaChain
from drivers.oda.scheme import SCHEMES
from drivers.oda.session import Exchanges
from drivers.oda.sm2_chain import Sm2Chain
from drivers.oda.verify import Trust, verify
from edge.crypto.sm import sm2_verify, sm3
from edge.domain.errors import CardError
from tests.drivers.oda.cards import CARDS, KEY_LIST, METHODS, Pair
from tests.fuzz.target import Cutter, Target, fields

AT: Final = date(2026, 3, 1)
TRUST: Final = Trust(SCHEMES["unionpay-test"], load_ca_keys(KEY_LIST), sm2_verify, sm3)
TAGS: Final = (0x8F, 0x90, 0x92, 0x93, 0x9F32, 0x9F46, 0x9F47, 0x9F48, 0x9F4B, 0x5A)
PAIRS_MAX: Final = 24
OPEN_KEY: Final = RsaKey((1 << 1024) - 1, 1, 128)
"""Exponent 1: what stands in a certificate is what is recovered, so that every byte of it can be searched."""


def feed_tlv(taken: bytes) -> None:
    """Parse; what is parsed is found again, and its pieces are the whole without padding."""
    objects = tlv.parse(taken)
    assert sum(len(piece) for _, piece in tlv.pieces(taken)) <= len(taken)
    for each in objects:
        tlv.find(objects, each.tag)


def feed_dol(taken: bytes) -> None:
    """Split what answers a list: the parts are never longer than the whole."""
    cut = Cutter(taken)
    dol = cut.field()
    values = tlv.split_dol(dol, cut.rest)
    assert sum(map(len, values.values())) <= len(cut.rest)


def feed_locator(taken: bytes) -> None:
    """Gather records by a locator; a record's place stands in two bytes before it."""
    cut = Cutter(taken)
    afl, records = cut.field(), dict[tuple[int, int], bytes]()
    while cut.rest and len(records) < PAIRS_MAX:
        place = cut.number(), cut.number()
        records[place] = cut.field()
    gather(afl, records, {0x82: b"\x7c\x00"})


def feed_certificates(taken: bytes) -> None:
    """Go down both chains with signatures that all fit: objects by the place of their tag in ``TAGS``."""
    cut = Cutter(taken)
    objects: dict[int, bytes] = {}
    while cut.rest:
        tag = TAGS[cut.number() % len(TAGS)]
        objects[tag] = cut.field()
    for chain, authority in ((RsaChain(), OPEN_KEY), (Sm2Chain(lambda *_: True, sm3, 0x15), bytes(64))):
        try:
            issuer = chain.issuer(authority, objects)  # type: ignore[arg-type]  # each chain with a key of its own kind
            chain.card(issuer.key, objects, b"static")  # type: ignore[arg-type]  # as above
            chain.static(issuer.key, objects.get(0x93, b""), b"static")  # type: ignore[arg-type]  # as above
        except OdaRefused:
            continue


def feed_exchange(taken: bytes) -> None:
    """Observe pairs of commands and answers, then verify what was selected last."""
    cut, exchanges = Cutter(taken), Exchanges()
    for _ in range(PAIRS_MAX):
        if not cut.rest:
            break
        command, answer = cut.field(), cut.field()
        exchanges.observe(command, Response.parse(answer) if len(answer) > 1 else Response(b"", 0x6F00))
    if exchanges.current is not None:
        verify(exchanges.current, TRUST, AT)


def open_certificate(form: int, number: bytes, rest: bytes) -> bytes:
    """Return a certificate of ``OPEN_KEY``: what it says stands in it as it is. ``rest`` is hashed and not inside."""
    said = (
        bytes([form]) + number + bytes.fromhex("1230 000001 0101 8001") + bytes([0x5B]) * (127 - 21 - 10 - len(number))
    )
    return b"\x6a" + said + sha1(said + rest, usedforsecurity=False).digest() + b"\xbc"


def open_chain() -> bytes:
    """Return the objects of an RSA chain whose issuer's certificate is sound."""
    remainder, exponent = b"\x5b" * 35 + b"\x01", b"\x03"
    certificate = open_certificate(2, bytes.fromhex("622800FF"), remainder + exponent)
    parts = {0x90: certificate, 0x92: remainder, 0x9F32: exponent}
    return b"".join(bytes([TAGS.index(tag)]) + fields(value) for tag, value in parts.items())


def objects_of(pairs: list[Pair]) -> bytes:
    """Return the objects of a card's chain as :func:`feed_certificates` takes them."""
    found: dict[int, bytes] = {}
    for _, answer in pairs:
        with suppress(CardError):
            found |= {each.tag: each.value for each in primitives(tlv.parse(answer.body)) if each.tag in TAGS}
    return b"".join(bytes([TAGS.index(tag)]) + fields(value) for tag, value in found.items())


EXCHANGES_BY_CARD: Final = [METHODS["dda"](card) for card in CARDS.values()]
EXCHANGES: Final = [
    fields(
        *(
            part
            for command, answer in method(card)
            for part in (command, answer.body + answer.status.to_bytes(2, "big"))
        )
    )
    for card in CARDS.values()
    for method in METHODS.values()
]
RECORD: Final = bytes.fromhex("70095A076228000100001117")
TARGETS: Final = (
    Target("tlv", feed_tlv, [RECORD, bytes.fromhex("6F0E8407A0000003330101A503500141")], (CardError,), 4200),
    Target("dol", feed_dol, [fields(bytes.fromhex("9F66049F02069F3704")) + bytes(14)], (CardError,), 600),
    Target(
        "locator",
        feed_locator,
        [fields(bytes.fromhex("08010101")) + b"\x01\x01" + fields(RECORD)],
        (CardError, OdaRefused),
        2400,
    ),
    Target("certificates", feed_certificates, [open_chain(), *map(objects_of, EXCHANGES_BY_CARD)], (), 2400),
    Target("card_exchange", feed_exchange, EXCHANGES, (CardError,), 4000),
)
