"""The centre's own signing keys: made, announced and read again, whatever cuts that short."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from edge.crypto.signing import SigningKey, verify
from edge.domain.errors import ConfigError
from sync.central.keys import SUCCESSION_FILE, KeyRing, open_keys
from sync.succession import keys_in

HOUR_MS: Final = 3_600_000
NOW_MS: Final = 1_780_000_000_000
SECOND, THIRD = b"2" * 32, b"3" * 32


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    open_keys(tmp_path, lambda count: b"1" * count)
    return KeyRing(tmp_path)


def test_a_key_signs_from_its_announced_time_on(ring: KeyRing) -> None:
    ring.rotate(SECOND, NOW_MS + HOUR_MS, NOW_MS + 9 * HOUR_MS)
    assert ring.signing(NOW_MS).public == SigningKey(b"1" * 32).public
    assert ring.signing(NOW_MS + HOUR_MS).public == SigningKey(SECOND).public
    assert len(keys_in(ring.succession())) == 2


def test_an_announcement_that_was_cut_short_is_made_anew(ring: KeyRing, tmp_path: Path) -> None:
    SigningKey(THIRD).write(tmp_path / "centre-2.key")
    assert ring.signing(NOW_MS).public == SigningKey(b"1" * 32).public
    ring.rotate(SECOND, NOW_MS, NOW_MS + HOUR_MS)
    assert KeyRing(tmp_path).signing(NOW_MS).public == SigningKey(SECOND).public
    verify(ring.signing(NOW_MS).public, KeyRing(tmp_path).signing(NOW_MS).sign(b"x"), b"x")


def test_a_key_is_not_announced_before_one_that_has_not_begun(ring: KeyRing) -> None:
    ring.rotate(SECOND, NOW_MS + HOUR_MS, NOW_MS + 9 * HOUR_MS)
    with pytest.raises(ConfigError, match="key 2 does not sign before that itself"):
        ring.rotate(THIRD, NOW_MS, NOW_MS + 9 * HOUR_MS)


def test_a_server_without_the_announced_key_goes_on_until_it_is_due(ring: KeyRing, tmp_path: Path) -> None:
    ring.rotate(SECOND, NOW_MS + HOUR_MS, NOW_MS + 9 * HOUR_MS)
    (tmp_path / "centre-2.key").unlink()
    other = KeyRing(tmp_path)
    assert other.signing(NOW_MS).public == SigningKey(b"1" * 32).public
    with pytest.raises(ConfigError, match=r"centre-2\.key"):
        other.signing(NOW_MS + HOUR_MS)
    SigningKey(THIRD).write(tmp_path / "centre-2.key")
    with pytest.raises(ConfigError, match="not the key that was announced"):
        KeyRing(tmp_path).signing(NOW_MS + HOUR_MS)


def test_a_damaged_succession_is_named(ring: KeyRing, tmp_path: Path) -> None:
    ring.rotate(SECOND, NOW_MS, NOW_MS + HOUR_MS)
    file = tmp_path / SUCCESSION_FILE
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ConfigError, match="KEY_UNUSABLE"):
        KeyRing(tmp_path).signing(NOW_MS)
