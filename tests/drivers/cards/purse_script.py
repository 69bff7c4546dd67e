"""A sound Qingdao purse as a script, and the vectors of published and synthetic purses."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from drivers.conversation import Conversation, replay
from drivers.sams.psam import PsamFacts
from edge.domain.debit import DebitOrder, OpenDebit, Prepared, TripFacts
from edge.domain.medium import CardNumber, PurseSnapshot

VECTORS: Final = Path(__file__).parents[2] / "vectors" / "cards" / "tunion.json"

T = TypeVar("T")
Script = list[tuple[str, str | Exception]]

NUMBER: Final = CardNumber("3104930499900000017")
PUBLIC: Final = "02994520FFFFFFFF02010310493049990000001720240101204412310000"
OTHER_PUBLIC: Final = "02994520FFFFFFFF02010310493049990000005520240101205412310000"
FCI: Final = "6F318408A000000632010105A5259F0801029F0C1E" + PUBLIC
ADMIN: Final = "0000015645004520" + "0001" + "00" * 50
HOME_ONLY: Final = "0000015645004520" + "0000" + "00" * 50
LOG: Final = "00050000000000012C0945200121000120250601083512"
TRIP: Final = "04000045200121000101000100210000000000012C000011F820250601083512452002994520FFFFFFFF000000000000"

SELECT: Final = "00A4040008A00000063201010500"
READ_PUBLIC: Final = "00B095001E"
READ_ADMIN: Final = "00B097003C"
BALANCE_WITH_LIMIT: Final = "805C000204"
BALANCE_LIMIT: Final = "805C010204"
READ_LOG: Final = "00B201C417"
READ_TRIP: Final = "00B201F430"

PSAM: Final = PsamFacts("sam:psam", bytes.fromhex("452001210001"), 1)
ORDER: Final = DebitOrder(
    amount_fen=200,
    time="20250601083512",
    trip=TripFacts(
        kind=5,
        industry=2,
        line_station=bytes.fromhex("03180000000000"),
        city="4520",
        acquirer=bytes.fromhex("02994520FFFFFFFF"),
    ),
)
PURSE: Final = PurseSnapshot(
    number=NUMBER,
    issuer=bytes.fromhex("02994520FFFFFFFF"),
    city="4520",
    application_type=2,
    enabled=1,
    valid_from="20240101",
    valid_until="20441231",
    balance_fen=4600,
    interop=True,
    fci_agrees=True,
)
PREPARED: Final = Prepared(
    amount_fen=200,
    kind=9,
    counter=5,
    balance_fen=4600,
    overdraft_fen=0,
    key_version=1,
    algorithm=0,
    random=bytes.fromhex("11223344"),
    psam_number=PSAM.number,
    psam_sequence=7,
    time=ORDER.time,
    mac1=bytes.fromhex("AABBCCDD"),
)
OPEN: Final = OpenDebit(
    intent_seq=3, epoch=1, tap_id=bytes(8), token=bytes(16), intent_time_ms=1_748_738_112_000, prepared=PREPARED
)


def as_bytes(script: Script) -> list[tuple[bytes, bytes | Exception]]:
    return [
        (bytes.fromhex(sent), answer if isinstance(answer, Exception) else bytes.fromhex(answer))
        for sent, answer in script
    ]


def run(conversation: Conversation[T], script: Script) -> T:
    """Run a conversation on a script that it must use up."""
    steps = iter(as_bytes(script))
    value = replay(conversation, steps)
    assert next(steps, None) is None, "the conversation ended before its script"
    return value


def ok(body: str) -> str:
    return body + "9000"


@cache
def vectors() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(VECTORS.read_text("utf-8")))


def cards_with(*parts: str) -> list[dict[str, Any]]:
    """Return the vector cards whose bytes hold all these parts."""
    return [card for card in vectors()["cards"] if set(parts) <= set(card["read"])]
