"""Reference data in force: only what is signed, whole, and not rolled back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.errors import PolicyError, StoreError
from edge.domain.tap import Token
from edge.domain.tariff.flat import flat_bundle
from edge.ports import Reference
from edge.store.deny_list import InlineDenyList, check_tokens
from edge.store.reference import FileReference
from tests.store.drafts import token_of
from tests.store.editions import CENTRE, artifact, deny, plain_edition, tariff, write_edition


@pytest.fixture
def reference(tmp_path: Path) -> FileReference:
    return FileReference(tmp_path / "editions", CENTRE.public)


def test_an_edition_gives_policy_and_deny_list(tmp_path: Path, reference: FileReference) -> None:
    port: Reference = reference
    with reference:
        folder = plain_edition(tmp_path, 12, fare_fen=150, tokens=[token_of(5), token_of(9)])
        assert reference.install(folder) == 12
        policy = port.policy()
        assert (policy.edition, policy.versions) == (12, (flat_bundle("flat", 150),))
        assert [port.listed(token_of(number)) for number in (4, 5, 9, 10)] == [False, True, True, False]
        assert [header.kind for header in port.artifacts()] == ["edition", "tariff", "deny_list"]


def test_nothing_is_in_force_before_an_edition_is_installed(reference: FileReference) -> None:
    assert reference.start() == []
    assert reference.artifacts() == ()
    for call in (reference.policy, lambda: reference.listed(token_of(1))):
        with pytest.raises(PolicyError, match="POLICY_MISSING"):
            call()


def test_a_newer_edition_takes_the_place_of_the_older(tmp_path: Path, reference: FileReference) -> None:
    with reference:
        reference.install(plain_edition(tmp_path, 1, tokens=[token_of(1)]))
        reference.install(plain_edition(tmp_path, 2, fare_fen=300))
        assert reference.policy().versions == (flat_bundle("flat", 300),)
        assert not reference.listed(token_of(1))


def test_start_takes_the_newest_edition(tmp_path: Path, reference: FileReference) -> None:
    for number in (9, 10, 2):
        plain_edition(tmp_path, number)
    (tmp_path / "editions" / "11.new").mkdir()
    with reference:
        assert reference.start() == []
        assert reference.policy().edition == 10


def _flip(folder: Path) -> None:
    path = next((folder / "segments").iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _truncate(folder: Path) -> None:
    manifest = folder / "manifest"
    manifest.write_bytes(manifest.read_bytes()[:-1])


def _remove_segment(folder: Path) -> None:
    next((folder / "segments").iterdir()).unlink()


def _remove_manifest(folder: Path) -> None:
    (folder / "manifest").unlink()


DAMAGE = {
    "one bit of a segment is flipped": _flip,
    "the manifest is truncated": _truncate,
    "a segment is missing": _remove_segment,
    "the manifest is missing": _remove_manifest,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_the_edition_before_stays_in_force_when(
    tmp_path: Path, reference: FileReference, damage: Callable[[Path], None]
) -> None:
    with reference:
        reference.install(plain_edition(tmp_path, 1, tokens=[token_of(1)]))
        folder = plain_edition(tmp_path, 2)
        damage(folder)
        with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
            reference.install(folder)
        assert reference.policy().edition == 1
        assert reference.listed(token_of(1))
        with FileReference(tmp_path / "editions", CENTRE.public) as restarted:
            assert restarted.start() == []
            assert restarted.policy().edition == 1


BAD = {
    "no deny list": ("POLICY_MISSING", [("tariff", 1, tariff(1))]),
    "no tariff": ("POLICY_MISSING", [("deny_list", 1, deny(1))]),
    "two tariffs": ("POLICY_MISSING", [("tariff", 1, tariff(1)), ("tariff", 2, tariff(2)), ("deny_list", 1, deny(1))]),
    "a tariff that is none": (
        "TARIFF_INVALID",
        [("tariff", 1, artifact("tariff", 1, b"\x90")), ("deny_list", 1, deny(1))],
    ),
    "a tariff sold as a deny list": ("ARTIFACT_FOREIGN", [("tariff", 1, tariff(1)), ("deny_list", 1, tariff(1))]),
    "another version than it names": ("ARTIFACT_FOREIGN", [("tariff", 2, tariff(1)), ("deny_list", 1, deny(1))]),
    "half a token": (
        "ARTIFACT_DAMAGED",
        [("tariff", 1, tariff(1)), ("deny_list", 1, artifact("deny_list", 1, b"\1" * 24))],
    ),
    "tokens out of order": (
        "ARTIFACT_DAMAGED",
        [("tariff", 1, tariff(1)), ("deny_list", 1, artifact("deny_list", 1, token_of(2) + token_of(1)))],
    ),
}


@pytest.mark.parametrize(("code", "files"), BAD.values(), ids=BAD.keys())
def test_an_edition_is_refused_with(
    tmp_path: Path, reference: FileReference, code: str, files: list[tuple[str, int, bytes]]
) -> None:
    with pytest.raises(PolicyError, match=code):
        reference.install(write_edition(tmp_path, 5, files))
    assert reference.artifacts() == ()


def test_an_edition_of_another_centre_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="ARTIFACT_UNSIGNED"):
        FileReference(tmp_path / "editions", b"\1" * 32).install(plain_edition(tmp_path, 1))


def test_an_edition_below_the_floor_is_refused_also_after_a_restart(tmp_path: Path, reference: FileReference) -> None:
    with reference:
        plain_edition(tmp_path, 3)
        reference.install(plain_edition(tmp_path, 5, floor=4))
    newest = tmp_path / "editions" / "5"
    (newest / "manifest").unlink()
    with FileReference(tmp_path / "editions", CENTRE.public) as restarted:
        assert [error.code for error in restarted.start()] == ["ARTIFACT_DAMAGED", "ARTIFACT_ROLLED_BACK"]
        assert restarted.artifacts() == ()


def test_a_deny_list_below_its_own_floor_is_refused(tmp_path: Path, reference: FileReference) -> None:
    with reference:
        reference.install(plain_edition(tmp_path, 5, deny_version=8, deny_floor=8))
        with pytest.raises(PolicyError, match="ARTIFACT_ROLLED_BACK"):
            reference.install(plain_edition(tmp_path, 6, deny_version=7))
        assert reference.policy().edition == 5


def test_an_older_edition_than_that_in_force_is_refused(tmp_path: Path, reference: FileReference) -> None:
    with reference:
        old = plain_edition(tmp_path, 1)
        reference.install(plain_edition(tmp_path, 2))
        with pytest.raises(PolicyError, match="ARTIFACT_ROLLED_BACK"):
            reference.install(old)


def test_an_expired_edition_is_refused_by_trusted_time_alone(tmp_path: Path, reference: FileReference) -> None:
    folder = plain_edition(tmp_path, 1, expires_ms=1_000)
    with reference:
        with pytest.raises(PolicyError, match="ARTIFACT_EXPIRED"):
            reference.install(folder, trusted_ms=1_000)
        assert reference.install(folder, trusted_ms=999) == 1
    with FileReference(tmp_path / "editions", CENTRE.public) as restarted:
        assert [error.code for error in restarted.start(1_000)] == ["ARTIFACT_EXPIRED"]
        assert restarted.policy().edition == 1


@given(
    tokens=st.sets(st.binary(min_size=16, max_size=16), max_size=40),
    others=st.lists(st.binary(min_size=16, max_size=16)),
)
def test_the_deny_list_names_exactly_its_tokens(
    tmp_path_factory: pytest.TempPathFactory, tokens: set[bytes], others: list[bytes]
) -> None:
    body = b"".join(sorted(tokens))
    check_tokens(body)
    path = tmp_path_factory.mktemp("deny_list") / hashlib.sha256(body).hexdigest()
    path.write_bytes(b"header" + body)
    listed = InlineDenyList(path, len(body))
    try:
        assert len(listed) == len(tokens)
        for token in tokens | set(others):
            assert (Token(token) in listed) is (token in tokens)
    finally:
        listed.close()


def test_an_edition_whose_floors_cannot_be_kept_changes_nothing(tmp_path: Path, reference: FileReference) -> None:
    """Regression: an uncoded error ended the conversation with the sync process."""
    with reference:
        reference.install(plain_edition(tmp_path, 1))
        (tmp_path / "editions" / "floors.new").mkdir()
        tokens = [token_of(1)]
        folder = plain_edition(tmp_path, 2, tokens=tokens, floor=2)
        with pytest.raises(StoreError, match="STORE_IO"):
            reference.install(folder)
        assert reference.policy().edition == 1
        assert not reference.listed(token_of(1))
        reference.close()
        assert [fault.code for fault in reference.start()] == ["STORE_IO"]
        assert reference.policy().edition == 1
