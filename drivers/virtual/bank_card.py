"""A virtual QuickPass card: PBOC commands over its own files and keys, without any code of the terminal.

Contactless (TTQ asks for qPBOC) it answers GPO with cryptogram and template 77, and signs what fDDA covers; otherwise
it takes the whole path with template 80, INTERNAL AUTHENTICATE and GENERATE AC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.virtual.bank_cryptogram import (
    ALGORITHM_3DES,
    ALGORITHM_SM4,
    MASTER_KEY,
    assumed_sm4,
    card_key,
    cryptogram,
    session_key,
)
from drivers.virtual.bank_plan import CDOL_1, BankPlan
from drivers.virtual.bank_records import CHAIN_FILE, Issued, directory
from drivers.virtual.emv_objects import split, template, tlv
from drivers.virtual.purse_files import PPSE_NAME
from drivers.virtual.short_apdu import ShortApdu, exactly, status, take_apart

COUNTER_LIMIT: Final = 0xFFFF
QPBOC: Final = 0x20
"""Bit of the terminal's qualifiers: the contactless path is wanted."""

ASKS_CDA: Final = 0x10
V01_COVERS: Final = ("9F37", "9F02", "5F2A")
_CRYPTOGRAM_COVERS: Final = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37")
_TYPES: Final = {"AAC": 0x00, "TC": 0x40, "ARQC": 0x80}


class BankCard:
    """One card; ``counter`` is its ATC, which rises with every GPO and outlives the field."""

    def __init__(self, plan: BankPlan | None = None, *, uid: bytes = bytes.fromhex("08B1C2D3")) -> None:
        self.plan = plan or BankPlan()
        self.uid = uid
        self.ats = bytes.fromhex("067577810280")
        self.counter = self.plan.counter
        self.signed_in_gpo = False
        self.taps: list[dict[str, bytes]] = []
        self._issued = Issued(self.plan)
        self._signature: bytes | None = None
        self._selected = False
        self._sent: dict[str, bytes] = {}
        self._sent_raw = b""
        self._commands: dict[tuple[int, int], Callable[[ShortApdu], bytes]] = {
            (0x80, 0xA8): self._start,
            (0x00, 0xB2): self._read_record,
            (0x00, 0x88): self._authenticate,
            (0x80, 0xAE): self._generate,
            (0x80, 0xCA): self._get_object,
        }

    def directory_entry(self) -> bytes:
        """Return this application's entry in the card's directory."""
        return self._issued.directory_entry()

    def power_off(self) -> None:
        """Lose the field: selection and transaction go, the counter stays."""
        self._selected, self._sent, self._sent_raw, self._signature = False, {}, b"", None

    def process(self, apdu: bytes) -> bytes:
        """Execute one command and return body and status word."""
        self.signed_in_gpo = False
        command = take_apart(apdu)
        if command is None:
            return status(0x6700)
        if (command.cla, command.ins) == (0x00, 0xA4):
            return self._select(command)
        run = self._commands.get((command.cla, command.ins))
        if run is None:
            return status(0x6D00)
        return run(command) if self._selected else status(0x6985)

    def _select(self, command: ShortApdu) -> bytes:
        self.power_off()
        if command.body == PPSE_NAME:
            return exactly(directory(self.directory_entry()), command.expected)
        if not command.body or not bytes.fromhex(self.plan.aid).startswith(command.body):
            return status(0x6A82)
        self._selected = True
        return exactly(self._issued.fci(), command.expected)

    def _start(self, command: ShortApdu) -> bytes:
        """80A8: a transaction begins and the counter rises."""
        raw = command.body[3:] if command.body[1:2] == b"\x81" else command.body[2:]
        sent = split(bytes.fromhex(self.plan.pdol), raw)
        if command.body[:1] != b"\x83" or sent is None:
            return status(0x6A80)
        if self.counter >= COUNTER_LIMIT:
            return status(0x6985)
        self.counter += 1
        self._sent, self._sent_raw = sent, raw
        self.taps.append(sent)
        if self.plan.gpo is not None:
            return exactly(self.plan.gpo, command.expected)
        if self.plan.method == "fdda" and sent.get("9F66", b"\0")[0] & QPBOC:
            return exactly(self._contactless(sent), command.expected)
        return exactly(tlv("80", self._issued.aip + self._issued.afl), command.expected)

    def _contactless(self, sent: dict[str, bytes]) -> bytes:
        plan, told = self.plan, self._told_counter
        covered = self._covered(self.taps[0] if plan.replays else sent)
        self._signature = self._issued.sign(b"\x02" + told, covered, plan.form)
        self.signed_in_gpo = True
        objects = {
            "82": self._issued.aip,
            "94": self._issued.afl,
            "9F36": self.counter.to_bytes(2, "big"),
            "57": plan.track_2,
            "9F10": self._issuer_facts(),
            "9F26": self._cryptogram(sent),
            "5F34": bytes.fromhex(plan.sequence),
            "9F6C": bytes.fromhex(plan.qualifiers),
            "9F5D": bytes.fromhex(f"{plan.offline_fen:012d}"),
        }
        if plan.published:
            objects["9F4B"] = self._signature
        return template("77", objects)

    @property
    def _told_counter(self) -> bytes:
        return (self.counter if self.plan.told_counter is None else self.plan.told_counter).to_bytes(2, "big")

    def _covered(self, sent: dict[str, bytes]) -> bytes:
        if self.plan.version == "v00":
            return sent["9F37"]
        return b"".join(sent[tag] for tag in V01_COVERS) + self._issued.card_authentication

    def _read_record(self, command: ShortApdu) -> bytes:
        place = (command.p2 >> 3, command.p1)
        record = self._issued.records.get(place)
        if record is None or command.p2 & 7 != 4:  # noqa: PLR2004 - one record by number
            return status(0x6A83)
        signed = self._signature
        if place == (CHAIN_FILE, 3) and signed is not None and not self.plan.published and place not in self.plan.raw:
            record = self._signed_record(signed)
        return exactly(record, command.expected)

    def _signed_record(self, signature: bytes) -> bytes:
        objects = {"9F4B": signature, "9F69": self._issued.card_authentication}
        told = {tag: value for tag, value in objects.items() if tag not in self.plan.records or tag == "9F69"}
        return template("70", {**told, "9F08": bytes.fromhex("0030")})

    def _authenticate(self, command: ShortApdu) -> bytes:
        """0088: sign the terminal's list."""
        signed = self._issued.sign(b"\x02" + self._told_counter, command.body, self.plan.form)
        return exactly(tlv("80", signed), command.expected)

    def _generate(self, command: ShortApdu) -> bytes:
        """80AE: the cryptogram, signed with the transaction where CDA is asked for."""
        sent = split(bytes.fromhex(CDOL_1), command.body)
        if sent is None:
            return status(0x6700)
        cid = bytes([_TYPES[self.plan.cryptogram_type]])
        objects = {"9F27": cid, "9F36": self.counter.to_bytes(2, "big"), "9F10": self._issuer_facts()}
        made = self._cryptogram(sent)
        if self.plan.method != "cda" or not command.p1 & ASKS_CDA:
            return exactly(tlv("80", cid + objects["9F36"] + made + objects["9F10"]), command.expected)
        hashed = b"".join(tlv(tag, value) for tag, value in objects.items())
        digest = self._issued.digest(self._sent_raw + command.body + hashed)
        content = b"\x02" + self._told_counter + cid + made + digest
        signed = self._issued.sign(content, sent["9F37"], self.plan.form)
        return exactly(template("77", {**objects, "9F4B": signed}), command.expected)

    def _get_object(self, command: ShortApdu) -> bytes:
        """80CA: own currency, counter, electronic cash."""
        objects = {
            0x9F51: bytes.fromhex(self.plan.currency),
            0x9F36: self.counter.to_bytes(2, "big"),
            0x9F79: bytes.fromhex(f"{self.plan.offline_fen:012d}"),
        }
        asked = command.p1 << 8 | command.p2
        value = objects.get(asked)
        return status(0x6A88) if value is None else exactly(tlv(f"{asked:04X}", value), command.expected)

    def _issuer_facts(self) -> bytes:
        """Return 9F10: key index 01, cryptogram version 01, CVR with the type in bits 6 and 5, algorithm."""
        decided = 0x80 | _TYPES[self.plan.cryptogram_type] >> 2
        return bytes([0x07, 0x01, 0x01, 0x03, decided, 0x00, 0x00, self._algorithm])

    @property
    def _algorithm(self) -> int:
        return ALGORITHM_SM4 if self.plan.algorithm == "sm2" else ALGORITHM_3DES

    def _cryptogram(self, sent: dict[str, bytes]) -> bytes:
        counter = self.counter.to_bytes(2, "big")
        told = b"".join(sent.get(tag, b"") for tag in _CRYPTOGRAM_COVERS)
        message = told + self._issued.aip + counter + self._issuer_facts()[4:7]
        key = card_key(MASTER_KEY, self.plan.number, self.plan.sequence)
        if self._algorithm == ALGORITHM_SM4:
            return assumed_sm4(key, self.counter, message)
        return cryptogram(session_key(key, self.counter), message)
