"""Scenes of media that need no write: bank cards, codes and identities, and each reason that declines them."""

from __future__ import annotations

from typing import Any, Final

from edge.domain.medium import CodeSnapshot
from tests.domain.media_samples import bank_card, code_made, identity, signed
from tests.scenarios.line_tariffs import flat, open_to_all
from tests.tariff.paper_line import PaperLine

SOON_MS: Final = 600_000
"""A tap of a scene comes ten minutes after the one before."""
AHEAD_MS: Final = 180_000


async def bank_cards(line: PaperLine) -> None:
    """Sign a nominal and an exact amount; be refused by currency, chain, card, issuer, list, tariff."""
    line.line.service.stop = ""
    line.install(14, [open_to_all()])
    await line.tap(bank_card(1, currency="0156", currency_fits=True))
    await line.tap(bank_card(1, rounds=signed(18, 1, 200)))
    await line.tap(bank_card(1, rounds=signed(18)))
    await line.tap(bank_card(1, rounds=signed(20, 1, 199)))
    await line.tap(bank_card(2, rounds=signed(5, kind="AAC")))
    await line.tap(bank_card(2, currency="0840", currency_fits=False))
    await line.tap(bank_card(2, refusal="dynamic_signature.hash"))
    await line.tap(bank_card(2, refusal="ca_key.unknown"))
    await line.tap(bank_card(2, refusal="issuer_certificate.expired"))
    await line.tap(bank_card(2, valid_until="20250101"))
    await line.tap(bank_card(2, holder_check="pin"))
    await line.tap(bank_card(2, over_floor=True))
    await line.tap(bank_card(9))
    line.install(15, [flat()])
    await line.tap(bank_card(2))


async def codes(line: PaperLine) -> None:
    """Pay once by each code; be refused by signature, time, list, use, limit and tariff."""
    line.install(16, [open_to_all()])
    once = code_due(line)
    await line.tap(once)
    await line.tap(once, after_s=1)
    await line.tap(code_due(line, made_ms=line.clock.now_ms - 1_000))
    await line.tap(code_due(line, ahead_ms=-2 * AHEAD_MS))
    await line.tap(code_due(line, ahead_ms=AHEAD_MS))
    await line.tap(code_due(line, valid_from_ms=line.clock.now_ms + 2 * SOON_MS))
    await line.tap(code_due(line, amount_max_fen=199))
    await line.tap(code_due(line, refusal="issuer_certificate.unknown"))
    await line.tap(code_due(line, refusal="user_signature.signature"))
    await line.tap(code_due(line, 9))
    await line.tap(code_due(line, reusable=True))
    await line.tap(code_due(line, 3))
    line.install(17, [flat()])
    await line.tap(code_due(line, 4))


async def identities(line: PaperLine) -> None:
    """Be recognised, and pass where there is nothing to pay."""
    line.install(18, [flat()])
    await line.tap(identity(1))
    await line.tap(identity(1, valid_until="20250101"))
    line.install(19, [flat(fare_fen=0)])
    await line.tap(identity(1))


def code_due(line: PaperLine, number: int = 1, *, ahead_ms: int = 0, **facts: Any) -> CodeSnapshot:  # noqa: ANN401 - any fact of the code
    """Return a code that is made five seconds before the scene's next tap, ``ahead_ms`` moves that."""
    made_ms = facts.pop("made_ms", line.clock.now_ms + SOON_MS - 5_000 + ahead_ms)
    return code_made(made_ms, number, **facts)
