"""The one door to libgpiod: output lines of a chip, by their offsets."""

from __future__ import annotations

from collections.abc import Collection

import gpiod
from gpiod.line import Direction, Value

from drivers.outputs.gpio_lines import CONSUMER, HeldLines


class ChipLines:
    """Implements :class:`drivers.outputs.gpio_lines.HeldLines`."""

    def __init__(self, request: gpiod.LineRequest, offsets: Collection[int]) -> None:
        self._request = request
        self._offsets = tuple(offsets)

    def put(self, on: Collection[int]) -> None:
        """Set every line in one call."""
        self._request.set_values({offset: Value.ACTIVE if offset in on else Value.INACTIVE for offset in self._offsets})

    def free(self) -> None:
        """Release the request."""
        self._request.release()


def take_lines(chip: str, offsets: Collection[int], *, active_low: bool) -> HeldLines:
    """Request output lines, all inactive; raises OSError, for a chip that is no GPIO chip as well."""
    settings = gpiod.LineSettings(direction=Direction.OUTPUT, active_low=active_low, output_value=Value.INACTIVE)
    try:
        request = gpiod.request_lines(chip, {tuple(offsets): settings}, CONSUMER)
    except (gpiod.ChipClosedError, gpiod.RequestReleasedError, ValueError) as error:
        raise OSError(f"{error}") from error
    return ChipLines(request, offsets)
