"""The numbers and names of every invented or published test card that a run may hold to a reader or scanner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from drivers.virtual.bank_plan import PUBLISHED_NUMBER
from drivers.virtual.identity_card import IdentityHolder
from drivers.virtual.purse_files import Personalisation
from edge.demo.cards import WALLET
from edge.demo.media import BANK_CARDS, LATE_PHONE, PHONE, PHONES, TICKET, TICKET_ACCOUNT
from tests.privacy.secrets_of import Secret


def _known() -> Iterator[Secret]:
    holder = IdentityHolder()
    yield Secret("virtual purse, serial", Personalisation().serial)
    yield Secret("published bank card, number", PUBLISHED_NUMBER)
    yield Secret("virtual social security card, identification code", holder.code)
    yield Secret("virtual social security card, id number", holder.id_number)
    yield Secret("virtual social security card, id number without its check", holder.id_number[:-1])
    yield Secret("virtual social security card, name", holder.name)
    for name, spec in WALLET.items():
        yield Secret(f"{name}, serial", spec.partition("serial=")[2].partition(",")[0])
    for name, spec in BANK_CARDS.items():
        yield Secret(f"{name}, number", spec.partition("number=")[2].partition(",")[0])
    for name in (PHONE, LATE_PHONE):
        yield Secret(f"{name}, account", PHONES[name])
    yield Secret(f"{TICKET}, account", TICKET_ACCOUNT)


KNOWN: Final = tuple(_known())
