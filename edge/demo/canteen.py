"""The demonstration's canteen: the same line as a till, with a receipt printer and the two pages."""

from __future__ import annotations

from pathlib import Path

from edge.demo.canteen_documents import CODE, FORGOT, PIN, PRINTER, PURSES, ROLES, TARIFF, codes, people
from edge.demo.cards import DemoCard, demo_card
from edge.demo.media import Holder
from edge.demo.processes import run_to_end
from edge.demo.stage import Stage, free_port, listening
from edge.domain.diners import CODE_SCHEME
from edge.till.staff_file import FILE_NAME, SALT_BYTES, new_row, save_staff
from edge.wiring_virtual import PrinterOnPty, virtual_printer


class Canteen(Stage):
    """A till with its centre; who is relieved stands on the entitlement list, who works there in the file of PINs."""

    def __init__(self, folder: Path, *, card_time: bool = True, settings: str = "") -> None:
        super().__init__(folder, card_time=card_time, settings=settings)
        own: dict[str, DemoCard] = {name: demo_card(name, spec) for name, spec in PURSES.items()}
        self.cards = {**self.cards, **own}

    @property
    def till_socket(self) -> Path:
        """Return the terminal's control socket for the till."""
        return self.socket.with_name("till.sock")

    async def _prepare(self) -> None:
        await super()._prepare()
        self.holders = {**self.holders, FORGOT: Holder(FORGOT, CODE_SCHEME, CODE)}
        text = self.config.read_text("utf-8").replace('mode = "bus"', 'mode = "till"')
        self.config.write_text(text, "utf-8")
        staff = {name: new_row(PIN, role, name.encode().ljust(SALT_BYTES)) for name, role in ROLES.items()}
        save_staff(self.config.parent / "credentials" / FILE_NAME, staff)

    async def enrol(self) -> None:
        """Publish the canteen's tariff and lists, then enrol."""
        tariff, listed, coded = (self.folder / name for name in ("canteen.toml", "people.csv", "codes.csv"))
        tariff.write_text(TARIFF, "utf-8")
        listed.write_text(people({name: held.number for name, held in self.cards.items()}), "utf-8")
        coded.write_text(codes(), "utf-8")
        await run_to_end("central", "publish", str(tariff), str(listed), str(coded), *self.central)
        listed.unlink()
        coded.unlink()
        await super().enrol()


class ServedCanteen(Canteen):
    """The canteen with its printer on a pty, and its pages served by a process of their own at ``address``."""

    def __init__(self, folder: Path, *, card_time: bool = True) -> None:
        super().__init__(folder, card_time=card_time, settings=PRINTER)
        self.printer: PrinterOnPty
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self.pages = self._child("till", "till", "--config", str(self.config), "--listen", f"127.0.0.1:{self._port}")

    async def _plug_devices(self) -> None:
        await super()._plug_devices()
        self.printer = virtual_printer(link=self.config.parent / "printer.pty", report=self.events.put_nowait)
        await self._stack.enter_async_context(self.printer.port)

    async def _set_up(self) -> None:
        await super()._set_up()
        self._stack.push_async_callback(self.pages.stop)
        await self.start_pages()

    async def start_pages(self) -> None:
        """Start the pages and wait until they are served."""
        await self.pages.start()
        await self.until("the pages are served", lambda: listening(self._port))
