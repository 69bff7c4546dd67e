"""Card applications as a terminal's configuration sets them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from drivers.card_application import CardApplication
from drivers.cards.bankcard import BankCardSettings
from drivers.cards.bankcard.settings import HolderChecks, TerminalCountry, TerminalKind, TerminalQualifiers
from drivers.cards.epurse import PurseSettings
from drivers.cards.identity import IdentitySettings
from drivers.issuers import load_issuers
from drivers.oda.key_file import read_ca_keys
from drivers.oda.scheme import SCHEMES
from drivers.oda.verify import Trust
from drivers.registry import card_applications
from edge.config import TerminalConfig
from edge.config_bankcard import BankcardSection
from edge.config_values import nearest
from edge.crypto.sm import sm2_verify, sm3
from edge.domain.errors import ConfigError
from edge.ports import Clock, IdSource

CA_KEYS_CREDENTIAL: Final = "ca_keys.json"


def served_applications(config: TerminalConfig, ids: IdSource, clock: Clock) -> Sequence[CardApplication]:
    """Return the card applications that the profile lists, in its order; raises ConfigError."""
    cards = config.cards
    settings: list[object] = [
        PurseSettings(issuers=load_issuers(), home_city=config.place.city, skip_inactive=cards.skip_inactive_purse),
        IdentitySettings(by_tag=cards.identity_by_tag),
    ]
    if "bankcard" in cards.applications:
        settings.append(bankcard_settings(_with_credential(config), ids, clock))
    return card_applications(cards.applications, settings)


def _with_credential(config: TerminalConfig) -> BankcardSection:
    """Return the section; where it names no file of CA keys, the one among the credentials goes before the shipped."""
    section, credential = config.bankcard, config.paths.credentials / CA_KEYS_CREDENTIAL
    named = section.ca_keys != Path()
    return section if named or not credential.exists() else replace(section, ca_keys=credential)


def bankcard_settings(section: BankcardSection, ids: IdSource, clock: Clock) -> BankCardSettings:
    """Return what is asked of bank cards; raises ``CONFIG_VALUE`` for an unknown scheme, and for its keys."""
    offset = timedelta(minutes=section.utc_offset_min)

    def now() -> datetime:
        return datetime.fromtimestamp(clock.wall_ms() / 1000, UTC) + offset

    return BankCardSettings(
        trust=_trust(section),
        now=now,
        random_bytes=ids.random_bytes,
        aids=tuple(bytes.fromhex(aid) for aid in section.aids),
        nominal_fen=section.nominal_fen,
        exact=section.amount == "exact",
        floor_fen=section.floor_fen,
        qualifiers=TerminalQualifiers(
            bytes.fromhex(section.ttq), bytes.fromhex(section.ttq_oda_debit), bytes.fromhex(section.ttq_oda_credit)
        ),
        holder_checks=HolderChecks(int(section.pin_bits, 16), int(section.signature_bits, 16)),
        where=TerminalCountry(bytes.fromhex(section.country), bytes.fromhex(section.currency), section.ask_currency),
        kind=TerminalKind(
            bytes.fromhex(section.transaction_type),
            bytes.fromhex(section.terminal_type),
            bytes.fromhex(section.capabilities),
        ),
    )


def _trust(section: BankcardSection) -> Trust:
    scheme = SCHEMES.get(section.scheme)
    if scheme is None:
        known = nearest(section.scheme, sorted(SCHEMES))
        raise ConfigError("CONFIG_VALUE", f"`bankcard.scheme`: no scheme `{section.scheme}`; nearest known: `{known}`")
    revoked = frozenset(_revoked(bytes.fromhex(each)) for each in section.revoked)
    file = None if section.ca_keys == Path() else section.ca_keys
    return Trust(scheme, read_ca_keys(file, test_keys=scheme.test_keys), sm2_verify, sm3, revoked)


def _revoked(packed: bytes) -> tuple[bytes, int, bytes]:
    """Take RID, index and serial number apart."""
    return packed[:5], packed[5], packed[6:]
