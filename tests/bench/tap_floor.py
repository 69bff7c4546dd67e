"""The floor of a tap: its frames by blocking reads and writes, and one raw slot for each of its durable writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tty
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import echo_peer
from tests.bench.raw_slot import RawSlots
from tests.bench.virtual_devices import print_line, read_line
from tests.bench.wire_script import Exchange


@dataclass(frozen=True, slots=True)
class TapFloor:
    """Plays the exchanges; see :func:`tap_floor`. The first slot is written before the debit, the second at the end."""

    steps: Sequence[tuple[int, bytes, int]]
    debit_step: int
    slots: RawSlots
    pids: tuple[int, ...]

    def play(self) -> None:
        """Do once what a tap does at least."""
        for number, (descriptor, outgoing, in_bytes) in enumerate(self.steps):
            if number == self.debit_step:
                self.slots.write()
            os.write(descriptor, outgoing)
            missing = in_bytes
            while missing:
                missing -= len(os.read(descriptor, missing))
        self.slots.write()


@contextmanager
def tap_floor(exchanges: Sequence[Exchange], slots: RawSlots) -> Iterator[TapFloor]:
    """Start a peer process for each line and connect to it."""
    lines = list(dict.fromkeys(exchange.line for exchange in exchanges))
    with ExitStack() as stack:
        peers = {line: stack.enter_context(_peer([one for one in exchanges if one.line == line])) for line in lines}
        steps = [(peers[one.line][0], bytes(one.out_bytes), one.in_bytes) for one in exchanges]
        debit_step = max(number for number, one in enumerate(exchanges) if one.line == lines[0])
        yield TapFloor(steps, debit_step, slots, tuple(pid for _, pid in peers.values()))


@contextmanager
def _peer(exchanges: Sequence[Exchange]) -> Iterator[tuple[int, int]]:
    """Run a peer; gives the descriptor of our end and the peer's process id."""
    words = [sys.executable, "-I", str(Path(echo_peer.__file__))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        print_line(process.stdin, json.dumps([[one.out_bytes, one.replies()] for one in exchanges]))
        descriptor = os.open(read_line(process.stdout), os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(descriptor)
            yield descriptor, process.pid
        finally:
            process.terminate()
            os.close(descriptor)
