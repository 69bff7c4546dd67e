"""The line between a terminal and the centre: what :mod:`edge.simulation.network` does to requests and answers."""

from __future__ import annotations

from typing import ClassVar

from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.network import NETWORK_FAULTS


class Network(Injector):
    """The line draws these by itself at every request."""

    classes: ClassVar[tuple[FaultClass, ...]] = NETWORK_FAULTS
