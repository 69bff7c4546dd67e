"""The list of registered codes as people write it: tokens and hashes come out, codes and PINs never do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from edge.crypto.pins import hashed
from edge.domain.diners import DinerRecord, Proxy
from edge.domain.errors import ConfigError
from edge.store.keyed_rows import DinerList
from sync.central.publications import read_publication
from tests.sync.test_person_tables import KEY, PERSON, mapped, token

CODE: Final = "70412563"
RELATIVE: Final = "80550017"
SALT: Final = bytes(range(16))
PIN: Final = "739104"
OWN: Final = hashed(PIN, SALT)
HERS: Final = hashed("440021", SALT)
UNTIL_MS: Final = 1_798_732_800_000
HEAD: Final = "code,person,proxy,pin_salt,pin_hash,from,until"
DINER: Final = f"registered:{CODE},cid:{PERSON},,{SALT.hex()},{OWN.hex()},,"
PROXY: Final = f"registered:{CODE},,registered:{RELATIVE},{SALT.hex()},{HERS.hex()},,2027-01-01T00:00:00+08:00"
OTHER: Final = f"registered:11112222,cid:{PERSON[:-1]}8,,{SALT.hex()},{OWN.hex()},,"
HER_OTHER: Final = f"registered:11112222,,registered:{RELATIVE},{SALT.hex()},{HERS.hex()},,"


def written(*lines: str) -> str:
    return "\n".join((HEAD, *lines, ""))


def test_a_diner_is_found_by_the_own_code_and_by_that_of_a_relative(tmp_path: Path) -> None:
    publication = read_publication(written(PROXY, DINER), KEY)
    listed = DinerList(mapped(publication, tmp_path))
    code, relative = token("registered", CODE), token("registered", RELATIVE)
    expected = DinerRecord(code, token("cid", PERSON), SALT, OWN, proxies=(Proxy(relative, HERS, 0, UNTIL_MS),))
    assert [listed.find(one) for one in (code, relative, token("cid", PERSON))] == [expected, expected, None]
    assert (publication.kind, len(listed)) == ("diners", 1)
    listed.close()


def test_a_relative_of_several_is_found_by_the_diners_codes_alone(tmp_path: Path) -> None:
    listed = DinerList(mapped(read_publication(written(DINER, PROXY, OTHER, HER_OTHER), KEY), tmp_path))
    assert listed.find(token("registered", RELATIVE)) is None
    for code in (CODE, "11112222"):
        found = listed.find(token("registered", code))
        assert found is not None
        assert [proxy.token for proxy in found.proxies] == [token("registered", RELATIVE)]
    listed.close()


def test_a_relative_who_is_a_diner_as_well_eats_by_the_own_code(tmp_path: Path) -> None:
    own = f"registered:{RELATIVE},cid:{PERSON[:-1]}9,,{SALT.hex()},{HERS.hex()},,"
    listed = DinerList(mapped(read_publication(written(DINER, PROXY, own), KEY), tmp_path))
    found = listed.find(token("registered", RELATIVE))
    assert found is not None
    assert found.holder == token("cid", PERSON[:-1] + "9")
    listed.close()


def test_no_code_pin_or_number_is_in_what_is_published() -> None:
    publication = read_publication(written(DINER, PROXY), KEY)
    published = publication.body + b"".join(publication.files)
    assert not [text for text in (CODE, RELATIVE, PERSON, PIN, "440021") if text.encode() in published]


REFUSED: Final = {
    "a code that no keypad takes": (DINER.replace(CODE, "7041"), "6 to 12 digits"),
    "a code with letters": (DINER.replace(CODE, "7041x563"), "6 to 12 digits"),
    "a card's number in the place of a code": (DINER.replace("registered:", "tunion:"), "registered:DIGITS"),
    "no salt": (DINER.replace(SALT.hex(), ""), "a salt has 16 bytes"),
    "a hash that is none": (DINER.replace(OWN.hex(), "xyz"), "hexadecimal"),
    "a time that ends before it begins": (f"{DINER[:-1]}2026-06-02T00:00:00+08:00,2026-06-01T00:00:00+08:00", "ends"),
    "a diner twice": (f"{DINER}\n{DINER}", "stands twice"),
    "a relative of nobody": (PROXY, "has no line"),
    "a relative under another salt": (f"{DINER}\n{PROXY.replace(SALT.hex(), '11' * 16)}", "another salt"),
    "a relative with the diner's PIN": (f"{DINER}\n{PROXY.replace(HERS.hex(), OWN.hex())}", "one PIN"),
    "a relative twice": (f"{DINER}\n{PROXY}\n{PROXY.replace(HERS.hex(), '22' * 32)}", "stands twice"),
    "five relatives": (
        "\n".join(
            (DINER, *(PROXY.replace(RELATIVE, f"6000000{one}").replace(HERS.hex(), f"{one}1" * 32) for one in range(5)))
        ),
        "at most 4",
    ),
    "an unknown column": ("x\n", "is wanted"),
}


@pytest.mark.parametrize(("lines", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_a_table_that_cannot_be_is_refused_by_line_and_column_without_its_numbers(lines: str, why: str) -> None:
    with pytest.raises(ConfigError) as found:
        read_publication(written(*lines.splitlines()), KEY)
    told = str(found.value.args[0])
    assert why in told
    assert not [number for number in (CODE, RELATIVE, PERSON) if number in told]
