"""What the diner's screen may show: this diner's own meal, and nothing that tells bystanders who the diner is."""

from __future__ import annotations

from typing import Final

from edge.control.messages import Message

AGAIN: Final = frozenset({"present_again", "present_same_card", "one_card_only", "read_only", "ask_staff"})


def diner_view(state: Message) -> Message:
    """Return the picture of the diner's screen: the same keys for everybody.

    ``screen`` is away, idle, offer, paid, again or refused. Amounts in fen, -1 where there is none; ``left`` is how
    many subsidised meals the day still has (-1: nobody knows). Reliefs are one sum: who gives what would say why.
    ``gone``: the card has left. ``then`` is the picture that a shown outcome gives way to.
    """
    outcome, offer = state.get("outcome"), state.get("offer")
    if state.get("absent"):
        return {**_picture("away"), "then": _picture("away")}
    waiting = _waiting(offer)
    if outcome is not None:
        return {**_after(outcome), "gone": bool(state.get("card_left")), "then": waiting}
    return {**waiting, "then": waiting}


def _waiting(offer: Message | None) -> Message:
    """Return the picture between two taps: an offer waits on after a card that was refused."""
    if offer is None:
        return _picture("idle")
    return _picture("offer", list_fen=offer["list_fen"] + offer["delivery_fen"], quantity=offer["quantity"])


def _after(outcome: Message) -> Message:
    prompt = str(outcome["prompt"])
    if not outcome["accepted"]:
        return _picture("again" if prompt in AGAIN else "refused", prompt=prompt)
    list_fen = sum(part["list_fen"] for part in outcome["parts"])
    payer_fen = int(outcome["payer_fen"])
    relief_fen = sum(sum(part["funders"].values()) for part in outcome["parts"])
    left, sale = outcome["left"], outcome["sale"]
    return _picture(
        "paid",
        prompt=prompt,
        list_fen=list_fen,
        relief_fen=relief_fen,
        payer_fen=payer_fen,
        left=-1 if left is None else left[0],
        quantity=1 if sale is None else sale["quantity"],
    )


def _picture(screen: str, **shown: object) -> Message:
    nothing = {
        "prompt": "",
        "list_fen": -1,
        "relief_fen": -1,
        "payer_fen": -1,
        "left": -1,
        "quantity": 1,
        "gone": False,
    }
    return {"screen": screen, **nothing, **shown}
