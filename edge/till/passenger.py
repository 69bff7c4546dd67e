"""What the passenger's screen may show: where, how much, what is left, or why not. Never who somebody is."""

from __future__ import annotations

from typing import Any, Final

from edge.control.messages import Message

AGAIN: Final = frozenset({"present_again", "present_same_card", "one_card_only"})
NOTED: Final = frozenset({"driver_signed_on", "driver_signed_off", "read_only", "tap_waived"})
"""Answers to a driver's or a technician's card, and a tap taken back: nobody was refused."""
PLACE: Final = ("line", "direction", "station")
BREAKS: Final = frozenset({"reader_absent", "policy_missing", "store_full", "lists_stale", "continuity_lost"})


def passenger_view(state: Message) -> Message:
    """Return the picture of the passenger's screen: the same keys for everybody.

    ``screen`` is away (no terminal), stopped (do not tap), idle, armed (a driver's key waits for the next tap), paid,
    again, noted or refused. Amounts in fen, -1 where there is none. ``gone``: the card has left. ``then`` is the
    picture that a shown answer gives way to.
    """
    if state.get("absent"):
        return {**_picture("away", {}), "then": _picture("away", {})}
    waiting, shown = _waiting(state), state.get("shown")
    if shown is None or not _is_answer(shown):
        return {**waiting, "then": waiting}
    return {**_answered(state, shown), "gone": bool(state.get("card_left")), "then": waiting}


def _is_answer(shown: Message) -> bool:
    """Say whether it answers a tap: what a stopped terminal says to one is told by its state already."""
    return bool(shown["accepted"]) or shown["prompt"] not in BREAKS


def _waiting(state: Message) -> Message:
    """Return the picture between two taps."""
    if state["stop"]:
        return _picture("stopped", state)
    armed = state.get("armed")
    if armed is None:
        return _picture("idle", state)
    return _picture("armed", state, riders=armed["riders"], companion=armed["companion"])


def _answered(state: Message, shown: Message) -> Message:
    prompt = str(shown["prompt"])
    if not shown["accepted"]:
        screen = "again" if prompt in AGAIN else "noted" if prompt in NOTED else "refused"
        return _picture(screen, state, prompt=prompt, balance_fen=shown["balance_fen"])
    return _picture("paid", state, prompt=prompt, fen=shown["fen"], balance_fen=shown["balance_fen"])


def _picture(screen: str, state: Message, **shown: Any) -> Message:  # noqa: ANN401 - any JSON value
    place = {name: str(state.get(name, "")) for name in PLACE}
    nothing = {"prompt": "", "fen": -1, "balance_fen": -1, "riders": 1, "companion": False, "gone": False}
    return {"screen": screen, **place, **nothing, **shown}
