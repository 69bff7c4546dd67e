"""The sync process put together: link, uplink, downlink and the terminal's sync socket; and enrolment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from edge.clock import SystemClock, SystemIds
from edge.config import Paths, TerminalConfig
from edge.crypto.signing import PublicKey, write_durably
from edge.domain.errors import ConfigError, OneCardError
from edge.domain.exchange import Grant
from edge.domain.frozen import frozen
from edge.readiness import until_stopped
from sync.centre_link import CentreLink
from sync.downlink import Downlink
from sync.enrolment import enrol_online
from sync.enrolment_files import EnrolmentFiles, read_trust
from sync.grant import read_grant
from sync.key_following import KeyFollower
from sync.kit import EnrolmentToken
from sync.link_up import watch_addresses
from sync.process import SyncProcess, SyncSettings
from sync.renewal import Renewal
from sync.transport import CREDENTIAL, ENROLLED, Held, TransportFiles, newest_held
from sync.uplink import Pace, Uplink

DRAW_BYTES: Final = 6
WAIT_S_MAX: Final = 25


@frozen
class SyncOptions:
    """What the sync process needs to know: folders, the centre, its pace, and where transport certificates may lie."""

    state: Path
    socket: Path
    url: str
    ca_file: Path | None
    timeout_s: float
    pace: Pace
    settings: SyncSettings
    certificates: tuple[Path, ...] = ()


def options_of(config: TerminalConfig, url: str = "") -> SyncOptions:
    """Return the options in a configuration; the centre's address also comes from the enrolment.

    Raises ``NOT_ENROLLED`` where no address is known.
    """
    centre = config.centre
    return SyncOptions(
        config.paths.state,
        config.paths.socket("sync"),
        url or centre.url or _remembered_url(config.paths.state),
        centre.ca_file if centre.ca_file.name else None,
        float(centre.request_timeout_s),
        Pace(cap_s=float(centre.retry_s_max)),
        SyncSettings(
            centre.batch_entries_max,
            centre.batch_bytes_max,
            float(centre.interval_s),
            wait_s=min(WAIT_S_MAX, centre.request_timeout_s // 2, centre.interval_s),
            profile=config.profile,
        ),
        _certificates(config.paths),
    )


def _certificates(paths: Paths) -> tuple[Path, ...]:
    """Return where certificates may lie: our own, what enrolment left, and as the service manager hands it over."""
    own, enrolled = _own_files(paths.state), TransportFiles(paths.credentials / ENROLLED)
    return own.certificate, enrolled.certificate, paths.credentials / CREDENTIAL


def _own_files(state: Path) -> TransportFiles:
    return TransportFiles(state / "sync" / ENROLLED)


def run_sync(options: SyncOptions) -> int:
    """Run until SIGTERM or SIGINT."""
    asyncio.run(until_stopped(_sync(options)))
    return 0


def run_enrol(
    url: str, ca_file: Path | None, timeout_s: float, token: EnrolmentToken, state: Path, credentials: Path
) -> Grant:
    """Enrol over HTTP and remember the address."""

    async def enrol() -> Grant:
        async with CentreLink(url, ca_file=ca_file, timeout_s=timeout_s) as link:
            random_bytes = SystemIds().random_bytes
            return await enrol_online(link, token, state, credentials, random_bytes, transport=link.is_secure)

    grant = asyncio.run(enrol())
    write_durably(EnrolmentFiles(state).centre_url, url.encode())
    return grant


def _remembered_url(state: Path) -> str:
    path = EnrolmentFiles(state).centre_url
    if not path.exists():
        raise ConfigError("NOT_ENROLLED", f"{path}: no address of a centre")
    return path.read_text()


async def _sync(options: SyncOptions) -> None:
    trust = read_trust(options.state)
    ids = SystemIds()

    def jitter(ceiling_s: float) -> float:
        return ceiling_s * int.from_bytes(ids.random_bytes(DRAW_BYTES), "big") / float(1 << 8 * DRAW_BYTES)

    held = newest_held(options.certificates)
    async with _link(options, None if held is None else held.path) as link:

        def report(error: OneCardError) -> None:
            process.report(error)
            if renewal is not None and error.code == "CERTIFICATE_EXPIRED":
                renewal.expired()

        believed, clock = trust.in_force, SystemClock()
        uplink = Uplink(link, believed, options.pace, jitter, report)
        downlink = Downlink(link, believed, options.state, _name(options.state), trust.ever)
        process = SyncProcess(options.socket, options.state, uplink, downlink, options.settings, clock)
        process.keys = KeyFollower(link, trust, clock)
        uplink.another_key = process.keys.another
        renewal = None if held is None or not link.is_secure else _renewal(options, link, held, believed, process)
        with watch_addresses(process.link_up):
            async with _beside(renewal):
                await process.run()


def _name(state: Path) -> str:
    """Return the name of the terminal whose grant lies in the state folder; empty before its enrolment is whole."""
    grant = EnrolmentFiles(state).grant
    return read_grant(grant.read_bytes()).terminal if grant.exists() else ""


def _link(options: SyncOptions, certificate: Path | None) -> CentreLink:
    return CentreLink(options.url, ca_file=options.ca_file, timeout_s=options.timeout_s, certificate=certificate)


def _renewal(
    options: SyncOptions, link: CentreLink, held: Held, centre_key: PublicKey, process: SyncProcess
) -> Renewal:
    """Return who keeps the certificate young; a new one is tried over a link of its own."""
    return Renewal(
        link,
        lambda certificate: _link(options, certificate),
        held,
        _own_files(options.state),
        centre_key,
        SystemClock().wall_ms,
        SystemIds().random_bytes,
        report=process.report,
        renewed=process.link_up,
    )


@asynccontextmanager
async def _beside(renewal: Renewal | None) -> AsyncIterator[None]:
    """Look after the certificate while the block runs."""
    looking = None if renewal is None else asyncio.create_task(renewal.run())
    try:
        yield
    finally:
        if looking is not None:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
