"""The conversations run on the virtual card and PSAM by plain calls, with a tear where a test wants one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from drivers.apdu import CARD, Command, Response
from drivers.cards.epurse import PurseSettings, debit, evidence, prepare, snapshot
from drivers.cards.epurse.rules import DEFAULT_RULES, IssuerRules
from drivers.conversation import CardLeft, Conversation
from drivers.sams import psam as sam
from drivers.sams.psam import PsamFacts, PsamSettings
from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, Prepared
from edge.domain.medium import PurseSnapshot
from tests.drivers.cards.purse_script import OPEN, ORDER

T = TypeVar("T")


@dataclass(slots=True)
class Bench:
    """A card on a reader and a PSAM. The ``tear_at``-th command to the card loses its answer.

    ``executed`` says whether the card still carried it out.
    """

    card: PurseCard
    psam: Psam = field(default_factory=Psam)
    rules: IssuerRules = DEFAULT_RULES
    names_issuer: bool = True
    tear_at: int | None = None
    executed: bool = False
    sent: int = 0

    def run(self, conversation: Conversation[T]) -> T:
        try:
            command = next(conversation)
            while True:
                answer = self._answer(command)
                command = conversation.throw(CardLeft()) if answer is None else conversation.send(answer)
        except StopIteration as finished:
            return finished.value  # type: ignore[no-any-return]  # a generator's value has no type of its own

    def _answer(self, command: Command) -> Response | None:
        if command.channel != CARD:
            return Response.parse(self.psam.process(command.apdu))
        self.sent += 1
        torn = self.sent == self.tear_at
        answer = self.card.process(command.apdu) if self.executed or not torn else b""
        if torn:
            self.card.power_off()
        return None if torn else Response.parse(answer)

    def facts(self) -> PsamFacts:
        return self.run(sam.start(PsamSettings(names_issuer=self.names_issuer)))

    def read(self) -> PurseSnapshot:
        purse = self.run(snapshot(PurseSettings()))
        assert isinstance(purse, PurseSnapshot)
        return purse

    def prepare(self, purse: PurseSnapshot, order: DebitOrder = ORDER) -> Prepared:
        return self.run(prepare(order, purse, self.facts(), self.rules))

    def debit(self, prepared: Prepared) -> DebitOutcome:
        return self.run(debit(prepared, self.psam_facts(prepared)))

    def evidence(self, prepared: Prepared, *, session_alive: bool, purse: PurseSnapshot | None = None) -> Evidence:
        self.tear_at = None
        opened = replace(OPEN, prepared=prepared)
        facts, settings = self.psam_facts(prepared), PurseSettings()
        return self.run(evidence(opened, purse or self.read(), facts, settings, session_alive=session_alive))

    def psam_facts(self, prepared: Prepared) -> PsamFacts:
        """Return the PSAM's facts without speaking to it: a SELECT there would not harm, but prove nothing."""
        return PsamFacts(PsamSettings().channel, prepared.psam_number, 1, self.names_issuer)


def ride(card: PurseCard, terminal: str, order: DebitOrder = ORDER) -> DebitOutcome:
    """Let the card ride at another terminal."""
    bench = Bench(card, Psam(bytes.fromhex(terminal)))
    return bench.debit(bench.prepare(bench.read(), order))
