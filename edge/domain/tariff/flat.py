"""The simplest tariff as a bundle: one price on buses, perhaps another for purses of other cities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.domain.tariff.media import APP, BANK_CARD

NETWORK = "bus"
ALSO: Final[Mapping[str, int]] = {"bank_card": BANK_CARD, "code": APP}
"""Media that a flat fare may take beside purses, with their GTFS types."""


def flat_tree(
    name: str,
    fare_fen: int,
    foreign_fen: int | None = None,
    *,
    passback: str = "companion",
    passback_window_s: int = 0,
    also: Sequence[str] = (),
) -> dict[str, object]:
    """Return the plain tree of a flat fare.

    ``also`` names the media of :data:`ALSO` that pay the same fare as purses of the city.
    ``foreign_fen`` None: purses of other cities are not served. ``passback`` is ``companion`` (a second tap inside the
    window pays the full price again) or ``duplicate`` (it is refused).
    """
    media: list[Mapping[str, object]] = [_media("purse_local", "local")]
    products: list[Mapping[str, object]] = [{"fare_product_id": "flat", "amount": fare_fen}]
    if foreign_fen is not None:
        media.append(_media("purse_foreign", "other_city"))
        products.append({"fare_product_id": "flat", "amount": foreign_fen, "fare_media_id": "purse_foreign"})
    media += [{"fare_media_id": each, "fare_media_type": ALSO[each]} for each in also]
    policy: dict[str, object] = {"mode": "in"}
    if passback_window_s:
        policy["passback"] = {"window_s": passback_window_s, "below_normal": passback, "otherwise": passback}
    return {
        "bundle": {"id": name},
        "networks": [{"network_id": NETWORK}],
        "fare_media": media,
        "rider_categories": [{"rider_category_id": "adult", "is_default_fare_category": 1}],
        "fare_products": products,
        "fare_leg_rules": [{"leg_group_id": NETWORK, "network_id": NETWORK, "fare_product_id": "flat"}],
        "x_tap_policy": {NETWORK: policy},
    }


def flat_bundle(name: str, fare_fen: int, foreign_fen: int | None = None, **passback: object) -> Bundle:
    """Return a flat fare ready for use; arguments as in :func:`flat_tree`."""
    return build_bundle(flat_tree(name, fare_fen, foreign_fen, **passback))  # type: ignore[arg-type]  # checked by the callee's own signature


def _media(name: str, scope: str) -> dict[str, object]:
    return {"fare_media_id": name, "fare_media_type": 2, "x_scheme": "tunion", "x_issuer_scope": scope}
