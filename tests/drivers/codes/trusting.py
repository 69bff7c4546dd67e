"""What codes are verified against in tests: synthetic roots, and every signature that was asked for counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.code_scheme import CodeRules, CodeTrust
from drivers.virtual.transit_codes import TransitIssuer
from edge.crypto.signing import verify
from edge.crypto.sm import chosen_sm2
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from edge.domain.errors import RemoteProtocolError

NOW_S: Final = 1_764_000_000
FOREVER_MS: Final = 4_102_444_800_000
HOME: Final = "45200001"


def ed25519_fits(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        verify(public, signature, message)
    except RemoteProtocolError:
        return False
    return True


class CountedSm2:
    """The SM2 of this process, counting its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, public: bytes, signature: bytes, message: bytes, signer_id: bytes) -> bool:
        self.calls += 1
        return chosen_sm2().verify(public, signature, message, signer_id)


def transit_root(issuer: TransitIssuer, *, until_ms: int = FOREVER_MS, test: bool = False) -> CodeKey:
    key_id, public = issuer.root_key_id, issuer.root_public
    return CodeKey("jtt1179", key_id, CodeAlgorithm.SM2, public, "synthetic root", 0, until_ms, test)


def trust_of(keys: Sequence[CodeKey], rules: CodeRules | None = None, sm2: CountedSm2 | None = None) -> CodeTrust:
    home = CodeRules(home_issuers=frozenset({HOME}))
    return CodeTrust(lambda: tuple(keys), rules or home, sm2 or CountedSm2(), ed25519_fits)
