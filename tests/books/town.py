"""A town for the books: one tariff, buses and gates that keep journals of their own, and media that ride on both.

Every tap is priced by the terminals' own engine with what that one terminal knows; every journal is chained and signed.
"""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Final

from edge.crypto.signing import SigningKey
from edge.domain.debit import Verdict
from edge.domain.entry import Draft, Entry, Intent, Kind, PaidTap, Posted, Settled, Torn, chain
from edge.domain.exchange import HEAD_PURPOSE, BatchSpan
from edge.domain.fare import as_read, priced
from edge.domain.holder import Claim, Holder
from edge.domain.medium import CardRound
from edge.domain.policy import Policy, State
from edge.domain.pricing import Pricing
from edge.domain.reversal import Reversed, Way
from edge.domain.shown import MediumFacts
from edge.domain.tap import Place, Tap, TapId, TerminalId, TimeQuality, Token
from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.domain.tariff.state import CounterRow
from sync.batch import Batch, encode_batch, head_of
from sync.central.artifacts import Publication
from sync.central.centre import Centre, Receipt
from sync.central.publications import bundle_publication
from sync.grant import grant_hash, open_grant
from sync.wire import decode_entry, encode_entry, statement
from tests.conformance.central_store import enrol
from tests.domain.media_samples import BANK_CARD, CODE
from tests.sync.builders import INTENT, PAID

STATIONS: Final = tuple(f"S{number}" for number in range(6))
FLAT_FEN: Final = 200
STEP_FEN: Final = 100
LONE_FEN: Final = 900
CAP_FEN: Final = 1_000
ELDER_FEN: Final = 150
OPERATOR: Final = "town-transport"
SAMPLE_TERMS: Final = INTENT.debit


def trip_fen(one: str, other: str) -> int:
    """Return what a ride between two stations costs."""
    return FLAT_FEN + STEP_FEN * abs(STATIONS.index(one) - STATIONS.index(other))


def tariff(cap_fen: int = CAP_FEN) -> dict[str, Any]:
    """Return the town's tariff: buses at one price, gates by distance, a cap a day, one relief a day for elders."""
    rows = [[trip_fen(one, other) for other in STATIONS] for one in STATIONS]
    leg = {"leg_group_id": "town", "network_id": "town"}
    quota = {"id": "free_today", "subject": "person", "measure": "count", "period": "calendar_day", "limit": 1}
    paid = {"id": "day_paid", "subject": "card", "measure": "paid_fen", "period": "calendar_day"}
    relief = {"id": "elder_part", "stage": "concession", "when": {"category": "elder60"}, "funder": "city"}
    return {
        "bundle": {"id": "town", "default_leg_group": "town"},
        "x_funders": ["city", "operator"],
        "networks": [{"network_id": "town"}],
        "areas": [{"area_id": "metro", "x_places": list(STATIONS)}],
        "rider_categories": [
            {"rider_category_id": "adult", "is_default_fare_category": 1},
            {"rider_category_id": "elder60", "x_priority": 30, "x_when": {"age": {"gte": 60}}},
        ],
        "fare_products": [
            {"fare_product_id": "flat", "amount": FLAT_FEN},
            {"fare_product_id": "od", "x_table": {"by": "od_matrix", "places": list(STATIONS), "rows": rows}},
        ],
        "fare_leg_rules": [
            {**leg, "fare_product_id": "od", "from_area_id": "metro", "rule_priority": 10},
            {**leg, "fare_product_id": "flat"},
        ],
        "x_counters": [
            {**paid, "offline": {"mode": "card_then_local"}},
            {**quota, "offline": {"mode": "grant_and_flag", "max_open_per_person": 9}},
        ],
        "x_adjustments": [{**relief, "op": {"kind": "amount_off", "fen": ELDER_FEN}, "uses": ["free_today"]}],
        "x_caps": [{"id": "day_cap", "counter": "day_paid", "price": cap_fen}],
        "x_tap_policy": {
            "town": {"mode": "in_out", "missing_out": {"charge": LONE_FEN}, "missing_in": {"charge": LONE_FEN}}
        },
    }


BUNDLE: Final = build_bundle(tariff())


async def publish(centre: Centre, tree: dict[str, Any] | None = None) -> None:
    """Put the town's tariff into force, or another."""
    await centre.publish([bundle_publication([tree or tariff()]), Publication("deny_list", "deny_list", b"")])


@dataclass
class Medium:
    """One medium of one rider. ``holder`` is who holds it, where the lists know."""

    family: str
    token: bytes
    holder: Holder | None = None
    shown: int = 0
    box: bytes = b"box"
    clearing_key: int = 1


def elder(token: bytes) -> Holder:
    """Return a holder whom the list proves to be an elder."""
    return Holder(token, (Claim("elder60", "20200101"),), version=1)


@dataclass
class Device:
    """One terminal: its place, its journal, and what it knows of media by its own taps."""

    name: str
    place: Place
    key: SigningKey
    epoch: int
    head: bytes
    bundle: Bundle = BUNDLE
    raws: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    counters: dict[bytes, Counter[tuple[str, str]]] = field(default_factory=dict)
    sent: int = 0
    edition: int = 1

    def __post_init__(self) -> None:
        if not self.heads:
            self.heads.append(self.head)

    def write(self, body: Any, time_ms: int, ref_seq: int = 0, tap: bytes = b"") -> Entry:  # noqa: ANN401 - any body
        """Append an entry."""
        kind = getattr(body, "KIND", Kind.REVERSED if isinstance(body, Reversed) else Kind.NOTE)
        draft = Draft(kind, time_ms, TimeQuality.TRUSTED, self.edition, tap, ref_seq, body)
        entry = draft.numbered(self.name, self.epoch, len(self.raws) + 1)
        self.keep(encode_entry(entry))
        return entry

    def keep(self, raw: bytes) -> None:
        """Append the bytes of an entry."""
        self.raws.append(raw)
        self.heads.append(chain(self.heads[-1], raw))

    def tap(self, medium: Medium, time_ms: int) -> Entry:
        """Let a medium tap and be debited; returns the entry that states its charge."""
        entry = self.offer(medium, time_ms)
        if medium.family == "purse":
            self.write(Posted(b"\1" * 4, b"\2" * 4, mac2_unchecked=False, balance_after_fen=1), time_ms, entry.seq,
                       entry.tap_id)  # fmt: skip
        return entry

    def offer(self, medium: Medium, time_ms: int) -> Entry:
        """Price a tap by what this terminal knows, and write it down: of a purse only the order to debit."""
        medium.shown += 1
        body = _body(medium)
        snapshot = body.medium.snapshot()
        tap_id = (len(self.raws) + 1).to_bytes(8, "big")
        tap = Tap(TapId(tap_id), TerminalId(self.name), self.place, time_ms, TimeQuality.TRUSTED, Token(medium.token),
                  snapshot)  # fmt: skip
        known = self.counters.setdefault(medium.token, Counter())
        rows = tuple(CounterRow(*name, fen) for name, fen in sorted(known.items()))
        state = as_read(Policy(1, (self.bundle,)), tap, State(counters=rows, holder=medium.holder))
        answer = priced(tap, snapshot, self.bundle, state)
        for effect in answer.effects:
            known[effect.counter, effect.bucket] += effect.add
        below = answer.charge.payer_fen < answer.charge.total_fen
        pricing = Pricing(answer.bundle, answer.effects, answer.chain, answer.uncertain, answer.exposure_fen, below)
        body = replace(body, place=self.place, charge=answer.charge, pricing=pricing, state=state, token=medium.token)
        body = replace(body, box=medium.box, clearing_key=medium.clearing_key)
        if isinstance(body, Intent):
            body = replace(body, debit=replace(SAMPLE_TERMS, amount_fen=answer.charge.payer_fen))
        return self.write(body, time_ms, tap=tap_id)

    def tear(self, medium: Medium, time_ms: int) -> Entry:
        """Let a purse leave in the middle of its debit; returns the order to debit."""
        intent = self.offer(medium, time_ms)
        self.write(Torn("card_left"), time_ms, intent.seq, intent.tap_id)
        return intent

    def settle(self, intent: Entry, time_ms: int, verdict: Verdict = Verdict.POSTED) -> None:
        """Decide a torn debit by evidence."""
        body = Settled(verdict, "rule", b"", b"", mac2_unchecked=False, free_passage=False)
        self.write(body, time_ms, intent.seq, intent.tap_id)

    def take_back(self, sold: Entry, time_ms: int, way: Way) -> None:
        """Take an accepted tap back."""
        body = sold.body
        assert isinstance(body, Intent | PaidTap)
        scheme = body.scheme if isinstance(body, PaidTap) else "tunion"
        back = Reversed(
            way, "wrong", "7", 1, body.family, scheme, body.token, body.place.operator, body.charge, body.pricing
        )
        self.write(back, time_ms, sold.seq, sold.tap_id)

    def entry(self, seq: int) -> Entry:
        """Return an entry by its number."""
        return decode_entry(self.raws[seq - 1])

    def packed(self, first: int, last: int) -> bytes:
        """Return entries as they go over the wire."""
        span = BatchSpan(self.name, self.epoch, first, last, self.heads[first - 1], self.heads[last])
        signature = self.key.sign(statement(HEAD_PURPOSE, head_of(span)))
        batch = Batch(span, signature, tuple(self.raws[first - 1 : last]), {})
        return gzip.compress(encode_batch(batch), 1, mtime=0)

    async def upload(self, centre: Centre, count: int = 500) -> list[Receipt]:
        """Send what was not sent; returns what the centre said to each batch."""
        receipts: list[Receipt] = []
        while self.sent < len(self.raws):
            last = min(self.sent + count, len(self.raws))
            receipts.append(await centre.receive(self.name, self.packed(self.sent + 1, last)))
            self.sent = last
        return receipts

    def clone(self) -> Device:
        """Return the terminal of a copied disk."""
        return replace(self, raws=list(self.raws), heads=list(self.heads), counters={})


def _body(medium: Medium) -> Intent | PaidTap:
    if medium.family == "purse":
        return INTENT
    if medium.family == "bank_card":
        card = replace(BANK_CARD, rounds=(CardRound(1, medium.shown, "ARQC"),))
        return replace(PAID, medium=MediumFacts(bank_card=card))
    code = replace(CODE, code=medium.token[:8] + medium.shown.to_bytes(8, "big"))
    return replace(PAID, family="code", scheme="jtt1179", medium=MediumFacts(code=code))


async def device(centre: Centre, name: str, **place: str) -> Device:
    """Enrol a terminal that stands somewhere."""
    key = SigningKey(name.encode().ljust(32, b"."))
    kit = await enrol(centre, name, key)
    epoch, head = open_grant(kit.grant, kit.centre_key).epoch, grant_hash(kit.grant)
    mode = "metro" if "gate" in place else "bus"
    return Device(name, Place(mode, "4520", OPERATOR, **place), key, epoch, head)
