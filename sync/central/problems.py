"""What the centre answers when it does not accept: one table, as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from typing import Final

from edge.domain.error_codes import CODES
from edge.domain.errors import OneCardError
from edge.domain.frozen import frozen
from sync.central.contract import PROBLEMS_PATH

PROBLEM_TYPE: Final = "application/problem+json"


@frozen
class Problem:
    """HTTP status, the type's last path element, a title for people, and what to do where no code says it."""

    status: int
    name: str
    title: str
    hint: str = ""

    @property
    def code(self) -> str:
        """Return the stable code of a problem that no error of the product stands for."""
        return self.name.upper().replace("-", "_")


SEQUENCE_GAP: Final = Problem(
    409, "sequence-gap", "The batch begins beyond what is held", "send from expected_seq on; the ack inside is signed"
)
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
UNAVAILABLE: Final = Problem(
    503, "unavailable", "The store does not take entries now", "come again after Retry-After; nothing was stored"
)
NOT_FOUND: Final = Problem(404, "not-found", "Nothing is here", "the paths that exist are in /openapi.json")
METHOD_UNKNOWN: Final = Problem(405, "method-unknown", "The path does not know the method", "see the header Allow")
WRONG_TYPE: Final = Problem(
    415, "wrong-type", "The content type is not the one of a batch", "batches have a media type of their own"
)
BEYOND_END: Final = Problem(416, "beyond-end", "The range begins beyond the end", "ask for bytes that the segment has")
CROWDED: Final = Problem(
    503, "crowded", "Every place for a batch is taken", "come again after Retry-After; nothing was stored"
)
TOO_SLOW: Final = Problem(408, "too-slow", "The body did not arrive in time", "send less at once, or on a better line")
ALL_PROBLEMS: Final = {
    problem.name: problem
    for problem in (
        SEQUENCE_GAP,
        *PROBLEMS.values(),
        UNAVAILABLE,
        NOT_FOUND,
        METHOD_UNKNOWN,
        WRONG_TYPE,
        BEYOND_END,
        CROWDED,
        TOO_SLOW,
    )
}
CODE_OF: Final = {problem.name: code for code, problem in PROBLEMS.items()}


def problem_of(error: OneCardError) -> Problem:
    """Return the problem for a coded error; one without a row is the centre's own trouble and may be retried."""
    return PROBLEMS.get(error.code, UNAVAILABLE)


def hint_of(problem: Problem, code: str) -> str:
    """Return what to do about a problem: its own words, or those of the error code behind it."""
    return problem.hint or CODES[code][2]


def problem_body(problem: Problem, detail: str, code: str = "", **members: object) -> bytes:
    """Return the document; ``code`` is the error's where one stands behind it, ``members`` are the type's own."""
    code = code or CODE_OF.get(problem.name, problem.code)
    document = {
        "type": PROBLEMS_PATH + problem.name,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "code": code,
        "hint": hint_of(problem, code),
    }
    return json.dumps({**document, **members}, ensure_ascii=False).encode()
