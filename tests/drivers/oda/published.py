"""The published UnionPay test card: its records as they are, signed with its published test keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from drivers.oda.ca_keys import load_ca_keys
from drivers.oda.outcome import Verdict
from drivers.oda.scheme import SCHEMES, Scheme
from drivers.oda.session import Exchanges, Observed
from drivers.oda.verify import Revoked, Trust, verify
from edge.crypto.sm import sm2_verify, sm3
from tests.drivers.oda import cards
from tests.drivers.oda.cards import Pair, Tags, pair, reading, sized, template, tlv
from tests.drivers.oda.issuing import RsaPrivate, load

CARD: Final = load("unionpay_test_card")
CA_KEYS: Final = load("ca_keys")
AID: Final[str] = CARD["aid"]
RSA_DAY: Final = date(2026, 3, 1)
SM2_DAY: Final = date(2020, 6, 1)
PRIVATE: Final = RsaPrivate.of(CARD["rsa"])
TERMINAL: Final[Tags] = {**cards.TERMINAL, "DF69": "01"}


def records(algorithm: str) -> dict[tuple[int, int], str]:
    """Return the records that the AFL names; the scripts put files 2 and 3 under 10 and 18, 5 under 28."""
    raw: Mapping[str, str] = CARD[algorithm]["records"]
    return {(bytes.fromhex(place)[0], bytes.fromhex(place)[1]): record for place, record in raw.items()}


def opened(algorithm: str, answer: str, terminal: Tags = TERMINAL) -> list[Pair]:
    """Return selection, GPO answered with ``answer``, and every record."""
    fci = tlv("6F", tlv("84", AID) + CARD["fci_template"])
    asked = tlv("83", "".join(terminal.values()))
    return [
        pair(sized("00A40400", AID[:14]), fci),
        pair(sized("80A80000", asked), answer),
        *reading(records(algorithm)),
    ]


def tap(signed: str, terminal: Tags = TERMINAL, card_authentication: str = "", algorithm: str = "rsa") -> list[Pair]:
    """Return a QuickPass tap of the published card with this signature, given with the answer to GPO."""
    says = CARD[algorithm]
    objects = {"82": says["aip"], "94": says["afl"], "9F36": CARD["fdda"]["counter"], "9F10": says["issuer_facts"]}
    objects |= {"57": CARD["track_2"], "9F26": "1122334455667788", "5F34": "01", "9F4B": signed}
    exchange = opened(algorithm, template("77", objects), terminal)
    if card_authentication:
        shown, put = CARD["card_authentication"], card_authentication
        changed = [(command, answer.body.hex().upper().replace(shown, put)) for command, answer in exchange]
        return [pair(command.hex(), body) for command, body in changed]
    return exchange


def challenged(algorithm: str, signed: str, challenge: str) -> list[Pair]:
    """Return a contact exchange of the published card with INTERNAL AUTHENTICATE."""
    says = CARD[algorithm]
    exchange = opened(algorithm, tlv("80", says["aip"] + says["afl"]))
    return [*exchange, pair(sized("00880000", challenge), tlv("80", signed))]


def observed(pairs: list[Pair]) -> Observed:
    """Return the application that a recording selected."""
    exchanges = Exchanges()
    for command, answer in pairs:
        exchanges.observe(command, answer)
    assert exchanges.current is not None
    return exchanges.current


def judged(
    pairs: list[Pair],
    at: date = RSA_DAY,
    scheme: str | Scheme = "unionpay-test",
    keys: object = CA_KEYS,
    revoked: Revoked = frozenset(),
) -> Verdict:
    """Return the verdict on a recording."""
    accepted = SCHEMES[scheme] if isinstance(scheme, str) else scheme
    return verify(observed(pairs), Trust(accepted, load_ca_keys(keys), sm2_verify, sm3, revoked), at)
