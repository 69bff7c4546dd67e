"""The GTFS Fares v2 part of a bundle as real files; what Fares v2 cannot say is named, never guessed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path

from edge.domain.frozen import mutable
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import weekday_mask
from edge.domain.tariff.document import Document, LegRule, ProductRow
from edge.domain.tariff.rule_models import TransferRule
from edge.domain.tariff.rules import Ask, Operation
from edge.domain.tariff.scene import Scene
from edge.domain.tariff.tables import MatrixTable

Row = dict[str, object]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WITHOUT_PARTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
FIRST_DAY, LAST_DAY = "20200101", "20991231"


@mutable
class Export:
    """The tables by file name, and what was left out with its reason."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def add(self, file: str, rows: Sequence[Row]) -> None:
        """Add rows to a table, each only once."""
        table = self.tables.setdefault(file, [])
        table += [row for row in rows if row not in table]


def export(bundle: Bundle) -> Export:
    """Return the Fares v2 tables of a bundle."""
    made = Export()
    document = bundle.document
    made.add("networks.txt", [{"network_id": row.network_id} for row in document.networks])
    made.add("fare_media.txt", [_medium(row.fare_media_id, row.fare_media_type) for row in document.fare_media])
    made.add("rider_categories.txt", [_category(row) for row in document.rider_categories])
    _calendars(made, document)
    for row in document.areas:
        _area(made, row.area_id, row.x_places)
    for rule in document.fare_leg_rules:
        for product in bundle.products[rule.fare_product_id]:
            _leg(made, document, rule, product)
    made.add("fare_leg_join_rules.txt", [_join(row) for row in document.fare_leg_join_rules])
    for transfer in document.fare_transfer_rules:
        _transfer(made, bundle, transfer)
    for adjustment in document.x_adjustments:
        made.left_out.append(f"x_adjustments.{adjustment.id}: Fares v2 has no {adjustment.op.KIND}")
    extensions = ("x_caps", "x_surcharges", "x_meals", "x_counters")
    made.left_out += [f"{name}: Fares v2 has no such concept" for name in extensions if getattr(document, name)]
    return made


def write(made: Export, folder: Path) -> list[Path]:
    """Write the tables that have rows; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in sorted(made.tables.items()):
        if rows:
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            written.append(folder / name)
    return written


def _medium(name: str, kind: int) -> Row:
    return {"fare_media_id": name, "fare_media_name": name, "fare_media_type": kind}


def _category(row: object) -> Row:
    name = getattr(row, "rider_category_id", "")
    default = getattr(row, "is_default_fare_category", 0)
    return {"rider_category_id": name, "rider_category_name": name, "is_default_fare_category": default}


def _join(row: object) -> Row:
    return {name: getattr(row, name) for name in ("from_network_id", "to_network_id")}


def _calendars(made: Export, document: Document) -> None:
    used = {row.service_id for row in document.timeframes if row.service_id}
    for frame in document.timeframes:
        ends = {"start_time": _clock(frame.start_time), "end_time": _clock(frame.end_time)}
        service = frame.service_id or "every_day"
        made.add("timeframes.txt", [{"timeframe_group_id": frame.timeframe_group_id, **ends, "service_id": service}])
    if any(not frame.service_id for frame in document.timeframes) and "every_day" not in used:
        made.add("calendar.txt", [_service("every_day", frozenset(range(7)))])
    for name in sorted(used):
        row = document.x_calendars[name]
        made.add("calendar.txt", [_service(name, weekday_mask(row.weekdays))])
        dates = {day: 2 for day_set in row.minus for day in document.x_day_sets[day_set]}
        dates.update({day: 1 for day_set in row.plus for day in document.x_day_sets[day_set]})
        rows: list[Row] = [
            {"service_id": name, "date": date.fromisoformat(day).strftime("%Y%m%d"), "exception_type": kind}
            for day, kind in sorted(dates.items())
        ]
        made.add("calendar_dates.txt", rows)


def _clock(text: str) -> str:
    return text if text.count(":") > 1 else f"{text}:00"


def _service(name: str, weekdays: frozenset[int]) -> Row:
    days: Row = {day: int(number in weekdays) for number, day in enumerate(DAYS)}
    return {"service_id": name, **days, "start_date": FIRST_DAY, "end_date": LAST_DAY}


def _area(made: Export, name: str, places: Sequence[str]) -> None:
    made.add("areas.txt", [{"area_id": name, "area_name": name}])
    made.add("stop_areas.txt", [{"area_id": name, "stop_id": place} for place in places])


def _leg(made: Export, document: Document, rule: LegRule, product: ProductRow) -> None:
    if rule.x_when.source:
        made.left_out.append(f"fare_leg_rules.{rule.leg_group_id}: x_when has no place in Fares v2")
        return
    if product.amount is not None:
        _flat(made, document, rule, product, product.fare_product_id, product.amount, ("", ""))
        return
    if product.x_table is None or not isinstance(product.x_table.table, MatrixTable):
        made.left_out.append(f"fare_products.{product.fare_product_id}: Fares v2 has no steps and no formulas")
        return
    table = product.x_table.table
    for origin in table.places:
        if table.by != "zone_matrix":
            _area(made, origin, (origin,))
        for destination in table.places:
            fen = table.find(origin, destination)
            if fen is not None:
                _flat(made, document, rule, product, f"{product.fare_product_id}_{fen}", fen, (origin, destination))


def _flat(
    made: Export, document: Document, rule: LegRule, row: ProductRow, name: str, fen: int, ends: tuple[str, str]
) -> None:
    only = {"rider_category_id": row.rider_category_id, "fare_media_id": row.fare_media_id}
    made.add("fare_products.txt", [{"fare_product_id": name, **only, **_money(document, fen)}])
    made.add(
        "fare_leg_rules.txt",
        [
            {
                "leg_group_id": rule.leg_group_id,
                "network_id": rule.network_id,
                "from_area_id": ends[0] or rule.from_area_id,
                "to_area_id": ends[1] or rule.to_area_id,
                "from_timeframe_group_id": rule.from_timeframe_group_id,
                "to_timeframe_group_id": rule.to_timeframe_group_id,
                "fare_product_id": name,
                "rule_priority": rule.rule_priority,
            }
        ],
    )


def _money(document: Document, fen: int) -> Row:
    currency = document.bundle.currency
    amount = str(fen) if currency in WITHOUT_PARTS else f"{fen // 100}.{fen % 100:02d}"
    return {"amount": amount, "currency": currency}


def _transfer(made: Export, bundle: Bundle, rule: TransferRule) -> None:
    """Write one row per pair of leg groups, with a rule's own product, or with what the second leg still costs."""
    for origin in rule.from_leg_group_id:
        for destination in rule.to_leg_group_id:
            product = rule.fare_product_id
            if rule.x_relief is not None:
                fen = _second_leg(bundle, rule.x_relief, destination)
                if fen is None:
                    text = f"fare_transfer_rules.{rule.x_id}: {origin} to {destination} has no single price"
                    made.left_out.append(text)
                    continue
                product = f"{rule.x_id}_{destination}" if fen else ""
                rows: list[Row] = [{"fare_product_id": product, **_money(bundle.document, fen)}] if fen else []
                made.add("fare_products.txt", rows)
            elif product:
                made.add("fare_products.txt", _flat_rows(bundle, product))
            made.add("fare_transfer_rules.txt", [_transfer_row(rule, origin, destination, product)])


def _transfer_row(rule: TransferRule, origin: str, destination: str, product: str) -> Row:
    return {
        "from_leg_group_id": origin,
        "to_leg_group_id": destination,
        "transfer_count": rule.transfer_count if origin == destination else "",
        "duration_limit": rule.duration_limit,
        "duration_limit_type": rule.duration_limit_type,
        "fare_transfer_type": rule.fare_transfer_type if rule.x_relief is None else 0,
        "fare_product_id": product,
    }


def _flat_rows(bundle: Bundle, product: str) -> list[Row]:
    return [
        {"fare_product_id": product, **_money(bundle.document, row.amount)}
        for row in bundle.products[product]
        if row.amount is not None
    ]


def _second_leg(bundle: Bundle, relief: Operation, leg_group: str) -> int | None:
    prices = list(dict.fromkeys(_flat_prices(bundle, leg_group)))
    fen = prices[0] if len(prices) == 1 else None
    if fen is None or relief.KIND not in {"amount_off", "set", "percent", "cap_price"}:
        return None
    flat: int = fen
    scene = Scene(bundle.facts({}), bundle.lookup, None, None, (None, None))
    answer = relief.price(Ask(flat, flat, scene, lambda _: 0, lambda _: flat, lambda price: price))
    return answer if isinstance(answer, int) else None


def _flat_prices(bundle: Bundle, leg_group: str) -> Iterator[int | None]:
    for rule in bundle.leg_rules.get(leg_group, ()):
        for row in bundle.products[rule.fare_product_id]:
            yield row.amount
