"""What the fleet pages answer when they do not accept: one table, as problem documents (RFC 9457)."""

from __future__ import annotations

from typing import Final

from edge.domain.error_codes import CODES
from sync.central.contract import PROBLEMS_PATH
from sync.central.problems import PROBLEMS, TOO_SLOW, Problem

SIGNED_OUT: Final = Problem(401, "signed-out", "Nobody is signed in", "sign in; a session ends after half an hour idle")
WRONG: Final = Problem(401, "wrong-password", "Name or password is wrong", "type both again")
LOCKED: Final = Problem(429, "locked", "Too many wrong passwords", "wait as long as Retry-After says, then try again")
CROWDED: Final = Problem(429, "crowded", "Too many sign in at once", "try again in a moment")
FORGED: Final = Problem(403, "forged", "The request does not come from a page of this session", "load the page anew")
NOT_ALLOWED: Final = Problem(403, "not-allowed", "Your role may look, but not do this", "ask somebody whose role may")
ELSEWHERE: Final = Problem(421, "elsewhere", "Nothing is served under this name", "use the address that was announced")
NOT_FOUND: Final = Problem(404, "not-found", "Nothing is here", "go on from the menu of the pages")
MALFORMED: Final = Problem(400, "malformed", "The request is not what this asks for", "load the page anew")
REFUSED: Final = Problem(409, "refused", "The centre does not do this", "see what the code's hint says")
FAILED: Final = Problem(503, "failed", "The centre cannot do this now", "try again in a moment")
TOO_LARGE: Final = PROBLEMS["WIRE_TOO_LARGE"]
FLEET_PROBLEMS: Final = {
    problem.name: problem
    for problem in (
        SIGNED_OUT,
        WRONG,
        LOCKED,
        CROWDED,
        FORGED,
        NOT_ALLOWED,
        ELSEWHERE,
        MALFORMED,
        REFUSED,
        FAILED,
        TOO_LARGE,
        TOO_SLOW,
        NOT_FOUND,
    )
}


def document_of(problem: Problem, code: str = "") -> dict[str, object]:
    """Return the members of a problem document that do not change; ``code`` is the error's behind it."""
    return {
        "type": PROBLEMS_PATH + problem.name,
        "title": problem.title,
        "status": problem.status,
        "code": code or problem.code,
        "hint": CODES[code][2] if code else problem.hint,
    }
