"""The terminal's side of a purchase in plain bytes, and vectors: what the tests of the virtual hardware speak with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.virtual.psam import Psam
from drivers.virtual.psam_memory import PsamMemory
from drivers.virtual.purse import PurseCard

SELECT_PURSE = bytes.fromhex("00A4040008A000000632010105")
TIME = "20250601083512"
TERMINAL = bytes.fromhex("452001210001")
TRIP = bytes.fromhex("80DC00F030") + bytes.fromhex("0500004520012100010101000100210000").ljust(48, b"\x00")


def vectors(name: str) -> dict[str, Any]:
    """Return a file of ``tests/vectors``."""
    parsed: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / name).read_text(encoding="utf-8"))
    return parsed


def send(card: PurseCard, command: str) -> str:
    return card.process(bytes.fromhex(command)).hex()


def ask(psam: Psam, command: str) -> str:
    """Send a T=0 command and fetch what waits."""
    answer = psam.process(bytes.fromhex(command))
    if answer[0] == 0x61:
        answer = psam.process(bytes.fromhex("00C00000") + answer[1:])
    return answer.hex()


def started_psam(memory: PsamMemory | None = None) -> Psam:
    psam = Psam(TERMINAL, memory=memory)
    assert ask(psam, "00A40000028011").endswith("9000")
    return psam


def initialize(amount_fen: int, *, capp: bool = True) -> bytes:
    return bytes.fromhex(f"8050{'03' if capp else '01'}020B01{amount_fen:08X}") + TERMINAL


@dataclass(frozen=True)
class Purchase:
    """A purchase up to MAC1: what DEBIT needs."""

    psam_sequence: bytes
    mac1: bytes
    counter: int

    @property
    def debit(self) -> bytes:
        return bytes.fromhex("805401000F") + self.psam_sequence + bytes.fromhex(TIME) + self.mac1


def prepare(
    card: PurseCard,
    psam: Psam,
    amount_fen: int,
    *,
    capp: bool = True,
    issuer: bool = True,
    exchange: Callable[[bytes], bytes] | None = None,
) -> Purchase:
    """Run INITIALIZE, the trip record and MAC1, by ``exchange`` where the card is behind a reader."""
    ask_card = exchange or card.process
    opened = ask_card(initialize(amount_fen, capp=capp))
    assert opened[-2:] == b"\x90\x00", opened.hex()
    if capp:
        assert ask_card(TRIP) == b"\x90\x00"
    kind = b"\x09" if capp else b"\x06"
    own = card.personalisation
    body = opened[11:15] + opened[4:6] + amount_fen.to_bytes(4, "big") + kind + bytes.fromhex(TIME) + opened[9:11]
    body += own.serial8 + (own.issuer8 if issuer else b"")
    answer = bytes.fromhex(ask(psam, (bytes.fromhex("80700000") + bytes([len(body)]) + body).hex()))
    assert answer[-2:] == b"\x90\x00", answer.hex()
    return Purchase(answer[:4], answer[4:8], int.from_bytes(opened[4:6], "big"))


def selected(card: PurseCard) -> PurseCard:
    assert card.process(SELECT_PURSE)[-2:] == b"\x90\x00"
    return card
