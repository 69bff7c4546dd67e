"""Notices when a network address appears: the moment to try again at once (rtnetlink(7))."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

LOG: Final = logging.getLogger("onecard.sync")
RTMGRP_IPV4_IFADDR: Final = 0x10
RTMGRP_IPV6_IFADDR: Final = 0x100
RTM_NEWADDR: Final = 20
HEADER: Final = struct.Struct("=IHHII")
MESSAGE_BYTES_MAX: Final = 65_536


@contextmanager
def watch_addresses(appeared: Callable[[], None]) -> Iterator[None]:
    """Call ``appeared`` for every new address of this machine while the block runs.

    Where the service may not ask the kernel, waits just last as long as they were drawn.
    """
    netlink = _open()
    if netlink is None:
        yield
        return
    loop = asyncio.get_running_loop()
    with netlink:
        loop.add_reader(netlink, _read, netlink, appeared)
        try:
            yield
        finally:
            loop.remove_reader(netlink)


def _open() -> socket.socket | None:
    try:
        netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
    except OSError as error:
        LOG.warning("no news of network addresses: %s", error)
        return None
    netlink.bind((0, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
    return netlink


def _read(netlink: socket.socket, appeared: Callable[[], None]) -> None:
    if has_new_address(netlink.recv(MESSAGE_BYTES_MAX)):
        appeared()


def has_new_address(messages: bytes) -> bool:
    """Say whether a block of netlink messages tells of a new address."""
    while len(messages) >= HEADER.size:
        length, kind, *_ = HEADER.unpack_from(messages)
        if kind == RTM_NEWADDR:
            return True
        messages = messages[max(length + 3 & ~3, HEADER.size) :]
    return False
