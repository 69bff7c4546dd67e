"""The contract for clients, as OpenAPI 3.1: written by hand, first, and served as it is."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

CONTRACT_PATH: Final = "/openapi.json"
PROBLEMS_PATH: Final = "/problems/"


@cache
def contract() -> bytes:
    """Return the document."""
    return files("sync.central").joinpath("openapi.json").read_bytes()
