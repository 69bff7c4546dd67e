"""A terminal of somebody else: another PSAM that debits the same cards, in plain bytes."""

from __future__ import annotations

from typing import Final

from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard

NUMBER: Final = bytes.fromhex("452001219999")
TIME: Final = "20260601120500"
ELSEWHERE_FEN: Final = 300
SELECT: Final = bytes.fromhex("00A4040008A000000632010105")
TRIP: Final = bytes.fromhex("80DC00F030") + bytes(48)
FINE: Final = b"\x90\x00"


def ride_elsewhere(card: PurseCard, count: int = 1) -> None:
    """Ride ``count`` times with another terminal."""
    psam = Psam(NUMBER)
    assert _ask(psam, bytes.fromhex("00A40000028011"))[-2:] == FINE
    for _ in range(count):
        _debit(card, psam)


def _debit(card: PurseCard, psam: Psam) -> None:
    assert card.process(SELECT)[-2:] == FINE
    amount = ELSEWHERE_FEN.to_bytes(4, "big")
    opened = card.process(bytes.fromhex("805003020B01") + amount + NUMBER)
    assert card.process(TRIP) == FINE
    own = card.personalisation
    covered = opened[11:15] + opened[4:6] + amount + b"\x09" + bytes.fromhex(TIME) + opened[9:11]
    mac1 = _ask(psam, bytes.fromhex("8070000024") + covered + own.serial8 + own.issuer8)
    assert mac1[-2:] == FINE
    answer = card.process(bytes.fromhex("805401000F") + mac1[:4] + bytes.fromhex(TIME) + mac1[4:8])
    assert answer[-2:] == FINE
    assert psam.process(bytes.fromhex("8072000004") + answer[4:8]) == FINE
    card.power_off()


def _ask(psam: Psam, command: bytes) -> bytes:
    answer = psam.process(command)
    return psam.process(bytes.fromhex("00C00000") + answer[1:]) if answer[0] == 0x61 else answer
