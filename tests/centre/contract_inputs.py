"""Hooks for schemathesis: bodies that are sound, nearly sound, or nothing at all, and names that the centre knows.

The test that runs it writes sound ones of a centre that has begun its work into a file, and names that file in the
environment: the tool runs in a process of its own.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st

from sync.paths import BATCH_TYPE, GRANT_TYPE, KIT_TYPE, REQUEST_TYPE
from tests.fuzz.mutation import mutants

SEEDS: Final[dict[str, Any]] = json.loads(Path(os.environ["ONECARD_CONTRACT_SEEDS"]).read_text("ascii"))
BODY_BYTES_MAX: Final = 300_000


def near(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return sound bodies, and ones that were sound before something was done to them."""
    made = st.integers(0, 2**32).map(lambda seed: list(mutants(seeds, 1, BODY_BYTES_MAX, Random(seed)))[-1])
    return st.sampled_from(seeds) | made | st.binary(max_size=64)


def sound(name: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in SEEDS[name]]


batches = near([gzip.decompress(packed) for packed in sound("batches")])
schemathesis.openapi.media_type(BATCH_TYPE, batches.map(lambda body: gzip.compress(body, mtime=0)) | batches)
schemathesis.openapi.media_type(GRANT_TYPE, near(sound("grants")))
schemathesis.openapi.media_type(KIT_TYPE, near(sound("requests")))
schemathesis.openapi.media_type(REQUEST_TYPE, near([b"-----BEGIN CERTIFICATE REQUEST-----\n"]))


@schemathesis.hook
def map_path_parameters(_context: schemathesis.HookContext, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let every other name be one that the centre knows."""
    for name, known in SEEDS["names"].items():
        if parameters and isinstance(parameters.get(name), str) and len(parameters[name]) % 2 == 0:
            parameters[name] = known
    return parameters
