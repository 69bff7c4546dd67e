"""The settings of the scanner and of codes; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from edge.config_shapes import HexBytes, Label, Version
from edge.config_values import Between, Shape
from edge.domain.frozen import frozen

Milliseconds = Annotated[int, Between(1, 600_000)]
Party = Annotated[str, Shape(r"[0-9A-Za-z._-]{1,32}", "1 to 32 letters and digits")]


@frozen
class ScannerSection:
    """The QR engine and its line; ``protocol`` is the name of a module in ``drivers/scanners``, empty: there is none.

    The rest is that of :class:`drivers.scanning.ScannerSettings` and :class:`drivers.scanner.ScannerTiming`.
    """

    protocol: Annotated[str, Shape(r"|[a-z][a-z0-9_]*", "a lower-case name, or empty")] = ""
    path: Path = Path()
    baud: Annotated[int, Between(9_600, 921_600)] = 115_200
    setup: tuple[Annotated[str, Shape(r"[0-9A-Za-z ]{1,64}", "1 to 64 letters and digits")], ...] = ()
    setup_start: HexBytes = ""
    setup_end: HexBytes = ""
    answer_start: HexBytes = ""
    terminator: HexBytes = "0D"
    ends_by_silence: bool = True
    silence_ms: Annotated[int, Between(20, 2_000)] = 30
    repeat_ms: Annotated[int, Between(0, 60_000)] = 1_500
    trigger: HexBytes = ""
    trigger_ms: Annotated[int, Between(0, 60_000)] = 0
    answer_timeout_ms: Milliseconds = 500
    identify: Annotated[str, Shape(r"|[0-9A-Za-z ]{1,64}", "1 to 64 letters and digits, or empty")] = ""
    firmware: Label = ""
    firmware_from: Version = ""
    firmware_to: Version = ""


@frozen
class CodesSection:
    """Which codes are taken: see :class:`drivers.code_scheme.CodeRules`."""

    schemes: tuple[Annotated[str, Shape(r"[a-z][a-z0-9_]*", "a lower-case name")], ...] = ("jtt1179", "onecard")
    keys: Path = Path()
    issuers: tuple[Party, ...] = ()
    platforms: tuple[Party, ...] = ()
    home_issuers: tuple[Party, ...] = ()
    future_skew_s: Annotated[int, Between(0, 3_600)] = 120
    test: bool = False
    signature_header: Annotated[str, Shape(r"|[0-9A-F]{2}", "one byte in upper-case hexadecimal, or empty")] = "15"
    same_issuer: bool = True
