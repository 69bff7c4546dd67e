"""How purses differ from issuer to issuer: rows of a table, never code.

The rows stand in ``firmware_profiles/issuers.toml``; :mod:`drivers.issuers` reads them. A row is chosen by the issuer's
identifier or the city of the card, otherwise the default counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Final

from edge.config_values import Between, OneOf, Shape
from edge.domain.frozen import frozen

TOP_BIT: Final = 0x8000_0000

Slice = Annotated[str, Shape(r"[0-6]\+[0-7]", "offset+length inside the seven bytes of line and station")]


@frozen
class IssuerRules:
    """What one issuer's purses do their own way.

    ``balance`` names the P1 of GET BALANCE, ``"00-01"`` for one reading less another; the result never falls below 0.
    ``ignore_top_bit`` masks bit 31 of every balance, which is garbage on some cards. ``log_record_bytes`` is the length
    asked for in file 0x18 (the first 23 are read), ``log_records`` how many it holds. ``compound`` debits by PURCHASE
    with CAPP and writes a trip record; without it by plain PURCHASE. ``admin_file`` and ``trip_file`` say whether the
    optional files 0x17 and 0x1E are there. ``line``, ``station`` and ``operator`` are ``offset+length`` inside the
    seven bytes of a trip's line and station; ``bus_route`` says how a bus writes its route into ``line``.
    """

    balance: Annotated[str, Shape(r"0[0-3](-0[0-3])?", "P1 of GET BALANCE, or two of them: 00-01")] = "00-01"
    ignore_top_bit: bool = True
    log_record_bytes: Annotated[int, Between(23, 255)] = 23
    log_records: Annotated[int, Between(1, 30)] = 10
    compound: bool = True
    admin_file: bool = True
    trip_file: bool = True
    line: Slice = "0+2"
    station: Slice = "2+2"
    operator: Slice = "4+2"
    bus_route: Annotated[str, OneOf(("binary", "decimal"))] = "binary"

    def fen(self, raw: bytes) -> int:
        """Return four bytes of a balance as fen, by the row's rule for bit 31."""
        if not self.ignore_top_bit:
            return int.from_bytes(raw, "big", signed=True)
        return int.from_bytes(raw, "big") & ~TOP_BIT

    def balance_parts(self) -> tuple[int, int | None]:
        """Return P1 of the reading, and of the one to take off it (None: nothing is)."""
        plus, _, minus = self.balance.partition("-")
        return int(plus, 16), int(minus, 16) if minus else None


DEFAULT_RULES: Final = IssuerRules()


@frozen
class IssuerTable:
    """All rows: by the first four bytes of the issuer's identifier in hex, by city, and the default."""

    default: IssuerRules = DEFAULT_RULES
    by_issuer: Mapping[str, IssuerRules] = field(default_factory=dict)
    by_city: Mapping[str, IssuerRules] = field(default_factory=dict)

    def rules_of(self, issuer: bytes, city: str) -> IssuerRules:
        """Return the row for a card; the issuer's own before its city's."""
        own = self.by_issuer.get(issuer[:4].hex().upper())
        return own or self.by_city.get(city, self.default)


DEFAULT_TABLE: Final = IssuerTable()
