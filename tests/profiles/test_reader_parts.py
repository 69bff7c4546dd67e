"""Every shipped part for a reader with SAM slots makes one box of both on one line, and names its firmware."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.links import Link
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialSettings
from drivers.registry import contactless_models, sam_models, scanner_models
from drivers.virtual.boxes import BOXES
from drivers.virtual.field import Field
from drivers.virtual.psam import NUMBER, Psam
from edge.clock import SystemClock
from edge.config import TerminalConfig, load_config
from edge.domain.errors import ReaderError
from edge.ports import NoValues
from edge.wiring_reader import terminal_reader
from firmware_profiles.profile import FOLDER, profile_layers
from tests.drivers.reader_bench import EvenIds, on_virtual_time
from tests.profiles.test_scanner_parts import toml

PARTS = sorted(file.stem for file in (FOLDER / "reader").glob("*.toml") if file.stem in BOXES)


def config_of(part: str, folder: Path, **reader_keys: object) -> TerminalConfig:
    (_, table), *_ = profile_layers(f"reader/{part}")
    text = ['profile = "bus-validator"', 'place.city = "4520"', 'place.operator = "books"']
    for name in ("reader", "sam"):
        section = table[name]
        assert isinstance(section, dict)
        keys = section | reader_keys if name == "reader" else section
        text += [f"[{name}]", *(f"{key} = {toml(value)}" for key, value in keys.items())]
    file = folder / "terminal.toml"
    file.write_text("\n".join(text), "utf-8")
    return load_config(file)


def open_it(config: TerminalConfig) -> tuple[bytes, list[SerialSettings]]:
    """Open the configured reader with its virtual twin on the line; returns the PSAM's number and the lines made."""
    model = BOXES[config.reader.protocol]
    device = model.build(Field(), {config.sam.slot: Psam()}, lambda _event: None)
    line, made = MemoryLine("box", device), list[SerialSettings]()

    def link(settings: SerialSettings) -> Link:
        made.append(settings)
        return line.link()

    async def scene() -> bytes:
        reader = terminal_reader(config, EvenIds(), SystemClock(0), NoValues(), link)
        await reader.open()
        return reader.psam_number()

    return on_virtual_time(scene()), made


@pytest.mark.parametrize("part", PARTS)
def test_a_part_makes_one_box_of_reader_and_psam(part: str, tmp_path: Path) -> None:
    config = config_of(part, tmp_path)
    number, made = open_it(config)
    assert number == NUMBER
    assert [(line.path, line.baud) for line in made] == [(str(config.reader.path), config.reader.baud)]


@pytest.mark.parametrize("part", PARTS)
def test_another_firmware_than_the_configured_one_is_refused_by_name(part: str, tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="the profile wants 'Nobody V1'") as caught:
        open_it(config_of(part, tmp_path, firmware="Nobody V1"))
    assert caught.value.code == "READER_IDENTITY"


OLDER = {"acr122s": "ACR122S101", "twn4": "TWN4/B1.09/NCF4.51/PRS2.12"}


@pytest.mark.parametrize(("part", "found"), OLDER.items(), ids=OLDER)
def test_an_older_firmware_than_the_configured_one_is_refused_by_name(part: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=f"found '{found}', the profile wants '.*' from 200") as caught:
        open_it(config_of(part, tmp_path, firmware_from="200"))
    assert caught.value.code == "READER_IDENTITY"


def test_there_is_a_part_for_each_model_of_the_three_families() -> None:
    assert PARTS == ["acr122l", "acr122s", "acr1281s", "twn4", "zlg"]


STATED = {
    "reader": {"baud", "other_bauds", "stop_bits", "answer_timeout_ms", "latency_timer_ms_max"},
    "sam": {"baud", "stop_bits", "level", "slots", "slot", "answer_timeout_ms"},
    "scanner": {"baud", "setup", "answer_timeout_ms"},
}
FIRMWARE = {"firmware", "firmware_from", "firmware_to"}


@pytest.mark.parametrize(
    "file", sorted(FOLDER.glob("[rs]*/*.toml")), ids=lambda file: f"{file.parent.name}/{file.stem}"
)
def test_the_part_of_a_model_states_all_that_differs_from_model_to_model(file: Path) -> None:
    kind = file.parent.name
    (_, table), *_ = profile_layers(f"{kind}/{file.stem}")
    section = table[kind]
    assert isinstance(section, dict)
    assert STATED[kind] | (set() if kind == "scanner" else FIRMWARE) <= set(section)
    assert section["protocol"] in {"reader": contactless_models, "sam": sam_models, "scanner": scanner_models}[kind]()
