"""What the control sockets of a till can do beyond those of a validator: loaded by tills alone."""

from __future__ import annotations

from collections.abc import Mapping

from edge.config import TerminalConfig, TillSection
from edge.profile_overlay import overlaid
from edge.terminal.control import Verb
from edge.terminal.service import TerminalService
from edge.terminal.till.desk import TillDesk
from edge.terminal.till.roster import RosterVerbs
from edge.terminal.till.rules import TillRules
from edge.terminal.till.sign_ins import SignIns


def desk_verbs(config: TerminalConfig, service: TerminalService, desk: TillDesk) -> Mapping[str, Verb]:
    """Return verb -> coroutine of the till and its staff; its rules are those of the edition in force."""
    line = service.supervisor.line

    def section() -> TillSection:
        return overlaid(config, line.reference).till

    desk.limits.rules = lambda: TillRules(section().void_min, section().acts_per_min)
    sign_ins = SignIns(service.journals, line.clock)
    staff = RosterVerbs(line.reference, line.clock, lambda: section().session_min, sign_ins.wait_ms)
    return {**desk.verbs(), **staff.verbs()}
