"""What a simulated loop refuses: every door from asyncio to sockets, names, processes, pipes, signals and threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

from edge.simulation.failures import RealWorldError

REFUSED: Final = (
    "add_reader",
    "add_signal_handler",
    "add_writer",
    "connect_accepted_socket",
    "connect_read_pipe",
    "connect_write_pipe",
    "create_connection",
    "create_datagram_endpoint",
    "create_server",
    "getaddrinfo",
    "getnameinfo",
    "remove_reader",
    "remove_signal_handler",
    "remove_writer",
    "sendfile",
    "set_default_executor",
    "sock_accept",
    "sock_connect",
    "sock_recv",
    "sock_recv_into",
    "sock_recvfrom",
    "sock_recvfrom_into",
    "sock_sendall",
    "sock_sendfile",
    "sock_sendto",
    "start_tls",
    "subprocess_exec",
    "subprocess_shell",
)


def _refusing(operation: str) -> Callable[..., NoReturn]:
    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise RealWorldError(f"a simulated run has no {operation}: use an in-loop link, pipe or network instead")

    refuse.__name__ = operation
    refuse.__qualname__ = f"refused.{operation}"
    return refuse


class RefusesTheRealWorld:
    """Mixed into a loop ahead of asyncio's own class, so that each of :data:`REFUSED` raises ``RealWorldError``."""


for _operation in REFUSED:
    setattr(RefusesTheRealWorld, _operation, _refusing(_operation))
