"""Long lists on their way down: in pieces, resumed after a cut, linked where they are, refused where they are not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from edge.domain.errors import OneCardError, UplinkError
from edge.domain.tariff.flat import flat_tree
from edge.store.reference import FileReference
from sync.central import answers
from sync.central.artifacts import Publication
from sync.central.deny_lists import INLINE_BYTES_MAX
from sync.centre_link import CentreLink, Reply
from sync.deny_form import EXACT, OVERLAY, PROBE
from sync.downlink import Downlink
from sync.list_parts import PIECE_BYTES_MIN
from sync.paths import ARTIFACT_TYPE, MANIFEST_PATH, PART_TYPE, segment_path
from sync.tariff_wire import encode_tariff
from tests.store.editions import CENTRE
from tests.store.list_editions import ListFiles, Shipped, over, snapshot, token, tokens
from tests.sync.builders import CENTRE_KEY
from tests.sync.served import served_centre

MANY = tokens(range(150_000))
HELD = snapshot(MANY)
LATER = over(HELD, MANY[500:] + tokens(range(200_000, 200_500)))


@dataclass
class Shelf:
    """A link that serves prepared files, counts what is asked for, and goes away after ``pieces_left`` pieces."""

    files: Mapping[str, bytes]
    pieces_left: int = 1_000_000
    fetched: list[tuple[str, int, int]] = field(default_factory=list)

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> Reply:
        self.fetched.append((path, 0, limit))
        return Reply(200, ARTIFACT_TYPE, {"ETag": etag}, self.files[path][:limit])

    async def piece(self, path: str, start: int, limit: int) -> Reply:
        if not self.pieces_left:
            raise UplinkError("CENTRE_UNREACHABLE", "the line is cut")
        self.pieces_left -= 1
        self.fetched.append((path, start, limit))
        return Reply(206, PART_TYPE, {}, self.files[path][start : start + limit])

    def asked(self, sha256: bytes) -> list[int]:
        """Return where the pieces of a file began."""
        return [start for path, start, _ in self.fetched if path == segment_path(sha256)]


def edition(number: int, files: ListFiles = HELD) -> Shipped:
    return Shipped(number, {"purse": files}, list_versions={"tariff": 1})


def down(link: Shelf | CentreLink, state: Path, key: bytes = CENTRE.public) -> Downlink:
    return Downlink(link, key, state)


def part_path(state: Path, number: int, files: ListFiles, role: str) -> Path:
    part = next(part for part in files.manifest.parts if part.role == role)
    return state / "editions" / str(number) / "segments" / part.sha256.hex()


async def test_parts_are_staged_as_they_are_mapped(tmp_path: Path) -> None:
    assert await down(Shelf(edition(1).served()), tmp_path).stage(0) == 1
    for role, content in HELD.mapped.items():
        assert part_path(tmp_path, 1, HELD, role).read_bytes() == content
    assert list((tmp_path / "sync" / "partial").iterdir()) == []
    with FileReference(tmp_path / "editions", CENTRE.public) as reference:
        assert reference.start() == []
        assert (reference.listed(token(7)), reference.listed(token(200_007))) == (True, False)


async def test_a_delta_is_unpacked_and_the_snapshot_linked_not_written_again(tmp_path: Path) -> None:
    await down(Shelf(edition(1).served()), tmp_path).stage(0)
    link = Shelf(edition(2, LATER).served())
    assert await down(link, tmp_path).stage(1) == 2
    for role in (PROBE, EXACT):
        one, two = (part_path(tmp_path, number, HELD, role) for number in (1, 2))
        assert one.samefile(two)
    assert part_path(tmp_path, 2, LATER, OVERLAY).read_bytes() == LATER.mapped[OVERLAY]
    packed = next(part for part in LATER.manifest.parts if part.role == OVERLAY)
    fetched = sum(limit for path, _, limit in link.fetched if path == segment_path(packed.packed_sha256))
    assert fetched == packed.packed_bytes
    assert all(link.asked(part.sha256) == [] for part in HELD.manifest.parts)


async def test_a_cut_download_goes_on_where_it_was(tmp_path: Path) -> None:
    served = edition(1).served()
    exact = next(part for part in HELD.manifest.parts if part.role == EXACT)
    with pytest.raises(UplinkError, match="CENTRE_UNREACHABLE"):
        await down(Shelf(served, pieces_left=3), tmp_path).stage(0)
    held = (tmp_path / "sync" / "partial" / exact.sha256.hex()).stat().st_size
    assert 0 < held < exact.size_bytes
    link = Shelf(served)
    assert await down(link, tmp_path).stage(0) == 1
    assert link.asked(exact.sha256)[0] == held
    assert link.asked(HELD.manifest.parts[0].sha256) == []


async def test_a_slow_line_is_asked_for_smaller_pieces(tmp_path: Path) -> None:
    link = Shelf(edition(1).served(), pieces_left=0)
    downlink = down(link, tmp_path)
    for _ in range(9):
        with pytest.raises(UplinkError):
            await downlink.stage(0)
    link.pieces_left = 1_000_000
    assert await downlink.stage(0) == 1
    probe = segment_path(HELD.manifest.parts[0].sha256)
    assert next(limit for path, _, limit in link.fetched if path == probe) == PIECE_BYTES_MIN


async def test_what_was_fetched_and_is_torn_is_fetched_anew(tmp_path: Path) -> None:
    served = edition(1).served()
    probe = HELD.manifest.parts[0]
    partial = tmp_path / "sync" / "partial" / probe.sha256.hex()
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"torn" * 100)
    with pytest.raises(OneCardError, match="ARTIFACT_DAMAGED"):
        await down(Shelf(served), tmp_path).stage(0)
    assert await down(Shelf(served), tmp_path).stage(0) == 1


async def test_a_piece_that_is_none_is_not_the_centre(tmp_path: Path) -> None:
    files = {path: b"" if path == segment_path(HELD.manifest.parts[0].sha256) else file
             for path, file in edition(1).served().items()}  # fmt: skip
    with pytest.raises(UplinkError, match="CENTRE_IMPOSTOR"):
        await down(Shelf(files), tmp_path).stage(0)


def many(listed: list[bytes]) -> list[Publication]:
    return [
        Publication("tariff", "tariff", encode_tariff([flat_tree("flat", 200)])),
        Publication("deny_list", "purse", b"".join(listed)),
    ]


async def test_the_centre_ships_a_snapshot_then_a_delta_then_a_new_snapshot(tmp_path: Path) -> None:
    """Whatever travels, the terminal lists exactly what was published."""
    rounds = [MANY, [*MANY[200:], *tokens(range(70_000, 70_200))], tokens(range(80_000, 120_000))]
    state, in_force = tmp_path / "state", 0
    async with served_centre(tmp_path) as (centre, url), CentreLink(url) as link:
        for listed in rounds:
            await centre.publish(many(list(listed)))
            downlink = down(link, state, CENTRE_KEY.public)
            number = await downlink.stage(in_force)
            assert number == in_force + 1
            with FileReference(state / "editions", CENTRE_KEY.public) as reference:
                reference.start()
                in_force = reference.install(state / "editions" / str(number))
                downlink.taken(in_force)
                assert {each for each in rounds[0] if reference.listed(each)} == set(rounds[0]) & set(listed)
                assert all(map(reference.listed, listed))
        deltas = [path for path in (state / "editions").glob("*/segments/*") if path.read_bytes()[8:9] == b"\x09"]
        assert len(deltas) == 1


async def test_a_short_list_stays_in_its_artifact(tmp_path: Path) -> None:
    listed = MANY[: INLINE_BYTES_MAX // 16]
    async with served_centre(tmp_path) as (centre, url), CentreLink(url) as link:
        await centre.publish(many(list(listed)))
        assert await down(link, tmp_path / "state", CENTRE_KEY.public).stage(0) == 1
        assert len(list((tmp_path / "state" / "editions" / "1" / "segments").iterdir())) == 2


async def test_a_part_is_served_in_ranges_and_for_ever(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), aiohttp.ClientSession() as session:
        await centre.publish(many(list(MANY)))
        path = url + segment_path(HELD.manifest.parts[1].sha256)
        async with session.get(path, headers={"Range": "bytes=8-23"}) as response:
            assert (response.status, response.headers["Content-Range"]) == (
                206,
                f"bytes 8-23/{len(HELD.mapped[EXACT])}",
            )
            assert "immutable" in response.headers["Cache-Control"]
            assert await response.read() == HELD.mapped[EXACT][8:24]
            kind = response.content_type
        async with session.get(path) as response:
            assert (response.status, await response.read()) == (200, HELD.mapped[EXACT])
            assert response.content_type == kind, "a proxy may put it together from slices"
        async with session.get(path, headers={"Range": "bytes=99999999-100000000"}) as response:
            assert response.status == 416


async def test_a_manifest_may_be_waited_for(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), CentreLink(url) as link:
        await centre.publish(many(list(MANY[:9])))
        first = await link.get(MANIFEST_PATH)
        waiting = asyncio.create_task(link.get(f"{MANIFEST_PATH}?wait_s=20", etag=first.etag))
        while not centre.parking.parked:  # noqa: ASYNC110 - nothing tells that the server has read a request
            await asyncio.sleep(0)
        await centre.publish(many(list(MANY[:10])))
        assert (await waiting).status == 200
        assert (await link.get(MANIFEST_PATH + "?wait_s=0", etag=(await link.get(MANIFEST_PATH)).etag)).status == 304
        assert centre.parking.parked == 0


async def test_who_waits_in_vain_is_told_so_and_nobody_waits_in_his_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "WAIT_S_MAX", 0.05)
    async with served_centre(tmp_path) as (centre, url), CentreLink(url) as link:
        await centre.publish(many(list(MANY[:9])))
        first = await link.get(MANIFEST_PATH)
        assert (await link.get(f"{MANIFEST_PATH}?wait_s=9", etag=first.etag)).status == 304
        assert (await link.get(f"{MANIFEST_PATH}?wait_s=9", etag="another")).status == 200
        assert centre.parking.parked == 0


async def test_who_waits_is_answered_when_the_centre_ends_and_holds_nobody_up(tmp_path: Path) -> None:
    async with AsyncExitStack() as serving:
        centre, url = await serving.enter_async_context(served_centre(tmp_path, shutdown_s=60.0))
        await centre.publish(many(list(MANY[:9])))
        async with CentreLink(url) as link:
            first = await link.get(MANIFEST_PATH)
            waiting = asyncio.create_task(link.get(f"{MANIFEST_PATH}?wait_s=20", etag=first.etag))
            while not centre.parking.parked:  # noqa: ASYNC110 - nothing tells that the server has read a request
                await asyncio.sleep(0)
            began_s = asyncio.get_running_loop().time()
            await serving.aclose()
            assert asyncio.get_running_loop().time() - began_s < 5
            assert (await waiting).status == 304
