"""Every shipped part for a QR engine sets that engine up, writes no flash, and lets every byte through."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.code_reader import CodeStand
from drivers.links.memory import MemoryLine
from drivers.registry import scanner_model
from drivers.virtual.scanner import TONGUES, VirtualScanner
from edge.config import TerminalConfig, load_config
from edge.domain.code_keys import CodeKeys
from edge.domain.errors import ConfigError
from edge.domain.medium import CodeSnapshot
from edge.ports import NoValues
from edge.wiring_codes import code_stand, scanner_settings
from firmware_profiles.profile import FOLDER, profile_layers
from tests.drivers.codes.own_codes import BY_ED25519, TICKET, printed
from tests.drivers.reader_bench import on_virtual_time
from tests.store.held_values import HeldValues

PARTS = sorted(file.stem for file in (FOLDER / "scanner").glob("*.toml"))


def config_of(part: str, folder: Path) -> TerminalConfig:
    """Return a validator whose scanner is the one of this part, by writing the part's keys into the terminal's file."""
    (_, table), *_ = profile_layers(f"scanner/{part}")
    section = table["scanner"]
    assert isinstance(section, dict)
    keys = "\n".join(f"{name} = {toml(value)}" for name, value in section.items())
    file = folder / "terminal.toml"
    file.write_text(
        f'profile = "bus-validator"\n[place]\ncity = "4520"\noperator = "books"\n[scanner]\n{keys}\n', "utf-8"
    )
    return load_config(file)


def toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


@pytest.mark.parametrize("part", PARTS)
def test_a_part_sets_its_engine_up_and_codes_come_through(part: str, tmp_path: Path) -> None:
    config = config_of(part, tmp_path)
    assert scanner_model(config.scanner.protocol).unsafe(scanner_settings(config.scanner)) == ""
    engine = VirtualScanner(TONGUES[config.scanner.protocol]())
    line = MemoryLine(part, engine)
    stand = code_stand(config.scanner, config.codes, HeldValues(CodeKeys((BY_ED25519,))), lambda _settings: line.link())
    assert stand is not None

    async def scene() -> CodeSnapshot:
        await stand.open()
        engine.scan(printed(TICKET))
        code = await stand.next_code()
        assert isinstance(code, CodeSnapshot)
        return code

    assert on_virtual_time(scene()).number.reveal() == "meal-0042"
    assert engine.tongue.flash_writes == 0
    assert part == "grow-gm65" or len(engine.tongue.setups) == len(config.scanner.setup)
    assert stand.counters()["scanner_frames"] >= 1


def test_a_terminal_without_a_scanner_has_no_stand(tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text('profile = "bus-validator"\n[place]\ncity = "4520"\noperator = "books"\n', "utf-8")
    config = load_config(file)
    assert code_stand(config.scanner, config.codes, NoValues()) is None


def stand_of(file: Path) -> CodeStand | None:
    config = load_config(file)
    return code_stand(config.scanner, config.codes, NoValues())


WRONG = {
    "a scanner without a path": ('protocol = "line"\n', "CONFIG_KEY", "scanner.path"),
    "a protocol that nobody speaks": ('protocol = "lime"\npath = "x"\n', "CONFIG_VALUE", "`line`"),
    "a set-up that would wear the flash": (
        'protocol = "gm65"\npath = "x"\nsetup = ["09000000"]\n',
        "CONFIG_VALUE",
        "flash",
    ),
    "a firmware that nobody asks for": ('firmware = "SE4750"\n', "CONFIG_KEY", "scanner.identify"),
    "silence that a latency timer makes": ("silence_ms = 16\n", "CONFIG_VALUE", "between 20"),
}


@pytest.mark.parametrize(("keys", "code", "said"), WRONG.values(), ids=WRONG)
def test_is_refused(keys: str, code: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(f'profile = "bus-validator"\n[place]\ncity = "4520"\noperator = "b"\n[scanner]\n{keys}', "utf-8")
    with pytest.raises(ConfigError, match=said) as refused:
        stand_of(file)
    assert refused.value.code == code
