"""One value of every kind, and another of the same kind that a later edition brings."""

from __future__ import annotations

import hashlib
from typing import Final

from edge.domain.ca_keys import CaKeys, RevokedIssuer, RsaCaKey, Sm2CaKey
from edge.domain.code_keys import CodeAlgorithm, CodeKey, CodeKeys
from sync.value_forms import CA_KEYS_KIND, CODE_KEYS_KIND, Counted

RID: Final = bytes.fromhex("A000000333")


def code_key(number: int) -> CodeKey:
    return CodeKey("onecard", bytes([number]) * 4, CodeAlgorithm.ED25519, bytes([number]) * 32, "canteen", 0, 1 << 47)


def rsa_key(index: int) -> RsaCaKey:
    named, modulus, exponent = bytes([index]), b"\xc5" * 128, b"\x03"
    digest = hashlib.sha1(RID + named + modulus + exponent, usedforsecurity=False).digest()
    return RsaCaKey(RID, named, "live", modulus, exponent, digest, "2030-12-31")


SAMPLES: Final[dict[str, tuple[Counted, Counted]]] = {
    CODE_KEYS_KIND: (CodeKeys((code_key(1),)), CodeKeys((code_key(1), code_key(2)))),
    CA_KEYS_KIND: (
        CaKeys((rsa_key(8),), ()),
        CaKeys((rsa_key(9),), (Sm2CaKey(RID, b"\x57", "test", b"\5" * 64),), (RevokedIssuer(RID, b"\x09", b"\0\1\2"),)),
    ),
}
