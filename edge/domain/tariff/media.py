"""Which medium of a bundle a card, bank card or code is."""

from __future__ import annotations

from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.document import MediaRow

TRANSIT_CARD, BANK_CARD, APP = 2, 3, 4
"""Values of GTFS ``fare_media_type``."""


def medium_of(bundle: Bundle, media_type: int, *, scheme: str = "", local: bool = True, account: str = "") -> str:
    """Return the fare_media_id that fits best, empty where none does.

    A row that names a scheme, an issuer scope or an account fits only those; the row that names most wins, ties by id.
    """
    scope = "local" if local else "other_city"
    fitting = [
        row
        for row in bundle.document.fare_media
        if row.fare_media_type == media_type
        and row.x_scheme in ("", scheme)
        and row.x_issuer_scope in ("", scope)
        and row.x_account in ("", account)
    ]
    best = min(fitting, key=lambda row: (-_named(row), row.fare_media_id), default=None)
    return best.fare_media_id if best else ""


def _named(row: MediaRow) -> int:
    return bool(row.x_scheme) + bool(row.x_issuer_scope) + bool(row.x_account)
