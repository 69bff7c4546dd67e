"""A box is sealed once: in the pause that the card gives, or when it is asked for before one came."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

from edge.domain.medium import CardNumber
from edge.terminal.sealing import Sealing

NUMBER = CardNumber("3104930499900000017")


async def test_the_box_is_ready_after_the_first_pause() -> None:
    identity = Mock(seal=Mock(return_value=b"box"))
    sealing = Sealing(identity, NUMBER)
    sealing.begin()
    identity.seal.assert_not_called()
    await asyncio.sleep(0)
    identity.seal.assert_called_once_with(NUMBER)
    assert sealing.box() == b"box"
    identity.seal.assert_called_once()


async def test_a_box_that_is_asked_for_first_is_not_sealed_again() -> None:
    identity = Mock(seal=Mock(return_value=b"box"))
    sealing = Sealing(identity, NUMBER)
    sealing.begin()
    assert sealing.box() == b"box"
    await asyncio.sleep(0)
    identity.seal.assert_called_once()
