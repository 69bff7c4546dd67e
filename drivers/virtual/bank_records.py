"""The records and the answers to SELECT of a virtual bank card: what its issuer wrote once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.virtual.bank_plan import CDOL_1, BankPlan, bank_keys
from drivers.virtual.bank_signing import RsaPrivate, rsa_dynamic, sm2_dynamic
from drivers.virtual.emv_objects import joined, template, tlv
from drivers.virtual.purse_files import PPSE_NAME

Records = dict[tuple[int, int], bytes]
"""Records by SFI and number."""

CHAIN_FILE: Final = 2
HOLDER_FILE: Final = 3
RSA_INDEX: Final = "E1"
SM2_INDEX: Final = "E2"
ISSUER_TAGS: Final = frozenset({"8F", "90", "92", "9F32"})


class Issued:
    """The files of one card and the key it signs with."""

    def __init__(self, plan: BankPlan) -> None:
        self.plan = plan
        self.aip = plan.aip
        self._signer = plan.signer()
        if plan.published:
            published = bank_keys()["published"][plan.algorithm]
            self.records = {
                (bytes.fromhex(place)[0], bytes.fromhex(place)[1]): bytes.fromhex(record)
                for place, record in published["records"].items()
            }
            self.afl = bytes.fromhex(plan.afl or published["afl"])
        else:
            self.records = _made_records(plan)
            self.afl = bytes.fromhex(plan.afl or "10010300" + "18010101")
        self.records |= plan.raw

    @property
    def card_authentication(self) -> bytes:
        """Return 9F69: version 01, the card's own number, its qualifiers."""
        told = self.plan.records.get("9F69")
        return bytes.fromhex("01" + "00000000" + self.plan.qualifiers + "00") if told is None else told

    def sign(self, content: bytes, covered: bytes, form: int) -> bytes:
        """Return a dynamic signature."""
        plan = self.plan
        if not plan.published:
            return self._signer.dynamic(content, covered, form, plan.spoilt)
        key = bank_keys()["published"][plan.algorithm]
        if plan.algorithm == "sm2":
            return sm2_dynamic(bytes.fromhex(key["private_key"]), content, covered, form, plan.spoilt)
        return rsa_dynamic(RsaPrivate.of(key), content, covered, form, plan.spoilt)

    def digest(self, covered: bytes) -> bytes:
        """Return the hash that CDA takes of a transaction."""
        return self._signer.digest(covered)

    def fci(self) -> bytes:
        """Return the answer to SELECT."""
        plan = self.plan
        objects = {"50": b"PBOC DEBIT", "87": b"\x01", "9F38": bytes.fromhex(plan.pdol)}
        announced = tlv("BF0C", tlv("DF61", bytes.fromhex(plan.announces))) if plan.announces else b""
        return tlv("6F", tlv("84", bytes.fromhex(plan.aid)) + tlv("A5", joined(objects) + announced))

    def directory_entry(self) -> bytes:
        """Return the entry of this application in a directory."""
        return template("61", {"4F": bytes.fromhex(self.plan.aid), "50": b"PBOC DEBIT", "87": b"\x01"})


def directory(entries: bytes) -> bytes:
    """Return the answer to SELECT of the directory."""
    return tlv("6F", tlv("84", PPSE_NAME) + tlv("A5", tlv("BF0C", entries)))


def _made_records(plan: BankPlan) -> Records:
    certified = {
        "5A": bytes.fromhex(plan.number + "F" * (len(plan.number) % 2)),
        "5F24": bytes.fromhex(plan.expires),
        "5F25": bytes.fromhex(plan.effective),
        "5F28": bytes.fromhex("0156"),
        "9F4A": b"\x82",
    }
    certified = _with(certified, plan.records)
    static = joined(certified) + (plan.aip if "9F4A" in certified else b"")
    signer = plan.signer()
    index = plan.ca_index or (SM2_INDEX if plan.algorithm == "sm2" else RSA_INDEX)
    chain = {"8F": bytes.fromhex(index), **signer.issuer_objects(plan.issuer_says())}
    chain |= signer.card_objects(plan.card_says(), static)
    if plan.method == "sda":
        chain["93"] = signer.static(static)
    chain = _with(chain, plan.records)
    first = {tag: value for tag, value in chain.items() if tag in ISSUER_TAGS}
    second = {tag: value for tag, value in chain.items() if tag not in ISSUER_TAGS}
    plain = {} if plan.method == "fdda" else {"8C": bytes.fromhex(CDOL_1), "9F49": bytes.fromhex("9F3704")}
    return {
        (CHAIN_FILE, 1): template("70", first),
        (CHAIN_FILE, 2): template("70", second),
        (CHAIN_FILE, 3): template("70", {"9F08": bytes.fromhex("0030"), **plain}),
        (HOLDER_FILE, 1): template("70", certified),
    }


def _with(objects: dict[str, bytes], changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Return objects with those changes that concern them."""
    changed = {tag: changes.get(tag, value) for tag, value in objects.items()}
    return {tag: value for tag, value in changed.items() if value is not None}
