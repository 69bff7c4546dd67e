"""Whether a purse would be let in on a given day, by the very checks of the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from drivers.cards.epurse.files import PublicFile
from edge.domain.authorize import authorize
from edge.domain.decision import Declined, Reason
from edge.domain.errors import ConfigError
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import Policy, State
from edge.domain.tap import Place, Tap, TapId, TerminalId, TimeQuality, Token
from edge.domain.tariff.flat import flat_bundle

VALID: Final = "valid"
_CHINA_OFFSET_MIN: Final = 480
_REASONS: Final = {
    "application type is not 02": Reason.WRONG_APPLICATION.value,
    "application not enabled": Reason.NOT_ENABLED.value,
}
"""Wordings of a checks file that are not our reason with spaces for underscores."""


def validity(public: PublicFile, today: str) -> str:
    """Return ``valid``, or the reason for which the purse is declined on ``today`` (YYYYMMDD) in its own city."""
    policy = Policy(edition=0, versions=(flat_bundle("free", fare_fen=0),))
    tap = Tap(
        id=TapId(bytes(8)),
        terminal=TerminalId("decode"),
        place=Place(mode="bus", city=public.city, operator="decode"),
        time_ms=_noon_ms(today),
        quality=TimeQuality.TRUSTED,
        token=Token(b""),
        medium=_snapshot(public),
    )
    decision = authorize(tap, policy, State())
    return decision.reason.value if isinstance(decision, Declined) else VALID


def check_dumps(checks: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Turn ``file15_checks`` (``today``, ``accept``, ``refuse``) into dumps that expect a validity."""
    for kind in ("accept", "refuse"):
        rows = checks.get(kind, [])
        for row in rows if isinstance(rows, list) else []:
            if not isinstance(row, dict):
                raise ConfigError("CONFIG_UNREADABLE", f"file15_checks.{kind}: a row is an object")
            expected = VALID if kind == "accept" else _reason(str(row.get("reason", "")))
            yield {
                "name": row.get("name"),
                "file15": row.get("file15"),
                "today": checks.get("today", ""),
                "expected": {"validity": expected},
            }


def _reason(words: str) -> str:
    return _REASONS.get(words, words.replace(" ", "_"))


def _noon_ms(today: str) -> int:
    try:
        noon = datetime.strptime(today, "%Y%m%d").replace(hour=12, tzinfo=UTC)
    except ValueError:
        raise ConfigError("CONFIG_UNREADABLE", "`today` is a date YYYYMMDD") from None
    return int((noon - timedelta(minutes=_CHINA_OFFSET_MIN)).timestamp()) * 1000


def _snapshot(public: PublicFile) -> PurseSnapshot:
    return PurseSnapshot(
        number=public.number,
        issuer=public.issuer,
        city=public.city,
        application_type=public.application_type,
        enabled=public.enabled,
        valid_from=public.valid_from,
        valid_until=public.valid_until,
        balance_fen=0,
        interop=None,
        fci_agrees=True,
    )
