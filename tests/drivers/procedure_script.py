"""Runs a reader's procedure on recorded commands and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from drivers.framing import Procedure, ReaderCommand, Settle

T = TypeVar("T")


def replay_procedure(procedure: Procedure[T], script: Iterable[tuple[str, str]]) -> tuple[T, list[ReaderCommand]]:
    """Answer each command of a procedure by (command body, answer body) in hex, in order.

    Returns its value and the commands it gave. Pauses are passed over. Raises ``AssertionError`` where a command
    differs from the script or the script is longer than the procedure.
    """
    steps, commands = iter(script), list[ReaderCommand]()
    try:
        step = next(procedure)
        while True:
            if isinstance(step, Settle):
                step = procedure.send(b"")
                continue
            expected, answer = next(steps, ("the end of the script", ""))
            assert step.body.hex() == expected
            commands.append(step)
            step = procedure.send(bytes.fromhex(answer))
    except StopIteration as finished:
        assert next(steps, None) is None, "the script goes on"
        value: T = finished.value
        return value, commands
    finally:
        procedure.close()
