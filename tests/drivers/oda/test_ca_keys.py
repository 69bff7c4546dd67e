"""The keys of certification authorities: published hashes, and keys that are left out."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any, Final

import pytest

from drivers.oda.ca_keys import KeyKind, load_ca_keys
from drivers.oda.refusal import OdaRefused, Part
from drivers.oda.rsa import MODULUS_BYTES_MAX, is_roca_weak, public_key
from edge.domain.errors import ConfigError
from tests.drivers.oda.cards import KEYS
from tests.drivers.oda.issuing import RID, RsaPrivate, ca_entry, load

PUBLISHED: Final = load("ca_keys")
EMV: Final = load("emv_oda")
DAY: Final = date(2026, 3, 1)
AUTHORITY: Final = KEYS["authority"]


def reason(document: object, index: str, at: date = DAY) -> str | None:
    try:
        load_ca_keys(document).find(bytes.fromhex(RID), int(index, 16), at)
    except OdaRefused as refused:
        return refused.reason
    return None


def test_every_published_key_of_unionpay_fits_its_hash() -> None:
    store = load_ca_keys(PUBLISHED)
    assert (len(store.keys), store.left_out) == (15, {})
    hashes = {key["index"]: key["sha1"] for key in PUBLISHED["rsa"]}
    assert PUBLISHED["published_DF03"].items() <= hashes.items()


def test_production_holds_no_test_key_and_says_so_of_each() -> None:
    store = load_ca_keys(PUBLISHED).without_test_keys()
    assert {key.kind for key in store.keys.values()} == {KeyKind.LIVE}
    assert {refused.reason for refused in store.left_out.values()} == {"ca_key.test_key"}
    assert len(store.left_out) == 7


def test_the_keys_that_come_with_the_tool_are_live_ones_of_two_sources() -> None:
    shipped = json.loads((files("drivers.oda") / "live_ca_keys.json").read_text("utf-8"))
    published = {key["index"]: key["modulus"] for key in PUBLISHED["rsa"] if key["kind"] == "live"}
    assert {key["index"]: key["modulus"] for key in shipped["rsa"]}.items() <= published.items()
    assert sorted(f"{index:02X}" for _, index in load_ca_keys(shipped).without_test_keys().keys) == [
        "08",
        "09",
        "0A",
        "0B",
    ]


@pytest.mark.parametrize("key", EMV["hashes"], ids=[key["name"] for key in EMV["hashes"]])
def test_the_published_hash_of_another_scheme_fits(key: dict[str, str]) -> None:
    entry = {**key, "kind": "test"}
    place = (bytes.fromhex(key["rid"]), int(key["index"], 16))
    assert place in load_ca_keys({"rsa": [entry]}).keys
    if "altered_modulus" in key:
        altered = load_ca_keys({"rsa": [{**entry, "modulus": key["altered_modulus"]}]})
        assert altered.left_out[place].reason == "ca_key.hash"


PRODUCT: Final = KEYS["flawed card"]
LEFT_OUT: Final[dict[str, tuple[dict[str, str], str | None]]] = {
    "a sound key": (ca_entry("E1", AUTHORITY), None),
    "a key on its last day": (ca_entry("E1", AUTHORITY, expires="2026-03-01"), None),
    "a key past its last day": (ca_entry("E1", AUTHORITY, expires="2026-02-28"), "ca_key.expired"),
    "a wrong hash": ({**ca_entry("E1", AUTHORITY), "sha1": "00" * 20}, "ca_key.hash"),
    "an exponent of 5": (ca_entry("E1", RsaPrivate(AUTHORITY.p, AUTHORITY.q, 5)), "ca_key.exponent"),
    "a key by the flawed generator": (ca_entry("E1", PRODUCT), "ca_key.weak_modulus"),
    "an even modulus": (ca_entry("E1", RsaPrivate(AUTHORITY.p, 2, 3)), "ca_key.weak_modulus"),
    "a short modulus": (ca_entry("E1", RsaPrivate(AUTHORITY.p >> 400, 5, 3)), "ca_key.length"),
    "a long modulus": (ca_entry("E1", RsaPrivate(AUTHORITY.p**3, 3, 3)), "ca_key.length"),
}


@pytest.mark.parametrize(("entry", "expected"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_card_that_names_it_finds(entry: dict[str, str], expected: str | None) -> None:
    assert reason({"rsa": [entry]}, "E1") == expected


def test_one_bad_key_leaves_the_others() -> None:
    bad = {**ca_entry("E2", AUTHORITY), "sha1": "00" * 20}
    assert reason({"rsa": [bad, ca_entry("E1", AUTHORITY)]}, "E1") is None


GOOD: Final[dict[str, Any]] = dict(ca_entry("E1", AUTHORITY))
MISFORMED: Final[dict[str, object]] = {
    "no object": [],
    "no list of keys": {"keys": []},
    "a list that is none": {"rsa": {}},
    "an entry that is none": {"rsa": ["E1"]},
    "too many entries": {"rsa": [{}] * 1001},
    "no index": {"rsa": [{**GOOD, "index": ""}]},
    "an index of two bytes": {"rsa": [{**GOOD, "index": "E1E1"}]},
    "a short RID": {"rsa": [{**GOOD, "rid": "A000"}]},
    "a modulus that is not hexadecimal": {"rsa": [{**GOOD, "modulus": "xyz"}]},
    "a hash of another length": {"rsa": [{**GOOD, "sha1": "00" * 32}]},
    "an unknown kind": {"rsa": [{**GOOD, "kind": "sample"}]},
    "a day that is none": {"rsa": [{**GOOD, "expires": "2026-02-30"}]},
    "one index twice": {"rsa": [GOOD, GOOD]},
    "a point cut short": {"sm2": [{"rid": RID, "index": "57", "kind": "test", "public_key": "00" * 63}]},
}


@pytest.mark.parametrize("document", MISFORMED.values(), ids=MISFORMED)
def test_a_list_of_another_form_is_a_coded_error(document: object) -> None:
    with pytest.raises(ConfigError, match="CONFIG_VALUE"):
        load_ca_keys(document)


def test_a_flawed_modulus_is_seen_and_sound_ones_are_not() -> None:
    moduli = {name: int.from_bytes(key.modulus, "big") for name, key in KEYS.items()}
    assert {name for name, modulus in moduli.items() if is_roca_weak(modulus)} == {"flawed card"}
    assert not any(is_roca_weak(int(key["modulus"], 16)) for key in PUBLISHED["rsa"])


def test_a_modulus_with_a_leading_zero_byte_is_refused() -> None:
    with pytest.raises(OdaRefused, match=r"ca_key\.length"):
        public_key(Part.CA_KEY, b"\0" + AUTHORITY.modulus, b"\3")
    assert len(AUTHORITY.modulus) < MODULUS_BYTES_MAX
