"""The centre changes its signing key while terminals are away: whole line, real stores, real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.clock import SystemIds
from edge.crypto.signing import verify
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.store.reference import FileReference
from sync.central.admin import Admin
from sync.central.artifacts import Publication
from sync.central.keys import CentreKeys, open_keys
from sync.centre_link import CentreLink
from sync.enrolment import enrol_online
from sync.enrolment_files import load_enrolment, read_trust
from sync.signed_time import open_time
from tests.books.town import publish
from tests.conformance.central_store import KEYS
from tests.scenarios.network_rig import CentreHost, Device, Rig, network_rig, until
from tests.sync.courier_rig import trip

pytestmark = pytest.mark.centre

DAY_MS: Final = 86_400_000


async def rotate(host: CentreHost, *, begins_h: int = 0, overlap_days: int = 10) -> None:
    """Announce the next key, as an operator does."""
    admin = Admin(host.centre, KEYS.token_key)
    await admin.call("keys.rotate", {"begins_h": begins_h, "overlap_days": overlap_days})


async def synced(rig: Rig) -> None:
    """Let the device send what it has, and take what there is."""
    async with rig.syncing():
        await rig.drained()
        newest = len(rig.host.centre.keys.ever.keys)
        await until(lambda: len(read_trust(rig.device.state).ever.keys) == newest)


async def test_a_terminal_that_was_away_for_two_changes_follows_by_the_chain(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await publish(rig.host.centre)
        await rig.device.ride()
        await synced(rig)
        first = rig.host.centre.keys.signing.public
        for _ in range(2):
            await rotate(rig.host)
            rig.host.ahead_ms += 20 * DAY_MS
        await rig.device.ride(3)
        await synced(rig)
        assert [dict(note.pairs)["newest"] for note in rig.device.noted] == ["3"]
        trust = read_trust(rig.device.state)
        assert trust.ever.keys[0] == first
        assert trust.in_force.keys[-1] == rig.host.centre.keys.signing.public != first


async def test_an_old_key_is_believed_until_signed_time_ends_it(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        old = rig.host.centre.keys
        await rig.device.ride()
        await rotate(rig.host, begins_h=1)
        assert rig.host.centre.keys.signing.public == old.signing.public
        await synced(rig)
        trust = read_trust(rig.device.state)
        assert len(trust.in_force.keys) == 2
        rig.host.ahead_ms += 12 * DAY_MS
        assert rig.host.centre.keys.signing.public != old.signing.public
        trust.keep(trust.after(rig.host.centre.keys.succession, rig.host.now_ms()))
        assert load_enrolment(rig.device.state, rig.device.credentials).centre.in_force.keys == trust.in_force.keys
        with pytest.raises(RemoteProtocolError, match="SIGNATURE_WRONG"):
            verify(trust.in_force, old.signing.sign(b"x"), b"x")
        verify(trust.ever, old.signing.sign(b"x"), b"x")


async def test_an_edition_goes_out_under_the_key_of_now_and_what_is_in_force_stays_open(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await publish(rig.host.centre)
        await synced(rig)
        async with rig.syncing():
            await until(lambda: rig.device.installed == [1])
        state, before = rig.device.state, await rig.host.centre.manifest()
        await rotate(rig.host)
        trust = read_trust(state)
        with FileReference(state / "editions", trust.ever, trust.in_force) as reference:
            reference.install(state / "editions" / "1")
        await rig.host.centre.publish([Publication("deny_list", "deny_list", b"\1" * 16)])
        manifest = await rig.host.centre.manifest()
        assert before is not None
        assert manifest is not None
        rig.host.ahead_ms += 20 * DAY_MS
        async with rig.syncing():
            await until(lambda: rig.device.installed[-1:] == [2])
        trust = read_trust(state)
        trust.keep(trust.after(rig.host.centre.keys.succession, rig.host.now_ms()))
        with FileReference(state / "editions", trust.ever, trust.in_force) as reference:
            assert reference.start() == []
            assert reference.policy().edition == 1
            reference.install(state / "editions" / "2")
        with (
            FileReference(tmp_path / "others", trust.ever, trust.in_force) as reference,
            pytest.raises(PolicyError, match="ARTIFACT_UNSIGNED"),
        ):
            reference.install(state / "editions" / "1")


async def test_a_terminal_enrolled_after_a_change_takes_lists_that_an_older_key_signed(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await publish(rig.host.centre)
        await rotate(rig.host)
        late = Device(tmp_path / "late")
        await late.enrol(rig.host.centre, f"http://127.0.0.1:{rig.host.port}", "BUS-2")
        assert read_trust(late.state).in_force.keys == (rig.host.centre.keys.signing.public,)
        assert len(read_trust(late.state).ever.keys) == 2
        await late.start()
        try:
            async with rig.syncing(late):
                await until(lambda: late.installed == [1])
        finally:
            await late.stop()


async def test_a_terminal_without_a_network_follows_by_stick(tmp_path: Path) -> None:
    async with trip(tmp_path) as going:
        device = await going.device("BUS-1")
        try:
            await publish(going.host.centre)
            for _ in range(2):
                await rotate(going.host)
                going.host.ahead_ms += 20 * DAY_MS
            await device.ride(2)
            await going.load()
            await going.there_and_back(device)
            assert await going.bring_edition(device) == 1
            assert device.acked()
            assert device.installed == [1]
            assert read_trust(device.state).in_force.keys[-1] == going.host.centre.keys.signing.public
        finally:
            await device.stop()


async def test_a_token_from_before_a_change_pins_the_centre_by_its_succession(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        early = await rig.host.centre.new_token("BUS-9")
        await rotate(rig.host)
        assert early.fingerprint != (await rig.host.centre.new_token("BUS-9")).fingerprint
        late, url = Device(tmp_path / "late"), f"http://127.0.0.1:{rig.host.port}"
        async with CentreLink(url) as link:
            await enrol_online(link, early, late.state, late.credentials, SystemIds().random_bytes)
            foreign = replace(await rig.host.centre.new_token("BUS-9"), fingerprint=b"foreign!")
            with pytest.raises(RemoteProtocolError, match="another centre than the token"):
                await enrol_online(link, foreign, late.state, late.credentials, SystemIds().random_bytes)
        assert read_trust(late.state).in_force.keys == (rig.host.centre.keys.signing.public,)


async def test_every_server_on_one_folder_signs_by_the_same_key(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        other = open_keys(rig.host.folder, bytes)
        await rotate(rig.host, begins_h=1)
        for hours in (0, 2):
            now_ms = rig.host.now_ms() + hours * 3_600_000
            signed = await rig.host.centre.signed_time(b"n" * 16)
            assert other.at(now_ms).signing.public == rig.host.centre.keys.at(now_ms).signing.public
            assert open_time(signed, other.ever).nonce == b"n" * 16


@pytest.mark.parametrize("code", ["SUCCESSION_REFUSED", "WIRE_MALFORMED"])
async def test_a_thiefs_announcement_or_junk_is_refused_and_told_and_the_line_goes_on(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride()
        thief = open_keys(tmp_path / "thief", lambda count: b"t" * count)
        assert thief.ring is not None
        thief.ring.rotate(b"u" * 32, 1, 2)
        forged = thief.succession if code == "SUCCESSION_REFUSED" else b"junk"
        with monkeypatch.context() as patched:
            patched.setattr(CentreKeys, "succession", forged)
            async with rig.syncing():
                await until(lambda: code in said(rig))
                await rig.drained()
        await synced(rig)
        assert len(read_trust(rig.device.state).in_force.keys) == 1
        assert rig.device.noted == []


def said(rig: Rig) -> str:
    """Return what the sync process has on disk of how it fares."""
    path = rig.device.state / "sync" / "status.json"
    return path.read_text() if path.exists() else ""
