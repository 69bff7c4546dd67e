"""Enrolment on the device: what it leaves, what it refuses, and that it never loses an unsent entry."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.crypto.sealing import new_clearing_key
from edge.crypto.signing import SigningKey
from edge.domain.errors import ConfigError, OneCardError, RemoteProtocolError, StoreError
from sync.centre_link import CentreLink
from sync.enrolment import activate_spare, enrol_online, install_carried_kit, prepare_request
from sync.enrolment_files import EnrolmentFiles, load_enrolment, set_journal_aside
from sync.kit import EnrolmentToken, fingerprint_of, open_kit, parse_token, seal_kit
from tests.conformance.central_store import KEYS, enrol
from tests.sync.builders import CENTRE_KEY
from tests.sync.served import served_centre


class Folders:
    """The folders of one device."""

    def __init__(self, root: Path) -> None:
        self.state, self.credentials, self.stick = root / "state", root / "credentials", root / "stick"
        self.stick.mkdir(parents=True)

    async def enrol(self, url: str, token: EnrolmentToken) -> int:
        async with CentreLink(url) as link:
            return (await enrol_online(link, token, self.state, self.credentials, os.urandom)).epoch

    def write_journal(self, content: bytes = b"entries") -> None:
        (self.state / "journal.db").write_bytes(content)
        (self.state / "journal.db-wal").write_bytes(b"newest " + content)


async def test_an_enrolment_can_be_loaded_and_its_secrets_are_the_owners(tmp_path: Path) -> None:
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, url):
        assert await device.enrol(url, await centre.new_token("BUS-1")) == 1
    enrolment = load_enrolment(device.state, device.credentials)
    assert (enrolment.terminal, enrolment.epoch, enrolment.old_epochs) == ("BUS-1", 1, ())
    assert (enrolment.centre.in_force.keys, enrolment.token_keys) == ((CENTRE_KEY.public,), (KEYS.token_key,))
    for path in (EnrolmentFiles(device.state).terminal_key, device.credentials / "token-key-1"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_new_enrolment_keeps_the_old_journal_with_its_newest_entries(tmp_path: Path) -> None:
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, url):
        await device.enrol(url, await centre.new_token("BUS-1"))
        first = load_enrolment(device.state, device.credentials)
        device.write_journal()
        assert await device.enrol(url, await centre.new_token("BUS-1")) == 3
    assert (device.state / "journal-1.db").read_bytes() == b"entries"
    assert (device.state / "journal-1.db-wal").read_bytes() == b"newest entries"
    assert not (device.state / "journal.db").exists()
    assert not (device.state / "journal.db-wal").exists()
    second = load_enrolment(device.state, device.credentials)
    assert second.old_epochs == ((1, first.grant_hash),)
    assert second.signing_key.public != first.signing_key.public


async def test_a_restored_centre_gives_no_epoch_that_its_lost_store_may_have_given(tmp_path: Path) -> None:
    """Regression: a box that had lost its disk got the number of a forgotten spare, under another key."""
    async with served_centre(tmp_path) as (centre, url):
        await Folders(tmp_path / "one").enrol(url, await centre.new_token("BUS-1"))
        await centre.restored()
        restored = await Folders(tmp_path / "two").enrol(url, await centre.new_token("BUS-1"))
        following = await Folders(tmp_path / "three").enrol(url, await centre.new_token("BUS-1"))
    assert restored > 1_700_000_000
    assert following == restored + 2


async def test_the_spare_grant_is_used_once(tmp_path: Path) -> None:
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, url):
        await device.enrol(url, await centre.new_token("BUS-1"))
    device.write_journal()
    grant = activate_spare(device.state)
    assert (grant.epoch, grant.spare) == (2, True)
    assert load_enrolment(device.state, device.credentials).epoch == 2
    assert (device.state / "journal-1.db").exists()
    with pytest.raises(ConfigError, match="NOT_ENROLLED"):
        activate_spare(device.state)


async def test_files_carried_by_hand_do_what_the_network_does(tmp_path: Path) -> None:
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, _):
        token = await centre.new_token("BUS-1")
        assert install_carried_kit(device.stick, token, device.state, device.credentials) is None
        request = prepare_request(token, device.state, device.credentials, os.urandom)
        kit = await centre.enrol(request)
        (device.stick / "BUS-1.kit").write_bytes(kit)
    grant = install_carried_kit(device.stick, token, device.state, device.credentials)
    assert grant is not None
    assert load_enrolment(device.state, device.credentials).epoch == 1
    assert KEYS.token_key.secret not in kit


async def test_a_token_of_another_centre_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, url):
        token = await centre.new_token("BUS-1")
        elsewhere = EnrolmentToken(token.terminal, token.secret, b"\x00" * 8)
        with pytest.raises(RemoteProtocolError, match="SIGNATURE_WRONG"):
            await device.enrol(url, elsewhere)
    with pytest.raises(ConfigError, match="NOT_ENROLLED"):
        load_enrolment(device.state, device.credentials)


async def test_a_kit_signed_by_another_key_is_refused(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, _):
        kit = await enrol(centre)
    private, public = new_clearing_key()
    forged = seal_kit(SigningKey(b"z" * 32), kit, public)
    with pytest.raises(RemoteProtocolError, match="SIGNATURE_WRONG"):
        open_kit(forged, private, fingerprint_of(CENTRE_KEY.public))


async def test_a_used_token_is_refused(tmp_path: Path) -> None:
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, url):
        token = await centre.new_token("BUS-1")
        await device.enrol(url, token)
        with pytest.raises(ConfigError, match="ENROLMENT_REFUSED"):
            await device.enrol(url, token)
    assert load_enrolment(device.state, device.credentials).epoch == 1


@pytest.mark.parametrize("text", ["", "BUS-1", "BUS-1.ab.cd", "BUS-1.zz.cd", "a b." + "ab" * 16 + "." + "cd" * 8])
def test_a_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="ENROLMENT_REFUSED"):
        parse_token(text)


def _loosen(device: Folders) -> None:
    EnrolmentFiles(device.state).terminal_key.chmod(0o644)


def _forge(device: Folders) -> None:
    EnrolmentFiles(device.state).grant.write_bytes(b"\x92\x90\xc4\x00")


def _swap_key(device: Folders) -> None:
    SigningKey(b"y" * 32).write(EnrolmentFiles(device.state).terminal_key)


def _lose_token_key(device: Folders) -> None:
    (device.credentials / "token-key-1").unlink()


def _lose_grant(device: Folders) -> None:
    EnrolmentFiles(device.state).grant.unlink()


def _cut_centre_key(device: Folders) -> None:
    EnrolmentFiles(device.state).centre_key.write_bytes(b"short")


def _flip(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def _flip_token_key(device: Folders) -> None:
    _flip(device.credentials / "token-key-1")


def _flip_clearing_key(device: Folders) -> None:
    _flip(EnrolmentFiles(device.state).clearing_key(1))


def _flip_terminal_key(device: Folders) -> None:
    _flip(EnrolmentFiles(device.state).terminal_key)


def _flip_centre_key(device: Folders) -> None:
    _flip(EnrolmentFiles(device.state).centre_key)


SPOILT: dict[str, tuple[Callable[[Folders], None], str]] = {
    "a key that others can read": (_loosen, "KEY_UNUSABLE"),
    "a grant that nobody signed": (_forge, "KEY_UNUSABLE"),
    "a key that the grant was not given to": (_swap_key, "KEY_UNUSABLE"),
    "a lost token key": (_lose_token_key, "KEY_UNUSABLE"),
    "a lost grant": (_lose_grant, "NOT_ENROLLED"),
    "row 39: half a centre key": (_cut_centre_key, "KEY_UNUSABLE"),
    "row 39: one bit of the centre's key is flipped": (_flip_centre_key, "KEY_UNUSABLE"),
    "row 39: one bit of the terminal's key is flipped": (_flip_terminal_key, "KEY_UNUSABLE"),
    "row 39: one bit of the token key is flipped": (_flip_token_key, "KEY_UNUSABLE"),
    "row 39: one bit of the clearing key is flipped": (_flip_clearing_key, "KEY_UNUSABLE"),
}


@pytest.mark.parametrize("name", SPOILT)
async def test_an_enrolment_is_refused_with(name: str, tmp_path: Path) -> None:
    spoil, code = SPOILT[name]
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, url):
        await device.enrol(url, await centre.new_token("BUS-1"))
    spoil(device)
    with pytest.raises(OneCardError, match=code):
        load_enrolment(device.state, device.credentials)


class PowerCutError(Exception):
    """The power went."""


STEPS = ["hardlink_to", "replace", "unlink"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before the step", "after the step"])
def test_a_move_cut_short_is_finished(
    step: str, *, after: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut at each step: the database always lies beside its own newest entries, and a second call finishes."""
    (tmp_path / "journal.db").write_bytes(b"entries")
    (tmp_path / "journal.db-wal").write_bytes(b"newest")
    with monkeypatch.context() as patched:
        real = getattr(Path, step)

        def cut(path: Path, *arguments: object, **named: object) -> None:
            if path.name == "journal-1.db-wal" and step == "unlink":
                real(path, *arguments, **named)  # clears an old link: not the step in question
                return
            if after:
                real(path, *arguments, **named)
            raise PowerCutError

        patched.setattr(Path, step, cut)
        with pytest.raises(PowerCutError):
            set_journal_aside(tmp_path, 1)
    for name in ("journal.db", "journal-1.db"):
        if (tmp_path / name).exists():
            assert (tmp_path / f"{name}-wal").read_bytes() == b"newest"
    set_journal_aside(tmp_path, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal-1.db", "journal-1.db-wal"]
    assert (tmp_path / "journal-1.db-wal").read_bytes() == b"newest"


def test_a_kept_journal_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"new")
    (tmp_path / "journal-1.db").write_bytes(b"old")
    with pytest.raises(StoreError, match="STORE_CORRUPT"):
        set_journal_aside(tmp_path, 1)
    assert (tmp_path / "journal-1.db").read_bytes() == b"old"


async def test_a_kit_that_is_in_force_already_is_taken_as_installed(tmp_path: Path) -> None:
    """Regression: cut short after the grant was in place, the same command again said WIRE_MALFORMED for ever."""
    device = Folders(tmp_path)
    async with served_centre(tmp_path) as (centre, _):
        token = await centre.new_token("BUS-1")
        request = prepare_request(token, device.state, device.credentials, os.urandom)
        (device.stick / "BUS-1.kit").write_bytes(await centre.enrol(request))
    pending = EnrolmentFiles(device.state).keys / "pending.key"
    secret = pending.read_bytes()
    first = install_carried_kit(device.stick, token, device.state, device.credentials)
    pending.write_bytes(secret)
    pending.chmod(0o600)
    assert install_carried_kit(device.stick, token, device.state, device.credentials) == first
    assert not pending.exists()
