"""One person behind purse, bank card, code and card identification code: one claim, one quota."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.medium import CodeSnapshot, Snapshot
from edge.domain.shown import number_of, scheme_of
from edge.domain.tariff.flat import flat_tree
from sync.central.artifacts import Publication
from sync.central.publications import bundle_publication, read_publication
from tests.conformance.central_store import KEYS
from tests.domain.media_samples import bank_card, code_made, signed
from tests.domain.samples import NOON_MS
from tests.sync.two_sites import PERSON, Site, opened_town, tariff
from tests.tariff.paper_line import purse

MEDIA: Final = ("purse", "replaced purse", "bank card", "code", "code that names its holder")
STRANGER: Final = 77


def medium(name: str, now_ms: int) -> Snapshot:
    """Return a medium of the person, as it is shown at a moment; the last one stands on no roster."""
    match name:
        case "purse":
            return purse(1)
        case "replaced purse":
            return purse(2)
        case "bank card":
            return bank_card(1, rounds=signed(now_ms // 1000 % 10_000))
        case "code":
            return code_made(now_ms, 5)
        case _:
            return code_made(now_ms, STRANGER, holder=PERSON)


def roster() -> Publication:
    """Return the person's roster with all media but the last."""
    listed = [(scheme_of(shown), number_of(shown)) for shown in (medium(name, 0) for name in MEDIA[:-1])]
    media = " ".join(f"{scheme}:{number.reveal()}" for scheme, number in listed if number is not None)
    text = f"holder,media,category,from,evidence\ntoken:{PERSON.hex()},{media},elder60,2020-01-01,SHD-1\n"
    return read_publication(text, KEYS.token_key)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        town = await opened_town(tmp_path, stack)
        found = await town.site("till-1")
        media = flat_tree("city", 200, also=("bank_card", "code"))["fare_media"]
        bundle = bundle_publication([{**tariff(), "fare_media": media}])
        await town.centre.publish([bundle, Publication("deny_list", "deny_list", b""), roster()])
        await town.carry_down("till-1")
        yield found


async def pay(site: Site, name: str, at_ms: int) -> Entry:
    """Let a medium of the person be shown."""
    site.line.clock.now_ms = at_ms
    return await site.line.tap(medium(name, at_ms), after_s=0)


def charged(entry: Entry) -> Intent | PaidTap:
    assert isinstance(entry.body, Intent | PaidTap), entry.body
    return entry.body


@pytest.mark.parametrize(("first", "second"), list(permutations(MEDIA, 2)), ids=" then ".join)
async def test_one_quota_behind(site: Site, first: str, second: str) -> None:
    granted = charged(await pay(site, first, NOON_MS))
    refused = charged(await pay(site, second, NOON_MS + 600_000))
    assert (granted.charge.payer_fen, refused.charge.payer_fen) == (50, 200)
    assert granted.state.holder == refused.state.holder
    assert granted.token != refused.token
    assert {effect.subject for effect in granted.pricing.effects} == {PERSON}


async def test_somebody_elses_code_of_the_same_issuer_has_no_claim(site: Site) -> None:
    site.line.clock.now_ms = NOON_MS
    shown = code_made(NOON_MS, STRANGER)
    assert isinstance(shown, CodeSnapshot)
    body = charged(await site.line.tap(shown, after_s=0))
    assert (body.charge.payer_fen, body.state.holder) == (200, None)
