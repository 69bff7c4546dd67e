"""What a scanned transit code costs beside bare SM2 verifications of the same run.

A terminal sees the same issuers all day and every user for the first time. So of the chain of three the certificate is
known by its bytes, the authorisation is verified by the issuer's key, which is loaded, and the code by a user's key,
which is new and compressed: two signatures, one of them by a key that must be expanded first. The row is held to the
cheaper of the two bare verifications, by a loaded key: loading the user's key is then work of the product's own, as it
is at the gate. The other floor, a new key each time, is printed beside it, and what the first code of an issuer costs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Final

from drivers.code_scheme import CodeRules, CodeTrust
from drivers.scanners.codes.jtt1179 import Jtt1179
from drivers.scanners.codes.onecard import Kind, OnecardCode, OwnCode, Subject
from drivers.virtual.transit_codes import TransitIssuer
from edge.code_issuing import IssuingKey
from edge.code_key_file import FOREVER_MS
from edge.crypto.sm import chosen_sm2, public_key, sm2_sign
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from edge.wiring_codes import ed25519_fits
from tests.bench.comparison import Comparison, compared
from tests.bench.report import Report

ROW: Final = "codes"
LIMIT: Final = 2.5
USERS: Final = 300
"""More than keys are kept loaded, or certificates known, so that every user is new and every issuer can be."""
ROUNDS: Final = 5
BLOCKS: Final = 10
NOW_S: Final = 1_764_000_000
SIGNED_BYTES: Final = 267
"""What a user signs of a code without additions."""

Work = Callable[[], object]


def run() -> int:
    """Print the figures; returns 1 where the limit is missed."""
    report = Report(ROW, "codes verified offline", "one bare SM2 verification of 267 bytes by a loaded key, same run")
    report.note(f"SM2 by {chosen_sm2().name}")
    known = bare(1)
    transit = transit_code(issuers=1)
    beside_loaded = measured(transit, known)
    ratio = beside_loaded.ratio(50).median
    report.figure("JT/T 1179, known issuer, new user", beside_loaded.text(50), value=ratio, limit=LIMIT)
    report.figure("  beside a new key each time", measured(transit, bare(USERS)).text(50))
    report.figure("JT/T 1179, new issuer, new user", measured(transit_code(issuers=USERS), known).text(50))
    report.figure("our own, Ed25519", measured(own_code(CodeAlgorithm.ED25519), known).text(50))
    report.figure("our own, SM2, key loaded", measured(own_code(CodeAlgorithm.SM2), known).text(50))
    return report.end()


def measured(work: Work, floor: Work) -> Comparison:
    """Take the work and the floor in turn."""

    async def figure(count: int) -> Sequence[float]:
        return timed(work, count)

    return asyncio.run(compared(figure, lambda count: timed(floor, count), rounds=ROUNDS, blocks=BLOCKS))


def timed(work: Work, count: int) -> list[float]:
    """Return how long each of ``count`` calls took, in microseconds."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1e6)
    return taken


def bare(keys: int) -> Work:
    """Return one verification after another, each by the next of so many keys (points of 64 bytes)."""
    secrets, message = [(2000 + number).to_bytes(32, "big") for number in range(keys)], bytes(SIGNED_BYTES)
    signed = cycle([(public_key(secret), sm2_sign(secret, message)) for secret in secrets])
    verify = chosen_sm2().verify

    def verify_next() -> None:
        public, signature = next(signed)
        expect(verify(public, signature, message))

    return verify_next


def transit_code(issuers: int) -> Work:
    """Return the verification of one user's code after another's, under so many certificates in turn."""
    issuer = TransitIssuer()
    root = CodeKey("jtt1179", issuer.root_key_id, CodeAlgorithm.SM2, issuer.root_public, "root", 0, FOREVER_MS)
    certificates = [replace(issuer, serial=1 + number).certified() for number in range(issuers)]
    codes = [signed_by(issuer, number, certificates[number % issuers]) for number in range(USERS)]
    scheme, turn = Jtt1179(trusting(root)), cycle(codes)
    return lambda: expect(not scheme.read(next(turn)).known.refusal)


def signed_by(issuer: TransitIssuer, number: int, certificate: bytes) -> bytes:
    """Return the code of one user under this certificate of the issuer."""
    user = replace(issuer, user=(1000 + number).to_bytes(32, "big"))
    return user.code(NOW_S, certificate=certificate)


def own_code(algorithm: CodeAlgorithm) -> Work:
    """Return the verification of an own code."""
    key = IssuingKey(algorithm, b"\x06" * 32)
    ticket = OwnCode(
        algorithm, key.key_id, Kind.TICKET, Subject.ACCOUNT, b"meal", NOW_S, NOW_S, NOW_S + 60, 1500, bytes(8)
    )
    scheme, printed = OnecardCode(trusting(key.row("canteen"))), key.issue(ticket)
    return lambda: expect(not scheme.read(printed).known.refusal)


def trusting(key: CodeKey) -> CodeTrust:
    return CodeTrust(lambda: (key,), CodeRules(), chosen_sm2().verify, ed25519_fits)


def expect(held: bool) -> None:  # noqa: FBT001 - the one thing it is asked
    if not held:
        raise AssertionError("a sound code was refused")
