"""Deny lists in parts: exactly the listed tokens are found, with a delta too; only parts of one list go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.errors import OneCardError, PolicyError, RemoteProtocolError
from edge.domain.exchange import ArtifactHeader, ListManifest
from edge.store.deny_list import DenyList, open_deny_list
from edge.store.segment import Segment
from sync.artifact import list_body, read_list_body
from sync.deny_form import (
    DELTA_HEADER,
    DELTA_MAGIC,
    EXACT,
    OVERLAY,
    PROBE,
    Delta,
    delta_between,
    overlay_of,
    pack_delta,
    unpack_delta,
)
from sync.rice import decode_rising, encode_rising, low_bits
from tests.store.list_editions import ListFiles, over, sha256, snapshot, token, tokens

HEADER = ArtifactHeader("deny_list", "purse", 1, 0, 0, 0, b"")
NUMBERS = st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=60)
CLOSE = st.lists(st.integers(0, 300), unique=True, max_size=60)


def segment(files: ListFiles, folder: Path) -> Segment:
    """Write the parts of a list as an edition holds them."""
    parts = {}
    for role, content in files.mapped.items():
        parts[role] = folder / sha256(content).hex()
        parts[role].write_bytes(content)
    return Segment(folder / "artifact", HEADER, b"", files.manifest, parts)


def opened(files: ListFiles, folder: Path) -> DenyList:
    return open_deny_list(segment(files, folder))


@pytest.mark.parametrize("count", [0, 1, 2, 31, 64, 65, 5_000])
def test_a_snapshot_names_exactly_its_tokens(count: int, tmp_path: Path) -> None:
    listed = opened(snapshot(tokens(range(count))), tmp_path)
    assert len(listed) == count
    assert all(token(number) in listed for number in range(count))
    assert not any(token(number) in listed for number in range(count, count + 2_000))
    listed.close()


def test_a_token_that_only_looks_like_a_listed_one_to_the_probe_is_not_listed(tmp_path: Path) -> None:
    """The probe keeps three bytes of a token: the exact part must decide."""
    true = token(1)
    twin = true[:6] + bytes([true[6] ^ 1]) + true[7:]
    listed = opened(snapshot([true]), tmp_path)
    assert (true in listed, twin in listed) == (True, False)
    listed.close()


def test_one_print_may_be_that_of_several_tokens(tmp_path: Path) -> None:
    alike = [token(1)[:6] + bytes([number]) * 10 for number in range(40)]
    listed = opened(snapshot(alike[:39]), tmp_path)
    assert all(each in listed for each in alike[:39])
    assert alike[39] not in listed
    listed.close()


def test_a_delta_adds_and_removes(tmp_path: Path) -> None:
    held = snapshot(tokens(range(1_000)))
    files = over(held, tokens(range(100, 1_200)))
    listed = opened(files, tmp_path)
    assert len(listed) == 1_100
    assert [token(number) in listed for number in (0, 99, 100, 999, 1_000, 1_199, 1_200)] == [
        False, False, True, True, True, True, False,
    ]  # fmt: skip
    listed.close()


@given(before=st.sets(st.integers(0, 500)), after=st.sets(st.integers(0, 500)))
def test_a_delta_says_what_a_snapshot_would_say(
    tmp_path_factory: pytest.TempPathFactory, before: set[int], after: set[int]
) -> None:
    listed = opened(over(snapshot(tokens(before)), tokens(after)), tmp_path_factory.mktemp("delta"))
    assert {number for number in range(501) if token(number) in listed} == after
    assert len(listed) == len(after)
    listed.close()


def _other_exact(files: ListFiles) -> ListFiles:
    exact = files.mapped[EXACT][:-8] + b"\xff" * 8
    parts = [replace(part, sha256=sha256(exact)) if part.role == EXACT else part for part in files.manifest.parts]
    return ListFiles(replace(files.manifest, parts=tuple(parts)), {**files.mapped, EXACT: exact}, {})


def _other_snapshot(files: ListFiles) -> ListFiles:
    foreign = over(snapshot(tokens(range(7))), tokens(range(9)))
    overlay = foreign.mapped[OVERLAY]
    parts = [replace(part, sha256=sha256(overlay)) if part.role == OVERLAY else part for part in files.manifest.parts]
    return ListFiles(replace(files.manifest, parts=tuple(parts)), {**files.mapped, OVERLAY: overlay}, {})


def _without(role: str) -> Callable[[ListFiles], ListFiles]:
    return lambda files: replace(files, mapped={name: file for name, file in files.mapped.items() if name != role})


def _cut(role: str) -> Callable[[ListFiles], ListFiles]:
    return lambda files: replace(files, mapped={**files.mapped, role: files.mapped[role][:-1]})


def _of_form(form: int) -> Callable[[ListFiles], ListFiles]:
    return lambda files: replace(files, manifest=replace(files.manifest, form=form))


BAD: dict[str, tuple[str, Callable[[ListFiles], ListFiles]]] = {
    "an exact part of another list": ("ARTIFACT_DAMAGED", _other_exact),
    "a delta of another snapshot": ("ARTIFACT_DAMAGED", _other_snapshot),
    "no probe": ("ARTIFACT_DAMAGED", _without(PROBE)),
    "no exact part": ("ARTIFACT_DAMAGED", _without(EXACT)),
    "a probe cut short": ("ARTIFACT_DAMAGED", _cut(PROBE)),
    "an exact part cut short": ("ARTIFACT_DAMAGED", _cut(EXACT)),
    "a delta cut short": ("ARTIFACT_DAMAGED", _cut(OVERLAY)),
    "a form of later releases": ("ARTIFACT_FOREIGN", _of_form(2)),
}


@pytest.mark.parametrize("name", BAD)
def test_parts_that_do_not_make_a_list_are_refused(name: str, tmp_path: Path) -> None:
    code, spoil = BAD[name]
    good = over(snapshot(tokens(range(100))), tokens(range(50, 120)))
    with pytest.raises(PolicyError, match=code):
        opened(spoil(good), tmp_path)


@given(numbers=NUMBERS | CLOSE, bits=st.integers(0, 65))
def test_rising_numbers_come_back(numbers: list[int], bits: int) -> None:
    numbers.sort()
    fitting = max(bits, low_bits(1, 65) if numbers and max(numbers) > 300 else 0)
    assert decode_rising(encode_rising(numbers, fitting), len(numbers), fitting) == numbers


@given(added=st.sets(st.integers(0, 2**64 - 1)), removed=st.sets(st.integers(0, 2**64 - 1)))
def test_a_packed_delta_comes_back(added: set[int], removed: set[int]) -> None:
    delta = delta_between(b"s" * 32, added - removed, removed - added)
    back = unpack_delta(pack_delta(delta))
    assert (back.snapshot, list(back.changes)) == (delta.snapshot, list(delta.changes))
    assert overlay_of(back) == overlay_of(delta)


@given(numbers=NUMBERS, at=st.integers(0), flip=st.integers(1, 255))
def test_damaged_bytes_are_refused_or_are_another_delta(numbers: list[int], at: int, flip: int) -> None:
    packed = bytearray(pack_delta(Delta(b"s" * 32, sorted(2 * number for number in numbers))))
    packed[at % len(packed)] ^= flip
    try:
        back = unpack_delta(bytes(packed))
    except RemoteProtocolError:
        return
    assert pack_delta(back) != pack_delta(Delta(b"s" * 32, sorted(2 * number for number in numbers)))


def test_ten_thousand_changes_travel_in_75_kilobytes() -> None:
    numbers = sorted(int.from_bytes(token(number)[:8], "big") for number in range(10_000))
    assert len(pack_delta(delta_between(b"s" * 32, numbers[::2], numbers[1::2]))) <= 75_000


REFUSED_DELTAS = {
    "nothing": b"",
    "another magic": DELTA_HEADER.pack(b"OCDELTA9", b"s" * 32, 0, 0),
    "more changes than any delta": DELTA_HEADER.pack(DELTA_MAGIC, b"s" * 32, 100_001, 40),
    "fewer bytes than changes": DELTA_HEADER.pack(DELTA_MAGIC, b"s" * 32, 3, 40) + b"\0",
    "bytes behind the last change": pack_delta(Delta(b"s" * 32, [2, 8])) + b"\0",
    "a token added and removed": pack_delta(Delta(b"s" * 32, [8, 9])),
}


@pytest.mark.parametrize("packed", REFUSED_DELTAS.values(), ids=REFUSED_DELTAS.keys())
def test_a_delta_is_refused_with(packed: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        unpack_delta(packed)


def _manifest(**changes: object) -> bytes:
    return list_body(replace(snapshot(tokens(range(3))).manifest, **changes))  # type: ignore[arg-type]  # any field


PARTS = snapshot(tokens(range(3))).manifest.parts
REFUSED_MANIFESTS = {
    "no parts": _manifest(parts=()),
    "one role twice": _manifest(parts=(PARTS[0], PARTS[0])),
    "a part of a terabyte": _manifest(parts=(replace(PARTS[0], size_bytes=10**12),)),
    "a part of negative size": _manifest(parts=(replace(PARTS[0], size_bytes=-1),)),
    "a hash that is none": _manifest(parts=(replace(PARTS[0], sha256=b"short"),)),
    "a billion entries": _manifest(entries=10**9),
    "cut short": _manifest()[:-1],
}


@pytest.mark.parametrize("body", REFUSED_MANIFESTS.values(), ids=REFUSED_MANIFESTS.keys())
def test_a_manifest_is_refused_with(body: bytes) -> None:
    with pytest.raises(OneCardError, match="ARTIFACT_DAMAGED"):
        read_list_body(body)


def test_a_body_of_tokens_is_no_manifest() -> None:
    assert read_list_body(b"".join(sorted(tokens(range(9))))) is None
    assert read_list_body(b"") is None
    assert isinstance(read_list_body(_manifest()), ListManifest)
