"""Bad input on the tap line: a code or a decline with its reason, nothing lost, no number told, the next tap served.

What of it does not reach a running terminal is tested where it is read; :data:`ELSEWHERE` says where.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_deviation import Deviation
from drivers.virtual.purse_files import Personalisation
from edge.crypto.signing import SigningKey
from edge.domain.entry import DeclinedTap
from edge.domain.errors import PolicyError, StoreError
from edge.telemetry import JsonLines
from sync.artifact import new_header, seal_artifact
from tests.scenarios.elsewhere import NUMBER as OTHER_PSAM
from tests.scenarios.tap_bench import FARE, Bench, another_card, play, write_fare
from tests.scenarios.tap_truths import truths

pytestmark = pytest.mark.line

SELECT, READ, BALANCE, INITIALIZE, UPDATE = 0xA4, 0xB0, 0x5C, 0x50, 0xDC
SERIAL: Final = "3104930499900000017"
TESTS: Final = Path(__file__).parents[1]

ELSEWHERE: Final = {
    "malformed frame": "drivers/readers/test_pn532_frames.py::test_a_frame_is_found_behind",
    "overlong TLV": "drivers/test_tlv.py::test_broken_objects_are_refused_with_a_code",
    "wrong checksum": "drivers/readers/test_pn532_frames.py::test_one_flipped_bit_never_makes_another_frame",
    "wrong status word": "drivers/cards/test_epurse_reading.py::test_a_failing_core_read_is_a_coded_error",
    "unknown card": "drivers/cards/test_epurse_reading.py::test_a_medium_without_any_application_is_unknown",
    "wrong PSAM": "drivers/sams/test_psam.py::test_an_unsound_psam_is_a_coded_error",
    "locked PSAM": "scenarios/test_failing_parts.py::test_a_psam_that_fails_before_mac1_refuses_the_tap",
    "expired card": "drivers/cards/test_epurse_validity.py::test_file_15_lets_in_or_declines",
    "absurd amount": "domain/test_authorize.py::test_declines",
    "unreadable configuration": "profiles/test_config.py::test_a_file_that_is_not_toml_is_refused",
    "unknown key of the configuration": "profiles/test_config.py::test_an_unknown_key_is_refused",
    "newer database": "store/test_database.py::test_a_newer_schema_is_refused_and_a_foreign_one_too",
    "unsigned artifact": "store/test_reference.py::test_an_edition_of_another_centre_is_refused",
    "rolled-back artifact": "store/test_reference.py::test_an_edition_below_the_floor_is_refused",
    "unknown terminal": "conformance/central_store.py::TERMINAL_UNKNOWN",
}


@pytest.mark.parametrize(("place"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_bad_input_is_refused_where_it_is_read_by(place: str) -> None:
    file, name = place.split("::")
    assert name in (TESTS / file).read_text("utf-8")


class LyingCard(PurseCard):
    """Answers some instructions as it likes; all else as a sound card, under the number of one."""

    def __init__(self, lies: Mapping[int, str]) -> None:
        super().__init__()
        self._lies = {ins: bytes.fromhex(answer) for ins, answer in lies.items()}

    def process(self, apdu: bytes) -> bytes:
        return self._lies.get(apdu[1]) or super().process(apdu)


def made(**own: int | str) -> PurseCard:
    """Return a card that its issuer personalised in another way."""
    return PurseCard(personalisation=Personalisation(**own))  # type: ignore[arg-type]  # fields of two types


BAD_CARDS: Final[dict[str, tuple[PurseCard, str]]] = {
    "an overlong TLV": (LyingCard({SELECT: "6F847FFFFFFF9000"}), "card_fault"),
    "a TLV that ends before its length": (LyingCard({SELECT: "6F20840E9000"}), "card_fault"),
    "a wrong status word for the balance": (LyingCard({BALANCE: "6F00"}), "card_fault"),
    "a locked application": (LyingCard({SELECT: "9303"}), "card_fault"),
    "an answer without a status word": (LyingCard({BALANCE: "90"}), "card_fault"),
    "a balance of three bytes": (LyingCard({BALANCE: "0011309000"}), "card_fault"),
    "an INITIALIZE refused": (LyingCard({INITIALIZE: "6985"}), "card_fault"),
    "an INITIALIZE cut short": (LyingCard({INITIALIZE: "000011309000"}), "card_fault"),
    "a trip record refused": (LyingCard({UPDATE: "6A82"}), "card_fault"),
    "an answer that never ends": (LyingCard({BALANCE: "6104"}), "card_fault"),
    "an unknown card": (LyingCard({SELECT: "6A82"}), "unknown_medium"),
    "an expired card": (made(end="20250531"), "expired"),
    "a card not yet valid": (made(start="20270101"), "not_yet_valid"),
    "a card without dates": (made(end="FFFFFFFF"), "date_not_set"),
    "a card not enabled": (made(enabled=0), "not_enabled"),
    "another application type": (made(application_type=3), "wrong_application"),
    "a file unlike its copy": (PurseCard(deviation=Deviation(file15_differs=True)), "counterfeit"),
    "a card of another city without interoperation": (made(city="2900", interop=0), "foreign_refused"),
    "an empty card": (PurseCard(0), "balance_too_low"),
}


@pytest.mark.parametrize(("bad", "prompt"), BAD_CARDS.values(), ids=BAD_CARDS)
def test_a_bad_card_is_declined_with_its_reason_and_the_next_is_served(
    bad: PurseCard, prompt: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_fare(tmp_path)

    async def scene() -> None:
        good = another_card()
        async with Bench(tmp_path) as bench:
            assert (await bench.ride(bad)).signal.prompt == prompt
            assert (await bench.ride(good)).signal.prompt == "accepted"
            reasons = [entry.body.reason for entry in await bench.entries() if isinstance(entry.body, DeclinedTap)]
            assert reasons == [prompt]
            assert await bench.written() == ["declined", "intent", "posted"]
            assert (await truths(bench, bad, good)).debits == 1
            told = [fault.code for fault in bench.faults]
            assert [record.facts["code"] for record in caplog.records] == told  # type: ignore[attr-defined]  # our own
            assert bool(told) is (prompt == "card_fault")

    play(scene())
    nothing_tells_the_number(tmp_path, caplog, prompt)


def nothing_tells_the_number(folder: Path, caplog: pytest.LogCaptureFixture, reason: str) -> None:
    """Look for the card's number in clear and in packed digits, in every log line and every file."""
    lines = [JsonLines().format(record).encode() for record in caplog.records]
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(reason.encode() in content for content in files)
    for secret in (SERIAL.encode(), bytes.fromhex(SERIAL.zfill(20))[-8:], SERIAL[-8:].encode()):
        assert not any(secret in content for content in (*lines, *files))


LINE_FAULTS: Final[dict[str, Callable[[Bench], None]]] = {
    "a malformed frame": lambda bench: bench.chip_line.pump.noise(bytes.fromhex("0000FF05FAD5")),
    "a frame of a length that cannot be": lambda bench: bench.chip_line.pump.noise(bytes.fromhex("0000FFFFFFFFFF00")),
    "a wrong checksum": lambda bench: bench.chip_line.pump.corrupt_bytes(1),
    "lost bytes": lambda bench: bench.chip_line.pump.drop_bytes(3),
    "a lost acknowledgement": lambda bench: bench.chip_line.pump.lose_replies(),
    "a modem probe": lambda bench: bench.chip_line.pump.noise(b"AT\r"),
    "a wrong checksum of the SAM reader": lambda bench: bench.sam_line.pump.corrupt_bytes(1),
    "noise from the SAM reader": lambda bench: bench.sam_line.pump.noise(bytes.fromhex("03066300")),
}


@pytest.mark.parametrize("fault", LINE_FAULTS.values(), ids=LINE_FAULTS)
def test_a_bad_line_costs_no_money_and_the_tap_is_served(fault: Callable[[Bench], None], tmp_path: Path) -> None:
    write_fare(tmp_path)

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            fault(bench)
            shown = await bench.ride(card)
            if not shown.accepted:
                await bench.until(lambda: bench.supervisor.reader_open)
                shown = await bench.ride(card)
            assert (shown.signal.prompt, card.balance_fen) == ("accepted", 5000 - FARE)
            assert (await truths(bench, card)).debits == 1

    play(scene())


def test_a_wrong_psam_is_named_and_nothing_is_sold_until_the_right_one_is_back(tmp_path: Path) -> None:
    write_fare(tmp_path)

    async def scene() -> None:
        card = PurseCard()
        bench = Bench(tmp_path)
        bench.expected_psam = bench.psam.number
        async with bench:
            bench.sams.insert(1, Psam(OTHER_PSAM))
            assert (await bench.ride(card)).signal.prompt == "sam_unavailable"
            await bench.until(lambda: any(fault.code == "SAM_WRONG" for fault in bench.faults))
            assert bench.lamps[-1].prompt == "out_of_service"
            bench.sams.insert(1, bench.psam)
            await bench.until(lambda: bench.supervisor.reader_open)
            assert (await bench.ride(card)).signal.prompt == "accepted"
            assert (await truths(bench, card)).debits == 1

    play(scene())


def test_an_amount_above_the_ceiling_is_declined_until_a_sound_edition_comes(tmp_path: Path) -> None:
    write_fare(tmp_path, fare_fen=100_001)

    async def scene() -> None:
        card = PurseCard(2**30)
        async with Bench(tmp_path) as bench:
            assert (await bench.ride(card)).signal.prompt == "amount_invalid"
            assert await bench.written() == ["declined"]
            await bench.service.editions.install(write_fare(tmp_path, 2))
            assert (await bench.ride(card)).signal.prompt == "accepted"
            assert (await truths(bench, card)).debits == 1

    play(scene())


def unsigned(tmp_path: Path) -> Path:
    folder = write_fare(tmp_path / "unsigned", 9)
    body = b"\x91\x90"
    stranger = SigningKey(b"\x09" * 32)
    (folder / "manifest").write_bytes(seal_artifact(stranger, new_header("edition", "city-edition", 9, body), body))
    return folder


def rolled_back(tmp_path: Path) -> Path:
    return write_fare(tmp_path / "older", 2, fare_fen=1)


def negative(tmp_path: Path) -> Path:
    return write_fare(tmp_path / "negative", 9, fare_fen=-FARE)


def absurd(tmp_path: Path) -> Path:
    return write_fare(tmp_path / "absurd", 9, fare_fen=2**40)


def truncated(tmp_path: Path) -> Path:
    folder = write_fare(tmp_path / "truncated", 9)
    (folder / "manifest").write_bytes((folder / "manifest").read_bytes()[:-10])
    return folder


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (unsigned, "ARTIFACT_UNSIGNED"),
        (rolled_back, "ARTIFACT_ROLLED_BACK"),
        (truncated, "ARTIFACT_DAMAGED"),
        (negative, "TARIFF_INVALID"),
        (absurd, "TARIFF_INVALID"),
    ],
)
def test_a_bad_edition_is_refused_and_the_one_in_force_prices_the_next_tap(
    bad: Callable[[Path], Path], code: str, tmp_path: Path
) -> None:
    write_fare(tmp_path, 3)

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            with pytest.raises(PolicyError) as refused:
                await bench.service.editions.install(bad(tmp_path))
            assert refused.value.code == code
            assert (await bench.ride(card)).signal.fen == FARE
            assert {entry.edition for entry in await bench.entries()} == {3}

    play(scene())


def test_a_journal_of_a_newer_version_halts_the_start_and_is_left_as_it_is(tmp_path: Path) -> None:
    write_fare(tmp_path)

    def set_version(change: int) -> None:
        raw = sqlite3.connect(tmp_path / "journal.db")
        version = raw.execute("PRAGMA user_version").fetchone()[0]
        raw.execute(f"PRAGMA user_version = {version + change}")
        raw.execute("UPDATE compatible SET since = since + ?", (change,))
        raw.commit()
        raw.close()

    async def scene() -> None:
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            await bench.ride(card)
            await bench.stop()
            set_version(+1)
            with pytest.raises(StoreError) as halted:
                await bench.start()
            assert (halted.value.code, halted.value.recovery.value) == ("STORE_NEWER", "halt")
            set_version(-1)
            await bench.start()
            assert (await bench.ride(card)).accepted
            assert (await truths(bench, card)).debits == 2

    play(scene())
