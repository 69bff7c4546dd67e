"""Cards for tests: an issued one whose every object can be changed, its exchanges, and the published test card's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from drivers.apdu import Response
from edge.crypto.sm import sm2_sign
from tests.drivers.oda.issuing import (
    RID,
    RsaPrivate,
    Wording,
    ca_entry,
    digest,
    load,
    rsa_certificate,
    sm2_certificate,
)

KEYS: Final = {name: RsaPrivate.of(key) for name, key in load("throwaway_keys")["keys"].items()}
SM2_KEYS: Final = {name: bytes([number]) * 32 for number, name in enumerate(("authority", "issuer", "card"), 1)}
NUMBER: Final = "6228000100001117"
AID: Final = RID + "010101"
RSA_INDEX: Final = "E1"
SM2_INDEX: Final = "E2"
KEY_LIST: Final = {
    "rsa": [ca_entry(RSA_INDEX, KEYS["authority"])],
    "sm2": [ca_entry(SM2_INDEX, SM2_KEYS["authority"])],
}
PDOL: Final = "9F66049F02069F03069F1A0295055F2A029A039C019F3704"
TERMINAL: Final = {
    "9F66": "27800080",
    "9F02": "000000000200",
    "9F03": "000000000000",
    "9F1A": "0156",
    "95": "0000000000",
    "5F2A": "0156",
    "9A": "260301",
    "9C": "00",
    "9F37": "A1B2C3D4",
}
CDOL_1: Final = "9F02069F3704"
CDOL_2: Final = "8A029F3704"
CHALLENGE: Final = "5A6B7C8D"
ATC: Final = "0017"
ISSUER_TAGS: Final = frozenset({"8F", "90", "92", "9F32"})

RSA_ISSUER: Final = Wording("02", "622800FF")
RSA_HOLDER: Final = Wording("04", NUMBER + "FFFF")

Pair = tuple[bytes, Response]
Tags = dict[str, str]


def tlv(tag: str, value: str) -> str:
    """Return one object in hexadecimal."""
    length = len(value) // 2
    sized = f"{length:02X}" if length < 0x80 else f"81{length:02X}" if length < 0x100 else f"82{length:04X}"
    return tag + sized + value


def template(tag: str, objects: Tags) -> str:
    """Return a template of objects in hexadecimal."""
    return tlv(tag, "".join(tlv(each, value) for each, value in objects.items()))


def pair(command: str, answer: str = "", status: int = 0x9000) -> Pair:
    """Return one exchange."""
    return bytes.fromhex(command), Response(bytes.fromhex(answer), status)


def sized(header: str, body: str) -> str:
    """Return a command with its body and Le."""
    return f"{header}{len(body) // 2:02X}{body}00"


@dataclass(frozen=True)
class Issued:
    """What a card and its issuer say. ``certified`` lies in SFI 3, record 1, the certificates in SFI 2."""

    algorithm: str = "rsa"
    issuer_says: Wording = RSA_ISSUER
    card_says: Wording = RSA_HOLDER
    card_key: RsaPrivate = KEYS["card"]
    certified: Tags = field(default_factory=lambda: {"5A": NUMBER, "5F24": "301231", "5F25": "200101", "9F4A": "82"})
    plain: Tags = field(default_factory=lambda: {"9F69": "0100000000300000", "8C": CDOL_1, "8D": CDOL_2})
    changed: Tags = field(default_factory=dict)
    aip: str = "7000"
    afl: str = "10010300" + "18010101"
    static_extra: str = ""
    terminal: Tags = field(default_factory=lambda: dict(TERMINAL))

    @property
    def static(self) -> bytes:
        """Return what the certificates cover beside themselves."""
        listed = self.aip if "9F4A" in self.certified else ""
        return bytes.fromhex("".join(tlv(tag, value) for tag, value in self.certified.items()) + listed)

    def records(self) -> dict[tuple[int, int], str]:
        """Return the records by SFI and number."""
        chain = self._chain()
        first: Tags = {tag: value for tag, value in chain.items() if tag in ISSUER_TAGS}
        second: Tags = {tag: value for tag, value in chain.items() if tag not in ISSUER_TAGS}
        return {
            (2, 1): template("70", first),
            (2, 2): template("70", second),
            (2, 3): template("70", {**self.plain}),
            (3, 1): template("70", self.certified),
        }

    def dynamic(self, dynamic: str, covered: bytes, rsa_format: str = "05", sm2_format: str = "15") -> str:
        """Return a dynamic signature by the card's key."""
        raw = bytes.fromhex(dynamic)
        if self.algorithm == "sm2":
            body = bytes.fromhex(sm2_format) + bytes([len(raw)]) + raw
            return (body + sm2_sign(SM2_KEYS["card"], body + covered)).hex()
        return self.card_key.sign(bytes.fromhex(rsa_format + "01") + bytes([len(raw)]) + raw, covered).hex()

    def _chain(self) -> Tags:
        return {tag: value for tag, value in {**self._certificates(), **self.changed}.items() if value != "absent"}

    def _certificates(self) -> Tags:
        if self.algorithm == "sm2":
            issuer = sm2_certificate(SM2_KEYS["authority"], self.issuer_says, SM2_KEYS["issuer"])
            card = sm2_certificate(SM2_KEYS["issuer"], self.card_says, SM2_KEYS["card"], self.static)
            body = bytes.fromhex("13DAC1")
            signed = body + sm2_sign(SM2_KEYS["issuer"], body + self.static)
            return {"8F": SM2_INDEX, "90": issuer.hex(), "9F46": card.hex(), "93": signed.hex()}
        issuer, issuer_rest = rsa_certificate(KEYS["authority"], self.issuer_says, KEYS["issuer"])
        card, card_rest = rsa_certificate(KEYS["issuer"], self.card_says, self.card_key, self.static)
        signed = KEYS["issuer"].sign(bytes.fromhex("0301DAC1"), self.static)
        issuer_exponent = self.issuer_says.exponent or KEYS["issuer"].exponent_bytes
        card_exponent = self.card_says.exponent or self.card_key.exponent_bytes
        ours = {"90": issuer, "92": issuer_rest, "9F32": issuer_exponent}
        ours |= {"9F46": card, "9F48": card_rest, "9F47": card_exponent, "93": signed}
        return {"8F": RSA_INDEX, **{tag: value.hex() for tag, value in ours.items()}}


RSA_CARD: Final = Issued()
SM2_CARD: Final = Issued(
    algorithm="sm2",
    issuer_says=Wording("12", "62280001", algorithms="040011"),
    card_says=Wording("14", NUMBER + "FFFF", algorithms="040004"),
)
CARDS: Final = {"rsa": RSA_CARD, "sm2": SM2_CARD}


def selection(pdol: str = PDOL) -> list[Pair]:
    """Return PPSE and the application's selection."""
    entry = template("61", {"4F": AID, "87": "01"})
    ppse = tlv("84", b"2PAY.SYS.DDF01".hex()) + tlv("A5", tlv("BF0C", entry))
    fci = tlv("6F", tlv("84", AID) + tlv("A5", tlv("50", b"PBOC".hex()) + (tlv("9F38", pdol) if pdol else "")))
    return [
        pair(sized("00A40400", b"2PAY.SYS.DDF01".hex()), tlv("6F", ppse)),
        pair(sized("00A40400", AID), fci),
    ]


def gpo(card: Issued, answer: str) -> Pair:
    """Return GET PROCESSING OPTIONS with the terminal's values."""
    return pair(sized("80A80000", tlv("83", "".join(card.terminal.values()))), answer)


def reading(records: dict[tuple[int, int], str]) -> list[Pair]:
    """Return READ RECORD for every record."""
    return [pair(f"00B2{number:02X}{sfi << 3 | 4:02X}00", raw) for (sfi, number), raw in records.items()]


def contactless(
    card: Issued, *, version: str = "01", fdda_format: str = "05", atc: str = ATC, more: Tags | None = None
) -> list[Pair]:
    """Return a QuickPass tap: everything by template 77, the signature in a record (fDDA)."""
    names = ("9F37", "9F02", "5F2A") if version == "01" else ("9F37",)
    covered = bytes.fromhex("".join(card.terminal[name] for name in names))
    covered += bytes.fromhex(card.plain["9F69"]) if version == "01" else b""
    signed = card.dynamic("02" + atc, covered, fdda_format)
    answer = {"82": card.aip, "94": card.afl, "9F36": ATC, "57": NUMBER + "D3012201", "9F10": "07010103A0000001"}
    answer |= {"9F26": "1122334455667788", **(more or {})}
    records = replace(card, plain={"9F4B": signed, **card.plain}).records()
    return [*selection(), gpo(card, template("77", answer)), *reading(records)]


def contact(card: Issued) -> list[Pair]:
    """Return a contact exchange up to its last record: template 80."""
    return [*selection(), gpo(card, tlv("80", card.aip + card.afl)), *reading(card.records())]


def dda(card: Issued, *, challenge: str = CHALLENGE, dynamic: str = "0400AE0001", form: str = "80") -> list[Pair]:
    """Return a contact exchange with INTERNAL AUTHENTICATE."""
    signed = card.dynamic(dynamic, bytes.fromhex(challenge))
    answer = tlv("80", signed) if form == "80" else template("77", {"9F4B": signed})
    return [*contact(card), pair(sized("00880000", challenge), answer)]


def sda(card: Issued) -> list[Pair]:
    """Return a contact exchange of a card that offers static data alone."""
    return contact(replace(card, aip="4000"))


def cda(card: Issued, *, turns: int = 1, cid: str = "80", told_cid: str = "", spoil: bytes = b"") -> list[Pair]:
    """Return a contact exchange whose last cryptogram is signed; ``turns`` 2 asks for a second one."""
    exchange = contact(replace(card, aip="7100"))
    sent = "".join(card.terminal.values())
    sending = (card.terminal["9F02"] + CHALLENGE, "3030" + "0A0B0C0D")
    for turn in range(turns):
        body = sending[turn]
        sent += body
        told = {"9F27": told_cid or cid, "9F36": ATC, "9F10": "07010103A0000001"}
        if turn < turns - 1:
            exchange.append(pair(sized("80AE8000", body), tlv("80", "80" + ATC + "11" * 8 + told["9F10"])))
            continue
        objects = "".join(tlv(tag, value) for tag, value in told.items())
        hashed = digest(card.algorithm, bytes.fromhex(sent + objects) + spoil).hex()
        challenge = bytes.fromhex(body[-8:])
        signed = card.dynamic("0400AE0001" + cid + "22" * 8 + hashed, challenge)
        exchange.append(pair(sized("80AE9000", body), tlv("77", objects + tlv("9F4B", signed))))
    return exchange


def text(pairs: Sequence[Pair]) -> str:
    """Return a recording of the pairs."""
    lines = ["# a recorded exchange"]
    for command, answer in pairs:
        lines += [f"> {command.hex(' ').upper()}", f"< {answer.body.hex().upper()}{answer.status:04X}  # answered"]
    return "\n".join(lines) + "\n"


METHODS: Final[dict[str, Callable[[Issued], list[Pair]]]] = {"fdda": contactless, "dda": dda, "sda": sda, "cda": cda}
"""An exchange of each method by its name."""
