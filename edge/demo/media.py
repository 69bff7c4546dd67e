"""Bank cards and codes of the demonstration. All of them are synthetic, by published or made-up keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from drivers.scanners.codes.onecard.layout import Kind, OwnCode, Subject
from drivers.virtual.bank_card import BankCard
from drivers.virtual.transit_codes import TransitIssuer
from edge.code_issuing import IssuingKey, new_key
from edge.code_key_file import FOREVER_MS, key_text
from edge.demo.totals import Total
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from edge.domain.frozen import mutable
from edge.domain.shown import BANK_CARD_SCHEME
from edge.wiring_virtual import virtual_card

BANK_CARDS: Final = {
    "Zhao, bank card": "bank:number=6228000100002107",
    "deny-listed bank card": "bank:number=6228000100002206",
    "bank card in dollars": "bank:number=6228000100002305,unlike=foreign_currency",
}
FOREIGN_BANK_CARD: Final = "bank card in dollars"
DENIED_BANK_CARD: Final = "deny-listed bank card"
PHONE: Final = "Sun, SM2 transit code"
LATE_PHONE: Final = "Qian, expired code"
PHONES: Final = {PHONE: "3104520000000000017", LATE_PHONE: "3104520000000000025"}
"""Accounts by holder, 19 digits."""
TICKET: Final = "Zhou, own ticket code"
TICKET_ACCOUNT: Final = "ticket-0042"
HOME_ISSUER: Final = "45200001"
HOUR_S: Final = 3_600


@mutable
class Holder:
    """Who pays with a medium that keeps no books: ``shown`` is what green lamps said that it cost.

    ``number`` is that of the medium, or the account behind a code, under its ``scheme``.
    """

    name: str
    scheme: str
    number: str
    card: BankCard | None = None
    code: Callable[[int], bytes] = field(default=lambda _now_s: b"")
    shown: Total = field(default_factory=Total)


class CodeIssuers:
    """A transit platform with its root, and the operator's own desk; ``keys`` is the file that terminals are given."""

    def __init__(self, folder: Path, drawn: bytes) -> None:
        self.transit = TransitIssuer(issuer_id=bytes.fromhex(HOME_ISSUER))
        self.own: IssuingKey = new_key(folder / "ticket.key", CodeAlgorithm.ED25519, drawn)
        self.keys = folder / "device" / "codes.toml"
        root = self.transit
        trusted = CodeKey(
            "jtt1179", root.root_key_id, CodeAlgorithm.SM2, root.root_public, "synthetic root", 0, FOREVER_MS
        )
        self.keys.write_text(key_text([trusted, self.own.row("qingdao-bus")]), "utf-8")

    def phone_code(self, account: str, made_s: int) -> bytes:
        """Return a transit code that a phone generated; ``account`` is 19 digits."""
        return self.transit.code(made_s, user_account=bytes.fromhex(account + "f"))

    def ticket(self, account: str, now_s: int) -> bytes:
        """Return a ticket that the operator sold just now."""
        ticket = OwnCode(
            algorithm=self.own.algorithm,
            key_id=self.own.key_id,
            kind=Kind.TICKET,
            subject=Subject.ACCOUNT,
            whose=account.encode("ascii"),
            made_s=now_s,
            from_s=now_s,
            until_s=now_s + HOUR_S,
            amount_max_fen=1_000,
            number=bytes(range(8)),
            rider="",
        )
        return self.own.issue(ticket)


def holders(issuers: CodeIssuers) -> Mapping[str, Holder]:
    """Return the holders of bank cards and codes by name."""
    cards = [Holder(name, BANK_CARD_SCHEME, _number(spec), _bank_card(spec)) for name, spec in BANK_CARDS.items()]
    codes = [Holder(name, "jtt1179", account, code=_phone(issuers, account)) for name, account in PHONES.items()]
    ticket = Holder(TICKET, "onecard", TICKET_ACCOUNT, code=lambda now_s: issuers.ticket(TICKET_ACCOUNT, now_s))
    return {holder.name: holder for holder in (*cards, *codes, ticket)}


def _phone(issuers: CodeIssuers, account: str) -> Callable[[int], bytes]:
    return lambda made_s: issuers.phone_code(account, made_s)


def _bank_card(spec: str) -> BankCard:
    card = virtual_card(spec)
    if not isinstance(card, BankCard):
        raise TypeError(spec)
    return card


def _number(spec: str) -> str:
    return spec.partition("number=")[2].partition(",")[0]
