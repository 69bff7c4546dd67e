"""Payloads of codes: verified for real, and with signatures that all fit, so that the search comes behind them."""

from __future__ import annotations

from functools import partial
from typing import Final

from drivers.code_scheme import CodeRules, CodeScheme, CodeTrust
from drivers.registry import code_schemes
from drivers.virtual.transit_codes import TransitIssuer
from edge.domain.card_number import CardNumber
from sync.wire import encode
from tests.drivers.codes.own_codes import BY_ED25519, BY_SM2, IDENTITY, TICKET, by_sm2, printed
from tests.drivers.codes.trusting import NOW_S, transit_root, trust_of
from tests.fuzz.target import Target

ISSUER: Final = TransitIssuer()
LOCAL: Final = TransitIssuer(version=0x81)
KEYS: Final = (BY_ED25519, BY_SM2, transit_root(ISSUER), transit_root(LOCAL))
RULES: Final = CodeRules(home_issuers=frozenset({"45200001"}), test=True)
SEEDS: Final = {
    "jtt1179": [ISSUER.code(NOW_S), LOCAL.code(NOW_S, added=b"\x01" * 32), ISSUER.code(NOW_S, card_type=4)],
    "onecard": [printed(TICKET), printed(IDENTITY), printed(by_sm2(TICKET))],
}


def fits(*_arguments: bytes) -> bool:
    return True


def feed(schemes: tuple[CodeScheme, CodeScheme], taken: bytes) -> None:
    """Read by a scheme that verifies and by one that does not; neither raises, and facts can always be written."""
    for scheme in schemes:
        scheme.recognises(taken)
        code = scheme.read(taken)
        assert len(code.known.code) == 16
        assert bool(code.known.refusal) == (code.number == CardNumber(""))
        encode(code.facts())


def built(name: str) -> tuple[CodeScheme, CodeScheme]:
    model = code_schemes()[name]
    return model.build(trust_of(KEYS)), model.build(CodeTrust(lambda: KEYS, RULES, fits, fits))


TARGETS: Final = tuple(
    Target(f"code_{name}", partial(feed, built(name)), SEEDS.get(name, [b"\0"]), refusals=()) for name in code_schemes()
)
