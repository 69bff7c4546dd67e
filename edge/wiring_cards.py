"""Card applications as a terminal's configuration sets them up: only those that it lists are loaded."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.card_application import CardApplication
from drivers.registry import card_applications
from edge.config import TerminalConfig
from edge.ports import Clock, IdSource, Values


def served_applications(
    config: TerminalConfig, ids: IdSource, clock: Clock, values: Values
) -> Sequence[CardApplication]:
    """Return the card applications that the profile lists, in its order; raises ConfigError.

    ``values`` are asked for the keys of bank cards in force.
    """
    listed = config.cards.applications
    settings: list[object] = []
    if "epurse" in listed:
        settings.append(_purse_settings(config))
    if "identity" in listed:
        settings.append(_identity_settings(config))
    if "bankcard" in listed:
        settings.append(_bankcard_settings(config, ids, clock, values))
    return card_applications(listed, settings)


def _purse_settings(config: TerminalConfig) -> object:
    from drivers.cards.epurse import PurseSettings  # noqa: PLC0415 - a terminal that lists none loads none
    from drivers.issuers import load_issuers  # noqa: PLC0415 - as above

    skips = config.cards.skip_inactive_purse
    return PurseSettings(issuers=load_issuers(), home_city=config.place.city, skip_inactive=skips)


def _identity_settings(config: TerminalConfig) -> object:
    from drivers.cards.identity import IdentitySettings  # noqa: PLC0415 - as above

    return IdentitySettings(by_tag=config.cards.identity_by_tag)


def _bankcard_settings(config: TerminalConfig, ids: IdSource, clock: Clock, values: Values) -> object:
    from edge.wiring_bankcard import bankcard_settings, with_credential  # noqa: PLC0415 - as above

    return bankcard_settings(with_credential(config), ids, clock, values)
