"""The next transport certificate, asked for by the present one before that ends, and tried before it is used.

Cut at any step, the present one serves on, and what was begun is finished after the next start: a key that waits for
its certificate, or a pair that waits for its trial.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final, Protocol

from edge.crypto.signing import PublicKey, make_folder, write_durably
from edge.domain.errors import ConfigError, OneCardError, RemoteProtocolError, UplinkError
from edge.domain.exchange import NONCE_BYTES
from sync.paths import CERTIFICATES_PATH, CHAIN_TYPE, REQUEST_TYPE, time_path
from sync.reply import Reply
from sync.signed_time import TIME_BYTES_MAX, open_time
from sync.transport import Held, TransportFiles

OK: Final = 200
LOOK_S: Final = 3600.0
AGAIN_S: Final = 300.0
FACTS_FILE: Final = "transport.json"
"""Beside the folder of the certificate: what ``doctor`` and ``status`` may read of it."""
UNFIT: Final = frozenset({"CERTIFICATE_REFUSED", "KEY_UNUSABLE"})
"""Why a staged pair is dropped; all else may pass, and it is tried again."""
LOG: Final = logging.getLogger("onecard.sync")


class Link(Protocol):
    """Asks the centre; raises UplinkError."""

    async def post(self, path: str, body: bytes, content_type: str) -> Reply:
        """Send ``body`` and return the answer, whatever its status."""
        ...

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> Reply:
        """Fetch ``path``."""
        ...

    def show(self, certificate: Path) -> None:
        """Show this certificate from now on."""
        ...


class Renewal:
    """Keeps one certificate young. ``try_by`` opens a link that shows another certificate, for its trial.

    ``report`` is told of every failed try, ``renewed`` of each certificate that comes into use.
    """

    def __init__(
        self,
        link: Link,
        try_by: Callable[[Path], AbstractAsyncContextManager[Link]],
        held: Held,
        files: TransportFiles,
        centre_key: PublicKey,
        now_ms: Callable[[], int],
        random_bytes: Callable[[int], bytes],
        *,
        report: Callable[[OneCardError], None],
        renewed: Callable[[], None],
    ) -> None:
        self.held = held
        self._link = link
        self._try_by = try_by
        self._files = files
        self._centre_key = centre_key
        self._now_ms = now_ms
        self._random_bytes = random_bytes
        self._report = report
        self._renewed = renewed
        self._expired = asyncio.Event()

    def expired(self) -> None:
        """Have heard that the centre takes the certificate for expired, whatever the clock says here."""
        self._expired.set()

    async def run(self) -> None:
        """Look after the certificate for ever."""
        self.tell()
        while True:
            try:
                await self.look()
            except OneCardError as error:
                self._report(error)
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._expired.wait()
            except TimeoutError:
                continue  # the regular look

    async def look(self) -> None:
        """Do what is to be done now, if anything; raises what kept it from being done."""
        if not self._files.staged.exists():
            if not (self._expired.is_set() or self.held.is_due(self._now_ms())):
                return
            await self._ask()
        await self._try()
        self._expired.clear()

    def tell(self) -> None:
        """Write what people may know of the certificate."""
        facts = self.held.facts
        told = {"terminal": facts.terminal, "number": facts.serial, "begins_ms": facts.begins_ms}
        make_folder(self._files.folder, 0o700)
        path = self._files.folder.with_name(FACTS_FILE)
        write_durably(path, json.dumps({**told, "until_ms": facts.until_ms}).encode())

    async def _ask(self) -> None:
        terminal = self.held.facts.terminal
        reply = await self._link.post(CERTIFICATES_PATH, self._files.request(terminal), REQUEST_TYPE)
        if reply.status != OK or reply.content_type != CHAIN_TYPE:
            raise UplinkError("CERTIFICATE_REFUSED", f"the centre gives no next one: status {reply.status}")
        try:
            self._files.stage(reply.body, terminal)
        except RemoteProtocolError as error:
            raise UplinkError("CENTRE_IMPOSTOR", f"no certificate of ours: {error.args[0]}") from error

    async def _try(self) -> None:
        """Put the staged pair into use once the centre has let it in; one that it does not take is dropped."""
        try:
            async with self._try_by(self._files.staged) as link:
                reply = await link.get(time_path(self._random_bytes(NONCE_BYTES).hex()), limit=TIME_BYTES_MAX)
                open_time(reply.body, self._centre_key)
        except (UplinkError, ConfigError) as error:
            if error.code in UNFIT:
                self._files.discard()
            raise
        except RemoteProtocolError as error:
            raise UplinkError("CENTRE_IMPOSTOR", f"no time of the centre: {error.args[0]}") from error
        self.held = self._files.promote()
        self._link.show(self.held.path)
        self.tell()
        self._renewed()
        LOG.info("a new certificate is in use: %s", self.held.facts.serial)
