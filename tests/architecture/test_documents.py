"""What the documents promise is there, and what is there is documented."""

from __future__ import annotations

import re

import pytest

from edge.cli.main import EXIT_CODES, command_names
from edge.domain.error_codes import CODES
from tests.architecture.source_tree import ROOT


def error_table() -> list[str]:
    """Return the rows of the error table as ARCHITECTURE.md carries it."""
    rows = [f"| `{code}` | {family} | {recovery} | {hint} |" for code, (family, recovery, hint) in CODES.items()]
    return ["| code | family | recovery | hint |", "|---|---|---|---|", *rows]


def exit_table() -> list[str]:
    """Return the rows of the exit codes as README.md carries them."""
    return ["| exit code | means |", "|---|---|", *(f"| {code} | {text} |" for code, text in EXIT_CODES.items())]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_architecture_lists_every_error_code_with_recovery_and_hint() -> None:
    listed = [line for line in read("ARCHITECTURE.md").splitlines() if re.match(r"\| `[A-Z_]+` \| [a-z]+ \|", line)]
    expected = error_table()[2:]
    assert listed == expected, "the table should read:\n" + "\n".join(error_table())


def test_readme_lists_every_exit_code() -> None:
    listed = [line for line in read("README.md").splitlines() if re.match(r"\| \d+ \| ", line)]
    assert listed == exit_table()[2:], "the table should read:\n" + "\n".join(exit_table())


@pytest.mark.parametrize("name", command_names())
def test_readme_names_every_command(name: str) -> None:
    assert f"`onecard {name}" in read("README.md")


def test_every_command_that_readme_names_exists() -> None:
    promised = set(re.findall(r"`onecard ([a-z][a-z-]*)", read("README.md")))
    assert promised <= set(command_names())


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{document.name}: {target}"
        for document in ROOT.glob("*.md")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
        if not (ROOT / target).exists()
    ]
    assert broken == []
