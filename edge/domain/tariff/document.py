"""The bundle as a document: every section and key, with GTFS Fares v2 names where GTFS has the concept."""

from __future__ import annotations

from typing import Literal

from edge.domain.frozen import frozen
from edge.domain.meals.guards import NO_GUARDS, MealGuards
from edge.domain.meals.programme import Programme
from edge.domain.tariff.calendar import LeapBirthday
from edge.domain.tariff.conditions import ALWAYS, DateSpan, When
from edge.domain.tariff.reading import key
from edge.domain.tariff.rule_models import EVER, Adjustment, Cap, Counter, GroupChoice, TapPolicy, TransferRule
from edge.domain.tariff.tables import AnyTable, Formula, MatrixTable

STAGES = ("concession", "transfer_before_percent", "loyalty", "transfer_after_percent", "promotion", "cap")


@frozen(kw_only=True)
class Effective:
    """When a bundle is in force."""

    from_: str = key("first instant", form="instant", default="", example='"2024-03-28T00:00:00+08:00"')
    until: str = key("first instant after it; absent: open", form="instant", default="")


@frozen(kw_only=True)
class Head:
    """Who the bundle is."""

    id: str = key("name of this version", example='"qd-metro-2021"')
    series: str = key("name shared by all versions of one tariff; absent: the id", default="", example='"qd-metro"')
    effective: Effective = key("when it is in force", default=Effective())
    supersedes: str = key("id of the version before", default="")
    tz: str = key("time zone name, for exports", default="Asia/Shanghai")
    utc_offset_min: int = key("fixed offset of civil time", unit="min", default=480, low=-720, high=840)
    currency: str = key("ISO 4217; all amounts are its smallest unit", default="CNY")
    unit: Literal["fen"] = key("amounts are whole numbers of the smallest unit", default="fen")
    agency: str = key("name of the operator, for exports", default="")
    leap_birthday: LeapBirthday = key("birthday of 29 February in other years", default="mar_1")
    amount_max: int = key("lint refuses any amount above this as absurd", unit="fen", default=100_000)
    default_leg_group: str = key("leg group of a ride that names none; absent: the only one", default="")


@frozen(kw_only=True)
class OwnFact:
    """A fact that only this bundle knows, or another name for a fact that everybody knows."""

    id: str = key("name of the fact", example='"zone_count"')
    type: Literal["count", "flag", "word", "words", "number", "date", "time"] = key(
        "its type; of another name that of the fact it stands for", default="word"
    )
    same_as: str = key("the fact that it is another name of", default="", example='"from"')
    low: int = key("lowest value of a count or number", default=0, low=-(10**9), high=10**9)
    high: int = key("highest value of a count or number", default=10**9, high=10**9)


@frozen(kw_only=True)
class CalendarRow:
    """A calendar: weekdays, without some sets of days, with others."""

    weekdays: str = key('days or ranges of days: "mon-fri", "sat,sun", "mon-sun"')
    minus: tuple[str, ...] = key("names of x_day_sets taken out", default=())
    plus: tuple[str, ...] = key("names of x_day_sets put in; they win", default=())


@frozen(kw_only=True)
class TimeframeRow:
    """A band of the day (GTFS timeframes.txt); several rows of one id are one timeframe."""

    timeframe_group_id: str = key("name of the timeframe")
    start_time: str = key("start, included", form="clock", default="00:00", example='"10:30"')
    end_time: str = key("end, excluded; 24:00 is midnight", form="clock", default="24:00", example='"13:30"')
    service_id: str = key("calendar on whose days it runs; absent: every day", default="")


@frozen(kw_only=True)
class NetworkRow:
    """A network (GTFS networks.txt)."""

    network_id: str = key("name of the network")
    x_stages: tuple[str, ...] = key("order in which adjustments and transfers apply", default=STAGES)


@frozen(kw_only=True)
class AreaRow:
    """A set of places (GTFS areas.txt with stop_areas.txt)."""

    area_id: str = key("name of the set, or of the zone")
    x_places: tuple[str, ...] = key("stations or stops in it; absent: the facts name the zone itself", default=())


@frozen(kw_only=True)
class MediaRow:
    """A medium (GTFS fare_media.txt)."""

    fare_media_id: str = key("name of the medium")
    fare_media_type: Literal[0, 1, 2, 3, 4] = key("0 none, 1 paper, 2 transit card, 3 bank card, 4 app")
    x_scheme: str = key("scheme of a card: tunion, qindaotong ...", default="")
    x_issuer_scope: Literal["", "local", "other_city"] = key("which issuers; absent: any", default="")
    x_account: str = key("account that pays, where a card has several", default="")


@frozen(kw_only=True)
class CategoryRow:
    """A rider category (GTFS rider_categories.txt); the highest x_priority whose x_when holds is chosen."""

    rider_category_id: str = key("name of the category")
    is_default_fare_category: Literal[0, 1] = key("1: the category of whoever fits no other", default=0)
    x_priority: int = key("the higher one wins, ties by id", default=0)
    x_when: When = key("who belongs to it", default=ALWAYS)
    x_valid: DateSpan = key("dates on which it exists, both ends included", default=EVER)


@frozen(kw_only=True)
class ProductRow:
    """A price (GTFS fare_products.txt): exactly one of amount, x_table, x_formula.

    Rows that share an id give the price per rider category or medium; the row that names more of them wins.
    """

    fare_product_id: str = key("name of the product")
    amount: int | None = key("flat price", unit="fen", default=None)
    x_table: AnyTable | None = key("price table: steps or matrix", default=None)
    x_formula: Formula | None = key("price made of other products", default=None)
    rider_category_id: str = key("only for this category", default="")
    fare_media_id: str = key("only for this medium", default="")
    x_valid: DateSpan = key("dates on which the price holds, both ends included", default=EVER)


@frozen(kw_only=True)
class LegRule:
    """Which product a leg costs (GTFS fare_leg_rules.txt); the highest rule_priority that matches wins."""

    leg_group_id: str = key("group of legs, for transfers and conditions")
    network_id: str = key("network of the leg")
    fare_product_id: str = key("its list price")
    rule_priority: int = key("the higher one wins; ties: more keys written, then product id", default=0)
    from_area_id: str = key("only boarding in this area", default="")
    to_area_id: str = key("only alighting in this area", default="")
    from_timeframe_group_id: str = key("only where boarding lies in this timeframe", default="")
    to_timeframe_group_id: str = key("only where alighting lies in this timeframe", default="")
    x_when: When = key("further condition", default=ALWAYS)
    x_valid: DateSpan = key("dates on which the rule holds, both ends included", default=EVER)


@frozen(kw_only=True)
class Surcharge:
    """An amount on top of the fare that no relief touches: an airport access fee, a night supplement."""

    id: str = key("name of the surcharge")
    when: When = key("which rides carry it; absent: all", default=ALWAYS)
    valid: DateSpan = key("dates on which it is charged, both ends included", default=EVER)
    fen: int = key("its amount", unit="fen")


@frozen(kw_only=True)
class JoinRule:
    """Legs that count as one, because the interchange lies inside the gates (GTFS fare_leg_join_rules.txt)."""

    from_network_id: str = key("network of the first leg")
    to_network_id: str = key("network of the second leg")


@frozen(kw_only=True)
class ByHand:
    """Meals taken by hand: a registered code and its PIN where the card was forgotten or fails."""

    pays: Literal["cash", "account"] = key(
        "what the holder's part is paid with: cash into the drawer, or a claim on the registered account"
    )
    person_day_max: int = key("most meals by hand of one person a day at one till", default=2, low=1, high=20)
    till_day_max: int = key("most meals by hand a day at one till", default=50, low=1, high=10_000)


@frozen(kw_only=True)
class Prompt:
    """What is heard and seen for a key: never a category, an age or a poverty band."""

    voice: str = key("spoken to the passenger", default="")
    text: str = key("shown to the passenger", default="")
    driver_lamp: str = key("shown to the driver alone", default="")
    at_most: int | None = key(
        "for low_balance: balance after the charge up to which it is given", unit="fen", default=None
    )


@frozen(kw_only=True)
class Document:
    """A whole bundle."""

    bundle: Head = key("who the bundle is")
    x_params: dict[str, object] = key("named values; $name stands for one wherever a value stands", default={})
    x_facts: tuple[OwnFact, ...] = key("facts that only this bundle knows", default=())
    x_day_sets: dict[str, tuple[str, ...]] = key("named sets of dates: holidays, make-up workdays", default={})
    x_calendars: dict[str, CalendarRow] = key("calendars by name", default={})
    timeframes: tuple[TimeframeRow, ...] = key("bands of the day", default=())
    networks: tuple[NetworkRow, ...] = key("networks", default=())
    areas: tuple[AreaRow, ...] = key("sets of places", default=())
    x_distances: tuple[MatrixTable, ...] = key(
        "metres between stations, used where distance_m is not told; as an od_matrix, amounts are metres", default=()
    )
    fare_media: tuple[MediaRow, ...] = key("media", default=())
    rider_categories: tuple[CategoryRow, ...] = key("rider categories", default=())
    x_funders: tuple[str, ...] = key("funders in order; a total limit cuts the last first", default=())
    fare_products: tuple[ProductRow, ...] = key("prices", default=())
    fare_leg_rules: tuple[LegRule, ...] = key("what a leg costs", default=())
    fare_leg_join_rules: tuple[JoinRule, ...] = key("interchanges inside the gates", default=())
    fare_transfer_rules: tuple[TransferRule, ...] = key("reliefs for legs that follow another", default=())
    x_counters: tuple[Counter, ...] = key("counters", default=())
    x_adjustments: tuple[Adjustment, ...] = key("reliefs by stage", default=())
    x_group_choice: dict[str, GroupChoice] = key("how a group's members are chosen", default={})
    x_surcharges: tuple[Surcharge, ...] = key("amounts on top of the fare", default=())
    x_caps: tuple[Cap, ...] = key("caps on what a period costs", default=())
    x_tap_policy: dict[str, TapPolicy] = key("tap policy by network_id", default={})
    x_meals: tuple[Programme, ...] = key("meal programmes", default=())
    x_meal_guards: MealGuards = key(
        "guards against misuse of meal subsidies; one that is absent is off", default=NO_GUARDS
    )
    x_by_hand: ByHand | None = key("meals taken by hand; absent: they are refused", default=None)
    x_prompts: dict[str, Prompt] = key("prompts by key: low_balance, a rider_category_id, or a reason", default={})
