"""``onecard central``: the options for places are taken after every action, and after every verb of one."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from edge.cli.central_command import configure

ASKED = (
    "serve",
    "close 20261124",
    "books run",
    "books holder 00112233445566778899aabbccddeeff",
    "quarantine list",
    "quarantine accept bus-101/1/7 --reason seen",
    "user list",
    "user add ada --role admin",
    "keys show",
    "group set pilot bus-101",
    "terminal list",
    "ca list",
)


@pytest.mark.parametrize("asked", ASKED)
def test_places_are_taken_last(asked: str) -> None:
    parser = argparse.ArgumentParser()
    configure(parser)
    places = ["--state", "centre", "--database", "postgresql:///onecard", "--database-password", "secret", "--json"]
    found = parser.parse_args([*asked.split(), *places])
    assert (found.state, found.database) == (Path("centre"), "postgresql:///onecard")
    assert (found.database_password, found.json) == (Path("secret"), True)
