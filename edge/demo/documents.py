"""What people would have written for the demonstration: fare, deny list, configuration."""

from __future__ import annotations

from typing import Final

FARE: Final = """
kind = "flat_fare"
id = "flat-2026"
fare_fen = 200
foreign_fen = 200
also = ["bank_card", "code"]
"""
DENY: Final = """
kind = "deny_list"
[numbers]
tunion = ["{purse}"]
unionpay = ["{bank_card}"]
"""
CONFIG: Final = """
profile = "bus-validator-virtual"
[place]
mode = "bus"
city = "4520"
operator = "qingdao-bus"
line = "318"
[tap]
poll_ms = 20
[centre]
url = "{url}"
interval_s = 1
retry_s_max = 2
request_timeout_s = 5
"""
OTHER_MEDIA: Final = """
[cards]
applications = ["epurse", "bankcard"]
[bankcard]
scheme = "unionpay-test"
[scanner]
protocol = "zebra_ssi"
path = "scanner.pty"
setup = ["E900", "C600FFEE01"]
silence_ms = 200
[codes]
keys = "codes.toml"
issuers = ["45200001", "qingdao-bus"]
home_issuers = ["45200001"]
"""
