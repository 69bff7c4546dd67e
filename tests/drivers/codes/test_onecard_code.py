"""Our own code: a fixed sample, every refusal, and that nothing is said that cannot be read again."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scheme import CodeRules
from drivers.scanners.codes.onecard import OnecardCode, OwnCode, Subject, encode, rfc9285, statement
from drivers.scanners.codes.onecard.layout import PURPOSE
from edge.domain.code_keys import CodeKey
from sync.wire import encode as wire
from tests.drivers.codes.own_codes import BY_ED25519, BY_SM2, ED25519, HOLDER, IDENTITY, SAMPLE, TICKET, by_sm2, printed
from tests.drivers.codes.trusting import NOW_S, trust_of

READER: Final = OnecardCode(trust_of([BY_ED25519, BY_SM2]))


def test_the_sample_is_printed_and_read_as_it_always_was() -> None:
    assert printed(TICKET).decode() == SAMPLE["printed"]
    known = READER.read(SAMPLE["printed"].encode()).known
    assert (known.refusal, known.code.hex()) == ("", SAMPLE["code_id"])


@pytest.mark.parametrize("code", [TICKET, by_sm2(TICKET)], ids=["ed25519", "sm2"])
def test_a_ticket_says_whose_it_is_what_it_may_cost_and_pays_once(code: OwnCode) -> None:
    snapshot = READER.read(printed(code))
    known = snapshot.known
    assert (known.refusal, known.issuer, snapshot.number.reveal()) == ("", "canteen", "meal-0042")
    assert (known.reusable, known.in_stock, known.amount_max_fen, known.rider) == (False, True, 1500, "senior")
    times = [(NOW_S + 60) * 1000 - 1, (NOW_S + 60) * 1000, (NOW_S + 3600) * 1000, (NOW_S + 3600) * 1000 + 1]
    assert [known.untimely(at_ms) for at_ms in times] == ["not_yet_valid", "", "", "expired"]


@pytest.mark.parametrize("code", [IDENTITY, by_sm2(IDENTITY)], ids=["ed25519", "sm2"])
def test_an_identity_vouches_for_its_holder_and_may_be_shown_again(code: OwnCode) -> None:
    snapshot = READER.read(printed(code))
    assert snapshot.number.reveal() == HOLDER.hex()
    known = snapshot.known
    assert (known.refusal, known.holder, known.reusable, known.amount_max_fen) == ("", HOLDER, True, None)


def test_the_facts_hold_no_account_and_the_box_gives_it_back() -> None:
    snapshot = READER.read(printed(TICKET))
    assert b"meal-0042" not in wire(snapshot.facts())
    assert bytes.fromhex(snapshot.to_seal.reveal()) == b"meal-0042"


def test_a_code_fits_a_qr_code_that_a_phone_shows_large() -> None:
    assert len(printed(by_sm2(IDENTITY))) <= 180


STATED: Final = statement(TICKET)
REFUSED: Final = {
    "nothing behind the mark": (b"OC1:", "version.unknown"),
    "a letter outside base45": (b"OC1:abc", "payload.malformed"),
    "a rest of one letter": (b"OC1:ABCD", "payload.malformed"),
    "letters that stand for more than two bytes": (b"OC1::::", "payload.malformed"),
    "longer than any code": (b"OC1:" + b"0" * 400, "payload.length"),
    "a form of later": (printed(TICKET, b"\x02" + STATED[1:]), "version.unknown"),
    "cut short": (printed(TICKET, STATED[:-1]), "payload.length"),
    "a byte too many": (printed(TICKET, STATED + b"\0"), "payload.format"),
    "an unknown algorithm": (printed(TICKET, STATED[:1] + b"\x03" + STATED[2:]), "payload.format"),
    "an unknown kind": (printed(TICKET, STATED[:6] + b"\x03" + STATED[7:]), "payload.format"),
    "an unknown subject": (printed(TICKET, STATED[:7] + b"\x03" + STATED[8:]), "payload.format"),
    "a holder token of nine bytes": (printed(TICKET, STATED[:7] + b"\x01" + STATED[8:]), "payload.format"),
    "an account with a space": (printed(TICKET, STATED[:9] + b" " + STATED[10:]), "payload.format"),
    "an unknown key": (printed(replace(TICKET, key_id=bytes(4))), "root.unknown"),
    "a key of the other algorithm": (printed(replace(TICKET, key_id=BY_SM2.key_id)), "root.mismatch"),
    "another amount": (
        encode(STATED.replace(b"\x05\xdc", b"\x05\xdd"), ED25519.sign(PURPOSE + STATED)),
        "code.signature",
    ),
    "a seal for another purpose": (encode(STATED, ED25519.sign(STATED)), "code.signature"),
}


@pytest.mark.parametrize(("payload", "reason"), REFUSED.values(), ids=REFUSED)
def test_is_refused(payload: bytes, reason: str) -> None:
    snapshot = READER.read(payload)
    assert (snapshot.known.refusal, snapshot.number.reveal()) == (reason, "")


@pytest.mark.parametrize(
    ("key", "rules", "reason"),
    [
        pytest.param(BY_ED25519, CodeRules(issuers=frozenset({"museum"})), "issuer.not_allowed", id="another issuer"),
        pytest.param(replace(BY_ED25519, test=True), CodeRules(), "root.unknown", id="a test key where money moves"),
        pytest.param(replace(BY_ED25519, from_ms=NOW_S * 1000 + 1), CodeRules(), "root.expired", id="a key of later"),
        pytest.param(replace(BY_ED25519, until_ms=NOW_S * 1000 - 1), CodeRules(), "root.expired", id="a key of before"),
        pytest.param(replace(BY_ED25519, scheme="jtt1179"), CodeRules(), "root.unknown", id="a key of another scheme"),
    ],
)
def test_is_refused_under(key: CodeKey, rules: CodeRules, reason: str) -> None:
    assert OnecardCode(trust_of([key], rules)).read(printed(TICKET)).known.refusal == reason


@pytest.mark.parametrize(
    "wrong",
    [
        replace(TICKET, whose=b""),
        replace(TICKET, whose=b"x" * 300),
        replace(TICKET, subject=Subject.HOLDER),
        replace(TICKET, amount_max_fen=0xFFFFFF),
        replace(TICKET, amount_max_fen=-1),
        replace(TICKET, until_s=NOW_S - 1),
        replace(TICKET, until_s=1 << 32),
        replace(TICKET, number=b"short"),
        replace(TICKET, rider="Senior"),
        replace(TICKET, rider="学生"),
    ],
)
def test_what_cannot_be_read_again_is_not_issued(wrong: OwnCode) -> None:
    with pytest.raises(ValueError, match="no code can say this"):
        statement(wrong)


@given(st.binary(max_size=340))
def test_no_bytes_are_an_error(payload: bytes) -> None:
    assert READER.read(b"OC1:" + payload).known.refusal
    assert READER.read(b"OC1:" + rfc9285.encode(b"\x01" + payload)).known.refusal


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"AB", b"BB8"), (b"Hello!!", b"%69 VD92EX0"), (b"base-45", b"UJCLQE7W581"), (b"ietf!", b"QED8WEX0")],
)
def test_the_characters_are_those_of_rfc_9285(content: bytes, text: bytes) -> None:
    assert rfc9285.encode(content) == text
    assert rfc9285.decode(text) == content


@given(st.binary(max_size=200))
def test_bytes_come_back_from_the_characters(content: bytes) -> None:
    assert rfc9285.decode(rfc9285.encode(content)) == content
