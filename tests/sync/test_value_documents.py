"""Values as people write them: every kind in its forms, what is refused, and by which words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.oda.key_file import LIVE_KEYS
from edge.cli.publishing import publications
from edge.code_key_file import key_text
from edge.crypto.tokens import TokenKey
from edge.domain.ca_keys import CaKeys
from edge.domain.drivers import Driver, DriverRoster
from edge.domain.errors import ConfigError
from edge.domain.prompts import KEYS
from edge.domain.staff import Role, StaffMember, StaffRoster, Technician, TechnicianRoster, Trade
from edge.domain.stops import Stop, StopTable
from edge.terminal.prompts import PROMPTS_FILE
from sync.central.publications import gather, read_publication
from sync.value_forms import (
    CA_KEYS_KIND,
    CODE_KEYS_KIND,
    DRIVERS_KIND,
    MENUS_KIND,
    PROFILES_KIND,
    PROMPTS_KIND,
    STAFF_KIND,
    STOPS_KIND,
    TECHNICIANS_KIND,
    Counted,
    decode_value,
)
from tests.drivers.codes.own_codes import BY_ED25519, BY_SM2
from tests.store.value_samples import SAMPLES

KEY: Final = TokenKey(1, b"k" * 32)


def hexed(entry: Any) -> dict[str, str]:  # noqa: ANN401 - any key of a list
    return {
        name: part.hex() if isinstance(part, bytes) else part
        for name in entry.__dataclass_fields__
        if (part := getattr(entry, name))
    }


def ca_list(keys: CaKeys, **more: object) -> str:
    revoked = [(one.rid + one.index + one.serial).hex() for one in keys.revoked]
    tree = {"rsa": [*map(hexed, keys.rsa)], "sm2": [*map(hexed, keys.sm2)], "revoked": revoked}
    return json.dumps({**tree, **more})


def _ca_keys(number: int) -> CaKeys:
    keys = SAMPLES[CA_KEYS_KIND][number]
    assert isinstance(keys, CaKeys)
    return keys


SALT: Final = "00" * 16
HASH: Final = "f0" * 32
MAY_MS: Final = 1_777_564_800_000
STAFF: Final = StaffRoster(
    (
        StaffMember("s1", Role.LEAD, bytes(16), b"\xf0" * 32),
        StaffMember("s2", Role.CASHIER, bytes(16), b"\xf0" * 32, 0, MAY_MS),
    )
)
STAFF_FILE: Final = json.dumps(
    {
        "staff": {
            "s1": {"role": "lead", "salt": SALT, "hash": HASH},
            "s2": {"role": "cashier", "salt": SALT, "hash": HASH, "until": "2026-05-01T00:00:00+08:00"},
        }
    }
)
STAFF_CSV: Final = (
    f"staff,role,salt,hash,from,until\ns1,lead,{SALT},{HASH}\ns2,cashier,{SALT},{HASH},,2026-05-01T00:00:00+08:00\n"
)
STAFF_TOML: Final = f"""kind = "staff"
[[rows]]
staff = "s1"
role = "lead"
salt = "{SALT}"
hash = "{HASH}"
[[rows]]
staff = "s2"
role = "cashier"
salt = "{SALT}"
hash = "{HASH}"
until = 2026-05-01T00:00:00+08:00
"""
TECHNICIANS: Final = TechnicianRoster((Technician("t-7", Trade.INSPECTOR, b"\x11" * 32, 0, MAY_MS),))
TECHNICIANS_CSV: Final = f"technician,role,key,from,until\nt-7,inspector,{'11' * 32},,2026-05-01T00:00:00+08:00\n"
DRIVERS: Final = DriverRoster((Driver("1042", b"\x11" * 16, 0, MAY_MS),))
DRIVERS_CSV: Final = f"driver,token,from,until\n1042,{'11' * 16},,2026-05-01T00:00:00+08:00\n"
STOPS: Final = StopTable((Stop("四方", 36_098_000, 120_357_000, "K5", "up", 60), Stop("Quay", -1, -1)))
STOPS_CSV: Final = (
    "station,latitude,longitude,line,direction,reach_m\n四方,36.098,120.357,K5,up,60\nQuay,-0.000001,-0.000001\n"
)

WRITTEN: Final[dict[str, tuple[str, str, Counted | int]]] = {
    "keys of codes as a terminal's own file": (key_text([BY_ED25519, BY_SM2]), CODE_KEYS_KIND, 2),
    "staff as a till's own file": (STAFF_FILE, STAFF_KIND, STAFF),
    "staff as a table": (STAFF_CSV, STAFF_KIND, STAFF),
    "staff as rows in TOML": (STAFF_TOML, STAFF_KIND, STAFF),
    "technicians as a table": (TECHNICIANS_CSV, TECHNICIANS_KIND, TECHNICIANS),
    "cards of drivers as a table": (DRIVERS_CSV, DRIVERS_KIND, DRIVERS),
    "stops of lines as a table": (STOPS_CSV, STOPS_KIND, STOPS),
    "stops of lines as rows in TOML": (
        'kind = "stops"\n[[rows]]\nstation = "Quay"\nlatitude = 1\nlongitude = -2.5\n',
        STOPS_KIND,
        StopTable((Stop("Quay", 1_000_000, -2_500_000),)),
    ),
    "prompts as the built-in ones are written": (
        'kind = "prompts"\n[accepted]\nzh = "请通行"\n',
        PROMPTS_KIND,
        SAMPLES[PROMPTS_KIND][0],
    ),
    "every built-in prompt": ('kind = "prompts"\n' + PROMPTS_FILE.read_text("utf-8"), PROMPTS_KIND, 2 * len(KEYS)),
    "menus": (
        (
            '[[menu]]\nmenu = "set_b"\nzh = "甲套餐"\nen = "Set meal A"\nsessions = ["lunch"]\n'
            '[[menu]]\nmenu = "set_a"\nzh = "甲套餐"\nen = "Set meal A"\n'
        ),
        MENUS_KIND,
        SAMPLES[MENUS_KIND][1],
    ),
    "settings of profiles": (
        'kind = "profiles"\n[profile.canteen-till.till]\nsession_min = 60\n',
        PROFILES_KIND,
        SAMPLES[PROFILES_KIND][1],
    ),
    "settings of every profile": (
        '[profile."*".tap]\ndebounce_ms = 2000\n',
        PROFILES_KIND,
        SAMPLES[PROFILES_KIND][0],
    ),
    "keys of codes with their kind": ('kind = "code_keys"\n' + key_text([BY_SM2]), CODE_KEYS_KIND, 1),
    "no keys of codes any more": ('kind = "code_keys"\n', CODE_KEYS_KIND, 0),
    "keys of bank cards as an acquirer lists them": (ca_list(_ca_keys(0)), CA_KEYS_KIND, _ca_keys(0)),
    "keys of bank cards with those revoked": (ca_list(_ca_keys(1), about="of May"), CA_KEYS_KIND, _ca_keys(1)),
    "the shipped keys of bank cards": (
        LIVE_KEYS.read_text("utf-8"),
        CA_KEYS_KIND,
        len(json.loads(LIVE_KEYS.read_text("utf-8"))["rsa"]),
    ),
}


@pytest.mark.parametrize(("text", "kind", "wanted"), WRITTEN.values(), ids=WRITTEN)
def test_are_published(text: str, kind: str, wanted: Counted | int) -> None:
    publication = read_publication(text, KEY)
    assert (publication.kind, publication.name, publication.files) == (kind, kind, ())
    value = decode_value(kind, publication.body)
    assert (len(value) if isinstance(wanted, int) else value) == wanted


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["rsa"][0].pop(name)


def _with(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["rsa"][0].update({name: value})


SPOILT: Final[dict[str, tuple[Callable[[dict[str, Any]], object], str]]] = {
    "without its hash": (_without("sha1"), "rsa 1: sha1 is missing"),
    "with another hash": (_with("sha1", "00" * 20), "its hash does not fit it"),
    "of no kind": (_without("kind"), "kind is live or test"),
    "that is no object": (lambda tree: tree.update(rsa=[7]), "rsa 1 is no object"),
    "that stands twice": (lambda tree: tree["rsa"].append(tree["rsa"][0]), "one RID and index"),
    "in no list": (lambda tree: tree.update(rsa=7), "rsa is a list"),
    "beside a list that nobody knows": (lambda tree: tree.update(dsa=[]), "unknown key dsa"),
    "beside a revoked certificate that is short": (lambda tree: tree.update(revoked=["A0"]), "a revoked certificate"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILT.values(), ids=SPOILT)
def test_a_key_of_bank_cards_is_refused(spoil: Callable[[dict[str, Any]], object], told: str) -> None:
    tree = json.loads(ca_list(_ca_keys(0)))
    spoil(tree)
    with pytest.raises(ConfigError, match=told):
        read_publication(json.dumps(tree), KEY)


BAD: Final[dict[str, tuple[str, str]]] = {
    "JSON that ends early": ('{"rsa": [', "CONFIG_UNREADABLE"),
    "a kind that is none": ('{"kind": "keys"}', "kind is one of"),
    "a prompt that nobody shows": ('kind = "prompts"\n[welcome]\nzh = "请"\n', "prompts: no prompt 'welcome'"),
    "a prompt that is no table": ('kind = "prompts"\naccepted = "Yes"\n', "accepted is a table"),
    "a prompt that is no text": ('kind = "prompts"\n[accepted]\nzh = 1\n', "accepted.zh is text"),
    "a set meal with a price": ('[[menu]]\nmenu = "a"\nfen = 1\n', "menu 1: unknown key fen"),
    "a set meal without names": ('[[menu]]\nmenu = "a"\n', "menus: menu 1: a text is neither empty"),
    "a set meal for one session that is no list": ('[[menu]]\nmenu = "a"\nsessions = "lunch"\n', "sessions is a list"),
    "a setting that is no number": ('[profile.a.tap]\ndebounce_ms = "2"\n', "a.tap.debounce_ms is a whole number"),
    "every setting that is not safe, by name": (
        "[profile.a.reader]\nbaud = 9600\n[profile.b.journal]\nbytes_max = 1\n",
        "a.reader.baud, b.journal.bytes_max: not among what the centre may set",
    ),
    "staff of no role": (STAFF_CSV.replace("lead", "boss"), "line 2, column role: cashier or lead is wanted"),
    "a salt that is not hexadecimal": (STAFF_CSV.replace(SALT, "zz"), "line 2, column salt: hexadecimal is wanted"),
    "a salt that is missing": (STAFF_CSV.replace(SALT, ""), "staff: s1: a salt has 16 bytes"),
    "a moment without its offset": (STAFF_CSV.replace("+08:00", ""), "line 3, column until: an instant names"),
    "a column too many": (STAFF_CSV.replace("until", "till"), "column 6 is unknown"),
    "staff that are no objects": ('{"staff": {"s1": 7}}', "an object of objects"),
    "a driver whose card is no token": (DRIVERS_CSV.replace("11" * 16, "11" * 8), "16 bytes"),
    "a card of two drivers": (DRIVERS_CSV + f"7,{'11' * 16}\n", "two drivers"),
    "a latitude that is no number": (STOPS_CSV.replace("36.098", "x"), "line 2, column latitude: decimal degrees"),
    "a latitude without end": (STOPS_CSV.replace("36.098", "NaN"), "line 2, column latitude: decimal degrees"),
    "a stop beyond the pole": (STOPS_CSV.replace("36.098", "91"), "line 2, column latitude: decimal degrees"),
    "a stop with the reach of a district": (STOPS_CSV.replace("60", "900"), "1 to 500 metres"),
    "a technician of no trade": (TECHNICIANS_CSV.replace("inspector", "lead"), "fitter or inspector"),
    "a key of codes without an id": (key_text([BY_SM2]).replace("id =", "idd ="), "key 1 has not exactly the fields"),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD)
def test_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_publication(text, KEY)


def test_a_json_file_is_published_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "acquirer.json"
    file.write_text(ca_list(_ca_keys(0)), "utf-8")
    asked: Any = publications([str(file)], 0)
    (publication,) = gather(asked["documents"], asked["versions"], KEY)
    assert publication.kind == CA_KEYS_KIND
