"""The settings of the contactless reader and of the SAM reader; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from edge.config_shapes import Label, Version
from edge.config_values import Between, OneOf, Shape
from edge.domain.frozen import frozen

Name = Annotated[str, Shape(r"[a-z][a-z0-9_]*", "a lower-case name")]
Baud = Annotated[int, Between(9_600, 921_600)]
Milliseconds = Annotated[int, Between(1, 600_000)]
StopBits = Annotated[int, Between(0, 2)]
Slot = Annotated[int, Between(0, 15)]


@frozen
class ReaderSection:
    """The contactless reader and its serial line; ``protocol`` is the name of a module in ``drivers/readers``."""

    protocol: Name
    path: Path
    baud: Baud = 115_200
    other_bauds: tuple[Baud, ...] = (921_600,)
    answer_timeout_ms: Milliseconds = 200
    open_timeout_ms: Milliseconds = 15_000
    reopen_ms_min: Milliseconds = 200
    reopen_ms_max: Milliseconds = 5_000
    latency_timer_ms_max: Annotated[int, Between(1, 255)] = 2
    stop_bits: StopBits = 0
    echoes: bool = False
    firmware: Label = ""
    firmware_from: Version = ""
    firmware_to: Version = ""


@frozen
class SamSection:
    """The SAM reader and the slot of the PSAM; ``onecard reader list`` names the protocols.

    With the protocol and the path of the reader it is a slot of the same box, on its line.
    """

    protocol: Name
    path: Path
    baud: Baud = 115_200
    slot: Slot = 1
    answer_timeout_ms: Milliseconds = 1_000
    application: Annotated[str, Shape(r"([0-9A-F]{2}){2,16}", "2 to 16 bytes in upper-case hexadecimal")] = "8011"
    expected_number: Annotated[str, Shape(r"|[0-9A-F]{12}", "twelve upper-case hexadecimal digits, or empty")] = ""
    slots: tuple[Slot, ...] = ()
    level: Annotated[str, OneOf(("", "tpdu", "apdu"))] = ""
    stop_bits: StopBits = 0
    echoes: bool = False
    firmware: Label = ""
    firmware_from: Version = ""
    firmware_to: Version = ""
