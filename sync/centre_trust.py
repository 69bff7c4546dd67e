"""Which of the centre's keys this terminal believes: the pinned one, and those that it announced since.

``keys/succession`` holds, msgpack, how many of the oldest keys are believed no more, and the succession as it was
published. It is whole on disk before anything in it is believed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.crypto.signing import TrustedKeys, write_durably
from edge.domain.errors import ConfigError, PolicyError, RemoteProtocolError
from edge.domain.frozen import frozen
from sync.succession import (
    SUCCESSION_BYTES_MAX,
    Succession,
    check_continues,
    keys_in,
    pack_succession,
    read_succession,
)
from sync.wire import pack, unpack

FILE_BYTES_MAX: Final = SUCCESSION_BYTES_MAX + 64


@frozen
class Held:
    """What is kept: the succession, and how many of its oldest keys are believed no more."""

    succession: Succession = ()
    retired: int = 0

    def packed(self) -> bytes:
        """Return the file's bytes."""
        return pack([self.retired, pack_succession(self.succession)])


class CentreTrust:
    """The keys of one terminal's centre.

    ``in_force`` are those that may sign what comes now; ``ever`` are all that are known, by which grants and parts of
    editions were signed that are kept. Raises ``KEY_UNUSABLE`` where the file is damaged.
    """

    def __init__(self, pinned: bytes, path: Path) -> None:
        self._pinned = pinned
        self._path = path
        self.in_force, self.ever = TrustedKeys(pinned), TrustedKeys(pinned)
        self.held = Held()
        self.reload()

    def reload(self) -> None:
        """Believe what is on disk now."""
        self._believe(self._read())

    def after(self, offered: bytes, signed_ms: int) -> Held:
        """Return what is to be kept once the centre has published ``offered``; nothing changes yet.

        ``signed_ms`` is the time by the centre's own signed word, 0 where none is known: then no key ends. Raises
        ``WIRE_*`` or ``SUCCESSION_REFUSED``.
        """
        succession = read_succession(offered)
        check_continues(self.held.succession, self._pinned, succession)
        ended = sum(announced.said.until_ms <= signed_ms for announced in succession)
        return Held(succession, max(self.held.retired, ended))

    def keep(self, held: Held) -> None:
        """Write down what is to be believed, and believe it; raises StoreError, and nothing changes then."""
        write_durably(self._path, held.packed())
        self._believe(held)

    def _believe(self, held: Held) -> None:
        keys = keys_in(held.succession) or (self._pinned,)
        if self._pinned not in keys:
            raise ConfigError("KEY_UNUSABLE", f"{self._path}: not the keys of the centre that is pinned")
        self.held = held
        self.ever.replace(keys)
        self.in_force.replace(keys[max(held.retired, keys.index(self._pinned)) :])

    def _read(self) -> Held:
        if not self._path.exists():
            return Held()
        try:
            retired, packed = unpack(self._path.read_bytes(), limit=FILE_BYTES_MAX)
            held = Held(read_succession(packed), int(retired))
        except OSError as error:
            raise ConfigError("KEY_UNUSABLE", f"{self._path}: {error.strerror}") from error
        except (RemoteProtocolError, PolicyError, ValueError, TypeError) as error:
            raise ConfigError("KEY_UNUSABLE", f"{self._path}: damaged since it was written") from error
        if not 0 <= held.retired <= len(held.succession):
            raise ConfigError("KEY_UNUSABLE", f"{self._path}: no key would be left")
        return held
