"""Every parser of hostile bytes, some thousand inputs each: the kept corpus, the seeds, and what is made of them."""

from __future__ import annotations

import time
from random import Random
from typing import Final

import pytest

from tests.fuzz.mutation import mutants
from tests.fuzz.target import Target
from tests.fuzz.targets import all_targets

pytestmark = pytest.mark.fuzz

COUNT: Final = 1_500
SECONDS_PER_INPUT_MAX: Final = 2.0
TARGETS: Final = list(all_targets().values())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_mutated_inputs_are_parsed_or_refused_with_a_code_in_bounded_time(target: Target) -> None:
    seeds = [*target.seeds, *target.corpus()]
    for taken in mutants(seeds, COUNT, target.bytes_max, Random(target.name)):
        start = time.process_time()
        try:
            target(taken)
        except Exception as error:
            error.add_note(f"the input was {taken.hex()}")
            raise
        assert time.process_time() - start < SECONDS_PER_INPUT_MAX, taken.hex()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_search_begins_with_sound_inputs(target: Target) -> None:
    assert target.seeds
    assert all(len(seed) <= target.bytes_max for seed in target.seeds)
    assert sum(map(len, target.corpus())) <= 32 * 1024
