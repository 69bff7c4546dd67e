"""The till's own process: pages on loopback over the control socket. It opens no journal and no reader."""

from __future__ import annotations

import asyncio
import signal
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from edge import till as till_package
from edge.clock import SystemClock, SystemIds
from edge.config import TerminalConfig
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.listening import address_told
from edge.page_files import Page, page_files
from edge.readiness import serving
from edge.terminal.prompts import load_prompts
from edge.till.answering import Till
from edge.till.feed import Feed
from edge.till.roster import Roster
from edge.till.server import application, passenger_application
from edge.till.sessions import Sessions
from edge.till.staff_file import FILE_NAME, load_staff
from edge.till.topics import RIDE, TILL

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
SHUTDOWN_S: Final = 1.0
HEARD_S: Final = 0.1
BOOT_BYTES: Final = 6
PAGES: Final = Path(till_package.__file__).with_name("pages")
PASSENGER: Final = "passenger"
Hosts = Callable[[], frozenset[str]]


@frozen
class TillOptions:
    """Where the till finds its terminal and its staff, and where it listens; ``port`` 0 takes a free one."""

    socket: Path
    staff_file: Path
    host: str = "127.0.0.1"
    port: int = 0
    passenger: bool = False


def options_of(config: TerminalConfig, host: str, port: int, *, passenger: bool = False) -> TillOptions:
    """Return the options of a configured till, or of a vehicle's or gate's screen for its ``passenger``.

    Raises ``CONFIG_VALUE`` where the terminal is the other of both, and for a network.
    """
    if (config.place.mode == "till") is passenger:
        told = "a till: it has pages of its own" if passenger else "no till: see `--passenger`"
        raise ConfigError("CONFIG_VALUE", f"`place.mode` is {config.place.mode}: this terminal is {told}")
    if host not in LOOPBACK:
        raise ConfigError("CONFIG_VALUE", f"the pages are served on loopback alone, not on {host}")
    staff_file = config.paths.credentials / FILE_NAME
    return TillOptions(config.paths.socket("till"), staff_file, host, port, passenger)


def run_till(options: TillOptions) -> int:
    """Serve until SIGTERM or SIGINT."""
    asyncio.run(_serve(options))
    return 0


async def _serve(options: TillOptions) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with served(options, stopped.set) as address:
        print(address, flush=True)  # noqa: T201 - its address is the server's first line
        with serving():
            await stopped.wait()


@asynccontextmanager
async def served(options: TillOptions, on_end: Callable[[], object] = lambda: None) -> AsyncIterator[str]:
    """Serve for the length of a block; gives the address.

    ``on_end`` is called when the terminal is followed no more; a defect that ended it is raised at the block's end.
    """
    ids = SystemIds()
    feed = Feed(options.socket, ids.random_bytes(BOOT_BYTES).hex(), RIDE if options.passenger else TILL)
    hosts: set[str] = set()
    make = _passenger_app if options.passenger else _till_app
    app = make(options, feed, ids, lambda: frozenset(hosts))
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_S)
    following = asyncio.create_task(feed.run())
    following.add_done_callback(lambda _: on_end())
    try:
        await runner.setup()
        with address_told(f"--listen {options.host}:{options.port}"):
            await web.TCPSite(runner, options.host, options.port).start()
        port = runner.addresses[0][1]
        hosts |= {f"{name}:{port}" for name in LOOPBACK}
        yield f"http://{options.host}:{port}"
    finally:
        following.cancel()
        await runner.cleanup()
        while not following.done():  # a group of tasks that fails as it is cancelled tells of its failure alone
            following.cancel()
            await asyncio.wait({following}, timeout=HEARD_S)
        with suppress(asyncio.CancelledError):
            await following


def _till_app(options: TillOptions, feed: Feed, ids: SystemIds, hosts: Hosts) -> web.Application:
    load_staff(options.staff_file)
    roster = Roster(feed.call, lambda: load_staff(options.staff_file))
    return application(Till(feed, Sessions(ids.random_bytes, SystemClock().monotonic_ms), roster, all_pages(), hosts))


def _passenger_app(_options: TillOptions, feed: Feed, ids: SystemIds, hosts: Hosts) -> web.Application:
    nobody = Roster(feed.call, dict)
    sessions = Sessions(ids.random_bytes, SystemClock().monotonic_ms)
    return passenger_application(Till(feed, sessions, nobody, passenger_pages(), hosts, "passenger.html"))


def all_pages() -> Mapping[str, Page]:
    """Return the files of the till's pages by name, and their texts with the prompts of the terminal."""
    pages = _files(lambda name: not name.startswith(PASSENGER), "texts.toml")
    return {**pages, "staff": pages["staff.html"], "diner": pages["diner.html"]}


def passenger_pages() -> Mapping[str, Page]:
    """Return the files of the passenger's page by name, and its texts with the prompts of the terminal."""
    pages = _files(lambda name: name.startswith(PASSENGER) or name == "words.js", "passenger.toml")
    return {**pages, PASSENGER: pages["passenger.html"]}


def _files(wanted: Callable[[str], bool], texts_file: str) -> dict[str, Page]:
    texts = {**tomllib.loads((PAGES / texts_file).read_text("utf-8")), "prompt": load_prompts()}
    return page_files(PAGES, texts, wanted)
