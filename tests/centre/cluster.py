"""A PostgreSQL cluster of our own: a throw-away folder, a Unix socket, fsync on; never one that the system runs."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote, unquote

OWNER: Final = "onecard"
GUARDED: Final = "guarded"
"""The one user who needs a password; the test that wants it makes it."""
PROGRAMS: Final = Path("/usr/lib/postgresql")
SERVICE_USER: Final = "postgres"
"""Who runs the server where we are root, whom PostgreSQL refuses; Debian's package makes this user."""
READY_S_MAX: Final = 60.0
SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs; fails loudly where none is installed."""
    found = [folder / "bin" for folder in PROGRAMS.glob("*") if (folder / "bin" / "initdb").exists()]
    if not found:
        raise FileNotFoundError(f"no PostgreSQL under {PROGRAMS}: apt-get install postgresql")
    return max(found, key=lambda folder: float(folder.parent.name))


def as_service_user(*command: str) -> list[str]:
    """Return a command that runs as a user whom PostgreSQL accepts, and ends with us, however we end."""
    drop = [f"--reuid={SERVICE_USER}", f"--regid={SERVICE_USER}", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *drop, "--pdeathsig=INT", *command]


class Cluster:
    """One server process on one folder; a context manager. ``version`` is what the server says of itself."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="onecard-pg-", dir="/tmp"))  # a socket's path is short
        self._programs = programs()
        self._server: subprocess.Popen[bytes] | None = None
        self._made = 0

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(SERVICE_USER)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(self.folder / "pg"), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C")
        rules = self.folder / "pg" / "pg_hba.conf"
        rules.write_text(f"local all {GUARDED} scram-sha-256\n{rules.read_text()}")
        self.start()
        self.version = self.ask("SHOW server_version")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(signal.SIGQUIT)  # what is thrown away need not be written down
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start the server; returns when it takes connections."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the server's process; it ends with the thread that calls this."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", str(self.folder / "pg"), "-k", str(self.folder)]
        command = as_service_user(str(self._programs / "postgres"), *place, *settings)
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")

    def wait_until_ready(self) -> None:
        """Return when the server takes connections."""
        deadline = time.monotonic() + READY_S_MAX
        while self._call("pg_isready", "-h", str(self.folder)).returncode:
            if self._server is None or self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)  # it tells nobody when it is ready

    def stop(self, how: signal.Signals) -> None:
        """End the server: SIGINT lets it write down all, SIGQUIT makes it fall over as in a crash."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(READY_S_MAX)
            self._server = None

    def new_place(self) -> str:
        """Make an empty place for a store and return its address: a schema, far cheaper than a database."""
        self._made += 1
        self.ask(f"CREATE SCHEMA centre_{self._made}")
        return self.address("postgres", f"search_path=centre_{self._made}")

    def address(self, database: str, *settings: str) -> str:
        """Return an address as the centre takes it, with settings of the session."""
        options = quote(" ".join(f"-c{setting}" for setting in settings))
        return f"postgresql://{OWNER}@/{database}?host={self.folder}" + (f"&options={options}" if options else "")

    def ask(self, statement: str, address: str = "") -> str:
        """Run statements by the server's own client; returns what it prints, without headings."""
        asked = self._run("psql", "-d", address or self.address("postgres"), "-XAtq", "-c", statement)
        return asked.stdout.decode().strip()

    def back_up(self, place: str) -> bytes:
        """Return a dump of one place."""
        return self._run("pg_dump", "-d", place, "-n", _schema(place)).stdout

    def restore(self, place: str, dump: bytes) -> None:
        """Put a dump where the place is; what came since is gone."""
        self.ask(f"DROP SCHEMA {_schema(place)} CASCADE")
        self._run("psql", "-d", self.address("postgres"), "-Xq", "-v", "ON_ERROR_STOP=1", given=dump)

    def rows_inserted(self) -> int:
        """Return how many rows stores had inserted, as far as no crash lost count."""
        return int(self.ask("SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables"))

    def _run(self, program: str, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        ended = self._call(program, *words, given=given)
        if ended.returncode:
            raise RuntimeError(f"{program}: {ended.stderr.decode()}")
        return ended

    def _call(self, program: str, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = as_service_user(str(self._programs / program), *words)
        return subprocess.run(command, input=given, capture_output=True, check=False, cwd="/")


def _schema(place: str) -> str:
    return unquote(place).partition("search_path=")[2]
