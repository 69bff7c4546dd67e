"""Whether a terminal has a driver's lamp or a gate's relay: only then is anything of outputs loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Final

from edge.config import TerminalConfig
from edge.config_outputs import NONE, LampSection, RelaySection
from edge.domain.errors import ConfigError
from edge.ports.outputs import Outputs
from edge.terminal.service import TerminalService

MakeOutputs = Callable[[LampSection | RelaySection, Collection[int], str], Outputs]
LAMPS: Final = ("green", "red", "amber")


def no_outputs(_section: LampSection | RelaySection, _numbers: Collection[int], name: str) -> Outputs:
    """Return none: this machine has no outputs; raises ``CONFIG_VALUE``."""
    raise ConfigError("CONFIG_VALUE", f"`{name}.board`: there are no outputs here")


def terminal_outputs(section: LampSection | RelaySection, numbers: Collection[int], name: str) -> Outputs:
    """Return the outputs that a section names, closed; raises ``CONFIG_VALUE`` where the library is missing."""
    if section.board == "relay":
        from drivers.links.serial_port import SerialPort, SerialSettings  # noqa: PLC0415 - loaded where there is one
        from drivers.outputs.relay_board import RelayBoard  # noqa: PLC0415 - as above

        return RelayBoard(SerialPort(SerialSettings(str(section.path), section.baud)), numbers, name)
    from drivers.outputs.gpio_lines import GpioLines  # noqa: PLC0415 - as above

    try:
        from drivers.outputs.gpio_chip import take_lines  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ConfigError("CONFIG_VALUE", f"`{name}.board`: install with the extra [gpio]") from error
    take = partial(take_lines, str(section.path), numbers, active_low=section.active_low)
    return GpioLines(str(section.path), take, name)


def join_outputs(service: TerminalService, config: TerminalConfig, make: MakeOutputs) -> None:
    """Give a terminal its lamp and its gate, where it has them; raises ``CONFIG_VALUE``."""
    lamp, relay = config.lamp, config.relay
    if lamp.board == relay.board == "relay" and lamp.path == relay.path:
        raise ConfigError("CONFIG_VALUE", f"`lamp.path` and `relay.path` are one board: {lamp.path}")
    if lamp.board:
        from edge.terminal.lamp_line import LampLine  # noqa: PLC0415 - loaded where there is one

        lamps = {name: number for name in LAMPS if (number := getattr(lamp, name)) != NONE}
        outputs = _checked(lamp, tuple(lamps.values()), "lamp", make)
        service.beside["lamp"] = LampLine(outputs, service.broadcast, service.report, lamps, lamp.show_ms)
    if relay.board:
        from edge.terminal.gate_line import GateLine  # noqa: PLC0415 - as above

        ways = {name: number for name in ("entry", "exit") if (number := getattr(relay, name)) != NONE}
        outputs = _checked(relay, tuple(ways.values()), "relay", make)
        if relay.direction not in ways:
            raise ConfigError("CONFIG_VALUE", f"`relay.{relay.direction}` is missing: `relay.direction` opens it")
        way = ways[relay.direction]
        service.beside["relay"] = GateLine(outputs, service.broadcast, service.report, way, relay.pulse_ms)


def _checked(section: LampSection | RelaySection, numbers: tuple[int, ...], name: str, make: MakeOutputs) -> Outputs:
    least = 1 if section.board == "relay" else 0
    if section.path == Path() or not numbers or len({*numbers}) < len(numbers) or min(numbers) < least:
        raise ConfigError("CONFIG_VALUE", f"`[{name}]` wants a path and outputs of their own, from {least} on")
    return make(section, numbers, name)
