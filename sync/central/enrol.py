"""Enrolment at the centre: one-time tokens, and the grants that a token buys."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, cast

from edge.crypto.signing import KEY_BYTES
from edge.domain.errors import ConfigError, UplinkError
from edge.domain.exchange import EnrolmentKit, Grant
from edge.domain.tap import TERMINAL_NAME
from sync.central.authority import Issued
from sync.central.certificates import issued_work
from sync.central.facts import EPOCH_FLOOR, fact_work
from sync.central.keys import CentreKeys
from sync.central.receive import take_terminal
from sync.central.rulings import check_not_revoked_work
from sync.central.store import statements as sql
from sync.central.store.port import Query, Row, Work, insert_rows
from sync.grant import grant_hash, open_grant, seal_grant
from sync.kit import EnrolmentRequest

TOKEN_LIFETIME_MS: Final = 7 * 24 * 3600 * 1000
EPOCH_MAX: Final = 2**40


def token_work(terminal: str, secret: bytes, now_ms: int) -> Work[None]:
    """Remember a fresh token: only the hash of its secret is kept."""
    if not TERMINAL_NAME.fullmatch(terminal):
        raise ConfigError("CONFIG_VALUE", "a terminal's name has 1 to 32 characters of A-Z a-z 0-9 . _ -")
    yield insert_rows(sql.ADD_PERMIT, [(terminal, _hash(secret), now_ms + TOKEN_LIFETIME_MS, 0)])


def enrol_work(
    request: EnrolmentRequest, keys: CentreKeys, now_ms: int, issued: Issued | None = None
) -> Work[EnrolmentKit]:
    """Spend the token and give the next epoch with its spare, and the certificate that was ``issued`` for the request.

    Raises ``ENROLMENT_REFUSED``, or ``TERMINAL_REVOKED`` where the operator has shut the terminal out.

    A number is never given twice: the next epoch lies above all that were given, above what the device knows, and above
    what a store that was lost may have given before this one was restored from its backup.
    """
    yield from _take_or_add(request.terminal, now_ms)
    yield from check_not_revoked_work(request.terminal)
    yield from _spend(request, now_ms)
    rows = yield Query(sql.STREAMS, (request.terminal,))
    given = max([cast("int", row[0]) for row in rows], default=0)
    given = max(given, (yield from fact_work(EPOCH_FLOOR, 0)))
    epoch = max(given, request.known_epoch) + 1
    previous = _newest_head(rows)
    grants = [
        seal_grant(keys.signing, Grant(request.terminal, number, previous, request.public_key, now_ms, spare))
        for number, spare in ((epoch, False), (epoch + 1, True))
    ]
    streams = [
        (request.terminal, number, request.public_key, spare, now_ms, 0, 0, grant_hash(file), file)
        for number, spare, file in ((epoch, 0, grants[0]), (epoch + 1, 1, grants[1]))
    ]
    yield insert_rows(sql.ADD_STREAMS, streams)
    if issued is not None:
        yield from issued_work(request.terminal, issued, now_ms)
    return EnrolmentKit(
        grants[0],
        grants[1],
        keys.signing.public,
        keys.token_key.version,
        keys.token_key.secret,
        keys.clearing_version,
        keys.clearing_public,
        issued.chain if issued is not None else b"",
        keys.succession if len(keys.ever.keys) > 1 else b"",
    )


def adopt_work(grant_file: bytes, keys: CentreKeys, now_ms: int, shown_by: str = "") -> Work[Grant]:
    """Take back a grant that this centre signed and has forgotten: it was restored from a backup before that day.

    Nothing happens where the grant is known. Raises ``WIRE_MALFORMED``, ``SIGNATURE_WRONG``, or ``CERTIFICATE_REFUSED``
    where it is not the grant of the terminal that it was ``shown_by`` (empty: nobody proved a name).
    """
    grant = open_grant(grant_file, keys.ever)
    if shown_by not in {"", grant.terminal}:
        raise UplinkError("CERTIFICATE_REFUSED", f"it is {shown_by}'s, the grant is {grant.terminal}'s")
    yield from _take_or_add(grant.terminal, now_ms)
    rows = yield Query(sql.STREAMS, (grant.terminal,))
    if grant.epoch not in {row[0] for row in rows}:
        head = grant_hash(grant_file)
        stream = (grant.terminal, grant.epoch, grant.terminal_key, int(grant.spare), now_ms, 0, 0, head, grant_file)
        yield insert_rows(sql.ADD_STREAMS, [stream])
        yield insert_rows(sql.ADD_ALARMS, [(grant.terminal, grant.epoch, "grant_adopted", now_ms)])
    return grant


def _take_or_add(terminal: str, now_ms: int) -> Work[None]:
    """Take a terminal for the rest of the transaction; a new one is added."""
    yield insert_rows(sql.ADD_TERMINAL, [(terminal, now_ms, now_ms)])
    yield from take_terminal(terminal, 0)


def check_request(request: EnrolmentRequest) -> None:
    """Refuse a request that cannot be answered, with ``ENROLMENT_REFUSED``."""
    named = TERMINAL_NAME.fullmatch(request.terminal) is not None
    keys = len(request.public_key) == KEY_BYTES and len(request.box_key) == KEY_BYTES
    if not (named and keys and 0 <= request.known_epoch < EPOCH_MAX):
        raise ConfigError("ENROLMENT_REFUSED", "the request lacks a name, a key or a sound epoch")


def _spend(request: EnrolmentRequest, now_ms: int) -> Work[None]:
    secret_hash = _hash(request.secret)
    rows = yield Query(sql.PERMIT, (request.terminal, secret_hash))
    if not rows:
        raise ConfigError("ENROLMENT_REFUSED", "no such token")
    expires_ms, used_ms = cast("tuple[int, int]", rows[0])
    if used_ms or now_ms > expires_ms:
        raise ConfigError("ENROLMENT_REFUSED", "the token is used up" if used_ms else "the token has expired")
    yield Query(sql.USE_PERMIT, (now_ms, request.terminal, secret_hash))


def _newest_head(rows: Sequence[Row]) -> bytes:
    """Return the head of the newest epoch in use: a spare grant counts only once it has appeared."""
    used = [row for row in rows if row[3] or not row[2]]
    return cast("bytes", used[-1][5]) if used else b""


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
