"""Keys of codes and bank cards change with the edition, between two taps and without a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from drivers.code_reader import CodeStand
from drivers.links.memory import MemoryLine
from drivers.oda.refusal import OdaRefused
from drivers.virtual.scanner import TONGUES, VirtualScanner
from edge.clock import SystemIds
from edge.config_bankcard import BankcardSection
from edge.config_scanner import CodesSection, ScannerSection
from edge.domain.ca_keys import CaKeys, RevokedIssuer
from edge.domain.code_keys import CodeKey, CodeKeys
from edge.domain.medium import CodeSnapshot
from edge.store.reference import FileReference
from edge.wiring_bankcard import bankcard_settings
from edge.wiring_codes import code_stand
from sync.value_forms import CA_KEYS_KIND, CODE_KEYS_KIND, Counted, encode_value
from tests.drivers.codes.own_codes import BY_ED25519, BY_SM2, TICKET, printed
from tests.profiles.test_bankcard_settings import CLOCK
from tests.store.editions import CENTRE, artifact, deny, tariff, write_edition
from tests.store.value_samples import RID, rsa_key

TODAY: Final = date(2027, 3, 1)
TRUSTED = ""


@pytest.fixture
def reference(tmp_path: Path) -> Iterator[FileReference]:
    with FileReference(tmp_path / "editions", CENTRE.public) as found:
        yield found


def install(reference: FileReference, state: Path, number: int, kind: str, value: Counted | None) -> None:
    """Put an edition into force, with a value or without."""
    files = [("tariff", number, tariff(number)), ("deny_list", number, deny(number))]
    if value is not None:
        files.append((kind, number, artifact(kind, number, encode_value(value))))
    reference.install(write_edition(state, number, files))


def stand_of(reference: FileReference, own: Path) -> CodeStand:
    line = MemoryLine("scanner", VirtualScanner(TONGUES["line"]()))
    section = ScannerSection(protocol="line", path=Path("scanner"))
    stand = code_stand(section, CodesSection(keys=own), reference, lambda _settings: line.link())
    assert stand is not None
    return stand


def refusal(stand: CodeStand) -> str:
    """Return why the ticket is refused, empty where it is taken."""
    code = stand.read(printed(TICKET))
    assert isinstance(code, CodeSnapshot)
    return code.known.refusal


def test_a_code_is_traced_back_to_the_keys_of_the_edition_in_force(tmp_path: Path, reference: FileReference) -> None:
    stand = stand_of(reference, Path())
    editions: list[tuple[tuple[CodeKey, ...], bool]] = [((BY_SM2,), False), ((BY_SM2, BY_ED25519), True), ((), False)]
    assert refusal(stand)
    for number, (keys, taken) in enumerate(editions, 1):
        install(reference, tmp_path, number, CODE_KEYS_KIND, CodeKeys(keys))
        assert (refusal(stand) == TRUSTED) is taken


def test_the_own_file_of_code_keys_counts_as_long_as_no_edition_brings_any(
    tmp_path: Path, reference: FileReference
) -> None:
    own = tmp_path / "keys.toml"
    own.write_text(_written(BY_ED25519), "utf-8")
    stand = stand_of(reference, own)
    taken = [refusal(stand)]
    for number, value in enumerate((None, CodeKeys((BY_SM2,))), 1):
        install(reference, tmp_path, number, CODE_KEYS_KIND, value)
        taken.append(refusal(stand))
    assert [reason == TRUSTED for reason in taken] == [True, True, False]


def _written(key: CodeKey) -> str:
    rows = {"scheme": key.scheme, "id": key.key_id.hex(), "algorithm": key.algorithm, "public": key.public.hex()}
    lines = [f'{name} = "{value}"' for name, value in (*rows.items(), ("issuer", key.issuer))]
    return "\n".join(["[[key]]", *lines])


def test_bank_cards_are_verified_by_the_keys_of_the_edition_in_force(tmp_path: Path, reference: FileReference) -> None:
    trust = bankcard_settings(BankcardSection(), SystemIds(), CLOCK, reference).trust
    shipped = trust().keys
    install(reference, tmp_path, 1, CA_KEYS_KIND, None)
    assert trust().keys is shipped
    install(reference, tmp_path, 2, CA_KEYS_KIND, CaKeys((rsa_key(0x21), rsa_key(0x22)), ()))
    assert trust().keys.find(RID, 0x21, TODAY).expires == date(2030, 12, 31)
    with pytest.raises(OdaRefused, match="no key 08"):
        trust().keys.find(RID, 0x08, TODAY)
    install(reference, tmp_path, 3, CA_KEYS_KIND, CaKeys((rsa_key(0x22),), ()))
    with pytest.raises(OdaRefused, match="no key 21"):
        trust().keys.find(RID, 0x21, TODAY)
    assert trust() is trust(), "it is worked out once for an edition"


def test_certificates_are_revoked_by_the_configuration_and_by_the_edition(
    tmp_path: Path, reference: FileReference
) -> None:
    section = BankcardSection(revoked=("A000000333" + "0B" + "00A1B2",))
    trust = bankcard_settings(section, SystemIds(), CLOCK, reference).trust
    own = (RID, 0x0B, bytes.fromhex("00A1B2"))
    assert trust().revoked == {own}
    listed = RevokedIssuer(RID, b"\x22", b"\0\0\7")
    install(reference, tmp_path, 1, CA_KEYS_KIND, CaKeys((rsa_key(0x22),), (), (listed,)))
    assert trust().revoked == {own, (RID, 0x22, b"\0\0\7")}


def test_a_terminal_that_takes_money_knows_no_test_key_from_an_edition_either(
    tmp_path: Path, reference: FileReference
) -> None:
    trust = bankcard_settings(BankcardSection(), SystemIds(), CLOCK, reference).trust
    install(reference, tmp_path, 1, CA_KEYS_KIND, CaKeys((replace(rsa_key(0x21), kind="test"),), ()))
    with pytest.raises(OdaRefused, match="test key"):
        trust().keys.find(RID, 0x21, TODAY)
