"""What people would have written for the demonstration's bus: its fares by stop, and what the vehicle has."""

from __future__ import annotations

from typing import Final

FAR_STOP: Final = "沙子口"
NEAR_STOP: Final = "市政府"
VEHICLE: Final = """
[announcer]
path = "{announcer}"
lines = ["K5"]
[display]
path = "{display}"
[voice]
device = "default"
player = "{player}"
"""
BY_STOP: Final = """
[bundle]
id = "by-stop"
x_source = "invented for the demonstration"

[[networks]]
network_id = "k5"

[[areas]]
area_id = "outer"
x_places = ["沙子口"]

[[areas]]
area_id = "inner"
x_places = ["市政府"]

[[rider_categories]]
rider_category_id = "adult"
is_default_fare_category = 1

[[fare_products]]
fare_product_id = "from_outer"
amount = 300

[[fare_products]]
fare_product_id = "from_inner"
amount = 150

[[fare_products]]
fare_product_id = "elsewhere"
amount = 200

[[fare_leg_rules]]
leg_group_id = "k5"
network_id = "k5"
from_area_id = "outer"
fare_product_id = "from_outer"
rule_priority = 2

[[fare_leg_rules]]
leg_group_id = "k5"
network_id = "k5"
from_area_id = "inner"
fare_product_id = "from_inner"
rule_priority = 2

[[fare_leg_rules]]
leg_group_id = "k5"
network_id = "k5"
fare_product_id = "elsewhere"

[x_tap_policy.k5]
mode = "in"
"""
