"""Netlink messages: only a new address counts."""

from __future__ import annotations

import pytest

from sync.link_up import HEADER, RTM_NEWADDR, has_new_address, watch_addresses

OTHER = 16


def message(kind: int, payload: bytes = b"") -> bytes:
    return HEADER.pack(HEADER.size + len(payload), kind, 0, 0, 0) + payload


CASES = {
    "a new address": (message(RTM_NEWADDR, bytes(8)), True),
    "something else": (message(OTHER, bytes(8)), False),
    "a new address after something else": (message(OTHER, bytes(4)) + message(RTM_NEWADDR), True),
    "nothing": (b"", False),
    "half a header": (message(RTM_NEWADDR)[:10], False),
    "a length of zero": (HEADER.pack(0, OTHER, 0, 0, 0) * 2, False),
}


@pytest.mark.parametrize("name", CASES)
def test_a_block_of_messages_tells(name: str) -> None:
    block, told = CASES[name]
    assert has_new_address(block) is told


async def test_the_kernel_lets_us_listen() -> None:
    with watch_addresses(lambda: None):
        pass
