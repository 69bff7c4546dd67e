"""The tap line without a card: real journal, editions, decisions and entries; what a card would answer is told.

So that a journal can be written down that holds every kind of decision, and its bytes depend on nothing but this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from edge.domain.authorize import authorize
from edge.domain.debit import Prepared, TornReason, TripFacts, Verdict
from edge.domain.decision import Declined
from edge.domain.entry import BODIES, Body, Entry, Kind, Posted, Settled, Torn, Voided
from edge.domain.holder import Debt
from edge.domain.medium import CardNumber, PurseSnapshot, Snapshot
from edge.domain.policy import Limits
from edge.domain.shown import scheme_of
from edge.domain.tap import Place, TapId, TerminalId, TimeQuality, Token
from edge.ports import HolderRow
from edge.store.journal import SqliteJournal
from edge.store.reference import FileReference
from edge.terminal.drafts import declined_draft, draft, holder_row, intent, with_initialized
from edge.terminal.line import TapLine, TapRules
from edge.terminal.paying import paid_row, paid_tap
from sync.row_form import Row
from sync.tariff_wire import encode_tariff
from sync.wire import encode
from tests.domain.media_samples import bank_card, code
from tests.domain.samples import NOON_MS, PREPARED, PURSE
from tests.scenarios.line_tariffs import Tree
from tests.store.editions import CENTRE, artifact, deny
from tests.store.row_lists import NO_LISTS, with_rows

PLACE: Final = Place("bus", "4520", "qingdao-bus", line="321", vehicle="B-07")
RULES: Final = TapRules(PLACE, TripFacts(6, 2, bytes(7), "4520", b"\xff" * 8))


PROVEN: Final = Posted(b"\1\2\3\4", b"\5\6\7\x08", mac2_unchecked=False, balance_after_fen=0)
LOST: Final = Torn(TornReason.CARD_LEFT.value)
DISTRUSTED: Final = Torn(TornReason.MAC2_REFUSED.value)
REFUSED: Final = Voided("card_refused_9303")


@dataclass
class PaperClock:
    """A clock that stands where it is put."""

    now_ms: int = NOON_MS
    off_s: int = 0

    def wall_ms(self) -> int:
        return self.now_ms

    def quality(self) -> TimeQuality:
        return TimeQuality.TRUSTED

    def error_s(self) -> int:
        return self.off_s

    def known_ms(self) -> int:
        return self.now_ms

    def monotonic_ms(self) -> float:
        return float(self.now_ms)


@dataclass
class PaperIds:
    """Ids that count."""

    count: int = 0

    def tap_id(self) -> TapId:
        self.count += 1
        return TapId(self.count.to_bytes(8, "big"))

    def random_bytes(self, count: int) -> bytes:
        return bytes(count)


class PaperIdentity:
    """Tokens are the scheme and the last digits of the invented number; a box holds nothing."""

    def token(self, scheme: str, number: CardNumber) -> Token:
        return Token(f"{scheme[:6]:-<6}{number.reveal()[-10:]}".encode())

    def token_key_version(self) -> int:
        return 1

    def seal(self, number: CardNumber) -> bytes:
        return b"sealed" + bytes(len(number.reveal()))

    def clearing_key_version(self) -> int:
        return 1


def purse(number: int = 1, **facts: object) -> PurseSnapshot:
    """Return the sample purse of holder ``number`` with some of its facts changed."""
    digits = f"31049304999{number:08d}"
    return replace(PURSE, number=CardNumber(digits), **{"balance_fen": 10_000, "log": (), **facts})  # type: ignore[arg-type]  # fields of the snapshot


@dataclass
class PaperLine:
    """One terminal over an open journal; editions are written below ``state`` and put into force.

    ``debts`` stand for what a debt list says of tokens.
    """

    state: Path
    journal: SqliteJournal
    clock: PaperClock = field(default_factory=PaperClock)
    card_counter: int = 100
    debts: dict[Token, Debt] = field(default_factory=dict)
    reference: FileReference = field(init=False)
    line: TapLine = field(init=False)

    def __post_init__(self) -> None:
        self.reference = FileReference(self.state / "editions", CENTRE.public)
        terminal = TerminalId(self.journal.terminal)
        identity = PaperIdentity()
        self.line = TapLine(terminal, RULES, self.clock, PaperIds(), identity, self.journal, self.reference)

    def install(
        self,
        number: int,
        versions: Sequence[Tree],
        limits: Limits | None = None,
        lists: Mapping[str, Sequence[Row]] = NO_LISTS,
    ) -> None:
        """Write an edition and put it into force, with lists of rows by kind; holder 9 is on its deny list."""
        media = (purse(9), bank_card(9), code(9))
        listed = [self.line.identity.token(scheme_of(each), each.number) for each in media]
        files = [
            ("tariff", number, artifact("tariff", number, encode_tariff(versions))),
            ("deny_list", number, deny(number, listed)),
        ]
        if limits is not None:
            files.append(("limits", number, artifact("limits", number, encode(limits))))
        self.reference.install(with_rows(self.state, number, files, lists))

    async def tap(self, medium: Snapshot, ends: Body = PROVEN, *, after_s: int = 600) -> Entry:
        """Let time pass, decide a tap, write it down with the end it has, and return the decision's entry."""
        self.clock.now_ms += after_s * 1000
        tap, policy = self.line.tap(medium), self.reference.policy()
        state = await self.line.state(tap)
        state = replace(state, debt=self.debts.get(tap.token))
        decision = authorize(tap, policy, state)
        if isinstance(decision, Declined):
            return await self.journal.append(declined_draft(self.line, tap, policy.edition, state, decision))
        if not isinstance(medium, PurseSnapshot):
            payment = paid_tap(self.line, tap, policy, state, decision)
            return await self.journal.append(payment, holder=paid_row(tap, decision))
        prepared = self._prepared(medium, decision.charge.payer_fen)
        tap = with_initialized(tap, prepared)
        decision = authorize(tap, policy, state)
        assert not isinstance(decision, Declined)
        box = self.line.identity.seal(medium.number)
        ordered = await self.journal.append(intent(self.line, tap, policy, state, decision, prepared, box))
        row = None
        if isinstance(ends, Posted):
            ends = replace(ends, balance_after_fen=prepared.balance_fen - prepared.amount_fen)
            row = holder_row(tap, decision, prepared)
        await self._end(ordered, ends, row)
        return ordered

    async def settle(self, ordered: Entry, verdict: Verdict) -> None:
        """Settle a torn debit."""
        await self._end(ordered, Settled(verdict, "log_record_is_ours", b"", b"", True, False), None)

    async def _end(self, ordered: Entry, body: Body, row: HolderRow | None) -> None:
        ended = draft(self.line.tap(purse()), ordered.edition, _kind_of(body), body, ordered.seq)
        await self.journal.append(replace(ended, tap_id=ordered.tap_id), holder=row)

    def _prepared(self, medium: PurseSnapshot, amount_fen: int) -> Prepared:
        """Return what INITIALIZE of a sound card would say."""
        self.card_counter += 1
        counter = self.card_counter if medium.counter is None else medium.counter
        return replace(PREPARED, amount_fen=amount_fen, balance_fen=medium.balance_fen, counter=counter)


def _kind_of(body: Body) -> Kind:
    return next(kind for kind, body_type in BODIES.items() if isinstance(body, body_type))
