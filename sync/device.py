"""What goes with every batch about the terminal itself: a map that nobody signs and nobody trusts.

A key is only ever added; a centre takes those it knows. ``sent_ms`` is the terminal's clock, ``backlog`` what the
journal sent still holds unacked and ``waiting`` what all of them do, ``lists`` version and age in s by kind and name,
``stop`` the word for which nothing is sold, and ``faults`` how often each error code was met since the start.
"""

from __future__ import annotations

from sync.feed import StreamPosition, TerminalState


def device_of(state: TerminalState, stream: StreamPosition, profile: str, sent_ms: int) -> dict[str, object]:
    """Return what is told of a terminal with the batch of one of its journals; what is empty is left out."""
    told = {
        "sent_ms": sent_ms,
        "software": state.version,
        "edition": state.edition,
        "lists": state.lists,
        "backlog": stream.last - stream.acked,
        "waiting": sum(each.last - each.acked for each in state.streams),
    }
    more = {"profile": profile, "stop": state.stop, "faults": state.faults}
    return {**told, **{name: value for name, value in more.items() if value}}
