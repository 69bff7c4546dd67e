"""Whether a receipt's code fits the journal it names: the paper against the chain, with no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from edge.control.messages import Message
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.meals.receipt import Receipt, proved_by, receipt_of
from edge.domain.meals.receipt_code import ReceiptCode, read_receipt_code
from edge.ports import JournalKeeper
from edge.terminal.control import Verb
from edge.terminal.till.chained import chained_entry
from sync.wire import decode_entry

CODE_CHARACTERS_MAX: Final = 64


class Finding(StrEnum):
    """What came of it. ``unknown``: the journal never came so far, or was cut; ``pruned``: only the centre has it."""

    GENUINE = "genuine"
    TAKEN_BACK = "taken_back"
    ALTERED = "altered"
    UNKNOWN = "unknown"
    PRUNED = "pruned"
    OTHER_TILL = "other_till"


@frozen
class Checked:
    """A finding, the number of the entry, what the receipt says, and what is wrong with the journal as a whole."""

    finding: Finding
    seq: int
    receipt: Receipt | None = None
    problems: tuple[str, ...] = ()

    def message(self) -> Message:
        """Return it as plain JSON values; names nobody."""
        told: Message = {"finding": self.finding.value, "seq": self.seq, "problems": list(self.problems)}
        if self.receipt is not None:
            told["receipt"] = receipt_message(self.receipt)
        return told


def receipt_message(receipt: Receipt) -> Message:
    """Return what a receipt says."""
    return {
        "till": receipt.till,
        "site": receipt.site,
        "number": f"{receipt.epoch}-{receipt.paid_seq}",
        "time_ms": receipt.time_ms,
        "medium": receipt.means,
        "total_fen": receipt.total_fen,
        "payer_fen": receipt.payer_fen,
        "funders": dict(receipt.funders),
        "way": receipt.way,
    }


async def check_receipt(terminal: str, journals: Sequence[JournalKeeper], code: ReceiptCode) -> Checked:
    """Look the code's entry up and compute its place in the chain anew."""
    for journal in journals:
        if code.is_of_journal(terminal, journal.epoch):
            return await _check_in(journal, code)
    return Checked(Finding.OTHER_TILL, code.seq)


async def _check_in(journal: JournalKeeper, code: ReceiptCode) -> Checked:
    if not 0 < code.seq <= journal.position().last:
        return Checked(Finding.UNKNOWN, code.seq)
    chained = await chained_entry(journal, code.seq)
    if chained is None:
        return Checked(Finding.PRUNED, code.seq)
    problems = tuple(str(problem) for problem in await journal.verify())
    if not code.proves(chained.chain_hash):
        return Checked(Finding.ALTERED, code.seq, problems=problems)
    entries = [decode_entry(packed) for packed in await journal.tap_entries(decode_entry(chained.raw).tap_id)]
    proof = proved_by(entries)
    since = proof is not None and proof.seq != code.seq
    receipt = receipt_of(entries, b"\0" * len(chained.chain_hash))
    return Checked(Finding.TAKEN_BACK if since else Finding.GENUINE, code.seq, receipt, problems)


@frozen
class ReceiptVerbs:
    """What the control sockets can ask about receipts, of any terminal that has journals."""

    terminal: str
    journals: Callable[[], Sequence[JournalKeeper]]

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"receipt.check": self._check}

    async def _check(self, message: Message) -> Message:
        code = message.get("code")
        if not isinstance(code, str) or len(code) > CODE_CHARACTERS_MAX:
            raise RemoteProtocolError("CONTROL_MALFORMED", "`code` is the short code of a receipt")
        try:
            read = read_receipt_code(code)
        except ValueError as error:
            raise RemoteProtocolError("CONTROL_MALFORMED", str(error)) from error
        return (await check_receipt(self.terminal, self.journals(), read)).message()
