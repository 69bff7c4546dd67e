"""One word per thing, and none of the words that say nothing."""

from __future__ import annotations

import pytest

from tests.architecture.source_tree import modules, named, place, product, words

BANNED = frozenset(
    {"manager", "helper", "helpers", "handler", "handlers", "util", "utils", "base", "impl", "data", "info"}
    | {"blacklist", "whitelist", "swipe", "common", "misc"}
)
NAMED_BY_OTHERS = {
    "receive_data": "the shape of a sans-IO codec, as in h11",
    "NeedData": "as above",
    "NEED_DATA": "as above",
    "IN_DATA_EXCHANGE": "InDataExchange, a command of NXP UM0701-02",
    "data_received": "asyncio.Protocol",
    "probe_as_modem_manager": "the program ModemManager",
    "call_exception_handler": "asyncio.AbstractEventLoop",
}


def test_no_name_we_define_is_one_of_the_empty_words() -> None:
    found = {
        f"{place(path, line)} {name}"
        for path in modules()
        for name, line in named(path)
        if BANNED & words(name) and name not in NAMED_BY_OTHERS
    }
    assert sorted(found) == []


@pytest.mark.parametrize("name", ["CardManager", "base_url", "info", "rawData", "UtilHTTP", "DATA"])
def test_the_empty_words_are_seen_in_every_spelling(name: str) -> None:
    assert BANNED & words(name)


@pytest.mark.parametrize("name", ["database", "baseline", "informed", "utility", "implied", "update"])
def test_words_that_only_contain_one_are_free(name: str) -> None:
    assert not BANNED & words(name)


def test_a_unit_of_time_never_stands_first_in_a_name() -> None:
    """``timeout_ms``, not ``ms_timeout``; minimum and maximum may follow the unit."""
    found = {
        f"{place(path, line)} {name}"
        for path in product()
        for name, line in named(path)
        if name.lower().startswith("ms_")
    }
    assert sorted(found) == []
