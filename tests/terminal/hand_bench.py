"""A till whose tariff takes meals by hand, and the diners whose codes its edition knows; every number is invented."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from edge.control.messages import Message
from edge.crypto.pins import hashed
from edge.domain.card_number import CardNumber
from edge.domain.diners import CODE_SCHEME, DinerRecord, Proxy, unshared
from edge.domain.entry import PaidTap
from edge.domain.errors import RemoteProtocolError
from edge.domain.holder import Claim, HolderRecord
from edge.domain.shown import PURSE_SCHEME
from edge.domain.staff import SALT_BYTES
from sync.tariff_wire import encode_tariff
from tests.domain.canteen import PERSON, RESIDENT, canteen
from tests.scenarios.tap_bench import IDENTITY
from tests.store.editions import artifact, deny
from tests.store.row_lists import with_rows
from tests.terminal.till_bench import ELDER, MEAL, TillBench, in_a_shift

CODE: Final = "70412563"
PIN: Final = "739104"
DAUGHTER: Final = "80550017"
HER_PIN: Final = "440021"
"""A relative's own code and PIN."""
WRONG_PIN: Final = "000000"
UNKNOWN: Final = "99999999"
SALT: Final = b"salt of a diner!"[:SALT_BYTES]
CASH: Final[Mapping[str, Any]] = {"pays": "cash"}
DINER: Final = DinerRecord(
    code=IDENTITY.token(CODE_SCHEME, CardNumber(CODE)),
    holder=PERSON,
    salt=SALT,
    hash=hashed(PIN, SALT),
    proxies=(Proxy(IDENTITY.token(CODE_SCHEME, CardNumber(DAUGHTER)), hashed(HER_PIN, SALT)),),
)


def write_hand_canteen(
    state: Path,
    by_hand: Mapping[str, Any] | None,
    diners: tuple[DinerRecord, ...],
    claims: Sequence[Claim] = RESIDENT,
    number: int = 1,
) -> None:
    """Write an edition with the elder on the entitlement list and some diners on the list of codes."""
    token = IDENTITY.token(PURSE_SCHEME, CardNumber(ELDER.serial))
    tree = {**canteen(), **({} if by_hand is None else {"x_by_hand": dict(by_hand)})}
    files = [("tariff", number, artifact("tariff", number, encode_tariff([tree]))), ("deny_list", number, deny(number))]
    people = [((PERSON, token), HolderRecord(PERSON, tuple(claims)))]
    with_rows(state, number, files, {"entitlements": people, "diners": list(unshared(diners))})


Scene = Callable[[TillBench], Awaitable[None]]


def by_hand_at_till(
    folder: Path,
    scene: Scene,
    by_hand: Mapping[str, Any] | None = CASH,
    diners: tuple[DinerRecord, ...] = (DINER,),
    claims: Sequence[Claim] = RESIDENT,
    **shift: Any,  # noqa: ANN401 - members of the request
) -> None:
    """Play a scene at a till with an open shift."""
    write_hand_canteen(folder, by_hand, diners, claims)
    in_a_shift(folder, scene, **shift)


async def by_hand(bench: TillBench, code: str = CODE, pin: str = PIN, **wish: object) -> Message:
    """Offer a meal and let somebody pay it by code and PIN."""
    await bench.ask("offer", **({**MEAL, **wish}))
    told = await bench.ask("by_hand", code=code, pin=pin)
    shown = await bench.answer()
    assert (shown.accepted, shown.signal.prompt) == (told["accepted"], told["prompt"])
    return told


async def refusal(bench: TillBench, code: str = CODE, pin: str = WRONG_PIN) -> tuple[str, str]:
    """Return error code and message of a code and a PIN that are refused."""
    with pytest.raises(RemoteProtocolError) as found:
        await by_hand(bench, code, pin)
    return found.value.code, str(found.value.args[0])


async def paid(bench: TillBench) -> PaidTap:
    """Return the newest meal by hand in the journal."""
    return [entry.body for entry in await bench.entries() if isinstance(entry.body, PaidTap)][-1]


def at_home(until_ms: int) -> DinerRecord:
    """Return the diner whose registration ends at a time."""
    return replace(DINER, until_ms=until_ms)
