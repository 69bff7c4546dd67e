"""What people would have written for the demonstration's canteen: its tariff, who is relieved, who works there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.crypto.pins import hashed
from edge.demo.media import BANK_CARDS
from edge.domain.diners import CODE_SCHEME
from edge.till.staff_file import Role

TARIFF: Final = """
x_include = ["meal_day"]
x_funders = ["district", "city", "bed"]

[bundle]
id = "canteen"
x_source = "invented for the demonstration, after Qingdao's programmes"

[[fare_products]]
fare_product_id = "set_a"
amount = 1200

[[fare_products]]
fare_product_id = "set_b"
amount = 1800

[[x_counters]]
id = "delivered_today"
subject = "person"
measure = "count"
period = "calendar_day"
limit = 3
offline = { mode = "grant_and_flag", max_open_per_person = 1, max_open_per_device_day = 200 }

[[x_meals]]
id = "lunch_at_any_time"
when = { age = { gte = 65 } }
limits = { uses = ["used_today"] }
reliefs = [
  { id = "care_bed_half", group = "meal", priority = 3, when = { bed_contract = true }, op = { kind = "relief_percent", percent = 50 }, funder = "bed" },
  { id = "hardship", group = "meal", priority = 2, when = { hardship = true }, op = { kind = "amount_off", fen = 1000 }, funder = "city" },
  { id = "district_65", group = "meal", priority = 1, op = { kind = "amount_off", fen = 400 }, funder = "district" },
]

[[x_meals]]
id = "delivery"
service = "delivery"
when = { age = { gte = 65 }, dementia = true }
limits = { uses = ["delivered_today"] }
reliefs = [
  { id = "by_distance", op = { kind = "bands", by = "km", bands = [[1, 200], [2, 400]], upper = "inclusive", beyond = 400 }, funder = "city" },
]

[x_group_choice]
meal = "first_that_applies"

[x_by_hand]
pays = "cash"
person_day_max = 2
"""  # noqa: E501 - one relief a line
ELDER: Final = "Wang, local purse"
PUBLIC: Final = "Li, local purse"
BED: Final = "Chen, care bed"
HARDSHIP: Final = "Zhou, hardship"
AT_HOME: Final = "Wu, meals at home"
FORGOT: Final = "Ma, card at home"
ELDER_AT_BANK: Final = "Zhao, bank card"
PURSES: Final[Mapping[str, str]] = {
    BED: "epurse:balance=6000,serial=3104930499900000201",
    HARDSHIP: "epurse:balance=2000,serial=3104930499900000202",
    AT_HOME: "epurse:balance=5000,serial=3104930499900000203",
    "Xu, local purse": "epurse:balance=5000,serial=3104930499900000204",
}
"""The canteen's own diners, beside those of the bus."""
CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    ELDER: ("age=70",),
    BED: ("age=82", "bed_contract"),
    HARDSHIP: ("age=68", "hardship"),
    AT_HOME: ("age=77", "dementia"),
    ELDER_AT_BANK: ("age=71",),
    FORGOT: ("age=79",),
}
"""What the entitlement list says of whom."""
CODE: Final = "70412563"
CODE_PIN: Final = "739104"
"""What the elder types who left the card at home."""
RELATIVE: Final = "80550017"
RELATIVE_PIN: Final = "440021"
"""A relative's own code and PIN."""
DINER_SALT: Final = b"salt of a diner!"
LEAD, CASHIER = "s1", "s2"
ROLES: Final[Mapping[str, Role]] = {LEAD: Role.LEAD, CASHIER: Role.CASHIER}
PIN: Final = "135790"
PRINTER: Final = """
[printer]
path = "printer.pty"
heading = "示例社区食堂"
"""


def bank_number() -> str:
    """Return the number of the elder's bank card."""
    return BANK_CARDS[ELDER_AT_BANK].partition("number=")[2]


def person_of(name: str, purses: Mapping[str, str]) -> str:
    """Return by what the lists know somebody; ``purses`` gives purse numbers by holder."""
    if name == FORGOT:
        return f"{CODE_SCHEME}:{CODE}"
    return f"tunion:{purses[name]}" if name in purses else f"unionpay:{bank_number()}"


def codes(salt: bytes = DINER_SALT) -> str:
    """Return the list of registered codes as CSV: an elder, and a relative who may collect."""
    own, relative = hashed(CODE_PIN, salt).hex(), hashed(RELATIVE_PIN, salt).hex()
    diner, kept = f"{CODE_SCHEME}:{CODE}", salt.hex()
    return (
        "code,person,proxy,pin_salt,pin_hash\n"
        f"{diner},{diner},,{kept},{own}\n{diner},,{CODE_SCHEME}:{RELATIVE},{kept},{relative}\n"
    )


def people(purses: Mapping[str, str]) -> str:
    """Return the entitlement list as CSV; ``purses`` gives purse numbers by holder."""
    lines = ["holder,media,category,from,evidence"]
    for number, (name, categories) in enumerate(CATEGORIES.items(), 1):
        holder = person_of(name, purses)
        lines += [f"{holder},,{category},2020-01-01,SHD-{number}" for category in categories]
    return "\n".join([*lines, ""])
