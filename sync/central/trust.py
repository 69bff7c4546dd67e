"""Whom the centre lets in: certificates that it issues, those that are revoked, and terminals that are shut out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from edge.crypto.certificates import read_request, request_key_sha256
from edge.crypto.signing import write_durably
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from sync.central.authority import Authority, Issued, Revoked
from sync.central.certificates import (
    CrlFile,
    HeldCertificate,
    chain_for_key_work,
    ends_work,
    held_work,
    issued_work,
    revoke_work,
)
from sync.central.rulings import (
    KnownTerminal,
    check_not_revoked_work,
    kept_work,
    revoked_work,
    rule_work,
    terminals_work,
)
from sync.central.store.port import CentralStore, Work

REFRESH_S: Final = 5.0
"""After so many seconds at most, every server process heeds what another one has revoked."""
DAY_MS: Final = 86_400_000
FRESH_DAYS: Final = 30
"""A key that has a certificate for longer than this is given the same again."""


@frozen
class ShutOut:
    """Who is not let in: certificates by number, terminals by name."""

    numbers: frozenset[str] = frozenset()
    terminals: frozenset[str] = frozenset()


class Trust:
    """Certificates and rulings over one store.

    Without an ``authority`` certificates come from elsewhere. ``crls`` are files whose certificates are not taken, the
    first of them our own: it outlives a store that is restored from a backup.
    """

    def __init__(
        self,
        store: CentralStore,
        now_ms: Callable[[], int],
        authority: Authority | None = None,
        crls: Sequence[CrlFile] = (),
    ) -> None:
        self._store = store
        self._authority = authority
        self._crls = crls
        self._shut_out = ShutOut()
        self._fresh_until_s = 0.0
        self.now_ms = now_ms

    @property
    def issues(self) -> bool:
        """Say whether certificates are issued here."""
        return self._authority is not None

    def issue(self, request: bytes, terminal: str) -> Issued:
        """Issue a terminal's certificate, which the caller stores; raises ``WIRE_MALFORMED`` or ``CONFIG_VALUE``."""
        return self._issuer().for_terminal(request, terminal, self.now_ms())

    async def renew(self, request: bytes, terminal: str) -> bytes:
        """Return the chain for a terminal's next key; asked again for the same key, the same one.

        Raises ``WIRE_MALFORMED``, ``TERMINAL_REVOKED``, or ``CONFIG_VALUE`` where no certificates are issued here.
        """
        now_ms = self.now_ms()
        key_sha256, issued = request_key_sha256(read_request(request)), self.issue(request, terminal)

        def work() -> Work[bytes]:
            yield from check_not_revoked_work(terminal)
            held = yield from chain_for_key_work(terminal, key_sha256, now_ms + FRESH_DAYS * DAY_MS)
            if not held:
                yield from issued_work(terminal, issued, now_ms)
            return held or issued.chain

        return await self._store.write(work)

    async def sign_server(self, request: bytes, names: Sequence[str]) -> Issued:
        """Issue and remember a certificate for a server of these host names."""
        issued, now_ms = self._issuer().for_server(request, names, self.now_ms()), self.now_ms()
        await self._store.write(lambda: issued_work(f"@{names[0]}", issued, now_ms))
        return issued

    async def sign_terminal(self, request: bytes, terminal: str) -> Issued:
        """Issue and remember a certificate for a terminal, whose request came by hand."""
        issued, now_ms = self.issue(request, terminal), self.now_ms()
        await self._store.write(lambda: issued_work(terminal, issued, now_ms))
        return issued

    async def certificates(self) -> list[HeldCertificate]:
        """Return what was issued here."""
        return await self._store.read(held_work)

    async def revoke(self, number: str) -> str:
        """Revoke a certificate, here at once, and write the new list; returns whose it was."""
        now_ms = self.now_ms()
        subject = await self._store.write(lambda: revoke_work(number, now_ms))
        self._fresh_until_s = 0.0
        if self._authority is not None and self._crls:
            write_durably(self._crls[0].path, await self.crl())
        return subject

    async def crl(self) -> bytes:
        """Return the signed list of revoked certificates, PEM; raises ``CONFIG_VALUE`` without an authority here."""
        revoked = {item.serial: item for item in (*self._filed(own=True), *await self._store.read(ends_work))}
        return self._issuer().crl([revoked[number] for number in sorted(revoked)], self.now_ms())

    async def rule(self, terminal: str, reason: str, *, revoked: bool) -> bool:
        """Shut a terminal out, or let it in again; returns whether that changes anything."""
        now_ms = self.now_ms()
        changed = await self._store.write(lambda: rule_work(terminal, reason, now_ms, revoked=revoked))
        self._fresh_until_s = 0.0
        return changed

    async def kept(self, terminal: str) -> Sequence[bytes]:
        """Return the batches that a terminal sent while it was shut out."""
        return await self._store.read(lambda: kept_work(terminal))

    async def terminals(self) -> list[KnownTerminal]:
        """Return all terminals."""
        return await self._store.read(terminals_work)

    async def shut_out(self) -> ShutOut:
        """Return who is not let in, at most ``REFRESH_S`` old."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._fresh_until_s:
            ends, terminals = await self._store.read(_shut_out_work)
            numbers = {item.serial for item in (*ends, *self._filed())}
            self._shut_out, self._fresh_until_s = ShutOut(frozenset(numbers), terminals), now_s + REFRESH_S
        return self._shut_out

    def _filed(self, *, own: bool = False) -> list[Revoked]:
        return [row for crl in (self._crls[:1] if own else self._crls) for row in crl.revoked()]

    def _issuer(self) -> Authority:
        if self._authority is None:
            raise ConfigError("CONFIG_VALUE", "no certificates are issued here: `onecard central ca init`, or by yours")
        return self._authority


def _shut_out_work() -> Work[tuple[list[Revoked], frozenset[str]]]:
    ends = yield from ends_work()
    return ends, (yield from revoked_work())
