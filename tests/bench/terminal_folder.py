"""An enrolled terminal in a folder: default journal, a fare of one fen, room for virtual devices. Invented keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.cli.locate import read_config
from edge.clock import BUILD_MS
from edge.config import TerminalConfig
from edge.crypto.signing import SigningKey
from edge.domain.exchange import Grant
from edge.store.journal import SqliteJournal, open_journal
from sync.grant import grant_hash, seal_grant
from tests.store.editions import CENTRE, plain_edition
from tests.sync.keys import BOX_PUBLIC

NAME: Final = "bus-901"
EPOCH: Final = 1
OWN_KEY: Final = SigningKey(b"\x02" * 32)
GRANT: Final = seal_grant(CENTRE, Grant(NAME, EPOCH, b"", OWN_KEY.public, BUILD_MS, spare=False))
CONFIG: Final = """profile = "bus-validator-virtual"
[place]
city = "4520"
operator = "qingdao-bus"
line = "318"
[tap]
poll_ms = 20
[journal]
floor_bytes = 0
reserve_bytes = 0
"""


@dataclass(frozen=True, slots=True)
class TerminalFolder:
    """The paths of one terminal."""

    root: Path

    @property
    def config_file(self) -> Path:
        """Return its configuration's file."""
        return self.root / "terminal.toml"

    @property
    def reader(self) -> Path:
        """Return where it looks for its reader."""
        return self.root / "reader.pty"

    @property
    def sam(self) -> Path:
        """Return where it looks for its SAM reader."""
        return self.root / "sam.pty"

    @property
    def socket(self) -> Path:
        """Return its control socket for reading."""
        return self.root / "sockets" / "read.sock"

    def config(self) -> TerminalConfig:
        """Return its configuration."""
        return read_config(self.config_file)

    async def open_journal(self) -> SqliteJournal:
        """Open its journal as the terminal itself does."""
        path = self.root / "state" / "journal.db"
        return await open_journal(path, terminal=NAME, epoch=EPOCH, grant_hash=grant_hash(GRANT))


def enrolled(root: Path) -> TerminalFolder:
    """Return a terminal that is enrolled, has its reference data and no journal yet."""
    folder, state = TerminalFolder(root), root / "state"
    keys, credentials = state / "keys", root / "credentials"
    keys.mkdir(parents=True)
    credentials.mkdir()
    folder.config_file.write_text(CONFIG, "utf-8")
    (state / "grant").write_bytes(GRANT)
    OWN_KEY.write(keys / "terminal.key")
    (keys / "centre.pub").write_bytes(CENTRE.public)
    (keys / "clearing-1.pub").write_bytes(BOX_PUBLIC)
    secret = credentials / "token-key-1"
    secret.write_bytes(b"\x04" * 32)
    secret.chmod(0o600)
    plain_edition(state, 1, fare_fen=1)
    return folder
