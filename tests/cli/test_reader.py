"""``onecard reader`` as words, as JSON and as exit codes, against virtual readers on ptys."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from drivers.virtual.psam import NUMBER
from edge.cli.main import main
from tests.cli.test_virtual import served

pytestmark = pytest.mark.line


def test_the_list_says_of_every_model_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reader", "list", "--json"]) == 0
    models = {model["protocol"]: model for model in json.loads(capsys.readouterr().out)["models"]}
    assert {"pn532", "gemcore", "acr122s", "acr122l", "acr1281s", "twn4", "twn4_ascii", "zlg"} <= set(models)
    assert all(model["for"] and model["bauds"] for model in models.values())
    assert (models["pn532"]["sams"], models["gemcore"]["cards"], models["zlg"]["sams"]) == (False, False, True)
    assert main(["reader", "list"]) == 0
    assert "ACS ACR122S: cards, and one SAM in slot 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("probe",), 0, "acr122s at 9600 baud, firmware 'ACR122S101'"),
        (("probe", "--within", "0"), 1, "nobody answers"),
        (("autopsy",), 0, "answers in 8N1"),
    ],
    ids=["a reader is named", "no time is left to ask", "an autopsy of a sound reader"],
)
async def test_a_port_is_looked_at(
    words: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with served("reader", "--protocol", "acr122s", "--no-card-time") as device:
        status, out = await beside(capsys, "reader", words[0], str(device.path), *words[1:])
        assert (status, said in out) == (code, True), out


async def test_a_probe_names_a_qr_engine(capsys: pytest.CaptureFixture[str]) -> None:
    async with served("scanner", "--protocol", "zebra_ssi") as device:
        status, out = await beside(capsys, "reader", "probe", str(device.path), "--within", "2")
    assert (status, "a QR engine, zebra_ssi at 115200 baud" in out) == (0, True), out


async def test_a_probe_as_json_has_stable_keys(capsys: pytest.CaptureFixture[str]) -> None:
    async with served("reader", "--protocol", "twn4", "--no-card-time") as device:
        status, out = await beside(capsys, "reader", "probe", str(device.path), "--json")
    assert status == 0
    assert json.loads(out)["found"]["protocol"] == "twn4"
    assert set(json.loads(out)["found"]) == {"protocol", "firmware", "baud", "certain"}


def test_an_absent_port_is_a_coded_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reader", "probe", str(tmp_path / "no-port")]) >= 10
    assert "LINK_ABSENT" in capsys.readouterr().err


async def test_a_virtual_box_tells_the_state_of_its_psam() -> None:
    async with served("reader", "--protocol", "zlg", "--present", "--no-card-time") as device:
        assert (await device.order(do="sam"))["do"] == "sam"
        device.say('{"do": "sam"}')
        state = await device.event("sam_state")
        assert state["number"] == NUMBER.hex()


async def beside(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command in a thread of its own, for it starts a loop; returns its exit code and what it printed."""
    status = await asyncio.to_thread(main, words)
    return status, capsys.readouterr().out
