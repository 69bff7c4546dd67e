"""Puts the scanner and the schemes of codes together, from configuration and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.code_reader import CodeStand
from drivers.code_scheme import CodeRules, CodeScheme, CodeTrust
from drivers.firmware import FirmwareWanted
from drivers.links import Link
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.registry import code_scheme, scanner_model
from drivers.scanner import Scanner, ScannerIdentity, ScannerTiming
from drivers.scanning import ScannerSettings
from edge.code_key_file import load_code_keys
from edge.config_scanner import CodesSection, ScannerSection
from edge.crypto.signing import verify
from edge.crypto.sm import chosen_sm2
from edge.domain.code_keys import CodeKey, CodeKeys
from edge.domain.errors import RemoteProtocolError
from edge.ports import Values

OpenLink = Callable[[SerialSettings], Link]


def code_stand(
    scanner: ScannerSection,
    codes: CodesSection,
    values: Values,
    open_link: OpenLink = SerialPort,
) -> CodeStand | None:
    """Return the terminal's code reader, None where it has no scanner.

    Codes are traced back to the keys in ``values``, those of the edition in force, which change with it; to the keys of
    the configured file only as long as no edition brings any. Raises ConfigError.
    """
    if not scanner.protocol:
        return None
    settings = scanner_settings(scanner)
    codec = scanner_model(scanner.protocol).build(settings)
    link = open_link(SerialSettings(str(scanner.path), scanner.baud))
    channel = Scanner(link, codec, settings.setup, _timing(scanner), _identity(scanner))
    own = configured_keys(codes)
    return CodeStand(channel, schemes_of(codes, lambda: keys_in_force(values, own)))


def keys_in_force(values: Values, otherwise: Sequence[CodeKey]) -> Sequence[CodeKey]:
    """Return the keys of the edition in force; ``otherwise`` where it brings none: a key it left out is not trusted."""
    listed = values.value(CodeKeys)
    return otherwise if listed is None else listed.keys


def configured_keys(codes: CodesSection) -> tuple[CodeKey, ...]:
    """Return the keys of the configured file."""
    return () if codes.keys == Path() else load_code_keys(codes.keys)


def schemes_of(codes: CodesSection, keys: Callable[[], Sequence[CodeKey]]) -> tuple[CodeScheme, ...]:
    """Return the schemes of the profile, trusting these keys; raises ``CONFIG_VALUE`` for an unknown name."""
    trust = CodeTrust(keys, _rules(codes), chosen_sm2().verify, ed25519_fits)
    return tuple(code_scheme(name).build(trust) for name in codes.schemes)


def scanner_settings(scanner: ScannerSection) -> ScannerSettings:
    """Return the engine's settings as its codec takes them."""
    return ScannerSettings(
        setup=scanner.setup,
        setup_start=bytes.fromhex(scanner.setup_start),
        setup_end=bytes.fromhex(scanner.setup_end),
        answer_start=bytes.fromhex(scanner.answer_start),
        terminator=bytes.fromhex(scanner.terminator),
        ends_by_silence=scanner.ends_by_silence,
        trigger=bytes.fromhex(scanner.trigger),
        identify=scanner.identify,
    )


def ed25519_fits(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether an Ed25519 signature fits."""
    try:
        verify(public, signature, message)
    except RemoteProtocolError:
        return False
    return True


def _rules(codes: CodesSection) -> CodeRules:
    return CodeRules(
        issuers=frozenset(codes.issuers),
        platforms=frozenset(codes.platforms),
        home_issuers=frozenset(codes.home_issuers),
        future_skew_s=codes.future_skew_s,
        test=codes.test,
        signature_header=int(codes.signature_header, 16) if codes.signature_header else None,
        same_issuer=codes.same_issuer,
    )


def _timing(scanner: ScannerSection) -> ScannerTiming:
    return ScannerTiming(
        silence_ms=scanner.silence_ms,
        repeat_ms=scanner.repeat_ms,
        trigger_ms=scanner.trigger_ms,
        answer_timeout_ms=scanner.answer_timeout_ms,
    )


def _identity(scanner: ScannerSection) -> ScannerIdentity:
    wanted = FirmwareWanted(scanner.firmware, scanner.firmware_from, scanner.firmware_to)
    return ScannerIdentity(scanner.identify, wanted)
