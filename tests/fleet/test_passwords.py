"""Passwords as they are hashed and compared in the product, where a look takes its time on purpose."""

from __future__ import annotations

import asyncio

import pytest

from edge.clock import SystemIds
from edge.domain.errors import ConfigError
from sync.central.fleet.passwords import AT_ONCE, WAITING_MAX, ArgonPasswords

pytestmark = pytest.mark.centre


@pytest.fixture
def passwords() -> ArgonPasswords:
    return ArgonPasswords(SystemIds().random_bytes)


async def test_a_hash_is_argon2id_with_a_salt_of_its_own_and_says_its_cost(passwords: ArgonPasswords) -> None:
    one, two = [await passwords.hashed("correct horse battery") for _ in range(2)]
    assert one != two
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.fits(one, "correct horse battery")
    assert not await passwords.fits(one, "correct horse batterY")


async def test_every_keyboard_means_the_same(passwords: ArgonPasswords) -> None:
    held = await passwords.hashed("café 一卡通 ｆｕｌｌ")
    assert await passwords.fits(held, "cafe\u0301 一卡通 full")


@pytest.mark.parametrize("password", ["", "short", "eleven char", "x" * 129], ids=len)
async def test_a_password_is_long_enough_and_no_book(passwords: ArgonPasswords, password: str) -> None:
    with pytest.raises(ConfigError, match="12 to 128"):
        await passwords.hashed(password)


async def test_a_hash_that_is_nobodys_or_damaged_fits_nothing(passwords: ArgonPasswords) -> None:
    for held in ("", "$argon2id$v=19$m=65536", "plain"):
        assert not await passwords.fits(held, "correct horse battery")


async def test_few_at_once_and_the_loop_goes_on_meanwhile(passwords: ArgonPasswords) -> None:
    held = await passwords.hashed("correct horse battery")
    looks = [asyncio.create_task(passwords.fits(held, "wrong")) for _ in range(AT_ONCE + WAITING_MAX)]
    beats = 0
    while not all(look.done() for look in looks):
        await asyncio.sleep(0.001)
        beats += 1
        if beats == 1:
            assert passwords.is_crowded
    assert beats > 10
    assert not passwords.is_crowded
