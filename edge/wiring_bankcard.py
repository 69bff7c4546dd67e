"""What bank cards are asked and verified by, as a terminal's configuration sets it up: loaded where it serves them."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from drivers.cards.bankcard import BankCardSettings
from drivers.cards.bankcard.settings import HolderChecks, TerminalCountry, TerminalKind, TerminalQualifiers
from drivers.oda.ca_keys import load_ca_keys
from drivers.oda.key_file import read_ca_keys
from drivers.oda.scheme import SCHEMES
from drivers.oda.verify import Trust
from edge.config import TerminalConfig
from edge.config_bankcard import BankcardSection
from edge.config_values import nearest
from edge.crypto.sm import sm2_verify, sm3
from edge.domain.ca_keys import CaKeys, RsaCaKey, Sm2CaKey
from edge.domain.errors import ConfigError
from edge.domain.frozen import mutable
from edge.ports import Clock, IdSource, Values

CA_KEYS_CREDENTIAL: Final = "ca_keys.json"


def with_credential(config: TerminalConfig) -> BankcardSection:
    """Return the section; where it names no file of CA keys, the one among the credentials goes before the shipped."""
    section, credential = config.bankcard, config.paths.credentials / CA_KEYS_CREDENTIAL
    named = section.ca_keys != Path()
    return section if named or not credential.exists() else replace(section, ca_keys=credential)


def bankcard_settings(section: BankcardSection, ids: IdSource, clock: Clock, values: Values) -> BankCardSettings:
    """Return what is asked of bank cards; raises ``CONFIG_VALUE`` for an unknown scheme, and for its keys."""
    offset = timedelta(minutes=section.utc_offset_min)

    def now() -> datetime:
        return datetime.fromtimestamp(clock.wall_ms() / 1000, UTC) + offset

    return BankCardSettings(
        trust=BankTrust(_trust(section), values),
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


@mutable
class BankTrust:
    """What bank cards are verified by: the keys of the edition in force, changed with it between two taps.

    Where an edition brings keys they hold alone, so that one it left out is trusted no more; else the ``configured``
    ones do. What either says is revoked is revoked.
    """

    configured: Trust
    values: Values
    _listed: CaKeys | None = None
    _made: Trust | None = None

    def __call__(self) -> Trust:
        """Return what holds now."""
        listed = self.values.value(CaKeys)
        if listed is None:
            return self.configured
        if self._made is None or listed is not self._listed:
            self._listed, self._made = listed, self._by(listed)
        return self._made

    def _by(self, listed: CaKeys) -> Trust:
        keys = load_ca_keys({"rsa": [*map(_entry, listed.rsa)], "sm2": [*map(_entry, listed.sm2)]})
        revoked = {(one.rid, one.index[0], one.serial) for one in listed.revoked}
        return replace(self.configured, keys=keys, revoked=self.configured.revoked | revoked)


def _entry(key: RsaCaKey | Sm2CaKey) -> dict[str, str]:
    """Return a key as an acquirer's list has it."""
    fields = {name: part.hex() if isinstance(part, bytes) else part for name, part in asdict(key).items()}
    return {name: part for name, part in fields.items() if part}


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
