"""Files for acquirers and issuers: the taps of a closed day with their numbers in clear.

The one stated exception to the rule that no clear number is in a file: who collects needs it. ``DIR/DAY/`` is a folder
of 0700 with files of 0600: ``bank-SCHEME.csv``, ``purse-ISSUER.csv`` and ``code-SCHEME.csv``, one row for each tap, and
a manifest. ``fen`` is what the tap and all that the centre decided about it come to in the day's file; a tap that was
withdrawn in the same file is in none, below zero it is taken back. ``torn-ISSUER.csv`` asks whether a card was debited.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from edge.crypto.sealing import open_box
from edge.crypto.signing import coded_errors, make_folder, sync_folder
from edge.domain.entry import Entry, Intent, PaidTap, Posted, Settled
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.family import Family
from sync.central.books.accounts import Account, issuer_of
from sync.central.books.adjusting import Reason
from sync.central.books.postings import TORN
from sync.central.books.torn_answers import Result
from sync.central.courier import Ask
from sync.central.exports.day_files import MANIFEST, csv_text
from sync.central.exports.rows import ExportRow
from sync.central.exports.taps import Identity
from sync.wire import decode_entry

HEAD: Final = ("reference", "time_ms", "fen", "charged_fen", "number")
SESSION: Final = ("psam_number", "psam_sequence", "counter", "balance_fen", "kind", "algorithm", "key_version")
PURSE: Final = (*HEAD, "tac", *SESSION, "card_time")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "bank": (*HEAD, "expiry", "atc", "field_55"),
    "purse": PURSE,
    "torn": PURSE,
    "code": (*HEAD, "evidence"),
}
"""By kind of file: ``number`` is the clear one; of a bank card without it, track 2 gives it and ``expiry`` (YYMM)."""
ANSWERS: Final = frozenset({Reason.DECLINED, Reason.RESULT})
"""What issuers said themselves is not told them again, but for what a later proof of a debit they know adds to it."""
AT_ONCE: Final = 500

AWAITED: Final = "torn"
"""In place of an issuer: what waits for an answer whether a card was debited."""

Owed = Mapping[tuple[str, Identity], int]
"""(issuer, entry) -> fen."""


async def clear_day(ask: Ask, day: int, private: Mapping[int, bytes], target: Path) -> dict[str, Any]:
    """Write the folder of a closed day, whole or not at all; returns its manifest. ``private`` are keys by version.

    Raises ``CONFIG_VALUE`` where the day is not closed, ``KEY_UNUSABLE`` where it needs a key that is not given,
    ``WIRE_MALFORMED`` for a box that was sealed to another key than it says.
    """
    owed = await _owed(ask, day)
    rows: dict[tuple[str, str], list[tuple[object, ...]]] = defaultdict(list)
    taps = await _taps(ask, sorted({entry for _, entry in owed}))
    by_tap: Counter[tuple[str, Identity]] = Counter()
    held: dict[Identity, tuple[Entry, Entry | None]] = {}
    for (issuer, entry), fen in owed.items():
        tap, proof = taps[entry]
        by_tap[issuer, _identity(tap)] += fen
        held[_identity(tap)] = tap, proof
    for (issuer, identity), fen in sorted(by_tap.items()):
        tap, proof = held[identity]
        place = _place(tap, issuer)
        if place[0] and (fen > 0 or (fen and issuer != AWAITED)):
            rows[place].append(_row(tap, proof, fen, private))
    return _written(day, rows, target)


async def _owed(ask: Ask, day: int) -> Owed:
    """Return what issuers owe by the file of a day, by the entry that each line hangs on."""
    head = await ask("files.pieces", {"day": day})
    owed: Counter[tuple[str, Identity]] = Counter()
    pieces = [("files.terminal", "terminal", one) for one in head["terminals"]]
    pieces += [("files.bucket", "bucket", one) for one in head["buckets"]]
    for verb, name, piece in pieces:
        for row in (await ask(verb, {"day": day, name: piece}))["rows"]:
            _add(owed, row)
    return owed


def _add(owed: Counter[tuple[str, Identity]], row: ExportRow) -> None:
    _, entry, _, _, reason, reference, account, party, _, fen = row
    is_paid_already = reason == Reason.RESULT and reference.startswith(Result.SETTLED) and fen < 0
    if account == Account.ISSUER and (reason not in ANSWERS or is_paid_already):
        owed[party, _named(entry)] += fen
    elif (account, party) == (Account.SUSPENSE, TORN) and reason not in ANSWERS:
        owed[AWAITED, _named(entry)] -= fen


def _named(reference: str) -> Identity:
    terminal, epoch, seq = reference.split("/")
    return terminal, int(epoch), int(seq)


async def _taps(ask: Ask, entries: Sequence[Identity]) -> dict[Identity, tuple[Entry, Entry | None]]:
    found: dict[Identity, tuple[Entry, Entry | None]] = {}
    for start in range(0, len(entries), AT_ONCE):
        asked = entries[start : start + AT_ONCE]
        answer = await ask("files.taps", {"entries": [list(entry) for entry in asked]})
        for entry, (tap, proof) in zip(asked, answer["taps"], strict=True):
            found[entry] = _decoded(tap), _decoded(proof) if proof else None
    return found


def _decoded(text: str) -> Entry:
    return decode_entry(base64.b64decode(text))


def _identity(entry: Entry) -> Identity:
    return entry.terminal, entry.epoch, entry.seq


def _place(tap: Entry, issuer: str) -> tuple[str, str]:
    """Return kind and issuer of the file that a tap is in."""
    if issuer == AWAITED and isinstance(tap.body, Intent):
        return "torn", issuer_of(tap.body)
    return _kind(tap), issuer


def _kind(tap: Entry) -> str:
    """Return which kind of file a tap is in; empty for what nobody's issuer is asked for: meals by hand."""
    if isinstance(tap.body, Intent):
        return "purse"
    family = tap.body.family if isinstance(tap.body, PaidTap) else ""
    return {Family.BANK_CARD: "bank", Family.CODE: "code"}.get(Family(family), "")


def _row(tap: Entry, proof: Entry | None, fen: int, private: Mapping[int, bytes]) -> tuple[object, ...]:
    body = tap.body
    if not isinstance(body, Intent | PaidTap):
        raise TypeError(f"entry {tap.seq} is no tap")
    reference = "{}/{}/{}".format(*_identity(tap))
    if body.clearing_key not in private:
        raise ConfigError(
            "KEY_UNUSABLE", f"{reference} is sealed to clearing key {body.clearing_key}: give its --key too"
        )
    number = _number(body.box, private[body.clearing_key], reference)
    head = (reference, tap.time_ms, fen, body.charge.payer_fen)
    if isinstance(body, Intent):
        return (*head, number, *_purse(body, proof))
    if body.medium.bank_card is not None:
        pan, _, rest = number.partition("D")
        card = body.medium.bank_card
        return (*head, pan, rest[:4], "" if card.counter is None else card.counter, card.field_55.hex())
    evidence = body.medium.code.evidence if body.medium.code is not None else b""
    return (*head, number, evidence.hex())


def _purse(intent: Intent, proof: Entry | None) -> tuple[object, ...]:
    """Return what the issuer checks the TAC with; it is empty where the card left before it gave one."""
    tac = proof.body.tac if proof is not None and isinstance(proof.body, Posted | Settled) else b""
    debit = intent.debit
    session = (debit.psam_number.hex(), debit.psam_sequence, debit.counter, debit.balance_fen)
    return (tac.hex(), *session, debit.kind, debit.algorithm, debit.key_version, debit.time)


def _number(box: bytes, private: bytes, reference: str) -> str:
    try:
        return open_box(private, box).decode("ascii")
    except (RemoteProtocolError, UnicodeDecodeError):
        raise RemoteProtocolError("WIRE_MALFORMED", f"{reference}: its box is not sealed to this key") from None


def _written(day: int, rows: Mapping[tuple[str, str], list[tuple[object, ...]]], target: Path) -> dict[str, Any]:
    part, place = target / f".{day}.part", target / str(day)
    with coded_errors(part):
        shutil.rmtree(part, ignore_errors=True)
    make_folder(part, 0o700)
    files = [
        _file(part, f"{kind}-{quote(issuer, safe='')}.csv", kind, rows[kind, issuer]) for kind, issuer in sorted(rows)
    ]
    manifest = {
        "day": day,
        "files": files,
        "fen": sum(one["fen"] for one in files if not one["name"].startswith("torn-")),
    }
    _private(part / MANIFEST, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    with coded_errors(place):
        if place.exists():
            shutil.rmtree(place)
        part.rename(place)
    sync_folder(target)
    return manifest


def _file(folder: Path, name: str, kind: str, rows: list[tuple[object, ...]]) -> dict[str, Any]:
    content = csv_text([COLUMNS[kind], *rows]).encode()
    _private(folder / name, content)
    fen = sum(int(str(row[2])) for row in rows)
    return {"name": name, "rows": len(rows), "fen": fen, "sha256": hashlib.sha256(content).hexdigest()}


def _private(path: Path, content: bytes) -> None:
    """Write a file that never had other rights than its owner's."""
    with coded_errors(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
