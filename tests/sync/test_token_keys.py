"""One token key takes the place of another: lists find media by both, and no terminal looks in vain without a word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, cast

import pytest

from edge.crypto.tokens import TokenKey
from edge.domain.card_number import CardNumber
from edge.domain.errors import ConfigError, PolicyError
from edge.domain.tap import Token
from edge.store.reference import FileReference
from sync.artifact import artifact_header, new_header, seal_artifact
from sync.central.admin import Admin
from sync.central.centre import Centre
from sync.central.keys import open_keys
from sync.central.leases import COLUMNS as LEASE_COLUMNS
from sync.central.leases import lease_requests
from sync.central.publications import read_publication
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work
from sync.central.store.sqlite import open_sqlite
from sync.central.tables import named_rows
from sync.row_form import keys_of
from sync.wire import unpack
from tests.books.town import publish
from tests.conformance.central_store import KEYS
from tests.store.editions import CENTRE, tariff, write_edition
from tests.sync.builders import NOON_MS

OLD: Final = TokenKey(1, b"1" * 32)
NEW: Final = TokenKey(2, b"2" * 32, (OLD,))
CARD: Final = ("tunion", CardNumber("31049304000000000017"))
PERSON: Final = ("cid", CardNumber("370200200001010017"))


def both(scheme: str, number: CardNumber) -> set[Token]:
    """Return the tokens of a number under both keys."""
    return {OLD.token(scheme, number), NEW.token(scheme, number)}


def test_a_deny_list_finds_a_card_under_both_keys() -> None:
    body = read_publication('kind = "deny_list"\nscheme = "tunion"\nnumbers = ["31049304000000000017"]\n', NEW).body
    assert {body[place : place + 16] for place in range(0, len(body), 16)} == both(*CARD)


def test_a_person_is_found_under_both_keys_and_stays_the_same() -> None:
    text = "holder,media,category,from\ncid:370200200001010017,tunion:31049304000000000017,elder60,2020-01-01\n"
    (part,) = read_publication(text, NEW).files
    assert keys_of(part) == both(*CARD) | both(*PERSON)
    assert part.count(OLD.token(*PERSON)) > 0
    assert part.count(NEW.token(*PERSON)) == 1, "as a key alone: quotas and claims go on under the older token"


def test_a_lease_is_given_to_the_person_that_the_roster_knows() -> None:
    row = "cid:370200200001010017,free,2026-06-01,BUS-1,2026-06-01T23:00:00+08:00\n"
    (request,) = lease_requests(named_rows(",".join(LEASE_COLUMNS) + "\n" + row, LEASE_COLUMNS), NEW)
    assert request.holder == OLD.token(*PERSON)


def test_a_registered_code_is_found_under_both_keys() -> None:
    text = (
        "code,person,proxy,pin_salt,pin_hash,from,until\n"
        f"registered:123456,cid:370200200001010017,,{'ab' * 16},{'cd' * 32},,\n"
    )
    (part,) = read_publication(text, NEW).files
    number = CardNumber("123456")
    assert {OLD.token("registered", number), NEW.token("registered", number)} <= keys_of(part)
    assert part.count(OLD.token(*PERSON)) > 0


@pytest.mark.parametrize(
    ("named", "version", "told"),
    [
        pytest.param((), 1, "", id="a list that names none and the first key"),
        pytest.param((1, 2), 1, "", id="a list of both and the older key"),
        pytest.param((1, 2), 2, "", id="a list of both and the newer key"),
        pytest.param((), 2, "token key 1, this terminal has 2", id="a list that names none and the second key"),
        pytest.param((2,), 1, "token key 2, this terminal has 1", id="a list of the second key and the first"),
    ],
)
def test_a_terminal_takes_lists_by_its_own_key_alone(
    named: tuple[int, ...], version: int, told: str, tmp_path: Path
) -> None:
    header = replace(new_header("deny_list", "city-deny_list", 1, b""), token_keys=named)
    file = seal_artifact(CENTRE, header, b"")
    assert len(unpack(file)[0]) == (8 if named else 7), "as earlier releases read it"
    folder = write_edition(tmp_path, 1, [("tariff", 1, tariff(1)), ("deny_list", 1, file)])
    with FileReference(tmp_path / "editions", CENTRE.public, None, version) as reference:
        if told:
            with pytest.raises(PolicyError, match=told):
                reference.install(folder)
        else:
            assert reference.install(folder) == 1


def newest_work() -> Work[bytes]:
    """Return the newest deny list."""
    return cast("bytes", (yield Query(sql.NEWEST, ("deny_list", "deny_list")))[0][2])


async def test_the_centre_says_which_keys_its_lists_are_of_and_lets_the_oldest_go_first(tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    store = await open_sqlite(tmp_path / "central.db")
    try:

        def centre() -> Centre:
            keys = open_keys(folder, lambda count: b"r" * count)
            return Centre(store, keys, lambda: NOON_MS, lambda count: b"s" * count)

        admin = Admin(centre(), KEYS.token_key)
        await publish(centre())
        with pytest.raises(ConfigError, match="the oldest of several"):
            await admin.call("keys.token.drop", {"version": 1})
        assert await admin.call("keys.token.new", {}) == {"token_key": 2}
        for versions in ([1, 2], [2]):
            assert (await Admin(centre(), KEYS.token_key).call("keys.show", {}))["token_keys"] == versions
            edition = await centre().publish([read_publication('kind = "deny_list"\nnumbers = []\n', OLD)])
            assert artifact_header(await store.read(newest_work)).token_keys == tuple(versions), edition
            if versions == [1, 2]:
                with pytest.raises(ConfigError, match="the oldest of several"):
                    await admin.call("keys.token.drop", {"version": 2})
                await admin.call("keys.token.drop", {"version": 1})
    finally:
        await store.close()
