"""How courier commands tell what was refused on a stick: file by file, with code and cure."""

from __future__ import annotations

from collections.abc import Mapping

from edge.domain.errors import OneCardError


def refusals(refused: Mapping[str, OneCardError]) -> list[dict[str, str]]:
    """Return what was refused as plain values with stable keys."""
    return [
        {"file": place, "code": error.code, "message": str(error.args[0]), "hint": error.hint}
        for place, error in refused.items()
    ]


def refusal_lines(refused: Mapping[str, OneCardError]) -> list[str]:
    """Return what was refused as lines for people."""
    return [f"refused {place}: {error}; {error.hint}" for place, error in refused.items()]
