"""Our own codes as an operator issues them: one ticket, one identity, each by both algorithms."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from drivers.scanners.codes.onecard import Kind, OwnCode, Subject, encode, statement
from drivers.scanners.codes.onecard.layout import PURPOSE
from edge.crypto.signing import SigningKey
from edge.crypto.sm import public_key, sm2_sign
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from tests.drivers.codes.trusting import FOREVER_MS, NOW_S

SAMPLE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "cards" / "onecard_code.json").read_text("utf-8")
)
SEED: Final = bytes.fromhex(SAMPLE["private"])
ED25519: Final = SigningKey(SEED)
HOLDER: Final = bytes.fromhex("00112233445566778899aabbccddeeff")


def key_of(algorithm: CodeAlgorithm, public: bytes) -> CodeKey:
    key_id = hashlib.sha256(public).digest()[:4]
    return CodeKey("onecard", key_id, algorithm, public, "canteen", 0, FOREVER_MS)


BY_ED25519: Final = key_of(CodeAlgorithm.ED25519, ED25519.public)
BY_SM2: Final = key_of(CodeAlgorithm.SM2, public_key(SEED))
TICKET: Final = OwnCode(
    algorithm=CodeAlgorithm.ED25519,
    key_id=BY_ED25519.key_id,
    kind=Kind.TICKET,
    subject=Subject.ACCOUNT,
    whose=b"meal-0042",
    made_s=NOW_S,
    from_s=NOW_S + 60,
    until_s=NOW_S + 3600,
    amount_max_fen=1500,
    number=bytes(range(8)),
    rider="senior",
)
IDENTITY: Final = replace(
    TICKET, kind=Kind.IDENTITY, subject=Subject.HOLDER, whose=HOLDER, amount_max_fen=None, rider="", from_s=NOW_S
)


def printed(code: OwnCode, stated: bytes | None = None) -> bytes:
    """Return a code as it is printed; ``stated`` is signed in the place of what the code says."""
    stated = statement(code) if stated is None else stated
    sign = ED25519.sign if code.algorithm is CodeAlgorithm.ED25519 else lambda message: sm2_sign(SEED, message)
    return encode(stated, sign(PURPOSE + stated))


def by_sm2(code: OwnCode) -> OwnCode:
    return replace(code, algorithm=CodeAlgorithm.SM2, key_id=BY_SM2.key_id)
