"""What a process says where it cannot listen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge.domain.errors import UplinkError


@contextmanager
def address_told(option: str) -> Iterator[None]:
    """Raise ``ADDRESS_TAKEN``, which names the option, where its address cannot be listened at.

    It is no fault of the configuration, after which no service manager would try again: who was there may just end.
    """
    try:
        yield
    except OSError as error:
        raise UplinkError("ADDRESS_TAKEN", f"{option}: {error.strerror or error}") from error
