"""Whether a till has a receipt printer: only then is anything of printing, and its library, loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.links import Link
from drivers.links.serial_port import SerialPort, SerialSettings
from edge.config import TerminalConfig
from edge.config_printer import PrinterSection

if TYPE_CHECKING:
    from edge.terminal.till.receipts import ReceiptPrinter

OpenLink = Callable[[SerialSettings], Link]


def no_printer(_config: TerminalConfig) -> ReceiptPrinter | None:
    """Return no printer."""
    return None


def till_printer(config: TerminalConfig) -> ReceiptPrinter | None:
    """Return the printer of a till, closed; None where the configuration names none, or this is no till.

    Raises ``CONFIG_VALUE`` where the extra `receipt` is not installed.
    """
    if config.printer.path == Path() or config.place.mode != "till":
        return None
    return receipt_printer(config.printer)


def receipt_printer(section: PrinterSection, link: OpenLink = SerialPort) -> ReceiptPrinter:
    """Return the printer of a section, closed; ``link`` makes its line."""
    from drivers.printers.composing import composer  # noqa: PLC0415 - a till without a printer loads none of it
    from drivers.printers.port import PrinterPort  # noqa: PLC0415 - as above
    from drivers.printers.settings import PrinterSettings  # noqa: PLC0415 - as above
    from edge.terminal.till.receipt_slip import Look  # noqa: PLC0415 - as above
    from edge.terminal.till.receipts import ReceiptPrinter  # noqa: PLC0415 - as above

    settings = PrinterSettings(
        columns=section.columns,
        encoding=section.encoding,
        select=bytes.fromhex(section.select),
        cut=section.cut,
        feed_lines=section.feed_lines,
        square_dots=section.square_dots,
        ask=section.ask,
        confirm=section.confirm,
        answer_timeout_ms=section.answer_timeout_ms,
    )
    port = PrinterPort(link(SerialSettings(str(section.path), section.baud)), settings, composer(settings))
    look = Look(
        section.columns,
        section.language,
        section.heading,
        square=section.square_dots > 0,
        by_funder=section.reliefs == "by_funder",
    )
    return ReceiptPrinter(port, look, section.hold_s)
