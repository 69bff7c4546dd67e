"""An unmodified independent client, nfcpy, opens the virtual PN532 over the pty and speaks with the purse.

nfcpy blocks, so it runs in a thread. It runs ISO/IEC 14443-4 itself, through InCommunicateThru.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.virtual.card_time import CardTime
from drivers.virtual.field import Field
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.purse import PurseCard
from tests.drivers.virtual.terminal_side import SELECT_PURSE, TRIP, prepare, started_psam

T = TypeVar("T")
Exchange = Callable[[bytes], bytes]
pytestmark = pytest.mark.line


def with_nfcpy(path: Path, talk: Callable[[Exchange], T]) -> T:
    """Open the reader at ``path``, activate the card, talk to it, close the reader."""
    import nfc.clf  # noqa: PLC0415 - a test tool that needs a system library: loaded by these tests alone
    import nfc.clf.pn532  # noqa: PLC0415 - as above
    import nfc.clf.transport  # noqa: PLC0415 - as above
    import nfc.tag  # noqa: PLC0415 - as above

    device = nfc.clf.pn532.init(nfc.clf.transport.TTY(str(path)))
    device._path = "virtual"  # noqa: SLF001 - the frontend prints it; its own path syntax names entries of /dev alone
    frontend = nfc.clf.ContactlessFrontend()
    frontend.device = device
    try:
        target = frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1)
        assert target is not None, "nfcpy found no card"
        tag = nfc.tag.activate(frontend, target)
        assert tag.type == "Type4Tag"
        return talk(lambda apdu: bytes(tag.transceive(bytearray(apdu), timeout=1.0)))
    finally:
        frontend.close()


def reader(card: PurseCard) -> VirtualPn532:
    field = Field(card_time=CardTime(enabled=False))
    field.present(card)
    return VirtualPn532(field)


async def test_nfcpy_opens_finds_selects_and_closes_ten_times_in_a_row() -> None:
    device = reader(PurseCard(5000))
    async with VirtualPort(device) as port:
        for _ in range(10):
            answer = await asyncio.to_thread(with_nfcpy, port.path, lambda exchange: exchange(SELECT_PURSE))
            assert answer[:2] == b"\x6f\x31"
            assert answer[-2:] == b"\x90\x00"
            assert device.asleep, "nfcpy closes with PowerDown"
    assert device.damaged_frames == 0


async def test_nfcpy_debits_the_purse_with_chained_blocks() -> None:
    card, psam = PurseCard(5000), started_psam()

    def debit(exchange: Exchange) -> bytes:
        exchange(SELECT_PURSE)
        order = prepare(card, psam, 300, exchange=exchange)
        metro = bytes.fromhex("80DC01D080") + bytes.fromhex("27010080").ljust(128, b"\x01")
        assert exchange(metro) == b"\x90\x00"
        return exchange(order.debit)

    async with VirtualPort(reader(card)) as port:
        answer = await asyncio.to_thread(with_nfcpy, port.path, debit)
        long = await asyncio.to_thread(with_nfcpy, port.path, read_metro_record)
    assert answer[-2:] == b"\x90\x00"
    assert card.balance_fen == 4700
    assert long == bytes.fromhex("27010080").ljust(128, b"\x01") + b"\x90\x00"
    assert card.memory.trips[0] == TRIP[5:]


def read_metro_record(exchange: Exchange) -> bytes:
    exchange(SELECT_PURSE)
    return exchange(bytes.fromhex("00B201D480"))


async def test_nfcpy_keeps_to_the_rate_that_was_agreed() -> None:
    device = reader(PurseCard(5000))
    rates: list[int] = []

    def note_rate(exchange: Exchange) -> bytes:
        rates.append(device.baud)
        return exchange(SELECT_PURSE)

    async with VirtualPort(device, device_bauds=lambda: device.listening_bauds) as port:
        for _ in range(2):
            await asyncio.to_thread(with_nfcpy, port.path, note_rate)
    assert rates == [921600, 921600]
    assert device.baud == 115200


async def test_nfcpy_grants_the_time_a_card_asks_for() -> None:
    device = reader(PurseCard(5000))

    def ask_for_time(exchange: Exchange) -> bytes:
        device.initiator.wtx_requests = 2
        return exchange(SELECT_PURSE)

    async with VirtualPort(device) as port:
        answer = await asyncio.to_thread(with_nfcpy, port.path, ask_for_time)
    assert answer[-2:] == b"\x90\x00"
    assert device.initiator.wtx_requests == 0


async def test_nfcpy_sees_an_empty_field_as_empty() -> None:
    device = reader(PurseCard())
    device.field.remove()
    async with VirtualPort(device) as port:
        with pytest.raises(AssertionError, match="no card"):
            await asyncio.to_thread(with_nfcpy, port.path, lambda exchange: exchange(SELECT_PURSE))
