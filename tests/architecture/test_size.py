"""Nothing grows beyond what one reads at a sitting."""

from __future__ import annotations

import ast

from tests.architecture.source_tree import modules, nodes, place, text

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50


def test_no_file_has_more_than_three_hundred_lines() -> None:
    sizes = {place(path): len(text(path).splitlines()) for path in modules()}
    assert {name: lines for name, lines in sizes.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_has_more_than_fifty_lines() -> None:
    long = {
        place(path, node.lineno): lines
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}
