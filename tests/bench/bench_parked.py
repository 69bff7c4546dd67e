"""Ten thousand terminals that wait for news: what they cost the centre, plain behind a proxy and with TLS inside."""

from __future__ import annotations

import resource
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Final

from sync.paths import MANIFEST_PATH
from tests.bench.poll_crowd import Crowd, answered, over_tls, over_unix
from tests.bench.report import Report

ROW: Final = "parked"
POLLS: Final = 10_000
TLS_POLLS: Final = 2_000
"""The crowd's own TLS needs more memory than the centre's."""
RESIDENT_MB_MAX: Final = 150
"""Of 1,048,576 bytes, as the kernel counts."""
PARKED_S_MAX: Final = 120.0
WOKEN_S_MAX: Final = 60.0
FILES: Final = 12_000
ONECARD: Final = (sys.executable, "-m", "edge.cli.main")
FARE: Final = 'kind = "flat_fare"\nid = "flat"\nfare_fen = {}\n'
DENY: Final = 'kind = "deny_list"\ntokens = []\n'

Connect = Callable[[], socket]


def run() -> int:
    """Print the figures; returns 1 where the centre takes too much."""
    _raise_limits()
    title = f"{POLLS:,} long-polls on one process of the centre, woken by one publication"
    report = Report(ROW, title, "the same process with nobody connected, a moment before")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report.note("a proxy ends TLS and opens these connections; here one process opens them on the Unix socket")
        with _centre(folder, f"unix:{folder / 'centre.sock'}") as (process, _):
            _measure(report, "plain, Unix socket", process.pid, over_unix(str(folder / "centre.sock")), folder, POLLS)
        certificate, key = _self_signed(folder)
        options = ("--tls-certificate", str(certificate), "--tls-key", str(key))
        with _centre(folder, "127.0.0.1:0", *options) as (process, address):
            trusting = ssl.create_default_context(cafile=str(certificate))
            connect = over_tls(int(address.rpartition(":")[2]), trusting)
            _measure(report, "TLS inside the process", process.pid, connect, folder, TLS_POLLS)
    return report.end()


def _measure(report: Report, name: str, pid: int, connect: Connect, folder: Path, polls: int) -> None:
    lines, _ = answered(connect(), MANIFEST_PATH)
    etag = next(line.partition(": ")[2] for line in lines if line.lower().startswith("etag: "))
    alone_kb = _resident_kb(pid)
    with Crowd(connect, etag) as crowd:
        began_s = time.monotonic()
        crowd.grow(polls)
        grown_s = time.monotonic() - began_s
        _settle(crowd)
        full_kb = _resident_kb(pid)
        _publish(folder, 200)
        woken_s = crowd.all_woken(WOKEN_S_MAX)
    each_kb = (full_kb - alone_kb) / polls
    told = f"{full_kb / 1024:.1f} MB with {polls:,} parked, {alone_kb / 1024:.0f} MB alone: {each_kb:.1f} kB each"
    if polls == POLLS:
        report.figure(name, told, value=full_kb / 1024, limit=RESIDENT_MB_MAX)
    else:
        report.figure(name, f"{told}; {POLLS:,} would be {(alone_kb + each_kb * POLLS) / 1024:.0f} MB")
    report.figure("", f"connected in {grown_s:.1f} s, all woken {woken_s:.2f} s after the publication")


def _settle(crowd: Crowd) -> None:
    """Wait until the last request has surely been read: the server answers nothing to who is parked."""
    for _ in range(20):
        crowd.listen(0.1)


def _raise_limits() -> None:
    """Let this process and the centre that it starts open as many files as the crowd needs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if hard == resource.RLIM_INFINITY else min(FILES, hard), hard))


@contextmanager
def _centre(folder: Path, listen: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a centre that has an edition; yields its process and address."""
    state = folder / "state"
    _publish(folder, 100)
    words = ("central", "serve", "--state", str(state), "--listen", listen, *options)
    with subprocess.Popen([*ONECARD, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the centre has no output")
            yield process, process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)


def _publish(folder: Path, fare_fen: int) -> None:
    fare, deny = folder / "fare.toml", folder / "deny.toml"
    fare.write_text(FARE.format(fare_fen))
    deny.write_text(DENY)
    words = ("central", "publish", str(fare), str(deny), "--state", str(folder / "state"))
    subprocess.run([*ONECARD, *words], check=True, stdout=subprocess.DEVNULL)


def _self_signed(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "tls.pem", folder / "tls.key"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "1")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    words = ("openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(certificate), *subject)
    subprocess.run(words, check=True, capture_output=True)
    return certificate, key


def _resident_kb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
