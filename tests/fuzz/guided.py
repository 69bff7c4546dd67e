"""``python -m tests.fuzz.guided TARGET FOLDER [libFuzzer options]``: one coverage-guided search, one process.

Ends with code 0 when its inputs are used up, otherwise atheris writes what it found into the folder above ``FOLDER``.
"""

from __future__ import annotations

import sys

import atheris  # a search tool: requirements-fuzz.txt, never imported by the product or by other tests


def main(name: str, options: list[str]) -> None:
    """Instrument the product while it is imported, then search until the options end it."""
    with atheris.instrument_imports(include=["drivers", "edge", "sync"]):
        from tests.fuzz.targets import all_targets  # noqa: PLC0415 - imported under instrumentation

        target = all_targets()[name]
    atheris.Setup([sys.argv[0], *options, f"-max_len={target.bytes_max}"], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
