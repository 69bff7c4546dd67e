"""``python -m tests.fuzz [PARSER...] [--runs N] [--keep]``: a coverage-guided search for what no parser may do.

Every parser of hostile bytes gets so many inputs (a million where nothing is said) in a process of its own, one after
the other. ``--keep`` puts the few inputs that reached something new into the corpus.
Exit code: 0 nothing was found, 1 something was, 2 no such parser, or atheris is not installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.fuzz.reach import smallest
from tests.fuzz.target import CORPUS, Target
from tests.fuzz.targets import all_targets

RUNS: Final = 1_000_000
SECONDS_PER_INPUT_MAX: Final = 5
MEMORY_MB_MAX: Final = 1024
KEPT_MAX: Final = 24
FOUND: Final = ("crash-*", "timeout-*", "oom-*", "leak-*")


def main(words: Sequence[str]) -> int:
    """Search each parser that is asked for, all of them without names."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("parsers", nargs="*", metavar="PARSER")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="inputs for each parser")
    parser.add_argument("--keep", action="store_true", help="keep the inputs that reached something new")
    arguments = parser.parse_args(words)
    targets = all_targets()
    unknown = [name for name in arguments.parsers if name not in targets]
    if unknown:
        say(f"no parser {', '.join(unknown)}; there are: {', '.join(targets)}")
        return 2
    if importlib.util.find_spec("atheris") is None:
        say("the search needs atheris: pip install -r requirements-fuzz.txt")
        return 2
    chosen = [targets[name] for name in arguments.parsers or targets]
    sound = [search(target, arguments.runs, keep=arguments.keep) for target in chosen]
    say(f"{sum(sound)} of {len(sound)} parsers kept their promises")
    return 0 if all(sound) else 1


def search(target: Target, runs: int, *, keep: bool) -> bool:
    """Search one parser in a process of its own; returns whether nothing was found."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        work = Path(folder) / "corpus"
        work.mkdir()
        for number, seed in enumerate([*target.seeds, *target.corpus()]):
            (work / f"seed-{number}").write_bytes(seed)
        start = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided", target.name, *_options(runs, Path(folder)), str(work)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        took_s = time.monotonic() - start
        found = sorted(path for pattern in FOUND for path in Path(folder).glob(pattern))
        branches = _branches(ended.stderr)
        sound = ended.returncode == 0 and not found and branches > 0
        verdict = "sound" if sound else "FOUND"
        executed = f"{_executed(ended.stderr):>9,} inputs in {took_s:6.1f} s, {branches:>5,} branches"
        say(f"{target.name:<20} {executed}   {verdict}")
        if not sound:
            _tell(ended.stdout + ended.stderr, found)
        elif keep:
            _keep(target, work)
    return sound


def _options(runs: int, folder: Path) -> list[str]:
    return [
        f"-runs={runs}",
        f"-timeout={SECONDS_PER_INPUT_MAX}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    ]


def _executed(log: str) -> int:
    stated = re.search(r"stat::number_of_executed_units:\s*(\d+)", log)
    return int(stated[1]) if stated else 0


def _branches(log: str) -> int:
    """Return how many branches the search has seen; none means that it searched blindly, which is no search."""
    seen = re.findall(r"\bcov: (\d+)", log)
    return int(seen[-1]) if seen else 0


def _tell(log: str, found: Sequence[Path]) -> None:
    """Print how it ended and every input that was found, in hexadecimal."""
    for line in log.splitlines()[-40:]:
        say(f"    {line}")
    for path in found:
        say(f"  {path.name}: {path.read_bytes().hex()}")


def _keep(target: Target, work: Path) -> None:
    """Add the fewest new inputs that reach what the seeds and the kept ones do not."""
    kept = target.corpus()
    inputs = (path.read_bytes() for path in work.iterdir())
    new = smallest(target, inputs, [*target.seeds, *kept], kept_max=KEPT_MAX - len(kept))
    if new:
        lines = sorted({taken.hex() for taken in (*kept, *new)}, key=lambda line: (len(line), line))
        (CORPUS / f"{target.name}.hex").write_text("".join(f"{line}\n" for line in lines), "ascii")
    say(f"{'':<20} {len(new)} kept")


def say(line: str) -> None:
    """Print one line at once: a search runs for minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
