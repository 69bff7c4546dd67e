"""Virtual reader and SAM as processes of their own: ``onecard virtual`` without card time, moved by orders."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tests.bench.terminal_folder import TerminalFolder

RICH_CARD: Final = "epurse:balance=10000000"
LOOK_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class VirtualDevices:
    """A running reader and a running SAM. Their events go nowhere: nobody reads along while a tap is timed."""

    reader: subprocess.Popen[str]
    sam: subprocess.Popen[str]

    @property
    def pids(self) -> tuple[int, ...]:
        """Return both process ids."""
        return self.reader.pid, self.sam.pid

    def order(self, order: str, **members: str) -> None:
        """Give the reader an order; it is obeyed in its time."""
        print_line(self.reader.stdin, json.dumps({"do": order, **members}))


@contextmanager
def virtual_devices(folder: TerminalFolder) -> Iterator[VirtualDevices]:
    """Plug reader and SAM into a terminal's folder; a rich card lies in the field."""
    with (
        _started(folder.reader, "reader", "--present", "--card", RICH_CARD) as reader,
        _started(folder.sam, "sam") as sam,
    ):
        yield VirtualDevices(reader, sam)


@contextmanager
def _started(link: Path, kind: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``onecard virtual KIND`` for the length of a block, plugged in under ``link``."""
    words = [sys.executable, "-m", "edge.cli.main", "virtual", kind, "--no-card-time", "--link", str(link), *options]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            while not link.is_symlink():
                if process.poll() is not None:
                    raise RuntimeError(f"the virtual {kind} ended too early")
                time.sleep(LOOK_S)
            yield process
        finally:
            process.terminate()


def print_line(pipe: IO[str] | None, line: str) -> None:
    """Write one line to a child."""
    if pipe is None:
        raise RuntimeError("the child was started without this pipe")
    pipe.write(line + "\n")
    pipe.flush()


def read_line(pipe: IO[str] | None) -> str:
    """Return the child's next line; raises ``RuntimeError`` when it has ended."""
    line = "" if pipe is None else pipe.readline()
    if not line:
        raise RuntimeError("a child ended too early")
    return line.rstrip("\n")


def computed_us(pids: tuple[int, ...]) -> float:
    """Return the processor time that processes have had so far (kernel: ``/proc/PID/task/TID/schedstat``)."""
    threads = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in threads) / 1000
