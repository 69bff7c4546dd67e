"""A class of faults is one file: found by a scan, named once, able to happen."""

from __future__ import annotations

import pkgutil
from collections import Counter

from edge.simulation import actors, fault_classes
from edge.simulation.injector import Injector, fault_classes_known
from edge.simulation.world import every_actor

HOOKS = ("run", "at_boot", "at_boundary", "at_centre_boundary", "at_visit", "after_tear", "at_reply")
DRAWN_BY_THE_LINE = "network"


def injector_types() -> dict[str, list[type[Injector]]]:
    """Return the injectors of each file."""
    found: dict[str, list[type[Injector]]] = {}
    for module in pkgutil.iter_modules(fault_classes.__path__):
        loaded = __import__(f"{fault_classes.__name__}.{module.name}", fromlist=["*"])
        here = [each for each in vars(loaded).values() if isinstance(each, type) and each.__module__ == loaded.__name__]
        found[module.name] = [each for each in here if issubclass(each, Injector)]
    return found


def test_every_file_is_one_injector_with_its_classes() -> None:
    assert {name: len(types) for name, types in injector_types().items()} == dict.fromkeys(injector_types(), 1)
    assert all(types[0].classes for types in injector_types().values())


def test_no_two_files_name_one_class() -> None:
    assert [name for name, count in Counter(each.name for each in fault_classes_known()).items() if count > 1] == []


def test_every_class_can_happen_and_says_in_words_what_goes_wrong() -> None:
    assert [
        each.name for each in fault_classes_known() if not (0 < each.rate < 1 and len(each.words.split()) > 2)
    ] == []


def test_every_injector_acts_at_some_hook() -> None:
    idle = [
        name
        for name, types in injector_types().items()
        if not any(getattr(types[0], hook) is not getattr(Injector, hook) for hook in HOOKS)
    ]
    assert idle == [DRAWN_BY_THE_LINE]


def test_every_actor_is_found() -> None:
    assert len(every_actor()) == len(list(pkgutil.iter_modules(actors.__path__)))
