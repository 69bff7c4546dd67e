"""The far end of the floor's line: counts the bytes of a command, writes as many as its answer has, thinks nothing.

Run as a script: the first line of standard input is ``[[out_bytes, [in_bytes, ...]], ...]``, repeated for ever; the
first line of output is the pty's path.
"""

from __future__ import annotations

import json
import os
import sys
import tty


def serve(descriptor: int, script: list[tuple[int, list[int]]]) -> None:
    """Answer until the pty is gone."""
    prepared = [(out_bytes, [bytes(size) for size in replies]) for out_bytes, replies in script]
    while True:
        for out_bytes, replies in prepared:
            missing = out_bytes
            while missing:
                missing -= len(os.read(descriptor, missing))
            for reply in replies:
                os.write(descriptor, reply)


def main() -> None:
    """Make the pty and serve it."""
    script = json.loads(sys.stdin.readline())
    ours, clients = os.openpty()
    tty.setraw(ours)
    tty.setraw(clients)
    sys.stdout.write(os.ttyname(clients) + "\n")
    sys.stdout.flush()
    serve(ours, script)


if __name__ == "__main__":
    main()
