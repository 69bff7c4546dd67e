"""Staging as an operator and a terminal see it: the command, and a real downlink over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main
from sync.central.rollout_verbs import RolloutVerbs
from sync.centre_link import CentreLink
from sync.downlink import Downlink
from tests.conformance.rollout_cases import COMING, DENY, TARIFF
from tests.sync.builders import CENTRE_KEY
from tests.sync.served import served_centre

FARE = 'kind = "flat_fare"\nid = "flat"\nfare_fen = {fen}\n'
DENIED = 'kind = "deny_list"\ntokens = []\n'


def central(folder: Path, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401 - the command's JSON
    assert main(["central", *words, "--state", str(folder / "centre"), "--json"]) == code
    told = capsys.readouterr()
    return json.loads(told.out or told.err)


def written(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text, "utf-8")
    return str(file)


def test_an_operator_stages_looks_and_releases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fare, coming = (written(tmp_path, f"{fen}.toml", FARE.format(fen=fen)) for fen in (200, 300))
    denied = written(tmp_path, "denied.toml", DENIED)
    assert central(tmp_path, capsys, "publish", fare, denied) == {"edition": 1}
    central(tmp_path, capsys, "group", "set", "pilot", "bus-1", "bus-2")
    assert [row["terminal"] for row in central(tmp_path, capsys, "group", "list")["terminals"]] == ["bus-1", "bus-2"]
    assert central(tmp_path, capsys, "publish", coming, "--to", "pilot") == {"edition": 2}
    (stage,) = central(tmp_path, capsys, "stages")["stages"]
    assert (stage["group"], stage["kind"], stage["version"]) == ("pilot", "tariff", 2)
    assert central(tmp_path, capsys, "release", "pilot") == {"group": "pilot", "edition": 3}
    assert central(tmp_path, capsys, "stages") == {"stages": []}
    assert central(tmp_path, capsys, "rollback", "tariff")["edition"] == 4
    assert central(tmp_path, capsys, "halt", "pilot", code=80)["code"] == "CONFIG_VALUE"
    assert main(["central", "group", "set", "-", "bus-1", "--state", str(tmp_path / "centre")]) == 0
    told = "1 terminals are in no group\nnever enrolled here, is the name right? bus-1\n"
    assert capsys.readouterr().out == told


async def test_a_terminal_of_the_group_stages_its_own_edition_and_is_woken_for_it(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), CentreLink(url) as link:
        await centre.publish([TARIFF, DENY])
        await RolloutVerbs(centre).move({"group": "pilot", "terminals": ["bus-1"]})
        lines = {name: Downlink(link, CENTRE_KEY.public, tmp_path / name, name) for name in ("bus-1", "bus-2")}
        for line in lines.values():
            assert await line.stage(0) == 1
            line.taken(1)
        number = await centre.publish([COMING], "pilot")
        assert await lines["bus-1"].newer(5)
        assert not await lines["bus-2"].newer(0)
        assert await lines["bus-1"].stage(1) == number
        assert await lines["bus-2"].stage(1) is None
        lines["bus-1"].taken(number)
        await RolloutVerbs(centre).halt({"group": "pilot"})
        back = await lines["bus-1"].stage(number)
        assert back is not None
        assert await lines["bus-2"].stage(1) == back > number
