"""The certificate of the transport, renewed by the one before it: cut at every step, one that works is left."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.crypto import signing
from edge.crypto.certificates import private_key_sha256
from edge.domain.errors import OneCardError, UplinkError
from sync import transport
from sync.central.trust import DAY_MS
from sync.centre_link import CentreLink
from sync.paths import time_path
from sync.renewal import FACTS_FILE, Renewal
from sync.transport import Held, TransportFiles, newest_held, read_held
from tests.centre.transport_rig import Town
from tests.sync.builders import CENTRE_KEY

pytestmark = pytest.mark.centre

TIME = time_path("00" * 16)


class PowerCutError(Exception):
    """The device loses its power here."""


class Device:
    """The sync process's part of one device."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.enrolled = town.pair("BUS-1")
        self.files = TransportFiles(town.folder / "sync" / "transport")
        self.told: list[OneCardError] = []
        self.renewed = 0
        self.behind_ms = 0

    def held(self) -> Held:
        held = newest_held([self.files.certificate, self.enrolled])
        assert held is not None
        return held

    @asynccontextmanager
    async def started(self, url: str) -> AsyncIterator[tuple[Renewal, CentreLink]]:
        """Start the process: the certificate that lasts longest is in use."""
        held = self.held()

        def try_by(pair: Path) -> CentreLink:
            return CentreLink(url, ca_file=self.town.root, certificate=pair)

        def count() -> None:
            self.renewed += 1

        async with try_by(held.path) as link:
            yield (
                Renewal(
                    link,
                    try_by,
                    held,
                    self.files,
                    CENTRE_KEY.public,
                    lambda: self.town.now_ms - self.behind_ms,
                    os.urandom,
                    report=self.told.append,
                    renewed=count,
                ),
                link,
            )


async def test_a_young_certificate_is_left_alone(tmp_path: Path) -> None:
    device = Device(Town(tmp_path))
    async with device.town.serving() as (_, url), device.started(url) as (renewal, _):
        device.town.now_ms += 59 * DAY_MS
        await renewal.look()
        assert device.held().path == device.enrolled


async def test_row_38_at_two_thirds_of_its_life_the_next_one_comes_and_both_are_good(tmp_path: Path) -> None:
    device = Device(Town(tmp_path))
    town = device.town
    async with town.serving() as (_, url), device.started(url) as (renewal, link):
        town.now_ms += 61 * DAY_MS
        await renewal.look()
        now = device.held()
        assert (now.path, device.renewed) == (device.files.certificate, 1)
        assert now.facts.until_ms > read_held(device.enrolled).facts.until_ms
        assert (await link.get(TIME)).status == 200
        async with CentreLink(url, ca_file=town.root, certificate=device.enrolled) as old:
            assert (await old.get(TIME)).status == 200
        assert private_key_sha256(now.path.read_bytes(), "") != private_key_sha256(device.enrolled.read_bytes(), "")
        assert json.loads(device.files.folder.with_name(FACTS_FILE).read_text())["until_ms"] == now.facts.until_ms
        town.now_ms += 61 * DAY_MS
        await renewal.look()
        assert device.renewed == 2


async def test_a_terminal_whose_clock_is_behind_renews_when_the_centre_says_expired(tmp_path: Path) -> None:
    device = Device(Town(tmp_path))
    town = device.town
    device.behind_ms = 50 * 365 * DAY_MS  # a clock without a battery
    async with town.serving() as (_, url), device.started(url) as (renewal, link):
        town.now_ms += 95 * DAY_MS
        await renewal.look()
        assert device.renewed == 0
        with pytest.raises(UplinkError, match="CERTIFICATE_EXPIRED"):
            await link.get(TIME)
        renewal.expired()
        await renewal.look()
        assert (await link.get(TIME)).status == 200


STEPS = ["next.key", "next.pem", "certificate.pem", "transport.json"]
"""What a renewal writes, in order; each is cut before and after it is in its place."""


def cut_at(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """Have the power fail before or after the file of this name is in its place."""
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name != name:
            return replace(self, target)
        if after:
            replace(self, target)
        raise PowerCutError(name)

    monkeypatch.setattr(Path, "replace", failing)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", STEPS)
async def test_row_38_a_cut_at_any_step_leaves_one_that_works(
    name: str, *, after: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(Town(tmp_path))
    async with device.town.serving() as (centre, url):
        device.town.now_ms += 70 * DAY_MS
        with monkeypatch.context() as cut:
            cut_at(cut, name, after=after)
            async with device.started(url) as (renewal, _):
                with pytest.raises(PowerCutError):
                    await renewal.look()
        async with device.started(url) as (renewal, link):
            assert (await link.get(TIME)).status == 200
            await renewal.look()
            assert (await link.get(TIME)).status == 200
        assert device.held().path == device.files.certificate
        assert len(await centre.trust.certificates()) == 1
        assert sorted(path.name for path in device.files.folder.iterdir()) == ["certificate.pem"]


async def test_a_pair_that_the_centre_does_not_take_is_dropped_and_the_present_one_serves_on(tmp_path: Path) -> None:
    device = Device(Town(tmp_path))
    town = device.town
    async with town.serving() as (centre, url), device.started(url) as (renewal, link):
        town.now_ms += 70 * DAY_MS
        files = device.files
        issued = await centre.trust.sign_terminal(files.request("BUS-1"), "BUS-1")
        files.stage(issued.chain, "BUS-1")
        await centre.trust.revoke(issued.serial)
        with pytest.raises(UplinkError, match="CERTIFICATE_REFUSED"):
            await renewal.look()
        assert not list(files.folder.iterdir())
        assert (await link.get(TIME)).status == 200
        await renewal.look()
        assert device.held().path == files.certificate


ANSWERS: dict[str, Callable[[Town, TransportFiles], bytes]] = {
    "another key": lambda town, _: town.authority.for_terminal(town.request("other"), "BUS-1", town.now_ms).chain,
    "another name": lambda town, files: town.authority.for_terminal(files.request("BUS-1"), "BUS-2", town.now_ms).chain,
    "no certificate": lambda _town, _files: b"-----BEGIN",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_for_anything_else_is_not_staged(name: str, tmp_path: Path) -> None:
    device = Device(Town(tmp_path))
    device.files.request("BUS-1")
    with pytest.raises(OneCardError, match="WIRE_MALFORMED"):
        device.files.stage(ANSWERS[name](device.town, device.files), "BUS-1")
    assert not device.files.staged.exists()


def test_a_damaged_pair_gives_way_to_the_one_that_enrolment_left(tmp_path: Path) -> None:
    device = Device(Town(tmp_path))
    signing.make_folder(device.files.folder, 0o700)
    signing.write_secret(device.files.certificate, b"torn")
    assert device.held().path == device.enrolled
    assert transport.newest_held([tmp_path / "absent"]) is None
