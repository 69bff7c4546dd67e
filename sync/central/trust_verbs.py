"""What an operator asks about certificates and terminals; see :mod:`sync.central.admin` for how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from sync.central.authority import Issued
from sync.central.centre import Centre
from sync.central.rulings import unknown_work
from sync.central.verb import Arguments, Verb

SERVER: Final = "@"


class TrustVerbs:
    """The verbs on one centre."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._trust = centre.trust

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "ca.issue": self.issue,
            "ca.revoke": self.revoke,
            "ca.list": self.certificates,
            "ca.crl": self.crl,
            "terminal.revoke": self.shut_out,
            "terminal.restore": self.let_in,
            "terminal.list": self.terminals,
        }

    async def issue(self, arguments: Arguments) -> dict[str, object]:
        """Issue a certificate for ``request`` (PEM): of ``terminal``, or of a server of the host names ``servers``."""
        request = str(arguments["request"]).encode()
        if arguments.get("servers"):
            return _told(await self._trust.sign_server(request, [str(name) for name in arguments["servers"]]))
        return _told(await self._trust.sign_terminal(request, str(arguments["terminal"])))

    async def revoke(self, arguments: Arguments) -> dict[str, object]:
        """Revoke the certificate of ``number``."""
        number = str(arguments["number"]).lower()
        return {"number": number, "subject": await self._trust.revoke(number)}

    async def certificates(self, _arguments: Arguments) -> dict[str, object]:
        """Return all certificates that were issued here; those of servers stand under ``@`` and their name."""
        return {"certificates": [asdict(held) for held in await self._trust.certificates()]}

    async def crl(self, _arguments: Arguments) -> dict[str, object]:
        """Return the signed list of revoked certificates, PEM."""
        return {"crl": (await self._trust.crl()).decode()}

    async def shut_out(self, arguments: Arguments) -> dict[str, object]:
        """Shut ``terminal`` out, for a ``reason``; it is told where none of that name has ever enrolled."""
        terminal = str(arguments["terminal"])
        changed = await self._trust.rule(terminal, str(arguments.get("reason", "")), revoked=True)
        unknown = await self._centre.read(lambda: unknown_work([terminal]))
        return {"terminal": terminal, "revoked": True, "changed": changed, "unknown": unknown}

    async def let_in(self, arguments: Arguments) -> dict[str, object]:
        """Let ``terminal`` in again, and receive what it sent meanwhile."""
        terminal = str(arguments["terminal"])
        received = await self._centre.let_in(terminal, str(arguments.get("reason", "")))
        return {"terminal": terminal, "revoked": False, "received": received}

    async def terminals(self, _arguments: Arguments) -> dict[str, object]:
        """Return all terminals, and how the operator has ruled on each."""
        return {"terminals": [asdict(known) for known in await self._trust.terminals()]}


def _told(issued: Issued) -> dict[str, object]:
    subject, until_ms = issued.subject, issued.until_ms
    return {"subject": subject, "number": issued.serial, "until_ms": until_ms, "chain": issued.chain.decode()}
