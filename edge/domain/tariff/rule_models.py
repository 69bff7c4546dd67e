"""The rules of a bundle: reliefs, counters, transfers, caps and tap policies, as models with their documentation."""

from __future__ import annotations

from typing import Literal

from edge.domain.frozen import frozen
from edge.domain.tariff.conditions import ALWAYS, DateSpan, When
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Operation
from edge.domain.tariff.rules.transfer_product import TransferProduct

OPERATOR = "operator"
ALONE = 2
"""``fare_transfer_type`` of a transfer whose product pays for the whole chain."""

EVER = DateSpan()

OfflineMode = Literal["grant_and_flag", "deny", "full_price_then_refund", "local_first_tier", "card_then_local"]
GroupChoice = Literal["exclusive", "first_that_applies", "best_for_payer", "sum"]
WindowEnd = Literal["inclusive", "exclusive"]


@frozen(kw_only=True)
class Relief:
    """One relief of a meal programme: who gets it, what it does, who pays for it."""

    id: str = key("name of the rule; it stands in every explanation", example='"elder60_free"')
    when: When = key("condition; absent: always", default=ALWAYS)
    valid: DateSpan = key("dates on which the rule is in force, both ends included", default=EVER)
    priority: int = key("the higher one comes first, ties by id", default=0)
    group: str = key("group of which x_group_choice says how its members are chosen; absent: on its own", default="")
    op: Operation = key("what the rule does to the price, see the kinds of operations")
    funder: str = key("who carries the difference; listed in x_funders", default=OPERATOR)
    uses: tuple[str, ...] = key("counters of which one is used up by each grant", default=())
    floor: int = key("the rule never brings the price below this", unit="fen", default=0)


@frozen(kw_only=True)
class Adjustment(Relief):
    """One relief of a fare, at one stage of the price."""

    stage: str = key("stage of the network's x_stages at which it applies", example='"concession"')


@frozen(kw_only=True)
class Offline:
    """What happens where a counter's value is not certain and the price depends on it."""

    mode: OfflineMode = key(
        "grant_and_flag: price by what is known; deny: price as if the counter were used up; full_price_then_refund: "
        "leave out every relief that hangs on it; local_first_tier: price at the known lower end; card_then_local: as "
        "that, where the card itself carries the value. Each states the exposure in fen"
    )
    max_open_per_person: int = key("open uncertain grants per person; past it as deny", default=1)
    max_open_per_device_day: int = key("open uncertain grants per terminal and day; past it as deny", default=1000)


@frozen(kw_only=True)
class Counter:
    """Something that is counted per card, person or account."""

    id: str = key("name of the counter", example='"month_paid"')
    subject: Literal["card", "person", "account"] = key("whose counter it is")
    measure: Literal["paid_fen", "count", "rides"] = key(
        "paid_fen: what the holder paid; count: grants of rules that use it; rides: rides, free ones too"
    )
    period: Literal["calendar_day", "iso_week", "calendar_month", "calendar_year", "meal_session", "ever"] = key(
        "when it starts again; weeks run Monday to Sunday, days are civil days"
    )
    at: Literal["charge_time", "event_time"] = key(
        "whose day names the period: that of the charge (tap-out) or of the tap that decides (tap-in)",
        default="charge_time",
    )
    limit: int | None = key("count: how many grants a period has", default=None, low=1)
    when: When = key("which payments or rides count; absent: all", default=ALWAYS)
    offline: Offline = key("what to do where the value is not certain")


@frozen(kw_only=True)
class Window:
    """The time window of a transfer."""

    end: WindowEnd = key("whether a leg exactly at duration_limit still belongs")
    min_gap: int = key("shortest gap, included", unit="s", default=0)
    anchor: Literal["previous_leg", "first_charge"] = key(
        "what duration_limit counts from: the leg before, or the first charge of the chain", default="previous_leg"
    )
    same_vehicle: Literal["allow", "deny"] = key("whether the same vehicle may follow", default="allow")
    same_terminal: Literal["allow", "deny"] = key("whether the same terminal may follow", default="allow")
    too_soon: Literal["keep", "restart"] = key(
        "below min_gap: keep the chain as it is, or start it anew with this leg", default="keep"
    )


@frozen(kw_only=True)
class TransferRule:
    """Relief for a leg that follows another (GTFS fare_transfer_rules.txt)."""

    x_id: str = key("name of the rule", example='"bus_transfer"')
    from_leg_group_id: tuple[str, ...] = key("leg groups of the leg before, one or a list")
    to_leg_group_id: tuple[str, ...] = key("leg groups of this leg, one or a list")
    transfer_count: int = key("reliefs in one chain; -1: without end", default=-1, low=-1, high=1000)
    duration_limit: int = key("length of the window", unit="s", low=1)
    duration_limit_type: Literal[0, 1, 2, 3] = key(
        "0 departure to arrival, 1 departure to departure, 2 arrival to departure, 3 arrival to arrival"
    )
    fare_transfer_type: Literal[0, 1, 2] = key(
        "with fare_product_id (AB) and without x_relief: 0 this leg costs AB; 1 it costs its own price and AB on top; "
        "2 AB pays for the whole chain",
        default=0,
    )
    fare_product_id: str = key("price AB of the transfer; absent: AB costs nothing", default="")
    x_window: Window = key("ends, gaps and anchor", example='{ end = "inclusive" }')
    x_relief: Operation | None = key(
        "what the transfer does to the price of this leg; absent: fare_transfer_type and fare_product_id say it",
        default=None,
    )
    x_apply: Literal["before_percent", "after_percent"] = key(
        "stage transfer_before_percent or transfer_after_percent", default="before_percent"
    )
    x_media: tuple[str, ...] = key("media that have the transfer; absent: all", default=())
    x_when: When = key("further condition on the relief; a leg without it still counts as boarding", default=ALWAYS)
    x_outside: When | None = key("legs that stand outside: no relief, and the chain stays as it was", default=None)
    x_funder: str = key("who carries the relief", default=OPERATOR)
    x_priority: int = key("the higher one is tried first, ties by x_id", default=0)

    @property
    def operation(self) -> Operation | None:
        """What the transfer does to the price; None where it only adds a fee (type 1)."""
        if self.x_relief is not None:
            return self.x_relief
        if self.fare_transfer_type == 1:
            return None
        return TransferProduct(product=self.fare_product_id, alone=self.fare_transfer_type == ALONE)

    @property
    def fee_product(self) -> str:
        """Product that is added on top of the leg's own price, empty for none."""
        return self.fare_product_id if self.x_relief is None and self.fare_transfer_type == 1 else ""


@frozen(kw_only=True)
class Cap:
    """What the charges of a period cost at most; short for an adjustment of kind cap_by_counter at stage cap."""

    id: str = key("name of the cap")
    counter: str = key("counter of measure paid_fen")
    price: int = key("the cap", unit="fen")
    networks: tuple[str, ...] = key("networks under the cap; absent: all", default=())
    when: When = key("further condition", default=ALWAYS)
    funder: str = key("who carries what is above the cap", default=OPERATOR)


@frozen(kw_only=True)
class MissingTap:
    """What a lone tap costs."""

    charge: int | Literal["to_terminus_in_direction", "furthest_end", "furthest_end_no_discount"] = key(
        "an amount in fen, or by a stage_matrix: to the terminus in the direction of travel (a missing tap-in: from "
        "the other one), to or from the dearer end of the line, or that without any relief"
    )
    discount: bool = key("whether reliefs apply to it", default=False)
    waive_if: tuple[str, ...] = key(
        "flags that void the tap: nothing is charged", default=(), example='["operator_fault"]'
    )


@frozen(kw_only=True)
class Overtime:
    """What staying beyond max_minutes costs: an addition to the fare, or another charge instead of it."""

    add: int = key("surcharge on top of the fare; no relief touches it", unit="fen", default=0)
    charge: MissingTap | None = key("instead of the fare", default=None)
    waive_if: tuple[str, ...] = key("flags that waive it", default=(), example='["operator_fault"]')


@frozen(kw_only=True)
class EntryBalance:
    """The balance that a medium must hold at tap-in."""

    fen: int = key("lowest balance", unit="fen")
    media: tuple[str, ...] = key("media it is asked of; absent: all", default=())


@frozen(kw_only=True)
class Passback:
    """What the same medium means when it returns to the same terminal."""

    window_s: int = key("how long after the last tap", unit="s")
    end: WindowEnd = key("whether exactly window_s later is still inside", default="exclusive")
    below_normal: Literal["duplicate", "companion", "ride"] = key(
        "last tap priced below normal: refuse as duplicate, price as companion, or price as any ride"
    )
    otherwise: Literal["duplicate", "companion", "ride"] = key("last tap at normal price: the same words")


@frozen(kw_only=True)
class TapPolicy:
    """How taps of one network are read."""

    mode: Literal["in", "in_out"] = key("in: one tap is a ride; in_out: tap-in and tap-out make a ride")
    debounce_ms: int = key("a card that returns within this is answered as before", unit="ms", default=1500)
    entry_min_balance: EntryBalance | None = key("lowest balance at tap-in", default=None)
    max_minutes: int = key("longest stay; 0: no limit", unit="min", default=0)
    limit_end: WindowEnd = key("whether exactly max_minutes is within the limit", default="inclusive")
    overtime: Overtime | None = key("what a longer stay costs", default=None)
    same_station_free_minutes: int = key(
        "leaving where one entered within this, included, is free where staff say that travelled is false; 0: never",
        unit="min",
        default=0,
    )
    missing_out: MissingTap | None = key("what a missing tap-out costs", default=None)
    missing_in: MissingTap | None = key("what a missing tap-in costs", default=None)
    companion: Literal["full_price", "as_holder"] = key(
        "a ride paid for somebody else: without relief, or as the holder's own", default="full_price"
    )
    passback: Passback | None = key("the same medium again at the same terminal", default=None)
