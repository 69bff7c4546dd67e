"""One round with one application: SELECT, GET PROCESSING OPTIONS, records, signatures, cryptogram.

On the contactless path GPO already answers with the cryptogram, and the signature stands there or in a record (fDDA).
A card that does not is taken through the whole of EMV book 3: INTERNAL AUTHENTICATE and GENERATE AC.
"""

from __future__ import annotations

from typing import Final

from drivers import tlv
from drivers.apdu import CARD, Command, Response
from drivers.cards.bankcard.selection import qualifiers_for
from drivers.cards.bankcard.settings import BankCardSettings
from drivers.cards.bankcard.terminal_objects import TAG_TVR, Objects, answer_list, terminal_objects
from drivers.conversation import Conversation
from drivers.iso7816 import command, exchange, read_record, select_name
from drivers.oda.dynamic import DEFAULT_DDOL, TAG_CDOL, TAG_CRYPTOGRAM, TAG_DDOL
from drivers.oda.outcome import Verdict
from drivers.oda.records import TAG_AIP, places_to_read
from drivers.oda.scheme import Method
from drivers.oda.session import TAG_AFL, Exchanges, Observed
from drivers.oda.verify import verify
from edge.domain.errors import CardError
from edge.domain.frozen import frozen

RECORDS_MAX: Final = 32
RECORD_BYTES_MAX: Final = 8192
"""Records that are read of one application, and what they may hold together: no issued card comes near."""

TAG_OWN_CURRENCY: Final = 0x9F51
LOCKED: Final = frozenset({0x6283, 0x6A81, 0x9303})
"""Status words of a card or application that was locked or invalidated."""

TVR_4_OVER_FLOOR: Final = 0x80
AIP_DDA: Final = 0x20
AIP_CDA: Final = 0x01
_ASK_ARQC: Final = "80AE8000"
_ASK_ARQC_SIGNED: Final = "80AE9000"


@frozen
class Refused:
    """The application was not to be had; ``status`` is what the card answered."""

    status: int

    @property
    def locked(self) -> bool:
        """Say whether it is there and was locked."""
        return self.status in LOCKED


@frozen
class Round:
    """What one round brought: the card's side, the terminal's objects as they were sent, and the verdict.

    ``sent`` holds the terminal's results (TVR) that the cryptogram covers: an issuer makes it again from them. ``tvr``
    are the results at the end.
    """

    observed: Observed
    sent: Objects
    amount_fen: int
    currency: str
    verdict: Verdict
    tvr: bytes


def one_round(settings: BankCardSettings, name: bytes, amount_fen: int) -> Conversation[Round | Refused]:
    """Go through the application of this name for one amount.

    A card that breaks off later is judged on what it gave: the verdict says what is missing. Raises ``CARD_MALFORMED``
    for bytes that are no answer.
    """
    exchanges = Exchanges()
    selected = yield from _told(exchanges, select_name(CARD, name))
    if not selected.fine:
        return Refused(selected.status)
    observed = _current(exchanges)
    if not observed.name.startswith(name):
        raise CardError("CARD_MALFORMED", "the card selected another application than it was asked for")
    objects = terminal_objects(settings, qualifiers_for(settings, name, selected.body), amount_fen)
    objects[TAG_TVR] = above = above_floor(settings, amount_fen)
    currency = (yield from _currency()) if settings.where.ask_currency else ""
    started = yield from _told(exchanges, _start(observed.pdol, objects))
    if not started.fine:
        return Refused(started.status)
    yield from _read(exchanges, observed)
    if TAG_CRYPTOGRAM not in observed.gpo:
        yield from _whole_path(exchanges, objects, settings)
    verdict = _judge(observed, settings)
    return Round(observed, objects, amount_fen, currency, verdict, _either(above, verdict.tvr))


def above_floor(settings: BankCardSettings, amount_fen: int) -> bytes:
    """Return the TVR that is known before the card is asked: whether the amount is above the floor limit."""
    return bytes((0, 0, 0, TVR_4_OVER_FLOOR if amount_fen > settings.floor_fen else 0, 0))


def _either(results: bytes, more: bytes) -> bytes:
    return bytes(one | other for one, other in zip(results, more, strict=True))


def _judge(observed: Observed, settings: BankCardSettings) -> Verdict:
    return verify(observed, settings.trust(), settings.now().date())


def _told(exchanges: Exchanges, asked: Command) -> Conversation[Response]:
    """Send one command, fetch its whole answer and keep the pair for verification."""
    answer = yield from exchange(asked)
    exchanges.observe(asked.apdu, answer)
    return answer


def _current(exchanges: Exchanges) -> Observed:
    if exchanges.current is None:
        raise CardError("CARD_MALFORMED", "the selected application has the name of a directory")
    return exchanges.current


def _currency() -> Conversation[str]:
    """Return the four digits of the card's own currency; empty where it does not say, which is no fault."""
    answer = yield from exchange(command(CARD, "80CA9F51", le=0, step="currency"))
    if not answer.fine:
        return ""
    try:
        told = tlv.find(tlv.parse(answer.body), TAG_OWN_CURRENCY) or b""
    except CardError:
        return ""  # an optional object that cannot be read is as good as absent
    return told.hex().upper()[:4]


def _start(pdol: bytes, objects: Objects) -> Command:
    """Return GET PROCESSING OPTIONS: ``83``, a length of one or two bytes, what the card's list asks for."""
    asked = answer_list(pdol, objects)
    length = bytes([len(asked)]) if len(asked) < 0x80 else bytes([0x81, len(asked)])  # noqa: PLR2004 - short form
    return command(CARD, "80A80000", b"\x83" + length + asked, le=0, step="processing options")


def _read(exchanges: Exchanges, observed: Observed) -> Conversation[None]:
    """Read the records of the locator up to the first that is refused; raises ``CARD_MALFORMED`` above the limits."""
    places = places_to_read(observed.gpo.get(TAG_AFL, b""))
    if len(places) > RECORDS_MAX:
        raise CardError("CARD_MALFORMED", f"the card wants {len(places)} records read")
    held = 0
    for sfi, number in places:
        answer = yield from _told(exchanges, read_record(CARD, sfi, number, 0, "record"))
        held += len(answer.body)
        if held > RECORD_BYTES_MAX:
            raise CardError("CARD_MALFORMED", "the records of the card hold more than any issued card's")
        if not answer.fine:
            return


def _whole_path(exchanges: Exchanges, objects: Objects, settings: BankCardSettings) -> Conversation[None]:
    """Have the card sign, by DDA or CDA, and make its cryptogram; nothing where its records do not stand."""
    observed = _current(exchanges)
    verdict = _judge(observed, settings)
    card = verdict.objects
    if not card:
        return
    announced = card[TAG_AIP][0]
    combined = bool(announced & AIP_CDA) and Method.CDA in settings.trust().scheme.methods
    if announced & AIP_DDA and not combined:
        body = answer_list(card.get(TAG_DDOL, DEFAULT_DDOL), objects)
        yield from _told(exchanges, command(CARD, "00880000", body, le=0, step="authenticate"))
        verdict = _judge(observed, settings)
    found = b"\0" + verdict.tvr[1:] if combined else verdict.tvr  # CDA is judged with the cryptogram, not before it
    objects[TAG_TVR] = _either(objects[TAG_TVR], found)
    if (cdol := card.get(TAG_CDOL[0])) is not None:
        header = _ASK_ARQC_SIGNED if combined else _ASK_ARQC
        yield from _told(exchanges, command(CARD, header, answer_list(cdol, objects), le=0, step="cryptogram"))
