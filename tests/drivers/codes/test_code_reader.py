"""The stand: the scheme that recognises a payload verifies it, whichever order they stand in."""

from __future__ import annotations

import itertools

import pytest

from drivers.code_reader import CodeStand
from drivers.code_scheme import CodeScheme
from drivers.links.memory import MemoryLine
from drivers.registry import code_schemes, scanner_model
from drivers.scanner import Scanner
from drivers.scanning import ScannerSettings
from drivers.virtual.scanner import TONGUES, VirtualScanner
from drivers.virtual.transit_codes import TransitIssuer
from edge.domain.medium import CodeSnapshot, UnknownSnapshot
from edge.ports import CodeReader
from tests.drivers.codes.own_codes import BY_ED25519, TICKET, printed
from tests.drivers.codes.trusting import NOW_S, transit_root, trust_of

ISSUER = TransitIssuer()
TRUST = trust_of([BY_ED25519, transit_root(ISSUER)])
SCHEMES = [model.build(TRUST) for model in code_schemes().values()]


def stand(schemes: list[CodeScheme]) -> CodeStand:
    link = MemoryLine("scanner", VirtualScanner(TONGUES["line"]())).link()
    return CodeStand(Scanner(link, scanner_model("line").build(ScannerSettings())), schemes)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(SCHEMES)), ids=lambda order: " ".join(each.name for each in order)
)
@pytest.mark.parametrize(
    ("payload", "scheme"), [(ISSUER.code(NOW_S), "jtt1179"), (printed(TICKET), "onecard")], ids=["transit", "ours"]
)
def test_a_code_goes_to_its_scheme(order: tuple[CodeScheme, ...], payload: bytes, scheme: str) -> None:
    code = stand(list(order)).read(payload)
    assert isinstance(code, CodeSnapshot)
    assert (code.known.scheme, code.known.refusal) == (scheme, "")


def test_a_payload_of_nobody_is_a_medium_that_is_not_served_here() -> None:
    reader: CodeReader = stand(SCHEMES)
    assert isinstance(reader, CodeStand)
    assert reader.read(b"http://example.org/") == UnknownSnapshot(("jtt1179", "onecard"))
    assert reader.counters()["scanner_refused"] == 1
