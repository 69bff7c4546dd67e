"""A canteen of whole processes: centre, sync, terminal as a till, the till's pages, virtual devices and cards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from edge.demo.processes import run_to_end
from edge.demo.stage import Stage
from edge.till.staff_file import FILE_NAME, Role, new_row, save_staff
from edge.wiring_till import TillOptions, served

ELDER: Final = "Wang, local purse"
PIN: Final = "135790"
LEAD, CASHIER = "s1", "s2"
TARIFF: Final = """
x_include = ["meal_day"]
x_funders = ["district"]

[bundle]
id = "canteen"
x_source = "invented for tests"

[[fare_products]]
fare_product_id = "set_a"
amount = 1200

[[x_meals]]
id = "lunch_at_any_time"
when = { age = { gte = 65 } }
limits = { uses = ["used_today"] }
reliefs = [{ id = "district_65", op = { kind = "amount_off", fen = 400 }, funder = "district" }]
"""


class TillStage(Stage):
    """The demonstration's stage as a till; whoever holds the elder's card is 70 on the entitlement list."""

    async def _prepare(self) -> None:
        await super()._prepare()
        text = self.config.read_text("utf-8").replace('mode = "bus"', 'mode = "till"')
        self.config.write_text(text, "utf-8")
        credentials = self.config.parent / "credentials"
        salts = {LEAD: bytes(16), CASHIER: bytes(range(16))}
        roles = {LEAD: Role.LEAD, CASHIER: Role.CASHIER}
        save_staff(credentials / FILE_NAME, {name: new_row(PIN, roles[name], salts[name]) for name in roles})

    async def enrol(self) -> None:
        """Publish the canteen's tariff and list, then enrol."""
        tariff, people = self.folder / "canteen.toml", self.folder / "people.csv"
        tariff.write_text(TARIFF, "utf-8")
        number = self.cards[ELDER].number
        people.write_text(f"holder,media,category,from,evidence\ntunion:{number},,age=70,2020-01-01,SHD-1\n", "utf-8")
        await run_to_end("central", "publish", str(tariff), str(people), *self.central)
        await super().enrol()


@asynccontextmanager
async def canteen_on(folder: Path) -> AsyncIterator[tuple[TillStage, str]]:
    """Start everything; gives the stage and the address of the pages."""
    async with TillStage(folder, card_time=False) as stage:
        device = stage.config.parent
        options = TillOptions(device / "sockets" / "till.sock", device / "credentials" / FILE_NAME)
        async with served(options) as address:
            yield stage, address
