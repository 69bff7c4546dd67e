"""What the terminal's process loads is its start and its memory, and the network is not part of it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT

PRINT_MODULES = """
import asyncio, json, sys
of_asyncio = set(sys.modules)
import edge.wiring_terminal
print(json.dumps(sorted(set(sys.modules) - of_asyncio)))
"""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Return the modules of a process that is ready to be a terminal, beside those of asyncio (ssl is one of them)."""
    return _printed(PRINT_MODULES)


def _printed(code: str) -> frozenset[str]:
    """Return the names that a fresh interpreter prints."""
    words = [sys.executable, "-c", code]
    process = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return frozenset(json.loads(process.stdout))


@pytest.mark.parametrize("module", ["aiohttp", "tenacity", "http.client", "urllib.request", "ssl", "pydantic"])
def test_the_terminal_does_not_load(loaded: frozenset[str], module: str) -> None:
    assert module not in loaded


def test_the_run_command_leaves_out_the_tls_of_asyncio() -> None:
    code = """
import argparse, json, sys
from edge.cli import run_command
run_command.read_config = lambda path: None
try:
    run_command.run(argparse.Namespace(config=None))
except AttributeError:  # there is no configuration: it began to serve
    print(json.dumps(sorted(sys.modules)))
"""
    loaded = _printed(code)
    assert "asyncio.base_events" in loaded
    assert "_ssl" not in loaded


def test_the_journal_is_at_rest_before_tariffs_and_drivers_are_loaded() -> None:
    loaded = _printed("import json, sys, edge.wiring_run; print(json.dumps(sorted(sys.modules)))")
    assert "edge.store.journal" in loaded
    assert not loaded & {"edge.domain.tariff.bundle", "edge.terminal.supervisor", "drivers", "edge.wiring_terminal"}


@pytest.mark.parametrize(
    "module",
    [
        pytest.param("edge.terminal.till.desk", id="the desk of a till"),
        pytest.param("edge.terminal.till.offers", id="the offers of a till"),
        pytest.param("edge.terminal.display_line", id="a passenger's display"),
        pytest.param("edge.terminal.voice_line", id="a voice"),
        pytest.param("edge.terminal.gate_line", id="a gate's relay"),
        pytest.param("drivers.scanning", id="scanners"),
        pytest.param("sync.columns", id="the columns that batches are packed in"),
        pytest.param("edge.terminal.till.receipts", id="the receipts of a till"),
        pytest.param("edge.domain.meals.shift", id="the shifts of a till"),
        pytest.param("drivers.cards.bankcard", id="bank cards"),
        pytest.param("drivers.oda.verify", id="the certificates of bank cards"),
        pytest.param("drivers.printers.port", id="a printer"),
        pytest.param("drivers.scanners.codes.jtt1179", id="the codes of a scanner"),
        pytest.param("drivers.readers.zlg", id="readers of other makes"),
    ],
)
def test_only_a_terminal_that_is_configured_so_loads(loaded: frozenset[str], module: str) -> None:
    assert importlib.util.find_spec(module) is not None
    assert module not in loaded


def test_a_reader_and_a_card_application_are_loaded_without_their_neighbours() -> None:
    code = """
import json, sys
from drivers.cards.epurse import PurseSettings
from drivers.registry import card_applications, contactless_model
contactless_model("pn532")
card_applications(["epurse"], [PurseSettings()])
print(json.dumps(sorted(name for name in sys.modules if name.count(".") == 2 and "drivers." in name)))
"""
    found = _printed(code)
    assert {"drivers.readers.pn532", "drivers.cards.epurse"} <= found
    assert not found & {"drivers.readers.ccid", "drivers.readers.zlg", "drivers.cards.bankcard"}


@pytest.mark.parametrize("module", ["aiosqlite", "serial", "msgpack"])
def test_the_terminal_loads(loaded: frozenset[str], module: str) -> None:
    """The list above is of the real process, not of an empty one."""
    assert module in loaded
