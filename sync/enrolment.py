"""Enrolling this device: over HTTP, or by two files carried by hand; and putting the spare grant into force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Final

from edge.crypto.sealing import new_clearing_key
from edge.crypto.signing import (
    KEY_BYTES,
    SigningKey,
    coded_errors,
    make_folder,
    read_secret,
    sync_folder,
    write_durably,
    write_secret,
)
from edge.domain.errors import ConfigError, RemoteProtocolError, StoreError, UplinkError
from edge.domain.exchange import EnrolmentKit, Grant
from edge.domain.frozen import frozen
from sync.centre_link import CentreLink
from sync.centre_trust import CentreTrust
from sync.enrolment_files import (
    TOKEN_PREFIX,
    EnrolmentFiles,
    journal_lock,
    read_trust,
    retired_epochs,
    set_journal_aside,
)
from sync.grant import open_grant, read_grant
from sync.kit import EnrolmentRequest, EnrolmentToken, encode_request, open_kit
from sync.paths import ENROL_PATH, KIT_TYPE
from sync.transport import ENROLLED, TransportFiles

OK: Final = 200
REFUSED: Final = frozenset({403, 404, 422})
PENDING: Final = "pending.key"


@frozen
class DeviceKeys:
    """Made on the device for one enrolment: the terminal's signing key and the key that the kit is sealed to."""

    signing_key: SigningKey = field(repr=False)
    box_private: bytes = field(repr=False)
    box_public: bytes

    def request(self, token: EnrolmentToken, known_epoch: int, transport_request: bytes = b"") -> bytes:
        """Return the packed request for a token."""
        public = self.signing_key.public
        return encode_request(
            EnrolmentRequest(token.terminal, token.secret, public, self.box_public, known_epoch, transport_request)
        )


async def enrol_online(
    link: CentreLink,
    token: EnrolmentToken,
    state: Path,
    credentials: Path,
    random_bytes: Callable[[int], bytes],
    *,
    transport: bool = False,
) -> Grant:
    """Ask the centre and install its kit, with ``transport`` also the transport's certificate; returns the grant.

    Raises ``STORE_LOCKED`` where the terminal runs, ``ENROLMENT_REFUSED``, UplinkError or RemoteProtocolError.
    """
    _make_folders(state, credentials)
    with journal_lock(state):
        box_private, box_public = new_clearing_key()
        keys = DeviceKeys(SigningKey(random_bytes(KEY_BYTES)), box_private, box_public)
        asked = transport_files(credentials).request(token.terminal) if transport else b""
        reply = await link.post(ENROL_PATH, keys.request(token, known_epoch(state), asked), KIT_TYPE)
        if reply.status in REFUSED:
            raise ConfigError("ENROLMENT_REFUSED", f"the centre answered {reply.status}")
        if reply.status != OK or reply.content_type != KIT_TYPE:
            raise UplinkError("CENTRE_IMPOSTOR", f"status {reply.status}, {reply.content_type}")
        kit = open_kit(reply.body, keys.box_private, token.fingerprint)
        return install_kit(state, credentials, keys.signing_key, kit)


def prepare_request(
    token: EnrolmentToken, state: Path, credentials: Path, random_bytes: Callable[[int], bytes]
) -> bytes:
    """Return the request that is carried to the centre by hand; its secret halves stay here until the kit comes."""
    _make_folders(state, credentials)
    box_private, box_public = new_clearing_key()
    seed = random_bytes(KEY_BYTES)
    write_secret(EnrolmentFiles(state).keys / PENDING, seed + box_private)
    keys = DeviceKeys(SigningKey(seed), box_private, box_public)
    return keys.request(token, known_epoch(state), transport_files(credentials).request(token.terminal))


def install_carried_kit(folder: Path, token: EnrolmentToken, state: Path, credentials: Path) -> Grant | None:
    """Install ``TERMINAL.kit`` from ``folder``, the answer to our request; None where it is not there yet."""
    path = folder / f"{token.terminal}.kit"
    pending = EnrolmentFiles(state).keys / PENDING
    if not path.exists() or not pending.exists():
        return None
    secret = read_secret(pending, 2 * KEY_BYTES)
    kit = open_kit(path.read_bytes(), secret[KEY_BYTES:], token.fingerprint)
    with journal_lock(state):
        grant = install_kit(state, credentials, SigningKey(secret[:KEY_BYTES]), kit)
    with coded_errors(pending):
        pending.unlink()
    sync_folder(pending.parent)
    return grant


def install_kit(state: Path, credentials: Path, key: SigningKey, kit: EnrolmentKit) -> Grant:
    """Put a kit into force; the caller holds the journal's lock. Nothing unsent is discarded.

    The old grant goes first and the new one comes last: cut short in between, the terminal is not enrolled rather
    than writing a second journal under an old epoch. Called again, it finishes; a kit in force stays so.
    """
    files = EnrolmentFiles(state)
    if files.grant.exists() and files.grant.read_bytes() == kit.grant:
        return open_grant(kit.grant, read_trust(state).ever)
    grant, spare = open_grant(kit.grant, kit.centre_key), open_grant(kit.spare, kit.centre_key)
    if {grant.terminal_key, spare.terminal_key} != {key.public} or not known_epoch(state) < grant.epoch < spare.epoch:
        raise RemoteProtocolError("WIRE_MALFORMED", "the grants are not for this key, or their epochs do not rise")
    _retire(state)
    if kit.certificate:
        transport_files(credentials).install(kit.certificate, grant.terminal)
    _pin(files, kit)
    clearing_key = files.clearing_key(kit.clearing_key_version)
    token_key = credentials / f"{TOKEN_PREFIX}{kit.token_key_version}"
    files.remember(clearing_key, kit.clearing_key)
    write_durably(clearing_key, kit.clearing_key)
    files.remember(token_key, kit.token_key)
    write_secret(token_key, kit.token_key)
    key.write(files.terminal_key)
    write_durably(files.spare, kit.spare)
    write_durably(files.grant, kit.grant)
    return grant


def _pin(files: EnrolmentFiles, kit: EnrolmentKit) -> None:
    """Trust the centre's present key, and what it announced before: nothing of an earlier centre is left to it."""
    with coded_errors(files.succession):
        files.succession.unlink(missing_ok=True)
    sync_folder(files.keys)
    write_durably(files.centre_key, kit.centre_key)
    if kit.succession:
        trust = CentreTrust(kit.centre_key, files.succession)
        trust.keep(trust.after(kit.succession, 0))


def transport_files(credentials: Path) -> TransportFiles:
    """Return where enrolment keeps the transport's key and certificate."""
    return TransportFiles(credentials / ENROLLED)


def activate_spare(state: Path) -> Grant:
    """Put the spare grant into force, for a salvage without a network; the centre will raise an alarm.

    Raises ``NOT_ENROLLED`` where there is no spare, ``STORE_LOCKED`` where the terminal runs.
    """
    files = EnrolmentFiles(state)
    centre = read_trust(state)
    with journal_lock(state):
        if not files.spare.exists():
            raise ConfigError("NOT_ENROLLED", f"{files.spare}: no spare grant is left")
        grant = open_grant(files.spare.read_bytes(), centre.ever)
        _retire(state)
        with coded_errors(files.grant):
            files.spare.replace(files.grant)
        sync_folder(state)
    return grant


def known_epoch(state: Path) -> int:
    """Return the highest epoch this device has used (0: none)."""
    grant = EnrolmentFiles(state).grant
    current = [read_grant(grant.read_bytes()).epoch] if grant.exists() else []
    return max([*retired_epochs(state), *current], default=0)


def _retire(state: Path) -> None:
    """Take the grant out of force and keep its journal; a retirement cut short is finished."""
    files = EnrolmentFiles(state)
    if files.grant.exists():
        with coded_errors(files.grant):
            files.grant.replace(files.old_grant(read_grant(files.grant.read_bytes()).epoch))
        sync_folder(state)
    retired = retired_epochs(state)
    if retired:
        set_journal_aside(state, retired[-1])
    elif (state / "journal.db").exists():
        raise StoreError("STORE_CORRUPT", f"{state}: a journal without any grant; keep it and move it by hand")


def _make_folders(state: Path, credentials: Path) -> None:
    """Make the folders. The sync process's group reads public keys; secrets are the owner's by their own mode."""
    for folder, mode in ((state, 0o750), (EnrolmentFiles(state).keys, 0o750), (credentials, 0o700)):
        make_folder(folder, mode)
