"""Lists come through a plain caching proxy: each file leaves the centre once, and nobody has to trust the proxy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.errors import PolicyError
from sync.central.artifacts import Publication
from sync.centre_link import CentreLink
from sync.paths import MANIFEST_PATH, SEGMENTS_PATH
from tests.sync.builders import CENTRE_KEY
from tests.sync.caching_proxy import CachingProxy, caching_proxy
from tests.sync.served import served_centre
from tests.sync.test_list_parts import MANY, down, many

TERMINALS = 3


def from_the_centre(proxy: CachingProxy) -> dict[str, int]:
    """Return how often each segment was asked of the centre itself."""
    return {path: count for path, count in proxy.asked.items() if path.startswith(SEGMENTS_PATH)}


async def test_a_second_terminal_takes_every_segment_from_the_proxy(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), caching_proxy(url) as (proxy, near):
        number = await centre.publish(many(list(MANY)))
        for terminal in range(TERMINALS):
            async with CentreLink(near) as link:
                assert await down(link, tmp_path / f"bus-{terminal}", CENTRE_KEY.public).stage(0) == number
        asked = from_the_centre(proxy)
        assert asked
        assert set(asked.values()) == {1}
        assert proxy.asked[MANIFEST_PATH] == TERMINALS


async def test_a_new_edition_is_seen_at_once_and_brings_only_what_is_new(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), caching_proxy(url) as (proxy, near), CentreLink(near) as link:
        await centre.publish(many(list(MANY)))
        terminal = down(link, tmp_path / "bus", CENTRE_KEY.public)
        first = await terminal.stage(0)
        assert first is not None
        before = set(from_the_centre(proxy))
        await centre.publish([Publication("tariff", "tariff", b"another")])
        assert await terminal.stage(first) == first + 1
        assert len(set(from_the_centre(proxy)) - before) == 1


async def test_what_is_not_there_is_kept_by_no_proxy(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), caching_proxy(url) as (proxy, near), CentreLink(near) as link:
        path = SEGMENTS_PATH + "00" * 32
        assert [(await link.get(path)).status for _ in range(2)] == [404, 404]
        assert proxy.asked[path] == 2
        await centre.publish(many(list(MANY[:9])))
        assert (await link.get(MANIFEST_PATH)).status == 200
        assert proxy.kept == {}


async def test_a_proxy_that_alters_what_it_keeps_is_found_out(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), caching_proxy(url) as (proxy, near), CentreLink(near) as link:
        await centre.publish(many(list(MANY[:9])))
        await down(link, tmp_path / "one", CENTRE_KEY.public).stage(0)
        proxy.kept = {path: replace(kept, body=kept.body[::-1]) for path, kept in proxy.kept.items()}
        with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
            await down(link, tmp_path / "two", CENTRE_KEY.public).stage(0)
