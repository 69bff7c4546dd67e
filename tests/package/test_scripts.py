"""What dpkg's scripts do around a queue: they let nobody take over unproven, and throw nothing unsent away."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.installation.in_force import STARTS_OF_A_TRIAL
from tests.cli.terminal_folder import CONFIG, with_taps
from tests.package.debs import Deb
from tests.package.device_root import DeviceRoot, new_device

pytestmark = pytest.mark.package

PATHS = """[paths]
state = "../../var/lib/onecard"
credentials = "credentials"
sockets = "../../run/onecard"
"""


@pytest.fixture
def device(this_deb: Deb, tmp_path: Path) -> DeviceRoot:
    """Return a device with this release, and eight unsent entries."""
    device = new_device(tmp_path / "d")
    installed = device.install(this_deb)
    assert installed.code == 0, installed.text
    folder = asyncio.run(with_taps(tmp_path / "made"))
    shutil.copytree(folder.state, device.state, dirs_exist_ok=True)
    shutil.copytree(folder.root / "credentials", device.config.parent / "credentials", dirs_exist_ok=True)
    device.config.write_text(CONFIG + PATHS, "utf-8")
    return device


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of a state folder but the lock, which is empty."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "journal.lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_fresh_device_has_users_folders_units_and_the_version_in_force(this_deb: Deb, tmp_path: Path) -> None:
    device = new_device(tmp_path / "d")
    assert device.install(this_deb).code == 0
    assert {"onecard", "onecard-sync", "onecard-till"} <= {
        line.split(":")[0] for line in (device.path / "etc" / "passwd").read_text().splitlines()
    }
    assert (device.state / "editions").is_dir()
    assert (device.path / "usr/lib/systemd/system/onecard-terminal.service").is_file()
    assert device.onecard("--version").text == f"onecard {this_deb.version}\n"
    assert device.onecard("repair", "--root", str(device.opt)).code == 0


def test_an_upgrade_is_on_trial_and_keeps_version_queue_and_configuration_before(
    device: DeviceRoot, this_deb: Deb, next_deb: Deb
) -> None:
    queue, settings = content(device.state), device.config.read_text()
    upgraded = device.install(next_deb)
    assert upgraded.code == 0, upgraded.text
    kept = f"{this_deb.version}+kept"
    assert (device.opt / "in-force").read_text() == f"{next_deb.version} {kept} {STARTS_OF_A_TRIAL}\n"
    told, now = "acts/", content(device.state)
    assert ({name: held for name, held in now.items() if not name.startswith(told)}, device.config.read_text()) == (
        queue,
        settings,
    )
    assert [next_deb.version.encode() in held for name, held in now.items() if name.startswith(told)] == [True]
    back = device.onecard("install", "rollback", "--root", str(device.opt), "--config", str(device.config))
    assert (back.code, device.in_force) == (0, kept), back.text
    assert device.onecard("--version").text == f"onecard {this_deb.version}\n"


def test_a_version_that_cannot_read_the_queue_does_not_take_over_until_it_can(
    device: DeviceRoot, this_deb: Deb, next_deb: Deb
) -> None:
    journal = device.state / "journal.db"
    sound = journal.read_bytes()
    with closing(sqlite3.connect(journal)) as broken:
        broken.execute("UPDATE entry SET bytes = zeroblob(9) WHERE seq = 5")
        broken.commit()
    damaged = journal.read_bytes()
    refused = device.install(next_deb)
    assert refused.code != 0
    assert "entry 5" in refused.text
    assert "stays" in refused.text
    assert device.in_force == f"{this_deb.version}+kept"
    assert device.onecard("--version").text == f"onecard {this_deb.version}\n"
    assert journal.read_bytes() == damaged
    journal.write_bytes(sound)
    assert device.dpkg("--configure", "onecard").code == 0
    assert device.in_force == next_deb.version


def test_no_purge_removes_what_was_never_sent(device: DeviceRoot, this_deb: Deb) -> None:
    queue = content(device.state)
    purged = device.dpkg("--purge", "onecard")
    assert purged.code != 0
    assert "8 entries" in purged.text
    assert "onecard courier export" in purged.text
    assert content(device.state) == queue
    assert not device.opt.joinpath("in-force").exists()
    assert device.install(this_deb).code == 0
    with closing(sqlite3.connect(device.state / "journal.db")) as journal:
        journal.execute("UPDATE standing SET acked = 8, send_from = 9, unsent_fen = 0, unsent_count = 0")
        journal.execute("UPDATE standing SET unsent_by_family = '{}', unsent_first = 0")
        journal.commit()
    gone = device.dpkg("--purge", "onecard")
    assert gone.code == 0, gone.text
    left = {path.relative_to(device.path).parts[0] for path in device.path.rglob("*") if "onecard" in path.name}
    assert left <= {"run"}, left
