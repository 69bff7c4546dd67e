"""What one can do to virtual hardware from outside: one JSON object per line, ``{"do": "tear", "apdu": 5}``.

A bare word stands for an order without arguments. Every order is answered by an event: ``obeyed``, or ``refused`` with
a reason; nothing a line says can end the device.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from drivers.virtual.bank_card import BankCard
from drivers.virtual.boxes import VirtualBox
from drivers.virtual.card_spec import VirtualCard, card_from
from drivers.virtual.card_time import STEPS
from drivers.virtual.entropy import Draw
from drivers.virtual.field import Field, Hold, HoldPoint, Moment, Report, Tear
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.identity_card import IdentityCard
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from drivers.virtual.social_card import SocialCard
from edge.domain.errors import ConfigError

Order = Mapping[str, object]


class Orders(Protocol):
    """A table of orders by name."""

    table: dict[str, Callable[[Order], None]]


def obey(orders: Orders, line: str, report: Report) -> None:
    """Obey one line and report; a line that is no order is reported as refused."""
    try:
        order = _parse(line)
        name = str(order["do"])
        orders.table[name](order)
    except (ValueError, TypeError, KeyError, IndexError, RuntimeError, ConfigError) as wrong:
        report({"event": "refused", "line": line.strip(), "why": f"{type(wrong).__name__}: {wrong}"})
    else:
        report({"event": "obeyed", "do": name})


def _parse(line: str) -> Order:
    text = line.strip()
    parsed = json.loads(text) if text.startswith(("{", '"')) else text
    if isinstance(parsed, str):
        return {"do": parsed}
    if not isinstance(parsed, dict):
        raise TypeError("an order is a JSON object")
    return parsed


def _number(order: Order, key: str, otherwise: int) -> int:
    value = order.get(key, otherwise)
    if not isinstance(value, int):
        raise TypeError(f"{key} is a number")
    return value


def _text(order: Order, key: str) -> str:
    value = order[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is a text")
    return value


def _moment(order: Order) -> Moment:
    if ("apdu" in order) == ("step" in order):
        raise ValueError("name either apdu (a number from 1) or step (a name such as DEBIT)")
    if "apdu" in order:
        return Moment(apdu=_number(order, "apdu", 0))
    step = _text(order, "step")
    if step not in STEPS:
        raise ValueError(f"no step {step!r}; there are: {', '.join(sorted(STEPS))}")
    return Moment(step=step)


class LineOrders:
    """What can happen to any device's line: unplug, replug, noise, silence, lose, drop, corrupt.

    The device is fed by its plug: unplugging takes its power, ``lose_power``.
    """

    def __init__(self, port: VirtualPort, lose_power: Callable[[], None]) -> None:
        self._port = port
        self._lose_power = lose_power
        line = port.line
        self._line = line
        self.table: dict[str, Callable[[Order], None]] = {
            "unplug": self._unplug,
            "replug": self._replug,
            "noise": lambda order: line.noise(bytes.fromhex(_text(order, "hex"))),
            "silence": self._silence,
            "lose": lambda order: line.lose_replies(_number(order, "count", 1)),
            "drop": lambda order: line.drop_bytes(_number(order, "count", 1)),
            "corrupt": lambda order: line.corrupt_bytes(_number(order, "count", 1)),
        }

    def _unplug(self, _order: Order) -> None:
        self._port.unplug()
        self._lose_power()

    def _replug(self, order: Order) -> None:
        self._unplug(order)
        self._port.plug()

    def _silence(self, order: Order) -> None:
        self._line.silent = bool(order.get("on", True))


class CardOrders(LineOrders):
    """Orders to a reader: cards in and out, tears and holds, beside those of its line.

    ``present`` brings the card in that was present last, or the one ``card`` describes.
    """

    def __init__(self, port: VirtualPort, device: VirtualBox, card: VirtualCard, report: Report, draw: Draw) -> None:
        super().__init__(port, device.power_cycle)
        self.card = card
        self._field: Field = device.field
        self._report = report
        self._draw = draw
        self.table |= {
            "present": self._present,
            "second": self._second,
            "remove": lambda _order: self._field.remove(),
            "tear": self._tear,
            "hold": self._hold,
            "release": lambda _order: self._field.release(),
            "card": lambda _order: self._report({"event": "card"} | card_state(self.card)),
        }

    def _present(self, order: Order) -> None:
        if "card" in order:
            self.card = card_from(_text(order, "card"), self._draw)
        if any(one.card is self.card for one in self._field.present_cards):
            raise ValueError("this card is in the field already")
        self._field.present(self.card)

    def _second(self, order: Order) -> None:
        plain = "epurse:serial=3104930499900000025,uid=08D4E5F6"
        self._field.present(card_from(str(order.get("card", plain)), self._draw))

    def _tear(self, order: Order) -> None:
        executed = bool(order.get("executed", False))
        self._field.plan_tear(Tear(_moment(order), executed=executed, byte=_number(order, "byte", 0)))

    def _hold(self, order: Order) -> None:
        self._field.plan_hold(Hold(_moment(order), HoldPoint(str(order.get("point", HoldPoint.AFTER)))))


class ReaderOrders(CardOrders):
    """Orders to a PN532: beside those of its cards, the status that answers the next exchange."""

    def __init__(self, port: VirtualPort, device: VirtualPn532, card: VirtualCard, report: Report, draw: Draw) -> None:
        super().__init__(port, device, card, report, draw)
        self._device = device
        self.table["status"] = self._status

    def _status(self, order: Order) -> None:
        self._device.initiator.fail_next = bytes.fromhex(_text(order, "hex"))[0]


class BoxOrders(CardOrders):
    """Orders to a reader that holds a PSAM as well: beside those of its cards, the state of the PSAM."""

    def __init__(
        self, port: VirtualPort, device: VirtualBox, card: VirtualCard, psam: Psam, report: Report, draw: Draw
    ) -> None:
        super().__init__(port, device, card, report, draw)
        self.table["sam"] = lambda _order: report({"event": "sam_state"} | sam_state(psam))


class SamOrders(LineOrders):
    """Orders to a SAM reader: mute, withdraw and insert by slot, and the state of the PSAM."""

    def __init__(self, port: VirtualPort, device: VirtualGemCore, psam: Psam, slot: int, report: Report) -> None:
        super().__init__(port, device.power_cycle)
        self._device = device
        self._slot = slot
        self.table |= {
            "mute": self._mute,
            "withdraw": lambda order: device.withdraw(_number(order, "slot", slot)),
            "insert": lambda order: device.insert(_number(order, "slot", slot), psam),
            "extend": self._extend,
            "sam": lambda _order: report({"event": "sam_state"} | sam_state(psam)),
        }

    def _mute(self, order: Order) -> None:
        self._device.set_mute(_number(order, "slot", self._slot), mute=bool(order.get("on", True)))

    def _extend(self, order: Order) -> None:
        self._device.time_extensions = _number(order, "count", 1)


def card_state(card: VirtualCard) -> dict[str, object]:
    """Return what the card's own memory says, for a card with several applications by the name of each."""
    match card:
        case SocialCard():
            return {name: card_state(part) for name, part in card.named()}
        case BankCard():
            return {"counter": card.counter, "taps": len(card.taps)}
        case IdentityCard():
            return {"asked": card.asked}
        case PurseCard():
            return _purse_state(card)


def _purse_state(card: PurseCard) -> dict[str, object]:
    """Return balance, counter, and every debit that was committed, oldest first."""
    debits = [
        {
            "sequence": debit.line.sequence,
            "amount_fen": debit.line.amount_fen,
            "kind": debit.line.kind,
            "terminal": debit.line.terminal.hex(),
            "time": debit.line.time,
            "balance_after_fen": debit.balance_after_fen,
            "psam_sequence": debit.psam_sequence,
            "tac": debit.tac.hex(),
        }
        for debit in card.debits
    ]
    return {"balance_fen": card.balance_fen, "counter": card.counter, "debits": debits}


def sam_state(psam: Psam) -> dict[str, object]:
    """Return the PSAM's number, sequence and error counter."""
    return {
        "number": psam.number.hex(),
        "sequence": psam.sequence,
        "errors_left": psam.error_counter,
        "locked": psam.locked,
    }
