"""What the centre answers when it does not accept: one table, as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from edge.domain.errors import OneCardError

PROBLEM_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """HTTP status, the type's last path element, and a title for people."""

    status: int
    name: str
    title: str


SEQUENCE_GAP: Final = Problem(409, "sequence-gap", "The batch begins beyond what is held")
PROBLEMS: Final[dict[str, Problem]] = {
    "CHAIN_FORK": Problem(409, "chain-fork", "Other entries are held under these numbers"),
    "EPOCH_FENCED": Problem(409, "epoch-fenced", "A newer epoch of this terminal is in use"),
    "WIRE_MALFORMED": Problem(422, "malformed", "The body is not of the stated format"),
    "WIRE_VERSION": Problem(422, "unknown-version", "The format version is not known"),
    "WIRE_TOO_LARGE": Problem(413, "too-large", "The body is above a limit"),
    "CHAIN_BROKEN": Problem(422, "chain-broken", "The entries do not end in the stated head"),
    "SIGNATURE_WRONG": Problem(403, "signature-wrong", "The signature fits no key of the terminal"),
    "TERMINAL_UNKNOWN": Problem(404, "terminal-unknown", "The terminal or its epoch is not enrolled here"),
    "CERTIFICATE_REFUSED": Problem(403, "certificate-refused", "The certificate does not let this terminal in"),
    "CERTIFICATE_EXPIRED": Problem(403, "certificate-expired", "The certificate has expired"),
    "TERMINAL_REVOKED": Problem(409, "terminal-revoked", "The operator has shut this terminal out"),
    "ENROLMENT_REFUSED": Problem(403, "enrolment-refused", "The token is unknown, used or expired"),
}
UNAVAILABLE: Final = Problem(503, "unavailable", "The store does not take entries now")
NOT_FOUND: Final = Problem(404, "not-found", "Nothing is here")
WRONG_TYPE: Final = Problem(415, "wrong-type", "The content type is not the one of a batch")
CROWDED: Final = Problem(503, "crowded", "Every place for a batch is taken")
TOO_SLOW: Final = Problem(408, "too-slow", "The body did not arrive in time")


def problem_of(error: OneCardError) -> Problem:
    """Return the problem for a coded error; one without a row is the centre's own trouble and may be retried."""
    return PROBLEMS.get(error.code, UNAVAILABLE)


def problem_body(problem: Problem, detail: str, **members: object) -> bytes:
    """Return the document; ``members`` are the type's own members."""
    document = {"type": f"/problems/{problem.name}", "title": problem.title, "status": problem.status}
    return json.dumps({**document, "detail": detail, **members}, ensure_ascii=False).encode()
