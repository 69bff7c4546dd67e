"""The configuration of one terminal: one TOML file over the profile of its model, read once into frozen values.

Layers, the later wins: the profile and its parents, the parts named beside it, ``terminal.toml``, and ``onecard.toml``
in the credentials folder where there is one. Nothing else changes behaviour: no environment variables, no global
settings. Reference data (tariff, deny list, prompts) is not configuration; it comes signed. Every key is described in
``firmware_profiles/CONFIG.md``.
"""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Annotated, Final

from edge.config_announcer import AnnouncerSection
from edge.config_bankcard import BankcardSection
from edge.config_display import DisplaySection
from edge.config_keypad import KeypadSection
from edge.config_outputs import LampSection, RelaySection
from edge.config_place import PlaceSection
from edge.config_printer import PrinterSection
from edge.config_reader import ReaderSection, SamSection
from edge.config_scanner import CodesSection, ScannerSection
from edge.config_values import Between, Layer, Shape, read_settings
from edge.config_voice import VoiceSection
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from firmware_profiles.profile import ProfileBroken, ProfileUnknown, profile_layers

CREDENTIAL_SETTINGS: Final = "onecard.toml"

Part = Annotated[str, Shape(r"[a-z0-9-]{1,64}/[a-z0-9-]{1,64}", "a folder and a name, as reader/acr122s")]
Name = Annotated[str, Shape(r"[a-z][a-z0-9_]*", "a lower-case name")]
Milliseconds = Annotated[int, Between(1, 600_000)]
Pins = Annotated[int, Between(0, 65_535)]


@frozen
class Paths:
    """Where the terminal keeps things. A relative path starts at the folder of ``terminal.toml``."""

    state: Path = Path("/var/lib/onecard")
    credentials: Path = Path("/etc/onecard/credentials")
    sockets: Path = Path("/run/onecard")

    @property
    def journal(self) -> Path:
        """Return the journal's database file."""
        return self.state / "journal.db"

    @property
    def journal_lock(self) -> Path:
        """Return the lock file: who holds it owns the journal."""
        return self.state / "journal.lock"

    @property
    def editions(self) -> Path:
        """Return the folder of editions, ``N/manifest`` and segments."""
        return self.state / "editions"

    @property
    def keys(self) -> Path:
        """Return the folder of keys and grants made on or for this device."""
        return self.state / "keys"

    def socket(self, role: str) -> Path:
        """Return the control socket of a role (``read``, ``technician``, ``sync``, ``till``)."""
        return self.sockets / f"{role}.sock"


@frozen
class CardsSection:
    """Which card applications are tried, in order, and what the purse's trip record says of this terminal."""

    applications: tuple[Name, ...] = ("epurse",)
    skip_inactive_purse: bool = False
    identity_by_tag: bool = False
    trip_kind: Annotated[int, Between(0, 255)] = 6
    trip_industry: Annotated[int, Between(0, 255)] = 2
    trip_line_station: Annotated[str, Shape(r"[0-9A-F]{14}", "seven bytes in upper-case hexadecimal")] = "0" * 14
    trip_acquirer: Annotated[str, Shape(r"[0-9A-F]{16}", "eight bytes in upper-case hexadecimal")] = "F" * 16


@frozen
class SignalsSection:
    """Which output pins of the reader (one bit each) make its lamps and tones; 0 where it has none."""

    show_ms: Milliseconds = 1_500
    idle_pins: Pins = 0
    green_pins: Pins = 0
    red_pins: Pins = 0
    amber_pins: Pins = 0
    accepted_pins: Pins = 0
    refused_pins: Pins = 0
    again_pins: Pins = 0


@frozen
class TapSection:
    """Timing of taps."""

    debounce_ms: Annotated[int, Between(0, 60_000)] = 1_500
    torn_window_s: Annotated[int, Between(0, 7_200)] = 120
    poll_ms: Milliseconds = 100


@frozen
class JournalSection:
    """How long entries stay and how much room they may take."""

    retention_days: Annotated[int, Between(1, 3_650)] = 90
    retention_entries: Annotated[int, Between(0, 10_000_000)] = 10_000
    warn_percent: Annotated[int, Between(1, 99)] = 80
    bytes_max: Annotated[int, Between(1_000_000, 1_000_000_000_000)] = 2_000_000_000
    floor_bytes: Annotated[int, Between(0, 1_000_000_000_000)] = 64_000_000
    reserve_bytes: Annotated[int, Between(0, 1_000_000_000)] = 4_000_000
    checkpoint_entries: Annotated[int, Between(1, 100_000)] = 100
    wal_bytes: Annotated[int, Between(32_768, 1_000_000_000)] = 4_000_000


@frozen
class CentreSection:
    """Where the centre is, and how the sync process speaks to it. An empty ``url``: never enrolled over a network."""

    url: Annotated[str, Shape(r"|https?://[^\s/?#]+(/[^\s?#]*)?", "an http or https address, or empty")] = ""
    ca_file: Path = Path()
    interval_s: Annotated[int, Between(1, 86_400)] = 30
    batch_entries_max: Annotated[int, Between(1, 500)] = 200
    batch_bytes_max: Annotated[int, Between(1_024, 65_536)] = 65_536
    request_timeout_s: Annotated[int, Between(1, 600)] = 30
    retry_s_max: Annotated[int, Between(1, 86_400)] = 300


@frozen
class ClockSection:
    """How far the clock of this model may drift while no signed time is heard."""

    drift_ppm: Annotated[int, Between(1, 10_000)] = 100


@frozen
class ListsSection:
    """From which age on reference data is reported as old, or too old to serve by; how long it is on probation."""

    warn_age_h: Annotated[int, Between(1, 8_760)] = 24
    fault_age_h: Annotated[int, Between(1, 8_760)] = 168
    probation_s: Annotated[int, Between(1, 86_400)] = 600
    spare_age_h: Annotated[int, Between(0, 8_760)] = 720


@frozen
class TillSection:
    """The till's pages, and what its staff may do by role and how fast."""

    session_min: Annotated[int, Between(1, 720)] = 15
    void_min: Annotated[int, Between(0, 720)] = 10
    acts_per_min: Annotated[int, Between(10, 600)] = 120


@frozen
class TerminalConfig:
    """Everything a process of this terminal is told from outside."""

    profile: str
    parts: tuple[Part, ...] = dataclasses.field(default=(), kw_only=True)
    paths: Paths
    place: PlaceSection
    announcer: AnnouncerSection
    keypad: KeypadSection
    reader: ReaderSection
    sam: SamSection
    cards: CardsSection
    bankcard: BankcardSection
    scanner: ScannerSection
    codes: CodesSection
    printer: PrinterSection
    display: DisplaySection
    voice: VoiceSection
    lamp: LampSection
    relay: RelaySection
    signals: SignalsSection
    tap: TapSection
    journal: JournalSection
    centre: CentreSection
    clock: ClockSection
    lists: ListsSection
    till: TillSection

    def own_keys(self) -> frozenset[str]:
        """Return the dotted names of what the terminal's own files set, as far as that is known."""
        return frozenset()


@frozen
class LoadedConfig(TerminalConfig):
    """A configuration that was read from files, and remembers what the terminal's own set beside its profile."""

    own: frozenset[str] = frozenset()

    def own_keys(self) -> frozenset[str]:
        """Return the dotted names of what the terminal's own files set."""
        return self.own


def load_config(file: Path, credentials: Path | None = None) -> TerminalConfig:
    """Read ``terminal.toml`` over its profile.

    ``credentials`` is the folder that the service manager hands over; it takes the place of ``paths.credentials``.
    Raises ``CONFIG_UNREADABLE``, ``CONFIG_KEY``, ``CONFIG_VALUE`` or ``PROFILE_UNKNOWN``; each names the file.
    """
    layers = [Layer(str(file), _parse(file))]
    if credentials is not None and (credentials / CREDENTIAL_SETTINGS).exists():
        layers.append(Layer(str(credentials / CREDENTIAL_SETTINGS), _parse(credentials / CREDENTIAL_SETTINGS)))
    profile, parts = _last(layers, "profile"), _last(layers, "parts")
    if not isinstance(profile, str):
        raise ConfigError("CONFIG_KEY", f"{file}: the key `profile` is missing or not text")
    named = [profile, *(part for part in parts if isinstance(part, str))] if isinstance(parts, list) else [profile]
    below = [layer for name in named for layer in _profile(file, name)]
    read = read_settings(TerminalConfig, [*below, *layers], file.absolute().parent)
    _check_together(file, read)
    sections = {field.name: getattr(read, field.name) for field in dataclasses.fields(read)}
    config = LoadedConfig(**sections, own=frozenset(key for layer in layers for key in layer.dotted()))
    if credentials is None:
        return config
    return dataclasses.replace(config, paths=dataclasses.replace(config.paths, credentials=credentials))


def _last(layers: list[Layer], key: str) -> object:
    """Return what the last layer says that names a key, None where none does."""
    return next((layer.table[key] for layer in reversed(layers) if key in layer.table), None)


def _profile(file: Path, name: str) -> list[Layer]:
    try:
        return [Layer(source, table) for source, table in profile_layers(name)]
    except ProfileUnknown as error:
        raise ConfigError("PROFILE_UNKNOWN", f"{file}: {error}") from None
    except ProfileBroken as error:
        raise ConfigError("CONFIG_UNREADABLE", str(error)) from None


def _parse(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:  # its message ends in "(at line L, column C)"
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error}") from error


def _check_together(file: Path, config: TerminalConfig) -> None:
    """Refuse values that are fine alone and senseless together."""
    for low, high, bounds in (
        ("reader.reopen_ms_min", "reader.reopen_ms_max", (config.reader.reopen_ms_min, config.reader.reopen_ms_max)),
        ("lists.warn_age_h", "lists.fault_age_h", (config.lists.warn_age_h, config.lists.fault_age_h)),
        ("journal.floor_bytes", "journal.bytes_max", (config.journal.floor_bytes, config.journal.bytes_max)),
    ):
        if bounds[0] > bounds[1]:
            raise ConfigError("CONFIG_VALUE", f"{file}: `{low}` ({bounds[0]}) is above `{high}` ({bounds[1]})")
    if config.sam.slots and config.sam.slot not in config.sam.slots:
        slots = ", ".join(map(str, config.sam.slots))
        raise ConfigError("CONFIG_VALUE", f"{file}: `sam.slot` ({config.sam.slot}) is none of `sam.slots` ({slots})")
    if config.scanner.protocol and config.scanner.path == Path():
        raise ConfigError("CONFIG_KEY", f"{file}: the key `scanner.path` is missing")
    scanner = config.scanner
    if not scanner.identify and (scanner.firmware or scanner.firmware_from or scanner.firmware_to):
        raise ConfigError("CONFIG_KEY", f"{file}: `scanner.firmware` is asked by `scanner.identify`, which is missing")
