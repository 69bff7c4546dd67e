"""The repository stands alone: nothing in it leads to one machine, and every exception is reasoned."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.architecture.source_tree import ROOT, files, matching, modules, place, product

THIS_FILE = "tests/architecture/test_hygiene.py"

SILENCER = re.compile(
    r"""\#\s*(?:ruff:\s*)?(?:
        noqa (?: :\s*[A-Z]+[0-9]+ (?:,\s*[A-Z]+[0-9]+)* )?
        | type:\s*ignore (?: \[[^\]]*\] )?
        | pragma:\s*no\ (?:cover|branch)
        | mypy:
    )""",
    re.VERBOSE,
)


def everywhere(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield (file:line, line) for every line of the project that holds a pattern."""
    for path in files():
        if place(path) != THIS_FILE:
            yield from matching(path, pattern)


def reason(line: str) -> str:
    """Return what the silencing comment of a line says beside the silencers and their codes."""
    found = SILENCER.search(line)
    return "" if found is None else SILENCER.sub("", line[found.start() :]).strip(" #-")


def test_every_silenced_check_says_why() -> None:
    """``# noqa: CODE - reason``, ``# type: ignore[code]  # reason``."""
    bare = [
        where
        for path in modules()
        if place(path) != THIS_FILE
        for where, line in matching(path, SILENCER)
        if not reason(line)
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = 1  # noqa: E501", ""),
        ("x = 1  # type: ignore[arg-type]", ""),
        ("x = 1  # type: ignore[arg-type]  # the stub is wrong", "the stub is wrong"),
        ("x = 1  # noqa: PLR2004, E501 - SW1 SW2", "SW1 SW2"),
        ("# ruff: noqa: SLF001 - the loop's own", "the loop's own"),
        ("x = 1  # type: ignore[misc]  # noqa: SLF001", ""),
    ],
)
def test_codes_alone_are_no_reason(line: str, said: str) -> None:
    assert reason(line) == said


FOREIGN = {
    "a path of one machine": r"(?<![\w.])/(?:work|home|root|Users)/\w",
    "a package index": r"pypi\.|pythonhosted|--(?:extra-)?index|--trusted-host|--find-links",
    "work left open": r"\b(?:TODO|FIXME|XXX|HACK)\b",
    "a merge that was not finished": r"^(?:<{7} |>{7} |={7}$)",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
}


@pytest.mark.parametrize("pattern", FOREIGN.values(), ids=FOREIGN.keys())
def test_no_file_holds(pattern: str) -> None:
    assert [where for where, _ in everywhere(pattern)] == []


def test_values_and_parts_are_made_by_frozen_and_mutable() -> None:
    """``@frozen`` and ``@mutable`` of ``edge/domain/frozen.py``, which says what the others cost a start."""
    plain = r"^\s*@dataclass\((?:frozen=True, )?slots=True(?:, kw_only=True)?\)$"
    assert [where for path in product() for where, _ in matching(path, plain)] == []


SYNTHETIC = ("tests/", "drivers/virtual/", "edge/demo/", "edge/simulation/")
"""Where invented and published cards live."""


def test_no_clear_card_number_stands_where_no_invented_card_lives() -> None:
    found = [where for where, _ in everywhere(r"(?<![0-9A-Fa-f])[0-9]{16,19}(?![0-9A-Fa-f])")]
    assert [where for where in found if not where.startswith(SYNTHETIC)] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-fuzz.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    loose = [
        line
        for line in (ROOT / name).read_text("utf-8").splitlines()
        if line and not re.fullmatch(r"#.*|-r requirements(-dev)?\.txt|[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)
    ]
    assert loose == []


def test_every_dependency_has_its_pin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()}
    assert {re.split(r"[<>=\[; ]", dependency)[0] for dependency in project["dependencies"]} <= pinned
