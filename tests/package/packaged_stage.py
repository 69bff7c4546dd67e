"""The stage of the demonstration with a terminal and a sync process that dpkg has installed."""

from __future__ import annotations

from pathlib import Path

from edge.demo.processes import command
from edge.demo.stage import Stage
from tests.package.device_root import DeviceRoot
from tests.package.test_scripts import PATHS

SERVICES = ("run", "sync")


class PackagedStage(Stage):
    """A stage whose device is a :class:`DeviceRoot`; its centre and its virtual devices are those of the tree."""

    def __init__(self, folder: Path, device: DeviceRoot) -> None:
        self.device = device
        (folder / "device").symlink_to(device.config.parent)  # the folder in which a stage keeps its terminal
        super().__init__(folder, card_time=False, launch=self._launched)

    def _launched(self, *words: str) -> list[str]:
        return self.device.command(*words) if words[0] in SERVICES else command(*words)

    @property
    def socket(self) -> Path:
        """Return the terminal's control socket for reading."""
        return self.device.path / "run" / "onecard" / "read.sock"

    async def enrol(self) -> None:
        """Enrol the terminal, once its configuration says where dpkg has put its folders."""
        self.config.write_text(self.config.read_text("utf-8") + PATHS, "utf-8")
        await super().enrol()
