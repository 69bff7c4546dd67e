"""The stage without a network: enrolled by files, no sync process; whatever is exchanged is carried on a stick."""

from __future__ import annotations

from pathlib import Path

from edge.demo.processes import run_to_end
from edge.demo.stage import TERMINAL, Stage
from edge.domain.errors import OneCardError
from tests.scenarios.running_line import Ended, onecard


class NetlessStage(Stage):
    """A running centre that nobody calls, a running terminal with its virtual devices, and a stick."""

    @property
    def stick(self) -> Path:
        """Return where the stick is mounted."""
        return self.folder / "stick"

    async def _set_up(self) -> None:
        self.stick.mkdir()
        await self._prepare()
        self._stack.push_async_callback(self.terminal.stop)
        await self.terminal.start()
        await self.until("the terminal answers", self.answers)

    async def enrol(self) -> None:
        """Enrol by a request and a kit that are carried by hand."""
        issued = await run_to_end("central", "token", "new", "--terminal", TERMINAL, *self.central)
        here = ("enrol", "--from", str(self.stick), "--token", issued.split()[-1], "--config", str(self.config))
        assert (await onecard(*here)).code == 3
        await run_to_end("central", "enrol", str(self.stick / f"{TERMINAL}.request"), *self.central)
        assert (await onecard(*here)).code == 0

    async def answers(self) -> bool:
        """Say whether the terminal answers on its control socket."""
        try:
            await self.status()
        except OneCardError:
            return False
        return True

    async def serves(self) -> bool:
        """Say whether taps are taken."""
        return await self._ready()

    async def courier(self, way: str) -> Ended:
        """Run the terminal's end."""
        return await onecard("courier", way, str(self.stick), "--config", str(self.config), "--json")

    async def central_courier(self, way: str) -> Ended:
        """Run the centre's end."""
        return await onecard("central", "courier", way, str(self.stick), *self.central, "--json")

    async def there_and_back(self) -> tuple[Ended, ...]:
        """Carry everything out and home again; returns how the four commands ended."""
        ways = (self.courier, "export"), (self.central_courier, "import")
        back = (self.central_courier, "export"), (self.courier, "import")
        return tuple([await end(way) for end, way in (*ways, *back)])
