"""Checks of the terminal itself: enrolment, control socket, durability mode, age of the lists, continuity, backlog."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from edge.cli.doctor_report import Finding, coded, fault, fine, warn
from edge.cli.status_command import FEED, age, lacking
from edge.cli.sync_command import START
from edge.config import ListsSection, Paths
from edge.control.messages import Message
from edge.domain.error_codes import CODES
from edge.domain.errors import OneCardError
from edge.domain.exchange import EDITION
from edge.explaining.entry_text import moment
from sync.enrolment_files import load_enrolment


def check_enrolment(paths: Paths) -> Finding:
    """Read what the last enrolment left, as the terminal will."""
    try:
        enrolment = load_enrolment(paths.state, paths.credentials)
    except OneCardError as error:
        return coded("enrolment", error)
    return fine("enrolment", f"{enrolment.terminal}, epoch {enrolment.epoch}")


def check_socket(paths: Paths, *, running: bool) -> Finding:
    """Say whether the terminal answers on its control socket."""
    if running:
        return fine("control", f"{paths.sockets}: the terminal answers")
    cure = "start it: systemctl start onecard-terminal, or onecard run --config FILE"
    return warn("control", f"{paths.sockets}: the terminal does not run; the files were read", cure)


def check_sync(state: Path, *, listens: bool) -> Finding:
    """Read what the sync process last said of itself; a journal that the centre refuses for good is a fault.

    ``listens``: it runs, as far as is known; where it does not, what it said before is old.
    """
    path = state / "sync" / "status.json"
    try:
        said = json.loads(path.read_text("utf-8"))
        trouble, stopped = str(said["trouble"]), dict(said["stopped"])
    except FileNotFoundError:
        return warn("sync", "has not spoken to the centre yet", START)
    except (OSError, ValueError, TypeError, KeyError) as error:
        return warn("sync", f"{path}: {type(error).__name__}, cannot be read", "it is written again at the next start")
    for epoch, code in sorted(stopped.items()):
        return fault("sync", f"the centre takes nothing more of epoch {epoch}: {code}", _hint(str(code)))
    if not listens:
        return warn("sync", "the sync process does not run: nothing is sent, no list is renewed", START)
    if trouble:
        return warn("sync", f"its last trouble: {trouble}", _hint(trouble))
    return fine("sync", "no trouble with the centre")


def _hint(code: str) -> str:
    return CODES[code][2] if code in CODES else "see the log"


def check_status(status: Message, lists: ListsSection) -> Iterator[Finding]:
    """Check what the terminal, or its journal, says of itself."""
    yield _durability(status)
    yield _service(status)
    yield from _lists(status, lists)
    yield _continuity(status)
    yield _space(status)
    yield _torn(status)
    yield _unsent(status, lists)
    yield _time(status)
    for code, times in status["faults"].items():
        yield warn(f"faults.{code}", f"{times} times since the start", _hint(code))


def _durability(status: Message) -> Finding:
    reader = "by the terminal" if status["running"] else "now"
    return fine("durability", f"WAL, synchronous FULL, exclusive: set and read back {reader} at opening")


def _service(status: Message) -> Finding:
    if status["running"] and status["stop"]:
        return fault("service", f"sells nothing: {status['stop']}", "see the check of that name, or the log")
    return fine("service", "in service" if status["running"] else "not running")


def _lists(status: Message, lists: ListsSection) -> Iterator[Finding]:
    """Judge the age of the edition; a list in it may be older, for what does not change is not sent anew."""
    cure = "run `onecard sync now` and check the network, or carry a courier stick there and back"
    if lacks := lacking(status):
        yield fault("list.young", f"nothing is sold without {lacks}", FEED)
    for part in status["lists"]:
        check, said = f"list.{part['kind']}", f"{part['name']} version {part['version']}, {age(part['age_s'])} old"
        if part["kind"] != EDITION:
            yield fine(check, said)
        elif part["age_s"] >= lists.fault_age_h * 3600:
            yield fault(check, said, cure)
        elif part["age_s"] >= lists.warn_age_h * 3600:
            yield warn(check, said, cure)
        else:
            yield fine(check, said)
    if status["running"] and not status["edition"]:
        yield fault("list.edition", "no edition is installed: nothing can be priced", cure)


def _continuity(status: Message) -> Finding:
    found = status["continuity"]
    if found == "proven":
        return fine("continuity", "the PSAM continues this journal")
    if found == "lost":
        said = "a copied disk or another PSAM: the PSAM does not continue this journal, or the centre refuses it"
        return fault("continuity", said, "enrol anew for a new epoch grant; all that was written is kept and sent")
    return warn("continuity", "not proven since the start", "tap one card: the PSAM's sequence proves it")


def _space(status: Message) -> Finding:
    journal = status["journal"]
    said = f"journal of {journal['used_bytes'] // 1_000} kB, {journal['free_bytes'] // 1_000_000} MB free"
    cure = "send entries: acked ones are pruned after their retention"
    if journal["space"] == "full":
        return fault("space", f"{said}; sales stop", cure)
    return warn("space", said, cure) if journal["space"] == "warn" else fine("space", said)


def _torn(status: Message) -> Finding:
    journal = status["journal"]
    if journal["open_debits"] or journal["torn_debits"]:
        said = f"{journal['open_debits']} open, {journal['torn_debits']} torn: their money is in suspense"
        return warn("debits", said, "settled when the card returns, or by the issuer's file")
    return fine("debits", "every debit has its result")


def _unsent(status: Message, lists: ListsSection) -> Finding:
    journal = status["journal"]
    if not journal["unsent_entries"]:
        return fine("unsent", "everything is acked")
    waiting_s = max(0, status["now_ms"] - journal["oldest_unsent_ms"]) // 1000
    said = f"{journal['unsent_entries']} entries, the oldest for {age(waiting_s)}"
    if waiting_s >= lists.warn_age_h * 3600:
        return warn("unsent", said, "check `systemctl status onecard-sync` and the network; nothing is lost meanwhile")
    return fine("unsent", said)


def _time(status: Message) -> Finding:
    said = f"{moment(status['now_ms'])} is {status['time_quality']}"
    if status["time_quality"] == "untrusted":
        return warn("time", said, "connect to the centre, or set the clock")
    return fine("time", said)
