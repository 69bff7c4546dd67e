"""Reference data down: only what the centre signed is staged, whole; everything else leaves what was there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.crypto.signing import SigningKey
from edge.domain.errors import OneCardError
from edge.domain.exchange import Edition, SegmentRef
from sync.artifact import new_header, open_artifact, seal_artifact
from sync.central.artifacts import Publication
from sync.centre_link import CentreLink, Reply
from sync.downlink import Downlink
from sync.paths import ARTIFACT_TYPE, MANIFEST_PATH, PART_TYPE, segment_path
from sync.wire import encode
from tests.sync.builders import CENTRE_KEY
from tests.sync.served import served_centre

FOREIGN = SigningKey(b"f" * 32)
PARTS = [Publication("tariff", "tariff", b"fares"), Publication("deny_list", "deny_list", b"")]


@dataclass
class Shelf:
    """A link that serves prepared files and counts what is fetched."""

    files: Mapping[str, bytes]
    kind: str = ARTIFACT_TYPE
    fetched: list[str] = field(default_factory=list)

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> Reply:
        self.fetched.append(path)
        if path not in self.files:
            return Reply(404, "application/problem+json", {}, b"")
        body = self.files[path]
        tag = hashlib.sha256(body).hexdigest()
        return Reply(304, "", {}, b"") if etag == tag else Reply(200, self.kind, {"ETag": tag}, body[:limit])

    async def piece(self, path: str, start: int, limit: int) -> Reply:
        self.fetched.append(f"{path} {start}")
        return Reply(206, PART_TYPE, {}, self.files[path][start : start + limit])


def shelf(version: int = 1, body: bytes = b"fares", key: SigningKey = CENTRE_KEY, kind: str = "tariff") -> Shelf:
    """Return a shelf with one edition of one segment."""
    segment = seal_artifact(key, new_header(kind, "tariff", version, body), body)
    reference = SegmentRef("tariff", "tariff", version, hashlib.sha256(segment).digest())
    manifest_body = encode(Edition((reference,)))
    manifest = seal_artifact(key, new_header("edition", "edition", version, manifest_body), manifest_body)
    return Shelf({MANIFEST_PATH: manifest, segment_path(reference.sha256): segment})


def down(link: Shelf | CentreLink, folder: Path) -> Downlink:
    return Downlink(link, CENTRE_KEY.public, folder)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_an_edition_is_staged_whole(tmp_path: Path) -> None:
    assert await down(shelf(), tmp_path).stage(0) == 1
    staged = tmp_path / "editions" / "1"
    (segment,) = (staged / "segments").iterdir()
    assert open_artifact(segment.read_bytes(), CENTRE_KEY.public, kind="tariff")[1] == b"fares"
    assert open_artifact((staged / "manifest").read_bytes(), CENTRE_KEY.public, kind="edition")[0].version == 1


async def test_what_the_terminal_took_is_not_fetched_again(tmp_path: Path) -> None:
    link = shelf()
    downlink = down(link, tmp_path)
    await downlink.stage(0)
    downlink.taken(1)
    link.fetched.clear()
    assert await down(link, tmp_path).stage(1) is None
    assert link.fetched == [MANIFEST_PATH]


async def test_what_the_terminal_refused_is_offered_again(tmp_path: Path) -> None:
    downlink = down(shelf(), tmp_path)
    assert await downlink.stage(0) == 1
    assert await downlink.stage(0) == 1


@pytest.mark.parametrize("part", ["manifest", "segments"])
async def test_what_was_staged_and_is_damaged_since_is_fetched_again(part: str, tmp_path: Path) -> None:
    """Regression: the terminal refused the damaged files for ever, and ran on an older edition."""
    downlink = down(shelf(), tmp_path)
    assert await downlink.stage(0) == 1
    downlink.taken(1)
    before = {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)}
    for name in files_in(tmp_path / "editions" / "1" / part) if part == "segments" else [""]:
        (tmp_path / "editions" / "1" / part / name).write_bytes(b"flipped")
    assert await down(shelf(), tmp_path).stage(0) == 1
    assert {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)} == before


async def test_a_terminal_that_fell_back_to_an_earlier_edition_is_shown_the_newest_again(tmp_path: Path) -> None:
    """Regression: the tag of the newest edition was shown for the older one, and nothing came."""
    downlink = down(shelf(6), tmp_path)
    await downlink.stage(5)
    downlink.taken(6)
    assert await down(shelf(6), tmp_path).stage(5) == 6


async def test_a_segment_that_is_here_is_not_fetched(tmp_path: Path) -> None:
    await down(shelf(), tmp_path).stage(0)
    same = shelf()
    body = encode(Edition((SegmentRef("tariff", "tariff", 1, _segment_hash(same)),)))
    manifest = seal_artifact(CENTRE_KEY, new_header("edition", "edition", 2, body), body)
    link = Shelf({MANIFEST_PATH: manifest})
    assert await down(link, tmp_path).stage(1) == 2
    assert link.fetched == [MANIFEST_PATH]


def _segment_hash(link: Shelf) -> bytes:
    return next(hashlib.sha256(file).digest() for path, file in link.files.items() if path != MANIFEST_PATH)


async def test_an_interrupted_staging_begins_again(tmp_path: Path) -> None:
    (tmp_path / "editions" / "1.new" / "segments").mkdir(parents=True)
    (tmp_path / "editions" / "1.new" / "manifest").write_bytes(b"half")
    assert await down(shelf(), tmp_path).stage(0) == 1
    assert not (tmp_path / "editions" / "1.new").exists()


def _changed(link: Shelf, path: str | None = None, content: bytes | None = None) -> Shelf:
    """Return the shelf with one file (the segment where no path is given) cut short or replaced."""
    name = path or next(name for name in link.files if name != MANIFEST_PATH)
    return Shelf({**link.files, name: link.files[name][:-1] if content is None else content})


BAD: dict[str, tuple[Shelf, str]] = {
    "a portal's page": (Shelf({MANIFEST_PATH: b"<html>"}, kind="text/html"), "CENTRE_IMPOSTOR"),
    "an edition by another centre": (shelf(6, key=FOREIGN), "ARTIFACT_UNSIGNED"),
    "a truncated manifest": (_changed(shelf(6), MANIFEST_PATH), "ARTIFACT_DAMAGED"),
    "a truncated segment": (_changed(shelf(6)), "ARTIFACT_DAMAGED"),
    "another segment in its place": (_changed(shelf(6), content=b"else"), "ARTIFACT_DAMAGED"),
    "a segment of another kind": (shelf(6, kind="deny_list"), "ARTIFACT_FOREIGN"),
    "an edition without its segment": (
        Shelf({MANIFEST_PATH: shelf(6).files[MANIFEST_PATH]}),
        "CENTRE_IMPOSTOR",
    ),
    "an artifact in place of an edition": (
        Shelf({MANIFEST_PATH: seal_artifact(CENTRE_KEY, new_header("tariff", "t", 9, b""), b"")}),
        "ARTIFACT_FOREIGN",
    ),
    "an edition before the one in force": (shelf(version=4), "ARTIFACT_ROLLED_BACK"),
}


@pytest.mark.parametrize("name", BAD)
async def test_nothing_changes_for(name: str, tmp_path: Path) -> None:
    await down(shelf(5), tmp_path).stage(0)
    before = files_in(tmp_path)
    link, code = BAD[name]
    with pytest.raises(OneCardError, match=code):
        await down(link, tmp_path).stage(5)
    assert [path for path in files_in(tmp_path) if ".new/" not in path] == before


async def test_past_editions_are_removed_but_the_last_ones(tmp_path: Path) -> None:
    for version in range(1, 7):
        downlink = down(shelf(version), tmp_path)
        await downlink.stage(version - 1)
        downlink.taken(version)
    assert sorted(path.name for path in (tmp_path / "editions").iterdir()) == ["4", "5", "6"]


async def test_the_real_centre_serves_what_the_downlink_takes(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), CentreLink(url) as link:
        downlink = down(link, tmp_path / "state")
        assert await downlink.stage(0) is None
        await centre.publish(PARTS)
        assert await downlink.stage(0) == 1
        downlink.taken(1)
        assert await downlink.stage(1) is None
        await centre.publish(PARTS[:1])
        assert await downlink.stage(1) == 2
