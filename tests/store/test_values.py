"""Values of an edition: the type of each kind says what may be in force, and the edition before stays where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.crypto.signing import SigningKey
from edge.domain.ca_keys import CaKeys
from edge.domain.code_keys import CodeKeys
from edge.domain.errors import PolicyError
from edge.domain.meals.menu import Menus
from edge.domain.profile_settings import ProfileSetting, ProfileSettings
from edge.domain.prompts import Prompts, PromptText
from edge.domain.staff import StaffRoster, TechnicianRoster
from edge.store.reference import FileReference
from sync.artifact import new_header, seal_artifact
from sync.central.value_documents import VALUE_DOCUMENTS
from sync.value_forms import VALUE_TYPES, decode_value, encode_value, value_type
from sync.wire import pack, to_plain
from tests.store.editions import CENTRE, artifact, deny, tariff, write_edition
from tests.store.value_samples import SAMPLES, code_key, member, menu, rsa_key, technician

KINDS: Final = list(VALUE_TYPES)


def with_value(state: Path, number: int, kind: str, file: bytes, version: int = 0) -> Path:
    """Write an edition that has one value beside what every edition needs."""
    needed = [("tariff", number, tariff(number)), ("deny_list", number, deny(number))]
    return write_edition(state, number, [*needed, (kind, version or number, file)])


def sample(kind: str, number: int, *, floor: int = 0) -> bytes:
    """Return the first sample as version 1, the second as any later one."""
    return artifact(kind, number, encode_value(SAMPLES[kind][number > 1]), floor=floor)


@pytest.fixture
def reference(tmp_path: Path) -> FileReference:
    return FileReference(tmp_path / "editions", CENTRE.public)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_found_by_its_type_and_changes_with_the_edition(
    tmp_path: Path, reference: FileReference, kind: str
) -> None:
    wanted = value_type(kind)
    with reference:
        assert reference.value(wanted) is None
        reference.install(with_value(tmp_path, 1, kind, sample(kind, 1)))
        assert reference.value(wanted) == SAMPLES[kind][0]
        reference.install(with_value(tmp_path, 2, kind, sample(kind, 2)))
        assert reference.value(wanted) == SAMPLES[kind][1]
        (shown,) = [found for found in reference.in_force() if found.header.kind == kind]
        assert (shown.header.version, shown.entries) == (2, len(SAMPLES[kind][1]))


Spoil = Callable[[str], bytes]


def _truncated(kind: str) -> bytes:
    return artifact(kind, 2, encode_value(SAMPLES[kind][1])[:-1])


def _cut_file(kind: str) -> bytes:
    return sample(kind, 2)[:-1]


def _corrupt(kind: str) -> bytes:
    content = bytearray(sample(kind, 2))
    content[-3] ^= 1
    return bytes(content)


def _older(kind: str) -> bytes:
    return sample(kind, 2)


def _of_another_centre(kind: str) -> bytes:
    body = encode_value(SAMPLES[kind][1])
    return seal_artifact(SigningKey(b"\6" * 32), new_header(kind, f"city-{kind}", 2, body), body)


def _of_another_kind(kind: str) -> bytes:
    del kind
    return tariff(2)


SPOILT: Final[dict[str, tuple[Spoil, str]]] = {
    "truncated when it was made": (_truncated, "ARTIFACT_UNFIT"),
    "truncated on its way": (_cut_file, "ARTIFACT_DAMAGED"),
    "corrupt": (_corrupt, "ARTIFACT_DAMAGED"),
    "older than the floor": (_older, "ARTIFACT_ROLLED_BACK"),
    "of another centre": (_of_another_centre, "ARTIFACT_UNSIGNED"),
    "of another kind": (_of_another_kind, "ARTIFACT_FOREIGN"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("spoil", "code"), SPOILT.values(), ids=SPOILT)
def test_the_value_before_stays_in_force_where_the_next_is(
    tmp_path: Path, reference: FileReference, kind: str, spoil: Spoil, code: str
) -> None:
    with reference:
        reference.install(with_value(tmp_path, 1, kind, artifact(kind, 3, encode_value(SAMPLES[kind][0]), floor=3), 3))
        folder = with_value(tmp_path, 2, kind, spoil(kind), 2)
        with pytest.raises(PolicyError, match=code):
            reference.install(folder)
        assert reference.value(value_type(kind)) == SAMPLES[kind][0]
        assert reference.policy().edition == 1


def test_two_values_of_one_kind_are_refused(tmp_path: Path, reference: FileReference) -> None:
    file = sample("code_keys", 1)
    files = [("tariff", 1, tariff(1)), ("deny_list", 1, deny(1)), ("code_keys", 1, file), ("code_keys", 1, file)]
    with reference, pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
        reference.install(write_edition(tmp_path, 1, files))


def test_every_kind_has_a_type_a_document_and_samples() -> None:
    assert set(VALUE_TYPES) == set(VALUE_DOCUMENTS) == set(SAMPLES)
    for kind, (first, second) in SAMPLES.items():
        assert type(first) is type(second) is value_type(kind)
        assert first != second


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_encoded_is_decoded(kind: str) -> None:
    for value in SAMPLES[kind]:
        assert decode_value(kind, encode_value(value)) == value


def test_a_field_too_many_is_refused() -> None:
    plain = to_plain(SAMPLES["code_keys"][0])
    assert isinstance(plain, list)
    with pytest.raises(PolicyError, match="ARTIFACT_UNFIT: code_keys"):
        decode_value("code_keys", pack([*plain, 1]))


def profiles(key: str, value: int) -> ProfileSettings:
    return ProfileSettings((ProfileSetting("*", key, value),))


OUT_OF_BOUNDS: Final[dict[str, tuple[Callable[[], object], str]]] = {
    "a key of codes that is too short": (lambda: CodeKeys((replace(code_key(1), public=b"\1" * 31),)), "has 32 bytes"),
    "a key of codes without an id": (lambda: CodeKeys((replace(code_key(1), key_id=b""),)), "its id has 0 bytes"),
    "a key of codes that ends before it begins": (lambda: CodeKeys((replace(code_key(1), until_ms=-1),)), "ends"),
    "a key of codes of a scheme that is no name": (lambda: CodeKeys((replace(code_key(1), scheme="A"),)), "scheme"),
    "a key of codes of nobody": (lambda: CodeKeys((replace(code_key(1), issuer=""),)), "issuer"),
    "two keys of codes under one id": (lambda: CodeKeys((code_key(1), code_key(1))), "one scheme and id"),
    "too many keys of codes": (lambda: CodeKeys((code_key(1),) * 1_001), "at most 1000"),
    "an RSA key whose hash does not fit": (lambda: CaKeys((replace(rsa_key(8), exponent=b"\5"),), ()), "hash"),
    "a key of neither kind": (lambda: CaKeys((replace(rsa_key(8), kind="both"),), ()), "live or test"),
    "a key that expires on no day": (lambda: CaKeys((replace(rsa_key(8), expires="2030-13-01"),), ()), "YYYY-MM-DD"),
    "an index of two bytes": (lambda: CaKeys((replace(rsa_key(8), index=b"\0\1"),), ()), "index one"),
    "an RSA key that is too short": (lambda: CaKeys((replace(rsa_key(8), modulus=b"\1"),), ()), "modulus of 1"),
    "a salt that is too short": (lambda: StaffRoster((replace(member("s1"), salt=b"\1"),)), "a salt has 16 bytes"),
    "an id of staff that is a name": (lambda: StaffRoster((member("Wang Wei"),)), "lower-case letters"),
    "staff whose time ends before it begins": (lambda: StaffRoster((member("s1", from_ms=5, until_ms=5),)), "ends"),
    "staff that stands twice": (lambda: StaffRoster((member("s1"), member("s1"))), "stands twice"),
    "more staff than a roster holds": (lambda: StaffRoster((member("s1"),) * 1_001), "at most 1000"),
    "a technician whose key is short": (lambda: TechnicianRoster((replace(technician("t1", 1), public=b""),)), "32 b"),
    "two technicians with one key": (lambda: TechnicianRoster((technician("a", 1), technician("b", 1))), "one key"),
    "a prompt in a third language": (lambda: Prompts((PromptText("accepted", "fr", "Oui"),)), "zh or en"),
    "a prompt without words": (lambda: Prompts((PromptText("accepted", "zh", ""),)), "accepted.zh: a text is neither"),
    "a prompt of two lines": (lambda: Prompts((PromptText("accepted", "zh", "请\n通行"),)), "no line breaks"),
    "a prompt that no display can show": (lambda: Prompts((PromptText("passback", "zh", "您" * 33),)), "66 columns"),
    "a prompt that stands twice": (lambda: Prompts((PromptText("accepted", "en", "Yes"),) * 2), "stands twice"),
    "a set meal whose name is too long": (lambda: Menus((replace(menu("set_a"), zh="餐" * 13),)), "26 columns"),
    "a set meal without an English name": (lambda: Menus((replace(menu("set_a"), en=""),)), "menu 1: a text is"),
    "a set meal of no product": (lambda: Menus((menu("Set A"),)), "a product is a lower-case name"),
    "a set meal that stands twice": (lambda: Menus((menu("set_a"), menu("set_a"))), "stands twice"),
    "more set meals than a till shows": (lambda: Menus((menu("set_a"),) * 61), "at most 60"),
    "a safe setting beyond reason": (lambda: profiles("tap.debounce_ms", 1), "lies between 500 and 10000, not at 1"),
    "a setting of no profile": (lambda: ProfileSettings((ProfileSetting("A", "tap.debounce_ms", 900),)), "no profile"),
    "a setting that stands twice": (
        lambda: ProfileSettings((ProfileSetting("*", "tap.debounce_ms", 900),) * 2),
        "stands twice",
    ),
    "two keys of one index": (lambda: CaKeys((rsa_key(8), rsa_key(8)), ()), "one RID and index"),
}


@pytest.mark.parametrize(("make", "told"), OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
def test_out_of_bounds_is(make: Callable[[], object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_a_technician_works_inside_the_time_and_a_doubtful_clock_shuts_nobody_out() -> None:
    roster = TechnicianRoster((technician("t1", 1, from_ms=100, until_ms=200), technician("t2", 2)))
    assert [roster.member("t1", at) is not None for at in (99, 100, 199, 200, 0)] == [False, True, True, False, True]
    assert roster.member("t2", 99) == technician("t2", 2)
    assert roster.member("t3", 99) is None


def test_what_is_out_of_bounds_on_the_wire_is_refused_with_its_reason() -> None:
    odd = [to_plain(replace(code_key(1), public=b"\1"))]
    with pytest.raises(PolicyError, match=r"ARTIFACT_UNFIT: code_keys: .*a key of ed25519 has 32 bytes"):
        decode_value("code_keys", pack([odd]))
