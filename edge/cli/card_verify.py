"""``onecard card verify FILE``: offline data authentication of a recorded exchange, step by step, with its verdict."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, date, datetime

from drivers.oda.key_file import read_ca_keys
from drivers.oda.outcome import Cryptogram, Verdict
from drivers.oda.refusal import Fault, Part
from drivers.oda.scheme import SCHEMES
from drivers.oda.session import Exchanges, Observed
from drivers.oda.verify import Trust, verify
from edge.cli.card_recording import Pair, read_recording
from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_USAGE
from edge.cli.output import columns, print_error, show
from edge.clock import SystemClock
from edge.crypto.sm import sm2_verify, sm3
from edge.domain.errors import CardError, ConfigError
from edge.domain.frozen import frozen
from edge.explaining.terminal_results import results_as_facts, results_in_words


@frozen
class Reading:
    """What a recording came to: its steps, and a verdict for each application that was started."""

    steps: tuple[str, ...]
    verdicts: tuple[tuple[str, Verdict], ...]
    malformed: str | None = None

    @property
    def verified(self) -> bool:
        """Say whether there is an application and every one of them is verified."""
        return self.malformed is None and all(verdict.verified for _, verdict in self.verdicts)


def run_verify(arguments: argparse.Namespace) -> int:
    """Print steps and verdict; returns 0 where verified, 1 where refused, 2 where a file cannot be used."""
    at: date = arguments.at or _today()
    try:
        pairs = read_recording(arguments.file)
        trust = Trust(SCHEMES[arguments.profile], read_ca_keys(arguments.capk), sm2_verify, sm3)
        reading = read(pairs, trust, at)
    except ConfigError as error:
        print_error(error, as_json=arguments.json)
        return EXIT_USAGE
    facts = {"verified": reading.verified, "profile": arguments.profile, "at": str(at), **_facts(reading)}
    show(arguments, facts, _lines(reading, arguments.profile, at))
    return EXIT_FINE if reading.verified else EXIT_FAULT


def read(pairs: list[Pair], trust: Trust, at: date) -> Reading:
    """Walk through an exchange and verify every application in it.

    Raises ``CONFIG_UNREADABLE`` where no application is selected.
    """
    exchanges = Exchanges()
    steps: list[str] = []
    malformed = None
    for command, answer in pairs:
        try:
            steps.append(f"{exchanges.observe(command, answer)} ({answer.status:04X})")
        except CardError as error:
            malformed = str(error.args[0])
            steps.append(f"malformed: {malformed}")
            break
    if not exchanges.applications and malformed is None:
        raise ConfigError("CONFIG_UNREADABLE", "no card application is selected in this recording")
    verdicts = tuple((card.name.hex().upper(), verify(card, trust, at)) for card in _to_verify(exchanges))
    return Reading(tuple(steps), verdicts, malformed)


def _to_verify(exchanges: Exchanges) -> list[Observed]:
    """Return the applications that were started; where none was, those that were selected."""
    return [card for card in exchanges.applications if card.started] or exchanges.applications


def _facts(reading: Reading) -> dict[str, object]:
    return {
        "exchange": list(reading.steps),
        "malformed": reading.malformed,
        "applications": [{"aid": name, **_verdict_facts(verdict)} for name, verdict in reading.verdicts],
    }


def _verdict_facts(verdict: Verdict) -> dict[str, object]:
    return {
        "verified": verdict.verified,
        "method": verdict.method,
        "reason": verdict.reason,
        "why": verdict.why,
        "number": None if verdict.number is None else verdict.number.masked(),
        "test_key": verdict.by_test_key,
        "steps": [{"step": step.name, "said": step.said} for step in verdict.steps],
        "cryptogram": None if verdict.cryptogram is None else _cryptogram(verdict.cryptogram),
        "tvr": verdict.tvr.hex().upper(),
        "tsi": verdict.tsi.hex().upper(),
        "terminal_results": results_as_facts(verdict.tvr, verdict.tsi),
    }


def _cryptogram(cryptogram: Cryptogram) -> dict[str, object]:
    told: dict[str, object] = {"type": cryptogram.type, "atc": cryptogram.counter}
    if (facts := cryptogram.issuer_facts) is not None:
        told |= {"key_index": facts.key_index, "version": facts.cryptogram_version, "algorithm": facts.algorithm}
        told |= {"cvr": facts.cvr.hex().upper(), "flags": list(facts.flags())}
    return told


def _lines(reading: Reading, profile: str, at: date) -> Iterator[str]:
    yield f"profile {profile}, {at}"
    for step in reading.steps:
        yield f"  {step}"
    for name, verdict in reading.verdicts:
        yield f"application {name}"
        rows = [(step.name, step.said) for step in verdict.steps]
        if verdict.cryptogram is not None:
            told = _cryptogram(verdict.cryptogram).items()
            rows.append(("cryptogram", "  ".join(f"{key}={value}" for key, value in told)))
        rows.append(("terminal results", f"TVR {verdict.tvr.hex().upper()}, TSI {verdict.tsi.hex().upper()}"))
        rows += [("", words) for words in results_in_words(verdict.tvr, verdict.tsi)]
        yield from (f"  {row}" for row in columns(rows))
        yield f"  {_said(verdict)}"
    if reading.malformed is not None:
        yield f"REFUSED {Part.EXCHANGE}.{Fault.MALFORMED}: {reading.malformed}"


def _said(verdict: Verdict) -> str:
    if verdict.reason is not None:
        return f"REFUSED {verdict.reason}: {verdict.why}"
    return f"VERIFIED by {str(verdict.method).upper()}" + (" under a published TEST key" if verdict.by_test_key else "")


def _today() -> date:
    return datetime.fromtimestamp(SystemClock().system_ms() / 1000, UTC).date()
