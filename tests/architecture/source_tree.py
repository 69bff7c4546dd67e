"""What the architecture tests look at: the files of the project, and the Python ones parsed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("edge", "drivers", "sync", "firmware_profiles")
FOLDERS: Final = (*PACKAGES, "tests", "systemd", ".ci")
LEFT_OUT: Final = frozenset({"__pycache__"})


@cache
def files() -> tuple[Path, ...]:
    """Return the project's own files: those at the top, and everything under its folders."""
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith((".coverage", ".git"))]
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return tuple(sorted(path for path in (*top, *below) if not LEFT_OUT & set(path.parts)))


@cache
def modules() -> tuple[Path, ...]:
    """Return every Python file, tests included."""
    return tuple(path for path in files() if path.suffix == ".py")


@cache
def product() -> tuple[Path, ...]:
    """Return the Python files of the packages alone."""
    return tuple(path for path in modules() if path.relative_to(ROOT).parts[0] in PACKAGES)


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a file's syntax tree."""
    return tuple(ast.walk(tree(path)))


@cache
def text(path: Path) -> str:
    """Return what stands in a file; nothing for a file that is no text."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")


def matching(path: Path, pattern: str | re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Yield (file:line, line) for every line of a file that holds a pattern, where ``^`` and ``$`` are a line's own."""
    for found in re.finditer(pattern, text(path), 0 if isinstance(pattern, re.Pattern) else re.MULTILINE):
        number = text(path).count("\n", 0, found.start()) + 1
        yield place(path, number), text(path).split("\n")[number - 1]


def place(path: Path, line: int = 0) -> str:
    """Return ``folder/file.py:line`` for a message."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def named(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every name that a file defines, with its line: the module, classes, functions, parameters, variables."""
    yield path.stem, 1
    imported = _imported(path)
    for node in nodes(path):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in imported:
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, 1


def _imported(path: Path) -> set[str]:
    return {alias.name for node in nodes(path) if isinstance(node, ast.ImportFrom) for alias in node.names}


def words(name: str) -> set[str]:
    """Split a name at underscores and capitals: ``BatchEntriesMax`` and ``batch_entries_max`` are the same words."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)}
