"""The centre's next signing keys: what proves itself, what a terminal believes of it, and what is on its disk when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.control.messages import to_text
from edge.crypto.signing import SigningKey
from edge.domain.entry import Remark
from edge.domain.errors import ConfigError, OneCardError
from edge.terminal.key_verbs import KeyVerbs
from sync.centre_trust import CentreTrust
from sync.succession import Announced, Succession, announce, pack_succession, read_succession

KEYS: Final = tuple(SigningKey(bytes([number]) * 32) for number in range(1, 6))
FIRST, SECOND, THIRD, FOURTH, THIEF = KEYS
DAY_MS: Final = 86_400_000


def link(number: int, old: SigningKey, new: SigningKey, day: int = 0) -> Announced:
    """Return an announcement whose key begins on a day, and whose old one ends ten days later."""
    day = day or 10 * number
    return announce(number, old, new, day * DAY_MS, (day + 10) * DAY_MS)


TWO: Final = (link(2, FIRST, SECOND), link(3, SECOND, THIRD))


def unsigned(one: Announced) -> Announced:
    """Return an announcement without the old key's signature."""
    return replace(one, by_old=bytes(64))


def of_another_time(one: Announced, until_ms: int) -> Announced:
    """Return an announcement whose signatures are of other words."""
    return replace(one, said=replace(one.said, until_ms=until_ms))


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        pytest.param((unsigned(TWO[0]),), "not signed by the key before", id="one that nobody signed"),
        pytest.param((replace(TWO[0], by_new=TWO[0].by_old),), "not signed by the new", id="a key that nobody holds"),
        pytest.param((link(2, THIEF, SECOND),), "no key that is trusted", id="one by a key that was never pinned"),
        pytest.param((of_another_time(TWO[0], 99),), "not signed", id="one whose times were changed"),
        pytest.param((link(3, FIRST, SECOND),), "missing", id="one that leaves a number out"),
        pytest.param((TWO[0], link(3, FIRST, THIRD)), "another key", id="two that do not follow each other"),
        pytest.param((TWO[0], link(3, SECOND, THIRD, 5)), "begins before", id="one that goes back in time"),
        pytest.param((TWO[0], link(3, SECOND, FIRST)), "comes back", id="one that goes back to an earlier key"),
        pytest.param((announce(2, FIRST, SECOND, 9, 9),), "ends before", id="one without an overlap"),
    ],
)
def test_an_announcement_is_refused(offered: Succession, told: str, tmp_path: Path) -> None:
    trust = CentreTrust(FIRST.public, tmp_path / "succession")
    with pytest.raises(OneCardError, match=told) as refused:
        trust.after(pack_succession(offered), 0)
    assert refused.value.code == "SUCCESSION_REFUSED"
    assert trust.in_force.keys == (FIRST.public,)


@pytest.mark.parametrize(
    "packed",
    [b"", b"\xc0", b"\x91\xc0", pack_succession(TWO)[:-1], pack_succession(TWO * 40)],
    ids=["nothing", "no array", "no announcement", "cut short", "far too many"],
)
def test_bytes_of_another_form_are_refused(packed: bytes, tmp_path: Path) -> None:
    with pytest.raises(OneCardError, match="WIRE_"):
        CentreTrust(FIRST.public, tmp_path / "succession").after(packed, 0)


def test_what_contradicts_or_lacks_what_is_known_is_refused(tmp_path: Path) -> None:
    trust = CentreTrust(FIRST.public, tmp_path / "succession")
    trust.keep(trust.after(pack_succession(TWO), 0))
    for offered, told in (((TWO[0],), "lacks one"), ((TWO[0], link(3, SECOND, THIEF)), "contradicts")):
        with pytest.raises(OneCardError, match=told):
            trust.after(pack_succession(offered), 0)


@pytest.mark.parametrize(
    ("day", "believed"),
    [
        pytest.param(0, KEYS[:3], id="without signed time no key ends"),
        pytest.param(29, KEYS[:3], id="all of them as long as they overlap"),
        pytest.param(30, KEYS[1:3], id="not the first one once its time is over"),
        pytest.param(40, KEYS[2:3], id="the newest alone in the end"),
    ],
)
def test_keys_end_by_signed_time_and_never_come_back(
    day: int, believed: tuple[SigningKey, ...], tmp_path: Path
) -> None:
    trust = CentreTrust(FIRST.public, tmp_path / "succession")
    trust.keep(trust.after(pack_succession(TWO), day * DAY_MS))
    assert trust.in_force.keys == tuple(key.public for key in believed)
    again = CentreTrust(FIRST.public, tmp_path / "succession")
    again.keep(again.after(pack_succession(TWO), 0))
    assert again.in_force.keys == trust.in_force.keys
    assert again.ever.keys == tuple(key.public for key in KEYS[:3])


def test_a_terminal_enrolled_later_believes_no_key_before_its_own(tmp_path: Path) -> None:
    trust = CentreTrust(SECOND.public, tmp_path / "succession")
    trust.keep(trust.after(pack_succession(TWO), 0))
    assert trust.in_force.keys == (SECOND.public, THIRD.public)
    assert trust.ever.keys[0] == FIRST.public


def test_what_is_kept_and_damaged_is_named_and_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "succession"
    trust = CentreTrust(FIRST.public, path)
    trust.keep(trust.after(pack_succession(TWO), 0))
    for damaged in (b"", path.read_bytes()[:-1], bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]):
        path.write_bytes(damaged)
        with pytest.raises(ConfigError, match=r"damaged|not the keys"):
            CentreTrust(FIRST.public, path)
    trust.keep(trust.held)
    with pytest.raises(ConfigError, match="not the keys"):
        CentreTrust(THIEF.public, path)


class CutError(Exception):
    """The power goes."""


@pytest.mark.parametrize("place", ["before the note", "after the note", "before the file is in its place"])
def test_a_power_cut_on_the_way_leaves_the_old_key_and_the_next_offer_the_new_one(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, notes = tmp_path / "succession", list[Remark]()

    async def note(remark: Remark) -> None:
        if place == "before the note":
            raise CutError
        notes.append(remark)
        if place == "after the note":
            raise CutError

    def cut(into: Path, content: bytes) -> None:
        into.with_name("succession.new").write_bytes(content)
        raise CutError

    with monkeypatch.context() as patched:
        patched.setattr("sync.centre_trust.write_durably", cut)
        with pytest.raises(CutError):
            asyncio.run(offered_to(path, note))
    assert CentreTrust(FIRST.public, path).in_force.keys == (FIRST.public,)

    async def noted(remark: Remark) -> None:
        notes.append(remark)

    asyncio.run(offered_to(path, noted))
    assert CentreTrust(FIRST.public, path).in_force.keys == tuple(key.public for key in KEYS[:3])
    assert notes[-1].pairs[0] == ("newest", "3")
    before = len(notes)
    asyncio.run(offered_to(path, noted))
    assert len(notes) == before


async def offered_to(path: Path, note: Callable[[Remark], object]) -> None:
    """Offer the keys to a terminal that has just started."""
    verbs = KeyVerbs(CentreTrust(FIRST.public, path), lambda: 0, note)  # type: ignore[arg-type]  # as they are written here
    await verbs.take({"bytes": to_text(pack_succession(TWO))})


def test_an_empty_succession_says_that_the_first_key_signs() -> None:
    assert read_succession(pack_succession(())) == ()
