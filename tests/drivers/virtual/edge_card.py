"""A card and SAM that knows three commands: the partner of the reader vectors."""

from __future__ import annotations

NAME = b"EDGECARD"
FCI = bytes.fromhex("6F0A8408") + NAME


class EdgeCard:
    """Answers SELECT by its name, READ BINARY of 512 bytes, GET CHALLENGE with ``challenge``."""

    def __init__(self, uid: bytes = bytes.fromhex("08A1B2C3"), challenge: bytes = bytes(8)) -> None:
        self.uid = uid
        self.ats = bytes.fromhex("067577810280")
        self.atr = bytes.fromhex("3B055053414D31")
        self.challenge = challenge
        self.received: list[bytes] = []

    def reset(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        self.received.clear()

    def process(self, apdu: bytes) -> bytes:
        self.received.append(apdu)
        if apdu[:5] == bytes.fromhex("00A4040008") and apdu[5:13] == NAME:
            return FCI + b"\x90\x00"
        if apdu == bytes.fromhex("00B00000000200"):
            return bytes(range(256)) * 2 + b"\x90\x00"
        return self.challenge + b"\x90\x00" if apdu[1] == 0x84 else b"\x6d\x00"
