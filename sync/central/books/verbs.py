"""What an operator asks of the books; see :mod:`sync.central.admin` for how. Amounts in fen; above zero it owes us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from edge.domain.errors import ConfigError
from edge.domain.tap import TOKEN_BYTES
from sync.central.artifacts import Publication
from sync.central.books.bookkeeping import Bookkeeping
from sync.central.books.closing import Closing
from sync.central.books.reconciling import Finding, Reconciled
from sync.central.verb import Arguments, Verb


class Publishing(Protocol):
    """The centre, as far as its books need it."""

    bookkeeping: Bookkeeping

    async def publish(self, publications: Sequence[Publication]) -> int:
        """Put publications into force; returns the edition."""
        ...


class BookVerbs:
    """The verbs on one centre's books."""

    def __init__(self, centre: Publishing) -> None:
        self._centre = centre
        self._books = centre.bookkeeping

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "books.run": self.run,
            "books.status": self.status,
            "books.reprice": self.reprice,
            "books.holder": self.holder,
            "books.credits": self.credits,
            "books.waive": self.waive,
            "close": self.close,
        }

    async def run(self, _arguments: Arguments) -> dict[str, object]:
        """Bring the books up to what has arrived."""
        return asdict(await self._books.run())

    async def status(self, _arguments: Arguments) -> dict[str, object]:
        """Return how far the books are, the days that are closed, and every balance."""
        status = await self._books.status()
        return {
            "behind": status.behind,
            "journals_behind": status.journals_behind,
            "closed": list(status.closed),
            "balances": [{"account": account, "party": party, "fen": fen} for account, party, fen in status.balances],
            "balanced": not sum(fen for _, _, fen in status.balances),
        }

    async def reprice(self, arguments: Arguments) -> dict[str, object]:
        """Work out every token that tapped on ``day`` or later anew."""
        return asdict(await self._books.reprice(int(arguments["day"])))

    async def holder(self, arguments: Arguments) -> dict[str, object]:
        """Return what a ``token`` (hexadecimal) owes, and what it has coming."""
        try:
            token = bytes.fromhex(str(arguments["token"]))
        except ValueError:
            token = b""
        if len(token) != TOKEN_BYTES:
            raise ConfigError("CONFIG_VALUE", f"a token is {2 * TOKEN_BYTES} hexadecimal digits")
        return asdict(await self._books.position(token))

    async def credits(self, arguments: Arguments) -> dict[str, object]:
        """Return what tokens have coming, and with ``publish`` let their next taps use it."""
        found = await self._books.credits()
        told: dict[str, object] = {"credits": [{"token": token.hex(), **asdict(one)} for token, one in found.items()]}
        if arguments.get("publish") is True:
            told["edition"] = await self._centre.publish([await self._books.credit_list()])
        return told

    async def waive(self, arguments: Arguments) -> dict[str, object]:
        """Let the tap ``terminal``, ``epoch``, ``seq`` go, or the journey that hangs on it."""
        tap = (str(arguments["terminal"]), int(arguments["epoch"]), int(arguments["seq"]))
        return {"credit_fen": await self._books.waive(tap)}

    async def close(self, arguments: Arguments) -> dict[str, object]:
        """Close a business ``day``, and return its file, summed."""
        return plain_closing(await self._books.close(int(arguments["day"])))


def plain_closing(closing: Closing) -> dict[str, object]:
    """Return the file of a day as plain values with stable keys."""
    return {
        "day": closing.day,
        "previous_day": closing.previous_day,
        "closed_ms": closing.closed_ms,
        "totals": [asdict(total) for total in closing.totals],
        "balanced": closing.is_balanced,
    }


def plain_reconciled(reconciled: Reconciled) -> dict[str, Any]:
    """Return differences and explanations as plain values with stable keys."""
    return {
        "differences": [_plain(finding) for finding in reconciled.differences],
        "explanations": [_plain(finding) for finding in reconciled.explanations],
        "books_behind": reconciled.behind,
    }


def _plain(finding: Finding) -> dict[str, object]:
    return {"name": str(finding.name), "about": finding.about, "fen": finding.fen, "told": finding.told}
