"""JT/T 1179 codes: the restated cases, every refusal in its order, and what a decision and an entry get to see."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scheme import CodeRules
from drivers.scanners.codes.jtt1179 import Jtt1179
from drivers.virtual.transit_codes import TransitIssuer
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from sync.wire import encode
from tests.drivers.codes.trusting import FOREVER_MS, HOME, NOW_S, CountedSm2, transit_root, trust_of

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "cards" / "jtt1179.json").read_text("utf-8")
)
ISSUER: Final = TransitIssuer()
LOCAL: Final = TransitIssuer(version=0x81)
ACCOUNT: Final = "3104520000000000017"
NOW_MS: Final = NOW_S * 1000


def reader(issuer: TransitIssuer = ISSUER, rules: CodeRules | None = None) -> Jtt1179:
    return Jtt1179(trust_of([transit_root(issuer)], rules))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_published_layout(case: dict[str, Any]) -> None:
    root = bytes.fromhex(VECTORS["public"]["root"])
    key = CodeKey("jtt1179", bytes.fromhex("800101000001"), CodeAlgorithm.SM2, root, "root", 0, FOREVER_MS)
    code = Jtt1179(trust_of([key])).read(bytes.fromhex(case["code"]))
    found = code.known.refusal or code.known.untimely(case["at_s"] * 1000)
    assert found == case["expect"]
    assert (code.number.reveal() == "3104930400112233445") is (not code.known.refusal)


@pytest.mark.parametrize("issuer", [ISSUER, LOCAL], ids=["interoperable", "local"])
@pytest.mark.parametrize("added", [b"", b"\x00" * 32], ids=["plain", "with 32 bytes of the issuer"])
def test_a_good_code_says_who_pays_what_at_most_and_until_when(issuer: TransitIssuer, added: bytes) -> None:
    code = reader(issuer).read(issuer.code(NOW_S, card_type=3, added=added))
    known = code.known
    assert known.refusal == ""
    assert code.number.reveal() == ACCOUNT
    assert (known.issuer, known.local, known.rider, known.amount_max_fen) == (HOME, True, "senior", 2000)
    assert (known.made_ms, known.valid_until_ms) == (NOW_MS, NOW_MS + 60_000)
    times = [NOW_MS - 120_001, NOW_MS - 120_000, NOW_MS + 60_000, NOW_MS + 60_001]
    assert [known.untimely(at_ms) for at_ms in times] == ["not_yet_valid", "", "", "expired"]


def changed(code: bytes, offset: int, value: int) -> bytes:
    return code[:offset] + bytes([value]) + code[offset + 1 :]


def rooted(issuer: TransitIssuer, **facts: Any) -> Jtt1179:  # noqa: ANN401 - any fact of the root key
    return Jtt1179(trust_of([replace(transit_root(issuer), **facts)]))


GOOD: Final = ISSUER.code(NOW_S)
OTHER: Final = frozenset({"99999999"})
REFUSED: Final = {
    "nothing behind the version": (reader(), GOOD[:1], "payload.length"),
    "a length that is not its own": (reader(), changed(GOOD, 2, 0x4A), "payload.length"),
    "a byte too many": (reader(), GOOD + b"\0", "payload.length"),
    "more of the issuer's bytes than there may be": (reader(), changed(GOOD, 197, 33), "payload.length"),
    "another version": (reader(), changed(GOOD, 0, 0x82), "version.unknown"),
    "a local code of another issuer": (
        reader(LOCAL, CodeRules(home_issuers=OTHER)),
        LOCAL.code(NOW_S),
        "issuer.not_allowed",
    ),
    "a local code where no issuer is ours": (reader(LOCAL, CodeRules()), LOCAL.code(NOW_S), "issuer.not_allowed"),
    "an issuer outside the allow list": (reader(ISSUER, CodeRules(issuers=OTHER)), GOOD, "issuer.not_allowed"),
    "a platform outside the allow list": (reader(ISSUER, CodeRules(platforms=OTHER)), GOOD, "platform.not_allowed"),
    "a certificate of another issuer": (
        reader(),
        replace(ISSUER, certificate_issuer=bytes.fromhex("45200002")).code(NOW_S),
        "issuer.mismatch",
    ),
    "a test code": (reader(), ISSUER.code(NOW_S, card_type=4), "holder.test"),
    "an account that is no number": (reader(), ISSUER.code(NOW_S, user_account=b"\xab" * 10), "holder.malformed"),
    "an unknown root": (reader(), replace(ISSUER, root_index=2).code(NOW_S), "root.unknown"),
    "the root of the other version": (reader(LOCAL), GOOD, "root.unknown"),
    "a test root where money moves": (rooted(ISSUER, test=True), GOOD, "root.unknown"),
    "a root that ended before": (rooted(ISSUER, until_ms=NOW_MS - 1), GOOD, "root.expired"),
    "a certificate of another form": (reader(), changed(GOOD, 3, 0x25), "certificate.format"),
    "a certificate of a thirteenth month": (reader(), changed(GOOD, 14, 0x13), "certificate.format"),
    "a certificate that ended before": (
        reader(),
        replace(ISSUER, certificate_end=bytes.fromhex("1025")).code(NOW_S),
        "certificate.expired",
    ),
    "a certificate of another root": (
        reader(),
        replace(ISSUER, root=b"\x09" * 32).code(NOW_S),
        "certificate.signature",
    ),
    "generated after the authorisation ended": (reader(), ISSUER.code(NOW_S, authorised_s=-1), "authorisation.expired"),
    "the maximum amount raised": (reader(), changed(GOOD, 155, 0x7F), "authorisation.signature"),
    "another byte before the issuer's signature": (reader(), changed(GOOD, 198, 0x14), "authorisation.format"),
    "another byte before the user's signature": (reader(), changed(GOOD, 267, 0x14), "code.format"),
    "the time moved on": (reader(), changed(GOOD, 266, GOOD[266] ^ 1), "code.signature"),
    "another user's signature": (
        reader(),
        GOOD[:-64] + replace(ISSUER, user=b"\x07" * 32).code(NOW_S)[-64:],
        "code.signature",
    ),
}


@pytest.mark.parametrize(("scheme", "code", "reason"), REFUSED.values(), ids=REFUSED)
def test_is_refused(scheme: Jtt1179, code: bytes, reason: str) -> None:
    snapshot = scheme.read(code)
    assert snapshot.known.refusal == reason
    assert snapshot.number.reveal() == ""
    assert snapshot.known.evidence == b""


def test_every_flipped_bit_is_refused() -> None:
    scheme = reader()
    assert scheme.read(GOOD).known.refusal == ""
    for bit in range(0, 8 * len(GOOD), 3):
        flipped = changed(GOOD, bit // 8, GOOD[bit // 8] ^ 1 << bit % 8)
        assert scheme.read(flipped).known.refusal, bit


def test_what_the_profile_leaves_open_is_accepted_where_it_says_so() -> None:
    rules = CodeRules(signature_header=None, same_issuer=False, test=True)
    odd = replace(ISSUER, certificate_issuer=bytes.fromhex("45200002")).code(NOW_S, card_type=4)
    assert reader(ISSUER, rules).read(changed(odd, 267, 0x14)).known.refusal == ""


def test_the_end_of_the_certificate_s_month_in_china_ends_the_code() -> None:
    made_s = 1_764_518_390  # ten seconds before the first of December 2025 in Beijing
    code = replace(ISSUER, certificate_end=bytes.fromhex("1125")).code(made_s)
    assert reader().read(code).known.valid_until_ms == 1_764_518_399_999


def test_a_known_issuer_costs_two_signatures() -> None:
    sm2 = CountedSm2()
    scheme = Jtt1179(trust_of([transit_root(ISSUER)], sm2=sm2))
    for second, calls in enumerate((3, 5, 7)):
        assert scheme.read(ISSUER.code(NOW_S + second)).known.refusal == ""
        assert sm2.calls == calls


def test_a_code_is_the_same_code_however_it_was_armoured_and_another_one_a_second_later() -> None:
    scheme = reader()
    plain, armoured = scheme.read(GOOD), scheme.read(base64.b64encode(GOOD))
    bare = scheme.read(base64.b64encode(GOOD).rstrip(b"="))
    assert plain == armoured == bare
    assert scheme.read(ISSUER.code(NOW_S + 1)).known.code != plain.known.code


def test_a_code_is_known_by_what_is_signed_so_that_new_signatures_make_no_new_code() -> None:
    scheme = reader(ISSUER, CodeRules(signature_header=None))
    assert scheme.read(changed(GOOD, 267, 0)).known.code == scheme.read(GOOD).known.code


def test_the_facts_hold_no_account_and_the_box_with_them_gives_the_whole_code_back() -> None:
    code = reader().read(GOOD)
    evidence, blanked = code.known.evidence, bytes.fromhex(code.to_seal.reveal())
    written = encode(code.facts())
    assert bytes.fromhex(ACCOUNT + "f") not in written
    assert ACCOUNT.encode() not in written
    assert b"ACCT" not in written
    assert evidence[:120] + blanked + evidence[146:] == GOOD
    assert ACCOUNT not in repr(code)


@given(st.binary(max_size=400))
def test_no_bytes_are_an_error(payload: bytes) -> None:
    scheme = reader()
    assert scheme.read(payload).known.refusal
    assert scheme.read(b"\x80" + payload).known.refusal


@pytest.mark.parametrize(
    ("payload", "is_one"),
    [
        (GOOD, True),
        (base64.b64encode(GOOD), True),
        (b"\xff", True),
        (b"", False),
        (b"6:AB", False),
        (b"A" * 444, False),
    ],
)
def test_a_code_is_recognised_by_its_first_byte(payload: bytes, *, is_one: bool) -> None:
    assert reader().recognises(payload) is is_one
