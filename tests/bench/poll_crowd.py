"""Thousands of long-polls from one process: plain sockets and an epoll, as little as a client can be."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from sync.paths import MANIFEST_PATH

WAIT_S: Final = 25
AT_ONCE: Final = 100
"""Connections that are opened before the server's answers are looked at: its backlog is finite."""
ANSWER_BYTES: Final = 65_536


@dataclass
class Crowd:
    """Connections that wait for another manifest than the one of ``etag``; ``woken`` counts those that got one."""

    connect: Callable[[], socket.socket]
    etag: str
    woken: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._sockets:
            connection.close()
        self._selector.close()

    def grow(self, size: int) -> None:
        """Open connections until there are ``size``, each of which asks and waits."""
        while len(self._sockets) < size:
            for _ in range(min(AT_ONCE, size - len(self._sockets))):
                connection = self.connect()
                self._sockets.append(connection)
                self._selector.register(connection, selectors.EVENT_READ)
                self._ask(connection)
            self.listen(0)

    def listen(self, seconds: float) -> None:
        """Take answers: who was told that nothing is new asks again, as a terminal does."""
        for key, _ in self._selector.select(seconds):
            connection = key.fileobj
            if not isinstance(connection, socket.socket):
                raise TypeError("only sockets were registered")
            try:
                status = connection.recv(ANSWER_BYTES)[9:12]
            except ssl.SSLWantReadError:
                continue  # a part of a record, or a session ticket
            if status == b"304":
                self._ask(connection)
            elif status == b"200":
                self.woken += 1
                self._selector.unregister(connection)
            elif status:
                raise RuntimeError(f"answered {status!r}")

    def all_woken(self, timeout_s: float) -> float:
        """Take answers until everybody was woken; returns how long that took in s."""
        began_s = time.monotonic()
        while self.woken < len(self._sockets):
            self.listen(0.1)
            if time.monotonic() - began_s > timeout_s:
                raise TimeoutError(f"{self.woken} of {len(self._sockets)} woken")
        return time.monotonic() - began_s

    def _ask(self, connection: socket.socket) -> None:
        fields = ("Host: centre", f"If-None-Match: {self.etag}")
        connection.sendall("\r\n".join([f"GET {MANIFEST_PATH}?wait_s={WAIT_S} HTTP/1.1", *fields, "", ""]).encode())


def over_unix(path: str) -> Callable[[], socket.socket]:
    """Return what opens a connection to a Unix socket."""

    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        return connection

    return connect


def over_tls(port: int, context: ssl.SSLContext) -> Callable[[], socket.socket]:
    """Return what opens a connection by TLS to this machine."""

    def connect() -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", port))
        connection = context.wrap_socket(plain, server_hostname="localhost")
        connection.setblocking(False)
        return connection

    return connect


def answered(connection: socket.socket, path: str) -> tuple[Sequence[str], bytes]:
    """Ask once on a connection of its own; returns header lines and body."""
    with connection:
        connection.setblocking(True)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: centre\r\nConnection: close\r\n\r\n".encode())
        whole = b"".join(iter(lambda: connection.recv(ANSWER_BYTES), b""))
    head, _, body = whole.partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body
