"""A bus drives its line: sign-on, two stops with fares of their own, the driver's keys, a tap taken back, sign-off."""

from __future__ import annotations

from typing import Final

from edge.demo.bus import DrivenBus
from edge.demo.bus_documents import FAR_STOP, NEAR_STOP
from edge.demo.script import INDENT, LOCAL, OTHER, Say, words
from edge.domain.money import yuan
from edge.domain.reversal import Reversed

DRIVER: Final = "1042"
VEHICLE: Final = "B17"
LINE: Final = "K5"


def tell_page(bus: DrivenBus, say: Say) -> None:
    """Say where the page is; nothing is opened."""
    say(f"the passenger's page: {bus.address}/")


async def drive(bus: DrivenBus, say: Say) -> None:
    """Drive from the first stop to the sign-off."""
    say("-- the bus drives its line --")
    tell_page(bus, say)
    if bus.network.up:
        await bus.publish_fares_by_stop()
    await bus.hears("PBUSN", DRIVER, VEHICLE, LINE, "up", driver=DRIVER, line=LINE)
    say(f"driver {DRIVER} signs on: vehicle {VEHICLE}, line {LINE}, where the boarding stop names the fare")
    await _stop(bus, say, FAR_STOP)
    await _tap(bus, say, LOCAL)
    await _stop(bus, say, NEAR_STOP)
    await _tap(bus, say, OTHER)
    bus.announcer.device.say("PBUSK", "pay_for", "3")
    await bus.until("the key is armed", lambda: _armed(bus))
    say(f"{'driver':<{INDENT}}key: the next tap pays for three")
    await _tap(bus, say, LOCAL)
    await _take_back(bus, say)
    await bus.hears("PBUSF", driver="")
    say(f"driver {DRIVER} signs off; the loudspeaker has sounded {bus.heard()} times since the start")


async def _stop(bus: DrivenBus, say: Say, name: str) -> None:
    await bus.hears("PBUSS", name, station=name)
    say(f"{'announcer':<{INDENT}}stop {name}")


async def _tap(bus: DrivenBus, say: Say, name: str) -> None:
    """Present one card and say what the passenger saw, by lamp and by display."""
    answer = await bus.present(name)
    say(f"{name:<{INDENT}}{words(answer)}")

    async def shown() -> bool:
        return yuan(answer["fen"]) in bus.screen()

    await bus.until("the display shows it", shown)
    say(f"{'':<{INDENT}}display: {bus.screen()}")


async def _armed(bus: DrivenBus) -> bool:
    return (await bus.vehicle())["armed"] is not None


async def _take_back(bus: DrivenBus, say: Say) -> None:
    """Let the driver take the last tap back, and say what its entry and the display say."""

    async def taken_back() -> list[Reversed]:
        return [entry.body for entry in await bus.entries() if isinstance(entry.body, Reversed)]

    before, showed = len(await taken_back()), bus.screen()
    bus.announcer.device.say("PBUSK", "waive")

    async def one_more() -> bool:
        return len(await taken_back()) > before and bus.screen() != showed

    await bus.until("the tap was taken back", one_more)
    body = (await taken_back())[-1]
    say(f"{'driver':<{INDENT}}takes it back: {yuan(body.charge.payer_fen)} yuan, {body.way}; no card is written")
    say(f"{'':<{INDENT}}display: {bus.screen()}")
