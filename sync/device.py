"""What goes with every batch about the terminal itself: a map that nobody signs and nobody trusts.

A key is only ever added; a centre takes those it knows. ``sent_ms`` is the terminal's clock, ``backlog`` what the
journal sent still holds unacked and ``waiting`` what all of them do, ``lists`` version and age in s by kind and name,
``stop`` the word for which nothing is sold, and ``faults`` how often each error code was met since the start.
"""

from __future__ import annotations

from sync.feed import TerminalState


def device_of(state: TerminalState, epoch: int, profile: str, sent_ms: int) -> dict[str, object]:
    """Return what is told of a terminal with a batch of its journal of one epoch; what is empty is left out."""
    unsent = {each.epoch: each.last - each.acked for each in state.streams}
    told = {
        "sent_ms": sent_ms,
        "software": state.version,
        "edition": state.edition,
        "lists": state.lists,
        "backlog": unsent.get(epoch, 0),
        "waiting": sum(unsent.values()),
    }
    more = {"profile": profile, "stop": state.stop, "faults": state.faults}
    return {**told, **{name: value for name, value in more.items() if value}}
