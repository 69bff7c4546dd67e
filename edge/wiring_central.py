"""The centre's process: keys, store, HTTP, and the owner's socket; or one command on a store that nobody serves."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
from aiohttp import web

from edge import __version__
from edge.clock import SystemClock, SystemIds
from edge.crypto.signing import make_folder
from edge.domain.errors import ConfigError, StoreError
from edge.domain.frozen import frozen
from edge.listening import address_told
from edge.readiness import serving
from edge.telemetry import log_to
from sync.central.admin import Admin, admin_application, error_of
from sync.central.authority import FOLDER, open_authority
from sync.central.centre import Centre
from sync.central.certificates import CrlFile
from sync.central.courier import Ask
from sync.central.fleet.serving import FleetFront, fleet_listening
from sync.central.front import Front, listening
from sync.central.keys import open_keys
from sync.central.measuring import measures_where_installed
from sync.central.ruled import Rulings
from sync.central.server import operations, served
from sync.central.store.engines import is_shared, open_store
from sync.central.store.port import CentralStore
from sync.central.trust import Trust

T = TypeVar("T")

SHUTDOWN_S: Final = 5.0
ADMIN_CONNECT_TIMEOUT_S: Final = 10.0
ADMIN_TIMEOUT_S: Final = 3_600.0
"""A command may sum all books, or price them anew; a running centre takes as long over it as the command itself."""
WATCH_S: Final = 2.0
BOOKS_S: Final = 60.0
"""How often the one process of a store that is not shared keeps its books; elsewhere a process of their own does."""
LOG: Final = logging.getLogger("onecard.central")


@frozen
class CentralOptions:
    """Where the centre keeps things and where it listens.

    ``database`` is ``sqlite:PATH``, which one process at a time owns, or ``postgresql://...``, which many may share;
    ``password`` is a file that holds the password of the database's user. ``log_json``: every event is told on the
    standard error output, one JSON object a line; else warnings alone, in words. ``client_crl`` lists certificates
    that an authority of others has revoked; ``credentials`` is the service manager's folder, where there is one. On
    ``operations_port`` this machine alone is told figures and signs of life. ``fleet`` is where people see the pages.
    """

    state: Path
    database: str
    password: Path | None = None
    front: Front = field(default_factory=Front)
    client_crl: Path | None = None
    credentials: Path | None = None
    log_json: bool = False
    operations_port: int | None = None
    fleet: FleetFront | None = None

    @property
    def socket(self) -> Path:
        """Return the owner's socket."""
        return self.state / "admin.sock"


def run_central(options: CentralOptions) -> int:
    """Serve until SIGTERM or SIGINT."""
    tls = options.front.tls()
    log_to(sys.stderr, words=not options.log_json, level=logging.INFO if options.log_json else logging.WARNING)
    with _owned(options):
        asyncio.run(_serve(options, tls))
    return 0


def ask_central(options: CentralOptions, verb: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Do one of the operator's verbs: by the running centre, or directly where none runs."""

    async def once(ask: Ask) -> dict[str, Any]:
        return dict(await ask(verb, arguments))

    return at_central(options, once)


def at_central(options: CentralOptions, work: Callable[[Ask], Awaitable[T]]) -> T:
    """Do work that asks several of the operator's verbs: of the running centre, or directly where none runs."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_owned(options))
        except StoreError as error:
            if error.code != "STORE_LOCKED":
                raise
            return asyncio.run(_work_there(options.socket, work))
        return asyncio.run(_work_here(options, work))


def _owned(options: CentralOptions) -> AbstractContextManager[None]:
    """Own what one process alone may have open: nothing where the database is shared."""
    return nullcontext() if is_shared(options.database) else _lock(options.state)


@contextmanager
def _lock(state: Path, *, wait: bool = False) -> Iterator[None]:
    """Own the state folder, or raise ``STORE_LOCKED`` unless we ``wait``."""
    make_folder(state, 0o700)
    with (state / "central.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise StoreError("STORE_LOCKED", f"{state}: a centre is running on this folder") from None
        yield


def _password(file: Path | None) -> str:
    """Return the password in a file, without the line's end; empty where there is none."""
    if file is None:
        return ""
    try:
        return file.read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise ConfigError("KEY_UNUSABLE", f"{file}: {getattr(error, 'strerror', None) or 'not text'}") from error


@asynccontextmanager
async def _opened(
    options: CentralOptions, *, patient: bool = False
) -> AsyncIterator[tuple[Centre, Admin, asyncio.Event]]:
    """Open keys and store; the event says that the store failed and must be opened anew."""
    ids = SystemIds()
    with _lock(options.state, wait=True) if is_shared(options.database) else nullcontext():  # one first start at a time
        keys = open_keys(options.state, ids.random_bytes)
    store = await open_store(options.database, _password(options.password), patient=patient)
    try:
        centre = Centre(store, keys, SystemClock().wall_ms, ids.random_bytes, _trust(options, store))
        rulings = Rulings(options.state, centre.bookkeeping, SystemClock().wall_ms)
        yield centre, Admin(centre, keys.token_key, rulings), store.broken
    finally:
        await store.close()


def _trust(options: CentralOptions, store: CentralStore) -> Trust:
    """Return who is let in by the authority in the state folder, if there is one, and by the lists on disk."""
    folder = options.state / FOLDER
    crls = [folder / "crl.pem", *([options.client_crl] if options.client_crl is not None else [])]
    authority = open_authority(folder, options.credentials)
    return Trust(store, SystemClock().wall_ms, authority, [CrlFile(path) for path in crls])


async def _serve(options: CentralOptions, tls: ssl.SSLContext | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with _opened(options) as (centre, admin, broken), AsyncExitStack() as stack:
        if is_shared(options.database):
            told = "not seen whether there is news"
            await stack.enter_async_context(_now_and_then(WATCH_S, centre.look_for_news, told))
        else:
            await stack.enter_async_context(_owners_socket(options, admin))
            told = "the books are behind"
            await stack.enter_async_context(_now_and_then(BOOKS_S, partial(admin.call, "books.run", {}), told))
        public = await stack.enter_async_context(
            served(
                centre,
                SHUTDOWN_S,
                measures_of=measures_where_installed(__version__),
                gate=options.front.gate(centre.trust),
            )
        )
        if options.operations_port is not None:
            await stack.enter_async_context(_operations(public, options.operations_port))
        address = await stack.enter_async_context(listening(public, options.front, tls))
        print(address, flush=True)  # noqa: T201 - its address is the server's first line
        if options.fleet is not None:
            fleet = fleet_listening(options.fleet, centre, admin.call, SystemClock().wall_ms, SHUTDOWN_S)
            print(await stack.enter_async_context(fleet), flush=True)  # noqa: T201 - its second line
        with serving():
            await _either(stopped, broken)


@asynccontextmanager
async def _operations(public: web.AppRunner, port: int) -> AsyncIterator[None]:
    """Tell this machine of figures and signs of life while the block runs."""
    runner = web.AppRunner(operations(public.app), access_log=None, shutdown_timeout=SHUTDOWN_S)
    try:
        await runner.setup()
        with address_told(f"--operations {port}"):
            await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _owners_socket(options: CentralOptions, admin: Admin) -> AsyncIterator[None]:
    """Serve the operator's verbs on a socket that only the owner may open."""
    owners = web.AppRunner(admin_application(admin), access_log=None, shutdown_timeout=SHUTDOWN_S)
    try:
        await owners.setup()
        options.socket.unlink(missing_ok=True)
        await web.UnixSite(owners, str(options.socket)).start()
        options.socket.chmod(0o600)
        yield
    finally:
        await owners.cleanup()
        options.socket.unlink(missing_ok=True)


@asynccontextmanager
async def _now_and_then(every_s: float, job: Callable[[], Awaitable[object]], told: str) -> AsyncIterator[None]:
    """Do a job now and then, beside everything else; what the store refuses is ``told`` and tried again."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                await job()
            except StoreError as error:
                LOG.warning("%s: %s", told, error)

    repeating = asyncio.create_task(repeat())
    try:
        yield
    finally:
        repeating.cancel()
        await asyncio.wait([repeating])


async def _either(stopped: asyncio.Event, broken: asyncio.Event) -> None:
    """Wait for the end; a store in doubt ends the service with its error, and the service manager starts it anew."""
    waits = [asyncio.create_task(event.wait()) for event in (stopped, broken)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    if broken.is_set():
        raise StoreError("STORE_IO", "a write of the centre's store failed and is in doubt")


async def _work_here(options: CentralOptions, work: Callable[[Ask], Awaitable[T]]) -> T:
    async with _opened(options, patient=True) as (_, admin, _):
        return await work(admin.call)


async def _work_there(socket: Path, work: Callable[[Ask], Awaitable[T]]) -> T:
    timeout = aiohttp.ClientTimeout(total=ADMIN_TIMEOUT_S, connect=ADMIN_CONNECT_TIMEOUT_S)
    connector = aiohttp.UnixConnector(str(socket))
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def ask(verb: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
            try:
                async with session.post(f"http://centre/admin/{verb}", json=dict(arguments)) as response:
                    answer: dict[str, Any] = await response.json()
            except (aiohttp.ClientError, TimeoutError) as error:
                told = f"{socket}: the running centre does not answer: {type(error).__name__} {error}"
                raise StoreError("STORE_LOCKED", told) from error
            if response.status != web.HTTPOk.status_code:
                raise error_of(answer)
            return answer

        return await work(ask)
