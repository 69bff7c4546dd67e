"""What cards answer: objects, locators, certificates, whole exchanges."""

from __future__ import annotations

from datetime import date
from typing import Final

from drivers import tlv
from drivers.apdu import Response
from drivers.oda.ca_keys import load_ca_keys
from drivers.oda.records import gather
from drivers.oda.refusal import OdaRefused
from drivers.oda.rsa import RsaKey
from drivers.oda.rsa_chain import RsaChain
from drivers.oda.scheme import SCHEMES
from drivers.oda.session import Exchanges
from drivers.oda.sm2_chain import Sm2Chain
from drivers.oda.verify import Trust, verify
from edge.crypto.sm import sm2_verify, sm3
from edge.domain.errors import CardError
from tests.drivers.oda.cards import CARDS, KEY_LIST, METHODS
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
        objects[TAGS[cut.number() % len(TAGS)]] = cut.field()
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
    Target("certificates", feed_certificates, [b"\x01" + fields(b"\x6a\x02" + bytes(125) + b"\xbc")], (), 2000),
    Target("card_exchange", feed_exchange, EXCHANGES, (CardError,), 4000),
)
